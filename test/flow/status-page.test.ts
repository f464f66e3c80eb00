import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { composeStatus } from '../../src/app/compose-status.ts';
import type { ImageStatus } from '../../src/core/status/image-status.ts';
import { alwaysLeading } from '../../src/leadership/always-leading.ts';
import type { WebAssets } from '../../src/web/assets.ts';
import { webRoutes } from '../../src/web/pages.ts';
import { openPage, pixelsTooWide, seriousFindings, startChromium } from '../helpers/chromium.ts';
import { exampleCompany } from '../helpers/example-company.ts';
import {
  createExampleReader,
  exampleImage,
  NOTHING_KNOWN,
  type ExampleReader,
  type ExampleStatus,
} from '../helpers/example-status.ts';
import { HOSTILE_TEXTS } from '../helpers/hostile-texts.ts';
import { startDockerRegistry } from '../helpers/docker-registry.ts';
import { aConfig, aRegistryConfig, createFlowWorld, REAL_CLOCK } from '../helpers/flow-world.ts';
import { findFreePort } from '../helpers/free-port.ts';
import { startGitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import { bundledAssets, startWebServer, type WebServer } from '../helpers/web-server.ts';

const NOW = Date.now();
const COMPANY = exampleCompany(5_000, NOW);
const IMAGE = '/images/argocd-checkout/checkout-production/web';
const PAGES = [
  '/',
  '/?search=nothing-is-called-so',
  IMAGE,
  '/images/argocd-search/search-production/indexer',
  '/changes',
  '/pipeline',
  '/registries',
  `${IMAGE}/explanation`,
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
    await details.evaluate((one) => ((one as unknown as { open: boolean }).open = true));
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

test('a commit of a real cycle is in its row within a second, without a reload', async () => {
  const { root, remove } = createGitRoot();
  const [registry, http] = await Promise.all([startDockerRegistry(), startGitHttpServer({ root })]);
  const world = createFlowWorld(REAL_CLOCK);
  onTestFinished(async () => {
    await Promise.all([registry.stop(), http.stop()]);
    world.remove();
    remove();
  });
  await pushImage(registry.url, 'acme/api', '1.0.0');
  const names = ['shop', 'blog'];
  const remote = createRemote(
    root,
    'deploy.git',
    Object.fromEntries(names.map((name) => [`${name}/values.yaml`, 'image:\n  tag: 1.0.0\n'])),
  );
  for (const name of names)
    world.addApplication({
      name,
      annotations: {
        'image-list': `api=registry.test/acme/api:${name === 'shop' ? '^1' : '~1.0'}`,
        'write-back-method': 'git',
        'write-back-target': 'helmvalues:values.yaml',
        'git-branch': 'main',
        'api.helm.image-tag': 'image.tag',
      },
      repoURL: `${http.url}/deploy.git`,
      path: name,
    });
  const base = aConfig(world.folder, { registries: [aRegistryConfig(registry.url, 'registry.test')] });
  const port = await findFreePort();
  const config = { ...base, server: { ...base.server, address: '127.0.0.1', statusPort: port } };
  const lynceus = world.compose(config);
  const { status: store } = lynceus;
  if (store === undefined) throw new Error('the status is not kept');
  const served = await composeStatus(
    config,
    { clock: REAL_CLOCK, log: world.log },
    {
      store,
      leadership: alwaysLeading(),
      leads: () => true,
      review: undefined,
      openTls: () => Promise.reject(new Error('no TLS')),
      routes: (parts) => webRoutes({ ...parts, assets }),
    },
  );
  onTestFinished(async () => {
    await served.close();
    await lynceus.close();
  });
  const origin = `http://127.0.0.1:${port}`;
  const cycle = () => lynceus.runCycle({ dryRun: false, fresh: true }, AbortSignal.timeout(60_000));

  await using opened = await openPage(browser, { origin });
  const { page, faults } = opened;
  await page.goto(origin);
  await page.getByText('The first cycle has not ended yet.').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await cycle();
  await page.getByText('2 images', { exact: true }).waitFor();
  await pushImage(registry.url, 'acme/api', '1.1.0');
  const head = join(remote, 'refs/heads/main');
  const before = readFileSync(head, 'utf8');
  const committed = vi.waitUntil(() => readFileSync(head, 'utf8') !== before && performance.now(), {
    timeout: 60_000,
    interval: 2,
  });
  const running = cycle();
  await page.locator('tr[data-key="argocd/shop/api"].is-updated', { hasText: '1.1.0' }).waitFor();
  const shown = performance.now();
  console.log(
    `from a commit in the remote to the row that shows it: ${Math.round(shown - (await committed))} ms`,
  );
  await running;
  // The neighbour, which may not have 1.1.0, stays as it is.
  expect(await page.locator('tr[data-key="argocd/blog/api"].is-current').count()).toBe(1);
  await page.locator('tr[data-key="argocd/shop/api"] a.row').click();
  await page.getByText('1.1.0 was written in place of 1.0.0').waitFor();
  expect(await page.getByText(readFileSync(head, 'utf8').slice(0, 10)).count()).toBeGreaterThan(0);
  expect(faults).toEqual([]);
});

describe('hostile names', () => {
  test('run nothing, load nothing and break no layout, on any page', async () => {
    const hostile = hostileStatus();
    await using own = await startWebServer({ reader: createExampleReader(hostile), assets });
    await using opened = await openPage(browser, {
      origin: own.origin,
      viewport: { width: 360, height: 740 },
    });
    const { page, faults } = opened;
    const paths = [
      '/',
      '/changes',
      '/pipeline',
      '/registries',
      ...hostile.images.map(({ id }) => `/images/${id}`),
      ...Object.keys(hostile.explanations ?? {}).map((id) => `/images/${id}/explanation`),
    ];
    for (const path of paths) {
      await page.goto(own.origin + path);
      expect([path, await pixelsTooWide(page)]).toEqual([path, 0]);
      // Only our own elements are there, and no link leads into a script.
      expect(await page.evaluate(STRANGERS)).toEqual([]);
    }
    expect(faults).toEqual([]);
    // Somebody else's image beside them is shown as ever.
    await page.goto(`${own.origin}/?search=good-neighbour`);
    expect(await page.locator('tbody tr').count()).toBe(1);
    expect(await page.locator('.c-current').last().innerText()).toContain('1.4.2');
  });

  test('are changed in place as harmlessly', async () => {
    const own = createExampleReader({ ...NOTHING_KNOWN, images: [exampleImage({ now: NOW })] });
    await using other = await startWebServer({ reader: own, assets });
    await using opened = await openPage(browser, { origin: other.origin });
    const { page, faults } = opened;
    await page.goto(other.origin);
    await page.getByText('Live', { exact: true }).waitFor();
    own.become(hostileStatus());
    await page.getByText('good-neighbour').waitFor();
    expect(await page.evaluate(STRANGERS)).toEqual([]);
    expect(faults).toEqual([]);
  });
});

/** Elements and links that no page of ours has. */
const STRANGERS = `[...document.querySelectorAll('script:not([src^="/assets/"]), img, iframe, object, style, base, a[href^="javascript:" i], a[href^="data:" i]')].map((one) => one.outerHTML)
  .concat([...document.querySelectorAll('*')].flatMap((one) => one.getAttributeNames().filter((name) => /^on|^style$/.test(name))))`;

/** An image for each hostile text, which has it wherever foreign text can be. */
function hostileStatus(): ExampleStatus {
  const neighbour = exampleImage({ now: NOW, application: 'good-neighbour' });
  const images = Object.values(HOSTILE_TEXTS).map((text, number) => {
    const outcome = (['failed', 'held', 'update', 'updated'] as const)[number % 4] ?? 'held';
    return exampleImage({
      now: NOW,
      outcome,
      id: `n/app${number}/${encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '').slice(0, 100) || 'none')}`,
      namespace: text,
      application: text,
      project: text,
      updater: text,
      alias: text,
      image: text,
      code: number % 2 === 0 ? 'rolled-back' : 'target-missing',
      reason: text,
      facts: { [text]: text, list: [text, { [text]: [text] }] },
      current: { tag: text, digest: text },
      candidate: { tag: `${text}.` },
      hold: { author: text, commit: text, check: text, release: text },
      policy: {
        strategy: text,
        constraint: text,
        allowTags: text,
        ignoreTags: [text],
        platforms: [text],
        windows: [text],
        signatures: [text],
        verify: [text],
        promoteFrom: [text],
        paused: text,
        hold: text,
      },
      git: { remote: text, branch: text, path: text, commit: text, commitUrl: `javascript:alert(${number})` },
      pullRequest: number % 2 === 0 ? text : `javascript:alert(${number})//${text}`,
      deployment: { sync: text, health: text, revision: text },
      warnings: [{ code: text, message: text }],
      problems: [{ code: text, key: text, message: text }],
    });
  });
  const texts = Object.values(HOSTILE_TEXTS);
  return {
    images: [neighbour, ...images],
    changes: images.map(({ id }, number) => {
      const text = texts[number] ?? '';
      return {
        id: `${text} ${number}`,
        imageId: id,
        at: NOW,
        kind: 'updated',
        from: text,
        to: text,
        text,
        by: text,
        check: text,
        pullRequest: `javascript:alert(1)//${text}`,
        git: { remote: text, branch: text, commit: text, commitUrl: `data:text/html,${text}` },
      };
    }),
    stories: Object.fromEntries(
      images.map(({ id }, number) => {
        const text = texts[number] ?? '';
        return [
          id,
          {
            promotedTo: [text],
            verification: {
              state: 'failed',
              commit: text,
              since: NOW,
              checks: [{ name: text, state: text, detail: text }],
            },
          },
        ] as const;
      }),
    ),
    explanations: Object.fromEntries(
      images.slice(0, 1).map((image) => [
        image.id,
        {
          ...image,
          strategy: 'semver',
          counts: { listed: 1, considered: 1, codes: {} },
          tags: texts.map((tag) => ({ tag, code: 'chosen' as const, reason: tag })),
          needed: texts,
        },
      ]),
    ),
    pipeline: images.map(({ id }, number) => {
      const text = texts[number] ?? '';
      return {
        imageId: id,
        upstreams: [images[number - 1]?.id ?? text, text],
        when: text,
        after: text,
        approval: text,
        current: text,
        candidate: `${text}.`,
        waitsFor: text,
      };
    }),
    registries: texts.map((text) => ({
      registry: text,
      requests: 1,
      failures: 1,
      pausedUntil: NOW + 1e9,
      pausedBecause: text,
    })),
    remotes: texts.map((text) => ({ remote: text, lastFetch: { at: NOW, ok: false } })),
    overview: {
      shard: '<b>1</b>',
      paused: texts.join(' '),
      leader: { leads: false, place: texts.join(' ') },
      cycle: {
        id: 'c',
        startedAt: NOW,
        seconds: 1,
        failures: texts.map((message) => ({ code: 'internal', message })),
        costs: { registryRequests: 1, gitFetches: 1, gitPushes: 1 },
      },
    },
  };
}

describe('by keyboard', () => {
  test('search, rows, help and the page of an image are reached', async () => {
    await using opened = await openPage(browser, { origin: small.origin });
    const { page, faults } = opened;
    const { keyboard } = page;
    const focused = (expression: string) => page.evaluate(`document.activeElement.${expression}`);
    await page.goto(small.origin);
    await page.getByText('Live', { exact: true }).waitFor();
    await keyboard.press('Tab');
    expect(await focused('textContent')).toBe('Skip to the content');
    await keyboard.press('/');
    expect(await focused('id')).toBe('search');
    // A letter that is a key elsewhere is a letter here.
    await keyboard.type('ledger jk?');
    expect(await page.locator('#search').inputValue()).toBe('ledger jk?');
    await page.getByText('No image matches.').waitFor();
    await keyboard.press('Control+A');
    await keyboard.type('ledger-production');
    await page.getByText('2 images', { exact: true }).waitFor();
    expect(page.url()).toBe(`${small.origin}/?search=ledger-production`);
    await keyboard.press('Escape');
    await keyboard.press('j');
    await keyboard.press('ArrowDown');
    expect(await focused('getAttribute("href")')).toBe('/images/argocd-payments/ledger-production-us/api');
    await keyboard.press('k');
    expect(await focused('getAttribute("href")')).toBe('/images/argocd-payments/ledger-production-eu/api');
    await keyboard.press('?');
    await page.locator('dialog[open]').waitFor();
    await keyboard.press('Escape');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await keyboard.press('Enter');
    await page.waitForURL(`${small.origin}/images/argocd-payments/ledger-production-eu/api`);
    await page.goBack();
    await page.getByText('2 images', { exact: true }).waitFor();
    expect(faults).toEqual([]);
  });
});

test('filters are entries of the history, and none of them loads the page anew', async () => {
  await using opened = await openPage(browser, { origin: small.origin });
  const { page } = opened;
  await page.goto(small.origin);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.evaluate('globalThis.isSame = true');
  await page.locator('a.tile', { hasText: 'Failed' }).click();
  await page.getByRole('heading', { name: 'Failed images' }).waitFor();
  await page.locator('a.tile', { hasText: 'Held' }).click();
  await page.getByRole('heading', { name: 'Held images' }).waitFor();
  await page.getByRole('link', { name: 'Outcome: Held' }).click();
  await page.getByRole('heading', { name: 'All images' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Held images' }).waitFor();
  expect(await page.title()).toBe('Held images · Lynceus');
  await page.goBack();
  await page.getByRole('heading', { name: 'Failed images' }).waitFor();
  await page.getByLabel('Order').selectOption('Name');
  await page.waitForURL(`${small.origin}/?sort=name&outcome=failed`);
  expect(await page.evaluate('globalThis.isSame')).toBe(true);
});

test('without a script all can be read, searched and filtered', async () => {
  await using opened = await openPage(browser, { origin: small.origin, javaScriptEnabled: false });
  const { page, faults } = opened;
  await page.goto(small.origin);
  await page.getByRole('searchbox').fill('checkout-production');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.locator('a.row').click();
  await page.getByText('lynceus release argocd-checkout/checkout-production web').waitFor();
  await page.getByText('Facts').click();
  await page.getByText('newer-version', { exact: true }).waitFor();
  for (const name of ['Changes', 'Pipeline', 'Registries']) {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
  }
  expect(await page.locator('#help-button').isVisible()).toBe(false);
  expect(faults).toEqual([]);
});

test('at 400 % nothing is cut off sideways', async () => {
  await using opened = await openPage(browser, {
    origin: small.origin,
    viewport: { width: 320, height: 256 },
  });
  const { page } = opened;
  for (const path of PAGES) {
    await page.goto(small.origin + path);
    expect([path, await pixelsTooWide(page)]).toEqual([path, 0]);
  }
});
