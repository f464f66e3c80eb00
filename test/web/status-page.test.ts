import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImageStatus } from '../../src/core/status/image-status.ts';
import type { WebAssets } from '../../src/web/assets.ts';
import { openPage, pixelsTooWide, seriousFindings, startChromium } from '../helpers/chromium.ts';
import { exampleCompany } from '../helpers/example-company.ts';
import {
  createExampleReader,
  exampleImage,
  NOTHING_KNOWN,
  type ExampleReader,
} from '../helpers/example-status.ts';
import { bundledAssets, startWebServer, type WebServer } from '../helpers/web-server.ts';

const NOW = Date.now();
const COMPANY = exampleCompany(5_000, NOW);
const IMAGE = '/images/argocd-checkout/checkout-production/web';
const PAGES = [
  '/',
  '/?outcome=held',
  '/?search=nothing-is-called-so',
  IMAGE,
  '/images/argocd-search/search-production/indexer',
  '/changes',
  '/pipeline',
  '/registries',
  '/images/no/such/image',
];

/** Resolves with the time from the request to the first paint, in milliseconds. */
const FIRST_PAINT = `new Promise((resolve) => new PerformanceObserver((list) =>
  list.getEntriesByName('first-contentful-paint').forEach(({ startTime }) => resolve(startTime)),
).observe({ type: 'paint', buffered: true }))`;

let browser: Browser;
let assets: WebAssets;
let reader: ExampleReader;
let server: WebServer;
let small: WebServer;

beforeAll(async () => {
  assets = await bundledAssets();
  browser = await startChromium();
  reader = createExampleReader(COMPANY);
  server = await startWebServer({ reader, assets });
  const few = exampleCompany(20, NOW);
  small = await startWebServer({
    reader: createExampleReader({ ...few, changes: few.changes.slice(0, 20) }),
    assets,
  });
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
  await small[Symbol.asyncDispose]();
});

test('what a browser loads beside the page is small', () => {
  const sizes = [assets.script, assets.style, assets.icon].map((asset) => gzipSync(asset?.body ?? '').length);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`script, style and icon: ${sizes.join(' + ')} = ${all} bytes, gzipped`);
  expect(all).toBeGreaterThan(1_000);
  expect(all).toBeLessThan(60_000);
});

test.each(PAGES)('%s has nothing serious for axe in light and dark, and fits a phone', async (path) => {
  await using opened = await openPage(browser, { origin: small.origin, colorScheme: 'light' });
  const { page, faults } = opened;
  await page.goto(small.origin + path);
  await page.getByText('Live', { exact: true }).waitFor();
  for (const details of await page.locator('details').all())
    await details.evaluate((one) => one.setAttribute('open', ''));
  expect(await seriousFindings(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await seriousFindings(page, ['color-contrast'])).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await pixelsTooWide(page)).toBe(0);
  expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
});

test('5,000 Applications are no more than 100 rows, and are there at once', async () => {
  await using opened = await openPage(browser, { origin: server.origin });
  const { page } = opened;
  await page.goto(server.origin);
  expect(await page.locator('tbody tr').count()).toBe(100);
  await page.getByRole('link', { name: 'Next page' }).click();
  await page.getByText('page 2').waitFor();
  expect(await page.locator('tbody tr').count()).toBe(100);
  await page.reload();
  const paint: number = await page.evaluate(FIRST_PAINT);
  console.log(`first paint with 5,000 Applications: ${Math.round(paint)} ms`);
  expect(paint).toBeGreaterThan(0);
});

describe('live', () => {
  test('a row shows what changed, and keeps focus, selection and scroll position', async () => {
    await using opened = await openPage(browser, { origin: server.origin });
    const { page, faults } = opened;
    await page.goto(`${server.origin}/?sort=name&search=indexer`);
    await page.getByText('Live', { exact: true }).waitFor();
    const row = page.locator('tr[data-key="argocd-search/search-production/indexer"]');
    await row.locator('a.row').focus();
    await page.evaluate('scrollTo(0, 140)');
    const top = await page.evaluate('scrollY');
    const began = performance.now();
    reader.become({
      images: COMPANY.images.map((image) =>
        image.id.includes('indexer') && image.id.includes('search-production/')
          ? withVersion(image, '2.8.1')
          : image,
      ),
    });
    await row.locator('.c-current', { hasText: '2.8.1' }).waitFor();
    console.log(`from a change to the row that shows it: ${Math.round(performance.now() - began)} ms`);
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).toBe(
      '/images/argocd-search/search-production/indexer',
    );
    expect(await page.evaluate('scrollY')).toBe(top);
    expect(await page.locator('#announcement').textContent()).toBe('One image has changed.');
    expect(faults).toEqual([]);
  });

  test('it says when it is cut off, and catches up when it is back', async () => {
    const own = createExampleReader({ ...NOTHING_KNOWN, images: [exampleImage({ now: NOW })] });
    const first = await startWebServer({ reader: own, assets });
    await using opened = await openPage(browser, { origin: first.origin });
    const { page } = opened;
    await page.goto(first.origin);
    await page.getByText('Live', { exact: true }).waitFor();
    await first[Symbol.asyncDispose]();
    await page.getByText('Disconnected').waitFor();
    own.become({ images: [exampleImage({ now: NOW, current: { tag: '9.9.9' } })] });
    await using second = await startWebServer({
      reader: own,
      assets,
      port: Number(new URL(first.origin).port),
    });
    expect(second.origin).toBe(first.origin);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.locator('.c-current', { hasText: '9.9.9' }).waitFor();
  });
});

function withVersion(image: ImageStatus, tag: string): ImageStatus {
  return { ...image, outcome: 'updated', code: 'newer-version', current: { tag }, candidate: { tag } };
}
