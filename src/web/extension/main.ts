import type { ArgoCdPage } from './argo-cd.ts';
import { createImagesTab } from './images-tab.ts';

/**
 * Argo CD joins the files of all extensions to one script: what is thrown here would take the others along.
 */
function register(page: ArgoCdPage): void {
  const { React, extensionsAPI } = page;
  if (React === undefined || extensionsAPI === undefined)
    throw new Error('window.React and window.extensionsAPI of Argo CD are not there');
  extensionsAPI.registerResourceExtension(
    createImagesTab(React, page),
    'argoproj.io',
    'Application',
    'Images',
    { icon: 'fa fa-cubes' },
  );
}

const page = globalThis as unknown as ArgoCdPage;
try {
  register(page);
} catch (error) {
  page.console.error('lynceus: the tab Images is not there', error);
}
