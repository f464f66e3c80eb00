import { describe, expect, test } from 'vitest';
import type { ImageExplanation } from '../../src/core/status/image-explanation.ts';
import { imageStatusId } from '../../src/core/status/image-id.ts';
import type { ImageStatus } from '../../src/core/status/image-status.ts';
import type { PipelineStage, StatusOverview } from '../../src/core/status/status-pages.ts';
import type { GetRequest, RouteReply } from '../../src/server/routes.ts';
import { compileRoutes } from '../../src/server/routes.ts';
import { webAssets } from '../../src/web/assets.ts';
import { freshnessOf, type Freshness } from '../../src/web/freshness.ts';
import { filterPath, readImageFilter } from '../../src/web/image-filter.ts';
import { webRoutes } from '../../src/web/pages.ts';
import { placeStages } from '../../src/web/place-stages.ts';
import { relativeTime } from '../../src/web/relative-time.ts';
import { waitsFor } from '../../src/web/waits-for.ts';
import { exampleCompany } from '../helpers/example-company.ts';
import {
  createExampleReader,
  DAY,
  exampleImage,
  HOUR,
  MINUTE,
  NOTHING_KNOWN,
  type ExampleStatus,
} from '../helpers/example-status.ts';

const NOW = Date.UTC(2026, 10, 30, 12, 0, 0);
const ASSETS = webAssets({ script: 'let a;', style: 'a{}' });

async function get(
  path: string,
  status: Partial<ExampleStatus> = {},
): Promise<RouteReply & { readonly text: string }> {
  const reader = createExampleReader({ ...NOTHING_KNOWN, ...status });
  const routes = webRoutes({ readerFor: () => reader, clock: { now: () => NOW }, assets: ASSETS });
  const url = new URL(path, 'http://lynceus');
  const found = compileRoutes(routes)(url.pathname);
  if (found === undefined || found === 'malformed' || typeof found.route !== 'function')
    throw new Error(`no route for ${path}`);
  const request: GetRequest = {
    headers: {},
    method: 'GET',
    path: url.pathname,
    query: url.searchParams,
    params: found.params,
    at: '',
  };
  const reply = await found.route(request);
  if (!('body' in reply)) throw new Error('not a stream');
  const body = typeof reply.body === 'function' ? await reply.body() : reply.body;
  const text = typeof body === 'string' ? body : Buffer.from(body).toString();
  return { ...reply, text };
}

/** Text as it is read: without elements, spaces as one. */
function readable(markup: string): string {
  return markup.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}

const CYCLE: NonNullable<StatusOverview['cycle']> = {
  id: 'c',
  startedAt: NOW - 60_000,
  seconds: 2,
  failures: [],
  costs: { registryRequests: 1, gitFetches: 1, gitPushes: 0 },
};

describe('how old what is shown is', () => {
  test.each<[what: Freshness, part: Partial<StatusOverview>, text: string]>([
    ['starting', {}, 'The first cycle has not ended yet.'],
    ['standby', { leader: { leads: false, place: 'lynceus-1' } }, 'lynceus-1 leads'],
    ['standby', { leader: { leads: false }, cycle: CYCLE }, 'not known which replica leads'],
    ['fresh', { cycle: CYCLE, nextAt: NOW + MINUTE }, 'Last cycle 58 s ago'],
    ['fresh', { cycle: CYCLE, nextAt: NOW - 4 * MINUTE }, 'Last cycle 58 s ago'],
    ['old', { cycle: CYCLE, nextAt: NOW - 6 * MINUTE }, 'the next one was due 6 min ago'],
    ['old', { cycle: { ...CYCLE, startedAt: NOW - 2 * HOUR } }, 'The last cycle ended 1 h ago'],
    ['fresh', { cycle: { ...CYCLE, startedAt: NOW - 30 * MINUTE } }, 'Last cycle 29 min ago'],
    [
      'paused',
      { cycle: CYCLE, paused: 'freeze <until> Monday' },
      'Updates are paused. freeze &lt;until&gt; Monday',
    ],
  ])('%s: %o', async (freshness, part, text) => {
    const overview = createExampleReader({ ...NOTHING_KNOWN, overview: part }).overview();
    expect(freshnessOf(overview, NOW)).toBe(freshness);
    expect(readable((await get('/', { overview: part })).text)).toContain(text);
  });

  test('what a cycle could not do is on every page', async () => {
    const failures = Array.from({ length: 7 }, (_, number) => ({
      code: 'source-unreachable',
      message: `source ${number} <is> away`,
    }));
    for (const path of ['/', '/changes', '/pipeline', '/registries']) {
      const text = readable((await get(path, { overview: { cycle: { ...CYCLE, failures } } })).text);
      expect(text).toContain('source 4 &lt;is&gt; away');
      expect(text).toContain('and 2 more');
    }
  });
});

describe('a page without anything says what to do', () => {
  test.each([
    ['/', {}, 'The first cycle is running'],
    ['/', { overview: { cycle: CYCLE } }, 'argocd-image-updater.argoproj.io/image-list'],
    ['/?search=x', {}, 'No image matches'],
    ['/changes', {}, 'Nothing has changed yet'],
    ['/changes?search=x', {}, 'No change matches'],
    ['/pipeline', {}, 'promote-from'],
    ['/registries', {}, 'No registry has been asked yet'],
    ['/images/a/b/c', {}, 'no such page or image'],
    ['/images/a', {}, 'no such page or image'],
    ['/images/a/b/c/d/e', {}, 'no such page or image'],
  ] satisfies [string, Partial<ExampleStatus>, string][])('%s', async (path, status, text) => {
    const reply = await get(path, status);
    expect(readable(reply.text)).toContain(text);
    expect(reply.status).toBe(path.startsWith('/images') ? 404 : 200);
  });
});

describe('the list of images', () => {
  test('is never longer than 100 rows, and each part leads to the next', async () => {
    const company = exampleCompany(250, NOW);
    const seen: string[] = [];
    let path: string | undefined = '/?sort=name';
    const rows: number[] = [];
    while (path !== undefined) {
      const { text } = await get(path, company);
      const keys = [...text.matchAll(/<tr data-key="([^"]*)"/g)].map(([, key]) => key ?? '');
      rows.push(keys.length);
      seen.push(...keys);
      path = /href="([^"]*)" data-list rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(rows).toEqual([100, 100, 50]);
    expect(new Set(seen).size).toBe(250);
  });

  test('shows what failed, what waits for whom and what moved', async () => {
    const text = readable((await get('/', exampleCompany(50, NOW))).text);
    for (const part of [
      'thumbnails / resizer',
      'ghcr.io refused to list the tags',
      'waits for Ida Berg to release it',
      'waits for an approval',
      'waits for its window , in 41 min',
      'Rolled back 5.2.0 → 5.1.7 by Ida Berg',
    ])
      expect(text).toContain(part);
  });

  test('a text of a filter stays text wherever it stands', async () => {
    const { text } = await get(
      `/?search=${encodeURIComponent('"><script>alert(1)</script>')}&code=%22x&outcome=held`,
      exampleCompany(20, NOW),
    );
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
  });
});

test.each([
  ['', { page: 1 }, '/'],
  ['outcome=held&outcome=failed', { outcomes: ['held', 'failed'], page: 1 }, '/?outcome=held&outcome=failed'],
  [
    'outcome=held,failed,held,nonsense',
    { outcomes: ['held', 'failed'], page: 1 },
    '/?outcome=held&outcome=failed',
  ],
  ['outcome=constructor&sort=__proto__', { page: 1 }, '/'],
  ['sort=attention', { sort: 'attention', page: 1 }, '/'],
  ['sort=behind&search=+a++b+', { sort: 'behind', search: 'a  b', page: 1 }, '/?search=a++b&sort=behind'],
  ['search=&namespace=%20&code=x', { code: 'x', page: 1 }, '/?code=x'],
  ['after=k&page=3', { after: 'k', page: 3 }, '/?after=k&page=3'],
  ['page=3', { page: 1 }, '/'],
  ['after=k&page=1e99', { after: 'k', page: 1 }, '/?after=k&page=1'],
  ['after=k&page=-2', { after: 'k', page: 1 }, '/?after=k&page=1'],
  [`search=${'x'.repeat(5_000)}`, { search: 'x'.repeat(300), page: 1 }, `/?search=${'x'.repeat(300)}`],
])('the address ?%s is a filter', (query, filter, path) => {
  const read = readImageFilter(new URLSearchParams(query));
  expect(read).toEqual(filter);
  expect(filterPath('/', read)).toBe(path);
});

describe('the page of an image', () => {
  test('tells its whole story', async () => {
    const company = exampleCompany(20, NOW);
    const text = readable((await get('/images/argocd-payments/ledger-production-eu/api', company)).text);
    for (const part of [
      'Held awaiting-approval',
      'In force 3.3.2',
      'Candidate 3.4.0',
      '2 versions behind',
      '212 tags seen, 31 considered',
      'Waits for an approval',
      'Minimum age 24h',
      'release-keys',
      'Takes its versions from',
      'ledger-canary',
      'Passes its versions on to',
      'ledger-production-us',
      'Healthy for 3 h',
      'Proposed 3.3.2 → 3.4.0',
    ])
      expect(text).toContain(part);
  });

  test('says who holds it, by what commit, and how to release it', async () => {
    const text = readable(
      (await get('/images/argocd-checkout/checkout-production/web', exampleCompany(20, NOW))).text,
    );
    for (const part of [
      'Held by Ida Berg in commit 2f6b1c9d04',
      'lynceus release argocd-checkout/checkout-production web',
      'Rolled back',
      'Synced',
      'Updated',
    ])
      expect(text).toContain(part);
  });

  test.each<[what: string, id: string]>([
    ['a slash and a space in the alias', 'a/b/c%2Fd%20e'],
    ['an image in place of an alias', 'a/b/registry.example.com%2Fteam%2Fapp'],
    ['letters of every kind', `a/b/${encodeURIComponent('größe/版本?#&"<')}`],
  ])('is found with %s', async (_, id) => {
    const image = { ...exampleImage({ now: NOW }), id };
    expect((await get(`/images/${id}`, { images: [image] })).status).toBe(200);
    expect((await get('/', { images: [image] })).text).toContain(`href="/images/${id}"`);
  });

  test('facts of any shape and size are shown, and never too much of them', async () => {
    const facts: Record<string, unknown> = {
      none: null,
      at: NOW - HOUR,
      count: 31,
      list: Array.from({ length: 1_000 }, (_, number) => `tag-${number}`),
      deep: { a: { b: { c: { d: { e: 'too deep' } } } } },
      '<name>': '<value>',
      markup: { markup: '<b>' },
    };
    const { text } = await get('/images/argocd/guestbook/web', {
      images: [exampleImage({ now: NOW, facts })],
    });
    expect(readable(text)).toContain('at 1 h ago');
    expect(text).toContain('&lt;value&gt;');
    expect(text).toContain('970 more');
    expect(text).not.toContain('too deep');
    expect(text).not.toContain('<b>&lt;');
    expect(text.length).toBeLessThan(60_000);
  });
});

describe('every tag of an image', () => {
  const image = exampleImage({ now: NOW, outcome: 'held', code: 'pinned' });
  const explanation: ImageExplanation = {
    ...image,
    strategy: 'semver',
    listedAt: NOW - MINUTE,
    counts: { listed: 151, considered: 2, codes: { considered: 2 } as ImageExplanation['counts']['codes'] },
    tags: Array.from({ length: 151 }, (_, number) => ({
      tag: number === 0 ? '<b>1.4.2</b>' : `v${number}`,
      code: 'ignored' as ImageExplanation['tags'][number]['code'],
      reason: 'ignore-tags has "v*"',
      ...(number === 0 ? { inForce: true as const } : {}),
    })),
    needed: ['remove the annotation hold & wait'],
  };
  const status = { images: [image], explanations: { [image.id]: explanation } };

  test('says what became of each, and what would give another answer', async () => {
    const { text } = await get('/images/argocd/guestbook/web/explanation', status);
    expect(readable(text)).toContain('&lt;b&gt;1.4.2&lt;/b&gt; in force');
    expect(readable(text)).toContain('remove the annotation hold &amp; wait');
    expect(text.match(/<tr data-key/g)).toHaveLength(100);
    const rest = await get('/images/argocd/guestbook/web/explanation?page=2', status);
    expect(rest.text.match(/<tr data-key/g)).toHaveLength(51);
  });

  test.each([
    ['/images/argocd/guestbook/web/explanation', 200, 'Its tags are not known.'],
    ['/images/argocd/guestbook/other/explanation', 404, 'no such page or image'],
  ])('%s is %i where nothing is kept', async (path, code, text) => {
    const reply = await get(path, { images: [image] });
    expect([reply.status, readable(reply.text)]).toEqual([code, expect.stringContaining(text)]);
  });
});

test('half a character in a name, which YAML can write, has an address all the same', async () => {
  const id = imageStatusId({ application: { namespace: 'a', name: 'b' }, alias: 'x\ud83d', image: 'i' });
  expect(id).toBe('a/b/x%EF%BF%BD');
  expect(
    (await get(`/images/${id}`, { images: [{ ...exampleImage({ now: NOW }), id, application: 'b\ud83d' }] }))
      .status,
  ).toBe(200);
});

describe('whom a held image waits for', () => {
  const held = (part: Partial<ImageStatus>) => waitsFor(exampleImage({ now: NOW, outcome: 'held', ...part }));
  test.each<[part: Partial<ImageStatus>, icon: string, text: string]>([
    [{ code: 'rolled-back', hold: { author: 'Ida' } }, 'person', 'Ida to release it'],
    [{ code: 'rolled-back', hold: { check: 'shop-answers' } }, 'check', 'a newer version'],
    [{ code: 'pinned' }, 'person', 'the person who holds it'],
    [{ code: 'outside-window' }, 'time', 'its window'],
    [{ code: 'promotion-waiting' }, 'upstream', 'the stage before'],
    [{ code: 'gate-unavailable' }, 'service', 'an answer to a gate'],
  ])('%o', (part, icon, text) => {
    expect(held(part)).toEqual({ icon, text });
  });

  test('one that is current waits for nothing', () => {
    expect(waitsFor(exampleImage({ now: NOW }))).toBeUndefined();
  });
});

describe('places of stages', () => {
  const stage = (imageId: string, ...upstreams: readonly string[]): PipelineStage => ({ imageId, upstreams });
  test.each<[what: string, stages: readonly PipelineStage[], placed: readonly string[]]>([
    ['none', [], []],
    ['a line', [stage('c', 'b'), stage('b', 'a'), stage('a')], ['a>b>c']],
    ['two that follow one', [stage('a'), stage('b', 'a'), stage('c', 'a'), stage('d', 'b')], ['a>b>d<<c']],
    ['one that follows two', [stage('a'), stage('b'), stage('c', 'a', 'b')], ['a>c', 'b']],
    ['an upstream that is not known', [stage('b', 'gone')], ['b']],
    ['a ring', [stage('a', 'c'), stage('b', 'a'), stage('c', 'b')], ['a>b>c']],
    ['itself', [stage('a', 'a')], ['a']],
    ['a ring beside a line', [stage('x'), stage('a', 'b'), stage('b', 'a')], ['x', 'a>b']],
  ])('%s', (_, stages, placed) => {
    const texts = placeStages(stages).map((pipeline) =>
      pipeline
        .map(({ stage: { imageId }, depth }, index) => {
          const step = depth - (pipeline[index - 1]?.depth ?? 0);
          return (step > 0 ? '>' : '<'.repeat(-step) || (index > 0 ? '=' : '')) + imageId;
        })
        .join(''),
    );
    expect(texts).toEqual(placed.map((text) => text.replace('<<', '<')));
  });

  test('a chain of thousands is placed, and shown a part at a time', async () => {
    const stages = Array.from({ length: 5_000 }, (_, number) =>
      stage(`n/a${number}/x`, ...(number === 0 ? [] : [`n/a${number - 1}/x`])),
    );
    expect(placeStages(stages)[0]?.at(-1)?.depth).toBe(4_999);
    const part = async (path: string) =>
      [...(await get(path, { pipeline: stages })).text.matchAll(/<article.*?\/images\/n\/a(\d+)\//gs)].map(
        ([, number]) => Number(number),
      );
    const first = await part('/pipeline');
    const last = await part('/pipeline?page=50');
    expect([first.length, first[0], last.length, last.at(-1)]).toEqual([100, 0, 100, 4_999]);
  });
});

test.each([
  [0, 'now'],
  [999, 'now'],
  [-999, 'now'],
  [12_500, '12 s ago'],
  [-12_500, 'in 12 s'],
  [59_999, '59 s ago'],
  [3 * MINUTE, '3 min ago'],
  [47 * HOUR, '47 h ago'],
  [48 * HOUR, '2 d ago'],
  [-400 * DAY, 'in 400 d'],
])('%d ms ago is %s', (ago, text) => {
  expect(relativeTime(NOW - ago, NOW)).toBe(text);
});

describe('what pages are sent with', () => {
  test('a policy that allows nothing inline and nothing from elsewhere', async () => {
    const { headers, text } = await get('/');
    expect(headers?.['Content-Security-Policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(text).not.toMatch(/<script(?![^>]* src="\/assets\/)|<style|\sstyle=|\son\w+=|https?:\/\//);
    expect(headers).not.toHaveProperty('Set-Cookie');
  });

  test('files whose names have a hash, to be kept for good', async () => {
    const paths = [...(await get('/')).text.matchAll(/(?:href|src)="(\/assets\/[^"]*)"/g)].map(
      ([, path]) => path ?? '',
    );
    expect(paths.map((path) => path.replace(/[0-9a-f]{16}/, '#'))).toEqual([
      '/assets/icon-#.svg',
      '/assets/app-#.css',
      '/assets/app-#.js',
    ]);
    for (const path of paths)
      expect((await get(path)).headers?.['Cache-Control']).toBe('public, max-age=31536000, immutable');
  });
});
