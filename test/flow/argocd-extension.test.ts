import { request as ask } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startDaemon } from '../../src/app/compose-daemon.ts';
import type { Lynceus } from '../../src/app/compose.ts';
import type { Daemon } from '../../src/app/daemon.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { startChromium } from '../helpers/chromium.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { findFreePort } from '../helpers/free-port.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import { startArgoCd, type ArgoCdServer } from '../web/extension/argo-cd-page.ts';

const { root, remove } = createGitRoot();
let registry: DockerRegistry;
let http: GitHttpServer;
let world: FlowWorld;
let lynceus: Lynceus;
let daemon: Daemon;
let argoCd: ArgoCdServer;
let port: number;

/** Of Applications that those who may see `shop` may not see: none of it may be in any answer. */
const SECRETS = ['vault', 'finance', 'silver', 'lost', '2.7.'] as const;

const SILVER = { 'image-list': 'vault=registry.test/acme/silver:^2', 'vault.helm.image-tag': 'vault' };

const ROWS = [
  {
    name: 'shop',
    project: 'retail',
    annotations: {
      'image-list': 'api=registry.test/acme/api:^1,registry.test/acme/plain:^1',
      'api.helm.image-tag': 'image.tag',
      // It is the administrator who lets it be promoted from there; its people see the name that they wrote.
      'api.promote-from': 'argocd/stage',
      'api.promote-when': 'written',
    },
  },
  {
    name: 'stage',
    project: 'retail',
    annotations: { 'image-list': 'backend=registry.test/acme/api:^1', 'backend.helm.image-tag': 'image.tag' },
  },
  { name: 'bank', project: 'finance', annotations: SILVER },
  { name: 'shop', namespace: 'teams', project: 'finance', annotations: SILVER },
  // They may not: that Application belongs to others.
  {
    name: 'spy',
    project: 'retail',
    annotations: {
      'image-list': 'api=registry.test/acme/api:^1',
      'api.helm.image-tag': 'image.tag',
      'api.promote-from': 'argocd/bank',
    },
  },
  {
    name: 'lost',
    project: 'retail',
    annotations: { 'image-list': 'api=LOST/acme/api:^1', 'api.helm.image-tag': 'image.tag' },
  },
] as const;

beforeAll(async () => {
  [registry, http] = await Promise.all([startDockerRegistry(), startGitHttpServer({ root })]);
  for (const [name, tag] of [
    ['acme/api', '1.0.0'],
    ['acme/api', '1.1.0'],
    ['acme/plain', '1.0.0'],
    ['acme/silver', '2.7.1'],
  ] as const)
    await pushImage(registry.url, name, tag);
  const files = ROWS.map(({ name, ...row }) => `${'namespace' in row ? `${row.namespace}-` : ''}${name}`);
  createRemote(
    root,
    'deploy.git',
    Object.fromEntries(
      files.map((name) => [`${name}/values.yaml`, 'image:\n  tag: 1.0.0\nplain: 1.0.0\nvault: 2.7.0\n']),
    ),
  );
  world = createFlowWorld(REAL_CLOCK);
  const closed = await findFreePort();
  for (const [at, row] of ROWS.entries())
    world.addApplication({
      ...row,
      annotations: {
        'write-back-method': 'git',
        'write-back-target': 'helmvalues:values.yaml',
        'git-branch': 'main',
        ...row.annotations,
        ...('lost' === row.name ? { 'image-list': `api=127.0.0.1:${closed}/acme/api:^1` } : {}),
      },
      repoURL: `${http.url}/deploy.git`,
      path: files[at] ?? '',
    });
  port = await findFreePort();
  const base = aConfig(world.folder, {
    registries: [aRegistryConfig(registry.url, 'registry.test')],
    network: { privateAddresses: true, exceptions: ['127.0.0.0/8'] },
  });
  const config = { ...base, server: { ...base.server, extensionPort: port } };
  lynceus = world.compose(config);
  daemon = await startDaemon(lynceus, config, { env: {}, clock: REAL_CLOCK, log: world.log });
  argoCd = await startArgoCd({
    users: {
      ada: { name: 'ada', groups: [], applications: ['argocd/shop', 'argocd/lost'], extensions: ['lynceus'] },
    },
    applications: { 'argocd/shop': 'retail', 'argocd/bank': 'finance', 'argocd/lost': 'retail' },
    extensions: { lynceus: `http://127.0.0.1:${port}` },
  });
  await vi.waitFor(() => expect(lynceus.status?.reader.overview().cycle).toBeDefined(), {
    timeout: 60_000,
    interval: 50,
  });
});

afterAll(async () => {
  await argoCd.close();
  await daemon.stop();
  await Promise.all([lynceus.close(), registry.stop(), http.stop()]);
  world.remove();
  remove();
});

/** Names and values as they are sent, some of them twice. */
type Headers = readonly (readonly [name: string, value: string])[];

const APPLICATION = 'Argocd-Application-Name';
const PROJECT = 'Argocd-Project-Name';
const named = (application: string, project = 'retail'): Headers => [
  [APPLICATION, application],
  [PROJECT, project],
];
const SHOP = named('argocd:shop');

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A path as it is written: nothing in it is made shorter or encoded. */
function read(
  path: string,
  headers: Headers,
  { at = `http://127.0.0.1:${port}`, method = 'GET' } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port: number } = new URL(at);
    const sent = ask(
      {
        hostname,
        port: number,
        path,
        method,
        headers: ['Host', `localhost:${number}`, ...headers.flat()] as never,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

function idsOf({ body }: Answer): readonly string[] {
  return (JSON.parse(body) as { readonly items: readonly { readonly id: string }[] }).items.map(
    ({ id }) => id,
  );
}

function expectNoSecrets({ body }: Answer): void {
  expect(SECRETS.filter((secret) => body.includes(secret))).toEqual([]);
}

const OWN = ['argocd/shop/api', 'argocd/shop/registry.test%2Facme%2Fplain'];

describe('who may see one Application', () => {
  test.each([
    ['/api/v1/images', 'api', 200],
    ['/api/v1/images/argocd/shop/api', 'acme/api', 200],
    ['/api/v1/images/argocd/shop/registry.test%2Facme%2Fplain', 'acme/plain', 200],
    // As Argo CD's proxy passes it on.
    ['/api/v1/images/argocd/shop/registry.test/acme/plain', 'acme/plain', 200],
    ['/api/v1/changes', 'items', 200],
    ['/api/v1/pipeline', 'items', 200],
  ])('sees it at %s', async (path, text, status) => {
    const answer = await read(path, SHOP);
    expect([answer.status, answer.body]).toEqual([status, expect.stringMatching(new RegExp(text))]);
    expectNoSecrets(answer);
  });

  test('sees all of its images, and no others', async () => {
    expect(idsOf(await read('/api/v1/images?sort=name&limit=500', SHOP))).toEqual(OWN);
    const mine = await read('/api/v1/images', named('argocd:bank', 'finance'));
    expect(idsOf(mine)).toEqual(['argocd/bank/vault']);
  });

  test.each([
    '/api/v1/images/argocd/bank/vault',
    '/api/v1/images/argocd/b%61nk/vault',
    '/api/v1/images/argocd%2Fbank/vault/x',
    '/api/v1/images/argocd/shop/../bank/vault',
    '/api/v1/images/argocd/shop/%2E%2E/bank/vault',
    '/api/v1/images/argocd/shop/..%2fbank%2fvault',
    '/api/v1/images/teams/shop/vault',
    '/api/v1/images/argocd/bank/vault/explanation',
    '/api/v1/images/argocd/nothing/vault',
    '/api/v1/images//argocd/bank/vault',
    '/api/v1//images',
    '/api/v1/status',
    '/api/v1/registries',
    '/api/v1/remotes',
    '/api/v1/events',
    '/api/v1/openapi.json',
    '/API/v1/images',
    '/',
    '/images/argocd/shop/api',
    '/pipeline',
    '/changes',
    '/registries',
    '/metrics',
    '/healthz',
    '/assets/app.js',
  ])('finds nothing at %s', async (path) => {
    const answer = await read(path, SHOP);
    expect(answer.status).toBe(404);
    // What the path itself says is no secret.
    expectNoSecrets({ ...answer, body: answer.body.replaceAll(path, '') });
  });

  test('sees of an upstream that it may name which image it is, and not how that one is', async () => {
    const pipeline = JSON.parse((await read('/api/v1/pipeline', SHOP)).body) as object;
    expect(pipeline).toMatchObject({
      items: [{ imageId: 'argocd/shop/api', upstreams: ['argocd/stage/backend'] }],
    });
    expect((await read('/api/v1/images/argocd/stage/backend', SHOP)).status).toBe(404);
    const upstream = await read('/api/v1/images/argocd/stage/backend', named('argocd:stage'));
    expect(JSON.parse(upstream.body)).toMatchObject({ image: { alias: 'backend' }, promotedTo: [] });
  });

  test('sees of an upstream that it may not name only what it wrote', async () => {
    for (const path of ['/pipeline', '/images', '/images/argocd/spy/api', '/changes']) {
      const answer = await read(`/api/v1${path}`, named('argocd:spy'));
      expect(answer.status).toBe(200);
      expectNoSecrets(answer);
    }
  });

  test('an image of another is answered as one that does not exist', async () => {
    const [other, none] = await Promise.all([
      read('/api/v1/images/argocd/bank/vault', SHOP),
      read('/api/v1/images/argocd/bank/nothing', SHOP),
    ]);
    expect(other).toEqual(none);
  });

  test.each([
    '/api/v1/images?application=bank',
    '/api/v1/images?namespace=teams',
    '/api/v1/images?project=finance',
    '/api/v1/images?search=vault',
    '/api/v1/images?image=registry.test/acme/silver',
    '/api/v1/images?outcome=failed',
    '/api/v1/changes?application=bank',
    '/api/v1/changes?search=2.7.1',
  ])('finds no other by %s', async (path) => {
    const answer = await read(path, SHOP);
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { items: [], total: 0 }]);
  });

  test.each(['POST', 'PUT', 'DELETE'])('changes nothing by %s', async (method) => {
    expect((await read('/api/v1/images', SHOP, { method })).status).toBe(405);
  });

  test('reads the reason that is for tenants', async () => {
    const id = 'argocd/lost/api';
    const whole = lynceus.status?.reader.image(id)?.image.reason ?? '';
    expect(whole).toContain('ECONNREFUSED');
    for (const path of ['images', `images/${id}`, 'changes', 'pipeline']) {
      const { status, body } = await read(`/api/v1/${path}`, named('argocd:lost'));
      expect([status, body.includes('ECONNREFUSED'), body.includes('connection refused')]).toEqual([
        200,
        false,
        false,
      ]);
    }
  });

  test.each([
    ['of another project', 'finance'],
    ['of none that there is', 'nothing'],
  ])('sees nothing as long as the Application is known to be %s', async (_, project) => {
    const answers = await Promise.all(
      ['images', 'changes', 'pipeline'].map((path) => read(`/api/v1/${path}`, named('argocd:shop', project))),
    );
    expect(answers.flatMap(idsOf)).toEqual([]);
    expect((await read('/api/v1/images/argocd/shop/api', named('argocd:shop', project))).status).toBe(404);
  });
});

// prettier-ignore
const HOSTILE: readonly (readonly [what: string, headers: Headers])[] = [
  ['no header', []],
  ['no Application', [[PROJECT, 'retail']]],
  ['no project', [[APPLICATION, 'argocd:shop']]],
  ['no namespace', named('shop')],
  ['an empty namespace', named(':shop')],
  ['an empty name', named('argocd:')],
  ['nothing', named('')],
  ['nothing as the project', named('argocd:shop', '')],
  ['three parts', named('argocd:shop:bank')],
  ['a slash', named('argocd/shop')],
  ['capitals', named('Argocd:Shop')],
  ['percent-encoding', named('argocd%3Ashop')],
  ['a star', named('argocd:*')],
  ['only stars', named('*:*')],
  ['a glob', named('argocd:sho?')],
  ['two in one', named('argocd:shop,argocd:bank')],
  ['two in one, apart', named('argocd:shop, argocd:bank')],
  ['the header twice', [[APPLICATION, 'argocd:shop'], [APPLICATION, 'argocd:bank'], [PROJECT, 'retail']]],
  ['the header twice, in two cases', [[APPLICATION, 'argocd:shop'], ['argocd-application-name', 'argocd:bank'], [PROJECT, 'retail']]],
  ['the same twice', [[APPLICATION, 'argocd:shop'], [APPLICATION, 'argocd:shop'], [PROJECT, 'retail']]],
  ['the project twice', [...SHOP, [PROJECT, 'finance']]],
  ['projects in one', named('argocd:shop', 'retail,finance')],
  ['a star as the project', named('argocd:shop', '*')],
  ['dots', named('..:..')],
  ['a word of JavaScript', named('__proto__:constructor')],
  ['a space within', named('argocd:shop bank')],
  ['underscores in names', [['Argocd_Application_Name', 'argocd:shop'], ['Argocd_Project_Name', 'retail']]],
  ['a bearer token', [['Authorization', 'Bearer abc']]],
  ['what a proxy adds', [['X-Forwarded-For', '10.0.0.1'], ['Argocd-Username', 'admin'], ['Argocd-User-Groups', 'admins']]],
];

describe('a request with', () => {
  test.each(HOSTILE)('%s gets nothing', async (_, headers) => {
    for (const path of [
      '/api/v1/images',
      '/api/v1/images/argocd/shop/api',
      '/api/v1/changes',
      '/api/v1/pipeline',
      '/',
      '/metrics',
    ]) {
      const answer = await read(path, headers);
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.body).toContain('permission-denied');
      expectNoSecrets(answer);
      expect(answer.body).not.toContain('acme');
    }
  });
});

describe('through Argo CD', () => {
  const COOKIE = ['Cookie', 'argocd.token=ada'] as const;
  const through = (path: string, headers: Headers): Promise<Answer> =>
    read(`/extensions/lynceus${path}`, [COOKIE, ...headers], { at: argoCd.address });

  test('a user who may see the Application sees its images', async () => {
    expect(idsOf(await through('/api/v1/images?sort=name', SHOP))).toEqual(OWN);
    const story = await through(`/api/v1/images/${OWN[1] ?? ''}`, SHOP);
    expect([story.status, story.body]).toEqual([200, expect.stringContaining('acme/plain')]);
  });

  test.each<readonly [string, Headers, number]>([
    ['another Application', named('argocd:bank', 'finance'), 401],
    ['the wrong project', named('argocd:shop', 'finance'), 401],
    ['headers that the proxy is told to drop', [...SHOP, ['Connection', `${APPLICATION}, ${PROJECT}`]], 403],
    [
      'one header that it is told to drop',
      [...SHOP, ['Connection', `keep-alive, ${APPLICATION.toLowerCase()}`]],
      403,
    ],
    ['a second Application after the one that is checked', [...SHOP, [APPLICATION, 'argocd:bank']], 403],
    ['a second project', [...SHOP, [PROJECT, 'finance']], 403],
  ])('nothing is to be had by %s', async (_, headers, status) => {
    const answer = await through('/api/v1/images', headers);
    expect(answer.status).toBe(status);
    expectNoSecrets(answer);
  });

  test.each([
    '/api/v1/images/argocd/bank/vault',
    '/api/v1/images/argocd%2Fbank%2Fvault',
    '/%61pi/v1/registries',
    '/metrics',
    '/',
  ])('nothing is at %s', async (path) => {
    expect((await through(path, SHOP)).status).toBe(404);
  });
});

describe('the tab', () => {
  test.each(['/extension.tar.gz', '/extension_checksums.txt'])(
    '%s says that it is not built, to anybody',
    async (path) => {
      expect(await read(path, [])).toEqual({
        status: 404,
        body: 'the tab is only in a program that was built\n',
      });
    },
  );
});

test('the tab shows the images of its Application, with what a cycle found', async () => {
  const browser = await startChromium();
  try {
    const context = await browser.newContext();
    await context.addCookies([{ name: 'argocd.token', value: 'ada', url: argoCd.address }]);
    const page = await context.newPage();
    await page.goto(argoCd.page('18.3.1'));
    const application = { metadata: { name: 'shop', namespace: 'argocd' }, spec: { project: 'retail' } };
    await page.evaluate(
      (props) =>
        (globalThis as never as { openTab(title: string, props: unknown): void }).openTab('Images', props),
      { application, resource: application, tree: {} },
    );
    const plain = page.getByRole('listitem').filter({ hasText: 'registry.test/acme/plain' }).first();
    await plain.waitFor();
    expect((await plain.innerText()).replaceAll(/\s+/g, ' ')).toContain('in force 1.0.0');
    // Its story, whose path Argo CD's proxy decodes.
    await page.getByText('shop/values.yaml').first().waitFor();
    expect((await page.locator('.lynceus-images h3').allInnerTexts()).toSorted()).toEqual([
      'api',
      'registry.test/acme/plain',
    ]);
    expectNoSecrets({ status: 200, body: await page.locator('.lynceus-images').innerText() });
  } finally {
    await browser.close();
  }
});
