import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startDaemon } from '../../src/app/compose-daemon.ts';
import type { Lynceus } from '../../src/app/compose.ts';
import type { Daemon } from '../../src/app/daemon.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { findFreePort } from '../helpers/free-port.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, headOf } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import { kept, run } from '../cli/run-in-process.ts';
import { statusOutput } from '../../src/cli/render/status-contract.ts';

const { root, remove } = createGitRoot();
let registry: DockerRegistry;
let http: GitHttpServer;
let world: FlowWorld;
let lynceus: Lynceus;
let daemon: Daemon;
let origin: string;
let remote: string;

const VALUES = 'image:\n  tag: 1.0.0\n';
const NAMES = ['shop', 'blog', 'kept', 'broken', 'gone'];

beforeAll(async () => {
  [registry, http] = await Promise.all([startDockerRegistry(), startGitHttpServer({ root })]);
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
  remote = createRemote(
    root,
    'deploy.git',
    Object.fromEntries(NAMES.map((name) => [`${name}/values.yaml`, VALUES])),
  );
  world = createFlowWorld(REAL_CLOCK);
  const annotations = {
    'image-list': 'api=registry.test/acme/api:^1',
    'write-back-method': 'git',
    'write-back-target': 'helmvalues:values.yaml',
    'git-branch': 'main',
    'api.helm.image-tag': 'image.tag',
  };
  const further: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    kept: { 'api.hold': 'an <b>important</b> fair' },
    broken: { 'api.update-strategy': 'newest-of-all' },
    gone: { 'image-list': 'api=registry.test/acme/nothing:^1' },
  };
  for (const name of NAMES)
    world.addApplication({
      name,
      project: name === 'blog' ? 'press' : 'default',
      annotations: { ...annotations, ...further[name] },
      repoURL: `${http.url}/deploy.git`,
      path: name,
    });
  const port = await findFreePort();
  const settings = { registries: [aRegistryConfig(registry.url, 'registry.test')] };
  const base = aConfig(world.folder, settings);
  const config = { ...base, server: { ...base.server, statusPort: port, statusHosts: ['status.example'] } };
  lynceus = world.compose(config);
  const environment = { env: {}, clock: REAL_CLOCK, log: world.log };
  daemon = await startDaemon(lynceus, config, environment);
  origin = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect(await ask('/status')).toHaveProperty('cycle'), {
    timeout: 60_000,
    interval: 50,
  });
});

afterAll(async () => {
  await daemon.stop();
  await Promise.all([lynceus.close(), registry.stop(), http.stop()]);
  world.remove();
  remove();
});

async function ask(path: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const response = await fetch(`${origin}/api/v1${path}`, { headers });
  return await response.json();
}

describe('an image is explained', () => {
  test('from what the cycle asked, as the command does', async () => {
    expect(await ask('/images/argocd/kept/api/explanation')).toMatchObject({
      application: 'kept',
      outcome: 'held',
      code: 'pinned',
      counts: { listed: 2, considered: 2, codes: { chosen: 1, lower: 1 } },
      tags: [
        { tag: '1.1.0', code: 'chosen', reason: 'chosen, and held' },
        { tag: '1.0.0', code: 'lower', inForce: true },
      ],
      needed: ['to end what holds it: remove the annotation hold'],
    });
    expect(await ask('/images/argocd/shop/api/explanation')).toMatchObject({
      tags: [{ code: 'chosen' }, { code: 'lower' }],
    });
  });

  test('not where no tags were listed, and not to others', async () => {
    for (const [path, headers] of [
      ['gone', {}],
      ['broken', {}],
      ['nobody', {}],
      ['kept', { 'Argocd-Application-Name': 'argocd:shop', 'Argocd-Project-Name': 'default' }],
    ] as const)
      expect([path, await ask(`/images/argocd/${path}/api/explanation`, headers)]).toMatchObject([
        path,
        { status: 404, code: 'not-found' },
      ]);
    const own = { 'Argocd-Application-Name': 'argocd:kept', 'Argocd-Project-Name': 'default' };
    expect(await ask('/images/argocd/kept/api/explanation', own)).toMatchObject({ code: 'pinned' });
  });
});

describe('lynceus status reads it', () => {
  test('all images, the ones that need somebody first', async () => {
    const ran = await run(['status', '--server', origin, '--output', 'json']);
    expect(ran.stderr).toBe('');
    const { images } = kept(statusOutput, ran.stdout);
    expect(images.map(({ id, outcome }) => `${outcome} ${id}`)).toEqual([
      expect.stringMatching(/^failed /),
      expect.stringMatching(/^failed /),
      'held argocd/kept/api',
      expect.stringMatching(/^updated /),
      expect.stringMatching(/^updated /),
    ]);
    expect(ran.exitCode).toBe(1);
  });

  test('the story of an Application, and words to search for', async () => {
    const { stories } = kept(
      statusOutput,
      (await run(['status', 'shop', '--server', origin, '--output', 'json'])).stdout,
    );
    expect(stories).toMatchObject([{ image: { id: 'argocd/shop/api' }, changes: [{ kind: 'updated' }] }]);
    const { stdout, exitCode } = await run(['status', '--server', origin, '--search', 'important'], {
      env: { NO_COLOR: '1' },
    });
    expect(stdout).toMatch(/^‖ held +argocd\/kept +api .* "an <b>important<\/b> fair"/m);
    expect(stdout).not.toContain('argocd/shop');
    // What is the matter with others is not asked for.
    expect(exitCode).toBe(0);
  });
});

describe('the status of a daemon', () => {
  test('says of every image what the cycle found', async () => {
    expect(await ask('/images?sort=name')).toMatchObject({
      total: 5,
      items: [
        {
          id: 'argocd/blog/api',
          project: 'press',
          outcome: 'updated',
          candidate: { tag: '1.1.0' },
          current: { tag: '1.0.0' },
        },
        { id: 'argocd/broken/api', outcome: 'failed', code: 'annotation-invalid' },
        { id: 'argocd/gone/api', outcome: 'failed' },
        {
          id: 'argocd/kept/api',
          outcome: 'held',
          code: 'pinned',
          candidate: { tag: '1.1.0' },
          policy: { hold: 'an <b>important</b> fair' },
        },
        {
          id: 'argocd/shop/api',
          outcome: 'updated',
          writer: 'git',
          git: {
            branch: 'main',
            path: 'shop/values.yaml',
            commit: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
          },
        },
      ],
    });
    const overview = await ask('/status');
    expect(overview).toMatchObject({
      applications: 5,
      images: { updated: 2, held: 1, failed: 2, current: 0 },
      held: { pinned: 1 },
      leader: { leads: true },
      cycle: { costs: { gitPushes: 1 } },
    });
  });

  test('has the numbers of the metrics, and the reasons of plan', async () => {
    const { images } = (await ask('/status')) as { readonly images: Readonly<Record<string, number>> };
    const counted: Record<string, number> = {};
    for (const [, outcome = '', count] of (await lynceus.metrics.text()).matchAll(
      /^lynceus_images\{.*outcome="(\w+)".*\} (\d+)$/gm,
    ))
      counted[outcome] = (counted[outcome] ?? 0) + Number(count);
    expect(counted).toEqual(Object.fromEntries(Object.entries(images).filter(([, count]) => count > 0)));
    const planned = await lynceus.runCycle({ dryRun: true }, new AbortController().signal);
    const shown = (await ask('/images?sort=name')) as {
      readonly items: readonly { readonly outcome: string; readonly code: string; readonly reason: string }[];
    };
    const standing = (all: readonly { outcome: string; code: string; reason: string }[]) =>
      all
        .filter(({ outcome }) => outcome === 'held' || outcome === 'failed')
        .map(({ code, reason }) => `${code} ${reason}`);
    expect(standing(shown.items)).toHaveLength(3);
    expect(standing(shown.items)).toEqual(standing(planned.images));
  });

  test('has the commits, and the story of an image', async () => {
    const changes = (await ask('/changes')) as {
      readonly items: readonly { readonly git?: { readonly commit: string } }[];
    };
    expect(changes).toMatchObject({
      total: 2,
      items: [{ kind: 'updated', from: '1.0.0', to: '1.1.0' }, { kind: 'updated' }],
    });
    expect(changes.items.map(({ git }) => git?.commit)).toContain(headOf(remote, 'main'));
    expect(await ask('/images/argocd/shop/api')).toMatchObject({
      image: { id: 'argocd/shop/api' },
      changes: [{ imageId: 'argocd/shop/api', text: '1.1.0 was written in place of 1.0.0' }],
      promotedTo: [],
    });
    expect(await ask('/images/argocd/shop/other')).toMatchObject({ status: 404, code: 'not-found' });
  });

  test('has what was seen of registries and remotes', async () => {
    expect(await ask('/registries')).toMatchObject({
      items: [{ registry: 'registry.test', failures: expect.any(Number) as number }],
    });
    expect(await ask('/remotes')).toMatchObject({
      items: [
        {
          remote: expect.stringMatching(/\/deploy$/) as string,
          lastFetch: { ok: true },
          lastPush: { ok: true },
        },
      ],
    });
  });

  test('has the pages at the same port', async () => {
    const page = await fetch(`${origin}/`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('argocd/shop/api');
  });

  test('every answer is as the OpenAPI document says', async () => {
    const document = (await ask('/openapi.json')) as OpenApi;
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(document, 'openapi');
    const asked = Object.entries(document.paths).filter(([path]) => path !== '/events');
    for (const [path, { get }] of asked) {
      const { schema } = get.responses['200'].content['application/json'];
      const validate = ajv.compile({ $ref: `openapi${schema.$ref}` });
      const real = path
        .replace('{namespace}', 'argocd')
        .replace('{application}', 'shop')
        .replace('{alias}', 'api');
      const answer = await ask(real);
      expect([path, validate(answer), validate.errors]).toEqual([path, true, null]);
    }
  });

  test.each([
    ['/images?serch=x', 400, 'did you mean search?'],
    ['/images?limit=0', 400, 'from 1 to 500'],
    ['/images?limit=501', 400, 'from 1 to 500'],
    ['/images?outcome=lost', 400, 'to be one of'],
    ['/images?sort=random', 400, 'to be one of'],
    ['/images?after=nonsense', 400, 'the next of an answer'],
    ['/images?search=a&search=b', 400, 'once'],
    ['/changes?after=1', 400, 'the next of an answer'],
    ['/status?x', 400, 'no parameter'],
    ['/nothing', 404, 'no such path'],
    ['/images/argocd/shop', 404, 'no such path'],
  ])('%s is refused with %d', async (path, status, detail) => {
    const response = await fetch(`${origin}/api/v1${path}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json',
    ]);
    expect(await response.json()).toMatchObject({
      status,
      detail: expect.stringContaining(detail) as string,
    });
  });

  test.each([
    ['/images?search=SHOP%20api', ['argocd/shop/api']],
    ['/images?outcome=held,failed&sort=name', ['argocd/broken/api', 'argocd/gone/api', 'argocd/kept/api']],
    ['/images?project=press', ['argocd/blog/api']],
    ['/images?code=pinned', ['argocd/kept/api']],
    ['/images?application=shop&namespace=argocd', ['argocd/shop/api']],
    ['/images?image=registry.test/acme/nothing', ['argocd/gone/api']],
    ['/images?search=1.1.0&outcome=held', ['argocd/kept/api']],
    ['/images?search=xyzzy', []],
  ])('%s finds %j', async (path, ids) => {
    const { items } = (await ask(path)) as { readonly items: readonly { readonly id: string }[] };
    expect(items.map(({ id }) => id)).toEqual(ids);
  });

  test('parts of a list, one after the other', async () => {
    const ids: string[] = [];
    let after = '';
    for (let parts = 0; parts < 10; parts += 1) {
      const part = (await ask(`/images?limit=2${after}`)) as {
        readonly items: readonly { readonly id: string }[];
        readonly next?: string;
      };
      ids.push(...part.items.map(({ id }) => id));
      if (part.next === undefined) break;
      after = `&after=${encodeURIComponent(part.next)}`;
    }
    expect(ids.toSorted()).toEqual(NAMES.map((name) => `argocd/${name}/api`).toSorted());
  });

  test('what is there already is not sent again', async () => {
    for (const path of ['/images', '/changes', '/pipeline', '/openapi.json']) {
      const first = await fetch(`${origin}/api/v1${path}`);
      const condition = { 'if-none-match': first.headers.get('etag') ?? '' };
      const again = await fetch(`${origin}/api/v1${path}`, { headers: condition });
      expect([path, again.status, await again.text()]).toEqual([path, 304, '']);
      const other = await fetch(`${origin}/api/v1${path === '/images' ? '/images?sort=name' : '/status'}`, {
        headers: condition,
      });
      expect(other.status).toBe(200);
    }
  });

  test('a header of Argo CD’s proxy confines it to one Application', async () => {
    const shop = { 'argocd-application-name': 'argocd:shop', 'argocd-project-name': 'default' };
    expect(await ask('/images', shop)).toMatchObject({ total: 1, items: [{ id: 'argocd/shop/api' }] });
    expect(await ask('/changes', shop)).toMatchObject({ total: 1 });
    expect(await ask('/status', shop)).toMatchObject({
      applications: 1,
      images: { failed: 0, updated: 1 },
      leader: { leads: true },
    });
    expect(await ask('/images/argocd/blog/api', shop)).toMatchObject({ status: 404 });
    expect(await ask('/registries', shop)).toEqual({ items: [] });
    expect(await ask('/remotes', shop)).toEqual({ items: [] });
    const wrong = ['argocd:shop, argocd:blog', 'shop', 'argocd:', ':shop', 'argocd:shop:x', '*:*', ''];
    for (const name of wrong)
      expect(await ask('/images', { 'argocd-application-name': name })).toMatchObject({
        status: 400,
        code: 'usage-invalid',
      });
    expect(await ask('/images', { 'argocd-project-name': 'default' })).toMatchObject({ status: 400 });
  });

  test('events tell at once, and of the next commit within a second', async () => {
    const ending = new AbortController();
    const response = await fetch(`${origin}/api/v1/events`, { signal: ending.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const read = async (part: RegExp) => {
      while (!part.test(text)) text += (await reader?.read())?.value ?? '';
    };
    await read(/retry: \d+\n[^]*data: .*\n\n/);
    await pushImage(registry.url, 'acme/api', '1.2.0');
    text = '';
    const done = lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
    await read(/argocd\/shop\/api/);
    expect(await ask('/images/argocd/shop/api')).toMatchObject({
      image: { outcome: 'updated', candidate: { tag: '1.2.0' } },
    });
    await done;
    ending.abort();
    expect(await ask('/images/argocd/shop/api')).toMatchObject({
      changes: [{ to: '1.2.0' }, { to: '1.1.0' }],
    });
  });

  test('after a restart what happened before is there again, from the commits', async () => {
    const { server, ...config } = aConfig(world.folder, {
      registries: [aRegistryConfig(registry.url, 'registry.test')],
    });
    const again = world.compose({ ...config, server: { ...server, statusPort: 1 } });
    try {
      await again.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));
      await vi.waitFor(
        () => {
          const { items } = again.status?.reader.changes({ application: 'shop' }, { limit: 10 }) ?? {
            items: [],
          };
          expect(items).toMatchObject([
            {
              kind: 'updated',
              from: '1.1.0',
              to: '1.2.0',
              git: { branch: 'main', commit: expect.any(String) as string },
            },
            { kind: 'updated', from: '1.0.0', to: '1.1.0', text: '1.1.0 was written in place of 1.0.0' },
          ]);
        },
        { timeout: 20_000, interval: 50 },
      );
    } finally {
      await again.close();
    }
  });
});

interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly get: {
          readonly responses: {
            readonly 200: {
              readonly content: {
                readonly 'application/json': { readonly schema: { readonly $ref: string } };
              };
            };
          };
        };
      }
    >
  >;
}
