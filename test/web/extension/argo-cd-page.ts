import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { passOn, type ArgoCdAccess } from './argo-cd-proxy.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const require = createRequire(import.meta.url);

/** The oldest and the newest React that an Argo CD which is still maintained brings. */
export const REACTS = ['16.14.0', '18.3.1'] as const;
export type ReactVersion = (typeof REACTS)[number];

const SCRIPTS: Readonly<Record<ReactVersion, readonly string[]>> = {
  '16.14.0': ['react16/umd/react.development.js', 'react-dom16/umd/react-dom.development.js'],
  '18.3.1': ['react/umd/react.development.js', 'react-dom/umd/react-dom.development.js'],
};

export interface ArgoCdServer {
  /** Where the page of Argo CD is, by the version of React that it brings. */
  page(react: ReactVersion, theme?: 'light' | 'dark'): string;
  readonly address: string;
  /** May be changed while it runs; `undefined` is a server without proxy extensions. */
  access: ArgoCdAccess | undefined;
  /** How many requests were passed on, by path. */
  readonly passedOn: string[];
  close(): Promise<void>;
}

/** Where the packages lie; what they export does not name these scripts. */
const PACKAGES: Readonly<Record<string, string>> = {
  react: require.resolve('react/package.json'),
  'react-dom': require.resolve('react-dom/package.json'),
  react16: require.resolve('react16/package.json'),
  'react-dom16': require.resolve('react-dom16/package.json'),
};

function readScript(path: string): string {
  const [name = ''] = path.split('/');
  return readFileSync(join(PACKAGES[name] ?? '', '..', path.slice(name.length)), 'utf8');
}

/** The files of extensions as Argo CD joins them (serveExtensions in server/server.go), another one before and after ours. */
function joinedExtensions(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-extension-'));
  try {
    execFileSync(process.execPath, ['.ci/build-extension.mjs', folder], { cwd: ROOT });
    execFileSync('tar', ['-zxf', 'extension.tar.gz'], { cwd: folder });
    const ours = readFileSync(join(folder, 'resources/extension-lynceus.js/extension-lynceus.js'), 'utf8');
    const other = (title: string): string =>
      `window.extensionsAPI.registerResourceExtension(() => React.createElement('p', {}, 'neighbour'), '**', '*', '${title}')\n`;
    return [other('Summary'), ours, other('Events')]
      .map((text, at) => `// source: extension-${at}.js \n${text}`)
      .join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Serves a page with the globals that Argo CD's has, and passes on what is asked of extensions. */
export async function startArgoCd(access: ArgoCdAccess): Promise<ArgoCdServer> {
  const extensions = joinedExtensions();
  const passedOn: string[] = [];
  const running = { access: access as ArgoCdAccess | undefined };
  const send = (response: ServerResponse, type: string, text: string): void =>
    void response
      .writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': "frame-ancestors 'self';" })
      .end(text);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://argo-cd');
    if (pathname.startsWith('/extensions/') && running.access !== undefined) {
      passedOn.push(request.url ?? '');
      return passOn(running.access, request, response);
    }
    if (pathname === '/extensions.js') return send(response, 'application/javascript', extensions);
    if (pathname.startsWith('/umd/'))
      return send(response, 'application/javascript', readScript(pathname.slice('/umd/'.length)));
    const react = REACTS.find((version) => version === searchParams.get('react')) ?? '18.3.1';
    send(response, 'text/html; charset=utf-8', pageText(react, searchParams.get('theme') ?? 'light'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    page: (react, theme = 'light') => `${address}/applications?react=${react}&theme=${theme}`,
    address,
    get access() {
      return running.access;
    },
    set access(next) {
      running.access = next;
    },
    passedOn,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The colours and the classes that the tab counts on, as Argo CD's page has them; nothing else of it. */
const LOOK = `
body{margin:0;font-family:Heebo,sans-serif}
.sliding-panel{min-height:100vh;padding:20px 40px;background:#dee6eb;color:#495763}
.theme-dark .sliding-panel{background:#28292a;color:#fff}
.white-box{position:relative;background:#fff;color:#6d7f8b;border-radius:4px;box-shadow:1px 2px 3px rgba(0,0,0,.1)}
.theme-dark .white-box{background:#303237;color:#fff}
ul{list-style:disc;margin-left:20px} code{border:1px solid #ccd6dd;background:#eff3f5} button{text-transform:uppercase}
nav span{margin-right:20px;text-transform:uppercase}
`;

function pageText(react: ReactVersion, theme: string): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8"><title>Argo CD</title><base href="/"><style>${LOOK}</style></head>
<body><main class="theme-${theme === 'dark' ? 'dark' : 'light'}"><div class="sliding-panel"><nav id="tabs" aria-label="Tabs"></nav><div id="tab"></div></div></main>
${SCRIPTS[react].map((path) => `<script src="umd/${path}"></script>`).join('')}
<script>
window.tabs = [];
window.extensionsAPI = { registerResourceExtension: (component, group, kind, title, opts) => window.tabs.push({ component, group, kind, title, opts }) };
</script>
<script src="extensions.js"></script>
<script>
document.getElementById('tabs').append(...window.tabs.map(({ title }) => Object.assign(document.createElement('span'), { textContent: title })));
let root;
window.openTab = (title, props) => {
  const element = React.createElement(window.tabs.find((tab) => tab.title === title).component, props);
  const place = document.getElementById('tab');
  if (ReactDOM.createRoot === undefined) return ReactDOM.render(element, place);
  root ??= ReactDOM.createRoot(place);
  root.render(element);
};
window.closeTab = () => {
  if (root === undefined) return ReactDOM.unmountComponentAtNode(document.getElementById('tab'));
  root.unmount();
  root = undefined;
};
</script></body></html>`;
}
