// Makes the pictures of the status page in docs/images anew: `npm run screenshots`.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openPage, startChromium } from '../helpers/chromium.ts';
import { exampleCompany } from '../helpers/example-company.ts';
import { createExampleReader } from '../helpers/example-status.ts';
import { bundledAssets, startWebServer } from '../helpers/web-server.ts';

const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));

const IMAGE = '/images/argocd-checkout/checkout-production/web';
const WIDE = { width: 1280, height: 880 };
const PHONE = { width: 390, height: 780 };

const PICTURES = [
  { name: 'status-page-light', path: '/', colorScheme: 'light', viewport: WIDE },
  { name: 'status-page-dark', path: '/', colorScheme: 'dark', viewport: WIDE },
  { name: 'status-image-light', path: IMAGE, colorScheme: 'light', viewport: { width: 1200, height: 760 } },
  { name: 'status-image-dark', path: IMAGE, colorScheme: 'dark', viewport: { width: 1200, height: 760 } },
  {
    name: 'status-pipeline',
    path: '/pipeline',
    colorScheme: 'light',
    viewport: { width: 1200, height: 700 },
  },
  { name: 'status-phone', path: '/?outcome=held', colorScheme: 'dark', viewport: PHONE },
] as const;

/** Always the same time, so that only what changed makes a picture another one. */
const NOW = Date.UTC(2026, 10, 30, 14, 12, 0);

await mkdir(FOLDER, { recursive: true });
const browser = await startChromium();
const reader = createExampleReader(exampleCompany(5_000, NOW));
const server = await startWebServer({ reader, assets: await bundledAssets(), now: () => NOW });
for (const { name, path, ...options } of PICTURES) {
  const { page } = await openPage(browser, { origin: server.origin, ...options });
  await page.clock.install({ time: NOW });
  await page.goto(server.origin + path);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.screenshot({ path: `${FOLDER}${name}.png`, animations: 'disabled' });
  await page.close();
}
await browser.close();
await server[Symbol.asyncDispose]();
