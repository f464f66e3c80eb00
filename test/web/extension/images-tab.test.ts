import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { composeExtension } from '../../../src/app/compose-extension.ts';
import type { RunningServer } from '../../../src/server/server.ts';
import { startChromium } from '../../helpers/chromium.ts';
import { createExampleReader, NOTHING_KNOWN } from '../../helpers/example-status.ts';
import { aConfig, REAL_CLOCK } from '../../helpers/flow-world.ts';
import { SILENT } from '../../helpers/logs.ts';
import { REACTS, startArgoCd, type ArgoCdServer, type ReactVersion } from './argo-cd-page.ts';
import type { ArgoCdAccess } from './argo-cd-proxy.ts';
import { HELD, imageStatus, STAGE, STORY } from './scripted-status.ts';

const SHOP = { metadata: { name: 'shop', namespace: 'argocd' }, spec: { project: 'retail' } };

const reader = createExampleReader({
  ...NOTHING_KNOWN,
  stories: { [HELD.id]: STORY },
  pipeline: [STAGE],
});
let lynceus: RunningServer;
let argoCd: ArgoCdServer;
let browser: Browser;

beforeAll(async () => {
  const { server } = aConfig('/nowhere');
  lynceus = await composeExtension(
    { server: { ...server, address: '127.0.0.1', extensionPort: 0 } },
    { clock: REAL_CLOCK, log: SILENT },
    {
      reader,
      leadership: { announce: () => undefined, leaderPlace: () => Promise.resolve(undefined) },
      leads: () => true,
    },
  );
  argoCd = await startArgoCd(accessTo(lynceus.port));
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await argoCd.close();
  await lynceus.close();
});

function accessTo(port: number): ArgoCdAccess {
  return {
    users: {
      ada: { name: 'ada', groups: ['team'], applications: ['argocd/shop'], extensions: ['lynceus'] },
      bob: { name: 'bob', groups: [], applications: ['argocd/shop'], extensions: [] },
    },
    applications: { 'argocd/shop': 'retail', 'argocd/other': 'retail' },
    extensions: { lynceus: `http://127.0.0.1:${port}` },
  };
}

/** What is read of elements. */
interface Anchor {
  readonly href: string;
  readonly rel: string;
  readonly outerHTML: string;
}

interface Opened {
  readonly page: Page;
  /** What the console said that is an error. */
  readonly errors: string[];
  /** Addresses of other hosts that something asked for. */
  readonly elsewhere: string[];
}

async function openTab(
  react: ReactVersion,
  { user = 'ada', theme = 'light' as 'light' | 'dark', application = SHOP as unknown, clock = false } = {},
): Promise<Opened> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1100, height: 900 },
  });
  await context.addCookies([{ name: 'argocd.token', value: user, url: argoCd.address }]);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  if (clock) await page.clock.install();
  const errors: string[] = [];
  const elsewhere: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => !request.url().startsWith(argoCd.address) && elsewhere.push(request.url()));
  await page.goto(argoCd.page(react, theme));
  await page.evaluate(
    (props) =>
      (globalThis as never as { openTab: (title: string, props: unknown) => void }).openTab('Images', props),
    { application, resource: application, tree: {} },
  );
  return { page, errors, elsewhere };
}

/** What axe finds in the tab, whatever its impact. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe: here } = globalThis as never as {
      axe: {
        run(
          within: string,
        ): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
      };
    };
    const { violations: found } = await here.run('.lynceus-images');
    return found.map(
      ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(' ')}`,
    );
  });
}

describe.each(REACTS)('with React %s', (react) => {
  test('a tab of the Application, beside those of other extensions', async () => {
    reader.become({ images: [HELD] });
    const { page, errors } = await openTab(react);
    expect(await page.locator('#tabs').innerText()).toMatch(/summary\s*images\s*events/i);
    const registered = await page.evaluate(() => {
      const { tabs } = globalThis as never as {
        tabs: { title: string; group: string; kind: string; opts: unknown }[];
      };
      return tabs.find(({ title }) => title === 'Images');
    });
    expect(registered).toMatchObject({
      group: 'argoproj.io',
      kind: 'Application',
      opts: { icon: 'fa fa-cubes' },
    });
    await page.getByText('What happened').waitFor();
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('shows outcome, versions, reason, hold, checks, promotion, changes and links', async () => {
    reader.become({ images: [HELD] });
    const { page, elsewhere } = await openTab(react);
    await page.getByText('What happened').waitFor();
    const text = (await page.locator('.lynceus-images').innerText()).replaceAll(/\s+/g, ' ');
    for (const part of [
      'Held',
      'in force 1.4.2 @ sha256:8a8a8a8a8a8a…',
      'next 1.5.0',
      '3 versions behind',
      'Ada Byron holds it: waiting for the load test',
      'by Ada Byron <ada@example.com>',
      'in commit 4f1c2d3e5a6b',
      'lynceus release shop web',
      'verified since',
      'argocd-health: success, Healthy for 10 min',
      'from shop-staging/web',
      '1.5.0 must be healthy for 24h in shop-staging',
      'on to shop-canada/web',
      'semver ~1',
      '214 seen, 38 considered',
      'updated from 1.4.1 to 1.4.2',
    ])
      expect(text).toContain(part);
    const links = await page
      .locator('.lynceus-images a')
      .evaluateAll((all) => (all as unknown as readonly Anchor[]).map(({ href, rel }) => [href, rel]));
    expect(links).toContainEqual(['https://git.example.com/acme/deploy/pull/7', 'noopener noreferrer']);
    expect(links).toContainEqual([
      'https://git.example.com/acme/deploy/commit/4f1c2d3e5a6b',
      'noopener noreferrer',
    ]);
    expect(elsewhere).toEqual([]);
    await page.context().close();
  });
});

test.each(['light', 'dark'] as const)('is accessible in the %s theme', async (theme) => {
  reader.become({
    images: [
      HELD,
      ...(['update', 'updated', 'current', 'skipped', 'failed'] as const).map((outcome) =>
        imageStatus(`argocd/shop/${outcome}`, { outcome }),
      ),
    ],
  });
  const { page } = await openTab('18.3.1', { theme });
  await page.getByRole('button', { name: 'More about web' }).press('Enter');
  await page.getByText('What happened').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.context().close();
});

/** Where the time is the test's own, so that nobody waits for it. */
async function pass(page: Page, milliseconds: number): Promise<void> {
  await page.clock.runFor(milliseconds);
}

async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    const { document } = globalThis as never as { document: EventTarget };
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

function listings(): number {
  return argoCd.passedOn.filter((path) => path.includes('/images?')).length;
}

describe.each(REACTS)('what it asks, with React %s', (react) => {
  test('again every ten seconds, only while it is seen and open', async () => {
    reader.become({ images: [imageStatus('argocd/shop/web')] });
    argoCd.passedOn.length = 0;
    const { page, errors } = await openTab(react, { clock: true });
    await page.getByText('Current', { exact: true }).waitFor();
    expect(listings()).toBe(1);

    reader.become({
      images: [imageStatus('argocd/shop/web', { outcome: 'updated', reason: 'written just now' })],
    });
    await pass(page, 10_000);
    await page.getByText('written just now').waitFor();
    expect(listings()).toBe(2);

    await setHidden(page, true);
    await pass(page, 60_000);
    expect(listings()).toBe(2);
    await setHidden(page, false);
    await expect.poll(listings).toBe(3);

    await page.evaluate(() => (globalThis as never as { closeTab(): void }).closeTab());
    await pass(page, 60_000);
    expect(listings()).toBe(3);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('one Application is never shown in the place of another', async () => {
    reader.become({ images: [imageStatus('argocd/shop/web')] });
    const { page } = await openTab(react);
    await page.getByText('Current', { exact: true }).waitFor();
    const other = { metadata: { name: 'other', namespace: 'argocd' }, spec: { project: 'retail' } };
    await page.evaluate(
      (props) =>
        (globalThis as never as { openTab(title: string, props: unknown): void }).openTab('Images', props),
      { application: other, resource: other },
    );
    await page.getByText('Argo CD does not let you see this.').waitFor();
    expect(await page.getByText('Current', { exact: true }).count()).toBe(0);
    await page.context().close();
  });
});

describe('what is said when there is nothing to show', () => {
  const access = (): ArgoCdAccess => accessTo(lynceus.port);
  test.each<readonly [string, () => ArgoCdAccess | undefined, string, string]>([
    [
      'no right to invoke',
      access,
      'Argo CD does not let you see this.',
      'extensions, invoke, lynceus, allow',
    ],
    [
      'no proxy extensions',
      () => undefined,
      'Argo CD does not pass requests on',
      'server.enable.proxy.extension',
    ],
    [
      'no configuration',
      () => ({ ...access(), extensions: {} }),
      'Argo CD does not know where',
      'extension.config.lynceus',
    ],
    ['nobody there', () => accessTo(1), 'Argo CD cannot reach Lynceus.', 'server.extensionPort'],
  ])('%s', async (name, given, title, hint) => {
    reader.become({ images: [imageStatus('argocd/shop/web')] });
    argoCd.access = given();
    const { page } = await openTab('18.3.1', { user: name === 'no right to invoke' ? 'bob' : 'ada' });
    await page.getByText(title).waitFor();
    expect(await page.getByRole('status').innerText()).toContain(hint);
    expect(await violations(page)).toEqual([]);
    argoCd.access = access();
    await page.context().close();
  });

  test('an Application without images', async () => {
    reader.become({ images: [] });
    const { page } = await openTab('18.3.1');
    await page.getByText('keeps no image of this Application').waitFor();
    expect(await page.getByRole('status').innerText()).toContain(
      'argocd-image-updater.argoproj.io/image-list',
    );
    await page.context().close();
  });

  test('what was seen stays while nobody answers, and goes with the right to see it', async () => {
    reader.become({ images: [imageStatus('argocd/shop/web')] });
    const { page } = await openTab('18.3.1', { clock: true });
    await page.getByText('Current', { exact: true }).waitFor();
    argoCd.access = accessTo(1);
    await pass(page, 10_000);
    await page.getByText('Argo CD cannot reach Lynceus.').waitFor();
    expect(await page.getByText('Current', { exact: true }).count()).toBe(1);
    argoCd.access = { ...access(), users: {} };
    await pass(page, 20_000);
    await page.getByText('Argo CD does not let you see this.').waitFor();
    expect(await page.getByText('Current', { exact: true }).count()).toBe(0);
    argoCd.access = access();
    await pass(page, 45_000);
    await page.getByText('Current', { exact: true }).waitFor();
    expect(await page.getByRole('status').innerText()).toBe('');
    await page.context().close();
  });
});

test.each(REACTS)('hostile names are text, with React %s', async (react) => {
  const hostile = '<img src=x onerror="window.broken=1">\u202e\u0000\u001b[31m\n{{7*7}}';
  const long = 'x'.repeat(10_000);
  const image = imageStatus(`argocd/shop/${encodeURIComponent(hostile)}`, {
    alias: hostile,
    image: `registry.example.com/${hostile}`,
    outcome: 'held',
    reason: `${hostile} ${long}`,
    current: { tag: long },
    candidate: { tag: hostile },
    hold: { author: hostile, commit: hostile, release: hostile },
    pullRequest: 'javascript:window.broken=1',
    git: {
      remote: hostile,
      branch: hostile,
      commit: '12',
      commitUrl: 'data:text/html,<script>window.broken=1</script>',
    },
    problems: [{ code: 'annotation-invalid', key: hostile, message: hostile }],
  });
  reader.become({ images: [image, imageStatus('argocd/shop/api')] });
  const { page, errors, elsewhere } = await openTab(react);
  await page.getByRole('heading', { name: 'api', exact: true }).waitFor();
  const seen = await page.locator('.lynceus-images').innerText();
  expect(seen).toContain('<img src=x onerror="window.broken=1">\\u{202e}\\u{0}\\u{1b}[31m {{7*7}}');
  expect(seen).toContain('characters)');
  expect(seen.length).toBeLessThan(8_000);
  expect(
    await page
      .locator('.lynceus-images :is(img, script, a)')
      .evaluateAll((all) => (all as unknown as readonly Anchor[]).map(({ outerHTML }) => outerHTML)),
  ).toEqual([]);
  expect(await page.evaluate(() => (globalThis as never as { broken?: number }).broken)).toBeUndefined();
  expect(await violations(page)).toEqual([]);
  expect([errors.filter((text) => !text.includes('404')), elsewhere]).toEqual([[], []]);
  await page.context().close();
});

test('is pictured in docs/images/argocd-extension.png, which UPDATE=1 makes anew', async () => {
  reader.become({
    images: [
      HELD,
      imageStatus('argocd/shop/api', {
        outcome: 'updated',
        reason: '2.8.1 was written',
        candidate: { tag: '2.8.1' },
      }),
    ],
  });
  const { page } = await openTab('18.3.1');
  await page.getByText('What happened').waitFor();
  await page.setViewportSize({ width: 1100, height: 1000 });
  const path = fileURLToPath(new URL('../../../docs/images/argocd-extension.png', import.meta.url));
  const picture = await page.screenshot();
  expect(picture.length).toBeLessThan(300_000);
  if (process.env['UPDATE'] === '1') writeFileSync(path, picture);
  // Width and height of a PNG are at this place; fonts differ between machines.
  expect(readFileSync(path).subarray(16, 24)).toEqual(picture.subarray(16, 24));
  await page.context().close();
});
