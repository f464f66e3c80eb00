import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { aConfig, aRegistryConfig, createFlowWorld, REAL_CLOCK } from '../helpers/flow-world.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { json, startStandIn, type Answer, type Seen, type StandIn } from '../helpers/registry-stand-in.ts';

/** Times that a test can wait for. The good one has to be written long before any of them. */
const LIMITS: Config['limits'] = {
  ...aConfig('/nowhere').limits,
  listingTime: 6_000,
  remoteTime: 15_000,
  hostTime: 8_000,
  cycleTime: 120_000,
};

const VALUES = 'image:\n  tag: 1.0.0\n';
const ENDLESS = new Promise<Answer>(() => undefined);

const CONFIG = JSON.stringify({ os: 'linux', architecture: 'amd64', created: '2026-01-01T00:00:00Z' });

function descriptor(mediaType: string, text: string) {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return { mediaType, digest, size: text.length };
}

const OCI = 'application/vnd.oci.image';
const IMAGE = json(
  {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: descriptor(`${OCI}.config.v1+json`, CONFIG),
    layers: [descriptor(`${OCI}.layer.v1.tar+gzip`, 'layer')],
  },
  { 'content-type': `${OCI}.manifest.v1+json` },
);

/** What registries answer, by the first part of the path: they all are one host, so that the good one shares it. */
const BEHAVIOUR: Readonly<Record<string, (seen: Seen, page: number) => Answer | Promise<Answer>>> = {
  good: () => json({ tags: ['1.0.0', '1.1.0'] }),
  silent: () => ENDLESS,
  endless: ({ url }, page) =>
    json({ tags: [`1.0.${page}`] }, { link: `<${url.pathname}?page=${page + 1}>; rel="next"` }),
  busy: () => ({ status: 429, headers: { 'retry-after': '3600' } }),
  many: () => json({ tags: Array.from({ length: 1_000 }, (_, index) => `1.0.${index}`) }),
};

let root: ReturnType<typeof createGitRoot>;
let git: GitHttpServer;
let registry: StandIn;
let silent: Server;
let silentUrl = '';

beforeAll(async () => {
  root = createGitRoot();
  git = await startGitHttpServer({ root: root.root });
  registry = await startStandIn(async (seen) => {
    const [, , behaviour = '', ...rest] = seen.url.pathname.split('/');
    const page = Number(seen.url.searchParams.get('page') ?? '0');
    if (page > 0) await new Promise((resolve) => setTimeout(resolve, 400));
    if (rest.includes('manifests')) return behaviour === 'many' ? await ENDLESS : IMAGE;
    if (rest.includes('blobs')) return { status: 200, body: CONFIG };
    return (await BEHAVIOUR[behaviour]?.(seen, page)) ?? { status: 404 };
  });
  silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
});

afterAll(async () => {
  silent.close();
  await registry.stop();
  await git.stop();
  root.remove();
});

interface Attempt {
  readonly what: string;
  /** Image lists, one for each Application. */
  readonly lists: readonly string[];
  readonly strategy?: string;
  /** Of each Application; one that answers, shared by all of them, when absent. */
  readonly remotes?: (index: number) => string;
  /** The codes that its images end with: one of them when there was no time for the other. */
  readonly codes: readonly string[];
}

function times(count: number, make: (index: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const ATTEMPTS: readonly Attempt[] = [
  {
    what: 'remotes',
    lists: times(31, () => 'web=reg.test/good/web:1.x'),
    remotes: (index) => `${silentUrl}/x${index}.git`,
    codes: ['deadline'],
  },
  { what: 'pages', lists: times(15, (index) => `web=reg.test/endless/a${index}:1.x`), codes: ['deadline'] },
  { what: 'silence', lists: times(15, (index) => `web=reg.test/silent/a${index}:1.x`), codes: ['deadline'] },
  {
    what: 'images',
    lists: [times(100, (index) => `i${index}=reg.test/silent/b${index}:1.x`).join()],
    codes: ['deadline'],
  },
  { what: 'builds', lists: ['web=reg.test/many/web'], strategy: 'newest-build', codes: ['deadline'] },
  {
    what: 'pauses',
    lists: times(15, (index) => `web=reg.test/busy/a${index}:1.x`),
    codes: ['registry-rate-limited', 'deadline'],
  },
  {
    what: 'lists',
    lists: [times(101, (index) => `i${index}=reg.test/good/b${index}:1.x`).join()],
    codes: ['limit-exceeded'],
  },
];

function codesOf({ images, problems }: CycleReport, what: string): readonly string[] {
  const own = [...images, ...problems].filter(({ application }) => application.name.startsWith(what));
  return [...new Set(own.map(({ code }) => code))];
}

describe('beside those who take all the time there is', () => {
  test('the good one is written first, on the same registry and in the same namespace', async () => {
    const world = createFlowWorld(REAL_CLOCK);
    const annotations = { 'write-back-method': 'git', 'write-back-target': 'helmvalues:values.yaml' };
    const add = (
      name: string,
      images: string,
      more: { readonly repoURL: string; readonly strategy?: string },
    ) =>
      world.addApplication({
        name,
        annotations: {
          ...annotations,
          'image-list': images,
          ...(more.strategy === undefined ? {} : { 'web.update-strategy': more.strategy }),
        },
        repoURL: more.repoURL,
        path: 'apps',
        source: { helm: {} },
      });
    const remote = (name: string) => createRemote(root.root, name, { 'apps/values.yaml': VALUES });
    for (const { what, lists, strategy, remotes } of ATTEMPTS) {
      if (remotes === undefined) remote(what);
      lists.forEach((images, index) =>
        add(`${what}-${index}`, images, {
          repoURL: remotes?.(index) ?? `${git.url}/${what}`,
          ...(strategy === undefined ? {} : { strategy }),
        }),
      );
    }
    const good = remote('zz-good');
    add('zz-good', 'web=reg.test/good/web:1.x', { repoURL: `${git.url}/zz-good` });

    const registries = [aRegistryConfig(registry.url, 'reg.test', { limit: 0 })];
    const cycle = world.run({ registries, limits: LIMITS });
    let isOpen = true;
    void cycle.finally(() => (isOpen = false));
    const isWritten = () => readAt(good, 'main', 'apps/values.yaml')?.includes('1.1.0');
    await expect.poll(isWritten, { timeout: 60_000, interval: 500 }).toBe(true);
    const wasOpen = isOpen;
    const report = await cycle;

    expect(report.images.find(({ application }) => application.name === 'zz-good')?.outcome).toBe('updated');
    for (const { what, codes } of ATTEMPTS) {
      const found = codesOf(report, what);
      expect(found, what).not.toEqual([]);
      expect(codes, what).toEqual(expect.arrayContaining([...found]));
    }
    // The others were still waiting when the good one was written, and all of them have ended.
    expect(wasOpen).toBe(true);
    expect(report.failures).toEqual([]);
    world.remove();
  });
});
