import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { APPLICATIONS, EVENTS, LEASES, SECRETS, type KubeClient } from '../../src/kube/kube-client.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { anApplication, connect, FOREVER, namesOf, startServer } from './stand-in.ts';

const SCOPE = { resource: APPLICATIONS, namespace: 'argocd' };
const SHOP = { namespace: 'argocd', name: 'shop' };

describe('the Kubernetes client lists', () => {
  test('page by page, all from one state of things', async () => {
    const server = await startServer();
    for (const name of ['a', 'b', 'c']) server.objects.put(APPLICATIONS, anApplication(name));
    const kube = await connect(server);

    const first = await kube.list(SCOPE, { limit: 2, next: '' }, FOREVER);
    server.objects.put(APPLICATIONS, anApplication('aa'));
    const second = await kube.list(SCOPE, { limit: 2, next: first.next }, FOREVER);

    expect(namesOf(first.items)).toEqual(['a', 'b']);
    expect(second).toMatchObject({ next: '', resourceVersion: first.resourceVersion });
    expect(namesOf(second.items)).toEqual(['c']);
  });

  test('one namespace, all of them, or what a label selects', async () => {
    const server = await startServer();
    server.objects.put(APPLICATIONS, anApplication('a'));
    server.objects.put(APPLICATIONS, {
      ...anApplication('b'),
      metadata: { name: 'b', namespace: 'team', labels: { tier: 'x' } },
    });
    const kube = await connect(server);
    const list = async (
      namespace: string | undefined,
      labelSelector?: string,
    ): Promise<readonly string[]> => {
      const scope = {
        resource: APPLICATIONS,
        namespace,
        ...(labelSelector === undefined ? {} : { labelSelector }),
      };
      return namesOf((await kube.list(scope, { limit: 10, next: '' }, FOREVER)).items);
    };

    expect(await list('argocd')).toEqual(['a']);
    expect(await list(undefined)).toEqual(['a', 'b']);
    expect(await list(undefined, 'tier in (x, y),tier!=z')).toEqual(['b']);
  });

  test('a page that was forgotten is kube-expired', async () => {
    const server = await startServer();
    for (const name of ['a', 'b']) server.objects.put(APPLICATIONS, anApplication(name));
    const kube = await connect(server);
    const { next } = await kube.list(SCOPE, { limit: 1, next: '' }, FOREVER);
    server.compact();

    await expect(kube.list(SCOPE, { limit: 1, next }, FOREVER)).rejects.toMatchObject({
      code: 'kube-expired',
    });
  });

  test('objects too large for one page in smaller ones', async () => {
    const server = await startServer();
    const padding = 'x'.repeat(1_200_000);
    for (let index = 0; index < 32; index++)
      server.objects.put(APPLICATIONS, anApplication(`app-${index}`, { padding }));
    const kube = await connect(server);

    const { items, next } = await kube.list(SCOPE, { limit: 32, next: '' }, FOREVER);

    expect(items).toHaveLength(4);
    expect(next).not.toBe('');
  });

  test.each([
    ['no JSON', '<html>welcome</html>'],
    ['no object', '[]'],
    ['no list', '{"kind":"Status","metadata":{}}'],
    ['a list without a version', '{"items":[],"metadata":{}}'],
  ])('an answer that is %s is kube-failed, and none of it is repeated', async (_, body) => {
    const server = await startServer();
    server.inject({ fault: { kind: 'answer', body } });
    const kube = await connect(server);

    await expect(kube.list(SCOPE, { limit: 1, next: '' }, FOREVER)).rejects.toMatchObject({
      code: 'kube-failed',
      message: expect.not.stringContaining('welcome') as string,
    });
  });
});

describe('the Kubernetes client reads and writes objects', () => {
  test('creates, gets, replaces and patches', async () => {
    const server = await startServer();
    const kube = await connect(server);
    const created = await kube.create(
      APPLICATIONS,
      { namespace: 'argocd', body: anApplication('shop') },
      FOREVER,
    );
    const replaced = await kube.replace(APPLICATIONS, { ...SHOP, body: { ...created, extra: 1 } }, FOREVER);
    await kube.patch(
      APPLICATIONS,
      { ...SHOP, patch: { kind: 'merge', body: { extra: null, spec: { x: 1 } } } },
      FOREVER,
    );
    await kube.patch(
      APPLICATIONS,
      {
        ...SHOP,
        patch: {
          kind: 'json',
          body: [
            { op: 'test', path: '/spec/x', value: 1 },
            { op: 'replace', path: '/spec/x', value: 2 },
          ],
        },
      },
      FOREVER,
    );

    expect(replaced).toMatchObject({ extra: 1 });
    const { extra, spec } = await kube.get(APPLICATIONS, SHOP, FOREVER);
    expect({ extra, spec }).toMatchObject({ extra: undefined, spec: { x: 2, source: { path: 'shop' } } });
    expect(server.verbs()).toEqual(
      new Set(['create', 'update', 'patch', 'get'].map((verb) => `${verb} argoproj.io/applications`)),
    );
  });

  test('of the core group, and with names that a path cannot hold', async () => {
    const server = await startServer();
    server.objects.put(SECRETS, { metadata: { namespace: 'a', name: 'b/../c' } });
    const kube = await connect(server);

    await kube.get(SECRETS, { namespace: 'a', name: 'b/../c' }, FOREVER);
    expect(server.requests).toMatchObject([
      { verb: 'get', group: '', resource: 'secrets', namespace: 'a', name: 'b/../c' },
    ]);
  });

  test('who replaces what somebody else has changed meanwhile gets kube-conflict', async () => {
    const server = await startServer();
    const before = server.objects.put(LEASES, { metadata: { namespace: 'argocd', name: 'lead' }, spec: {} });
    server.objects.put(LEASES, {
      metadata: { namespace: 'argocd', name: 'lead' },
      spec: { holderIdentity: 'other' },
    });
    const kube = await connect(server);

    const replacing = kube.replace(LEASES, { namespace: 'argocd', name: 'lead', body: before }, FOREVER);

    await expect(replacing).rejects.toMatchObject({
      code: 'kube-conflict',
      message: expect.stringContaining('the object has been modified') as string,
    });
  });

  test('a write is sent once, and its connection is its own', async () => {
    const server = await startServer();
    server.inject({ fault: { kind: 'drop' } });
    const kube = await connect(server);

    const creating = kube.create(EVENTS, { namespace: 'argocd', body: { metadata: { name: 'e' } } }, FOREVER);

    await expect(creating).rejects.toMatchObject({ code: 'kube-unreachable', retryable: true });
    expect(server.requests).toHaveLength(1);
  });

  test('a write that the server turned away for being busy is sent again', async () => {
    const server = await startServer();
    server.inject({ fault: { kind: 'status', status: 429, retryAfter: '7' } });
    const clock = createVirtualClock();
    const kube = await connect(server, { clock });

    await kube.create(EVENTS, { namespace: 'argocd', body: { metadata: { name: 'e' } } }, FOREVER);

    expect(clock.sleeps).toEqual([7_000]);
    expect(server.requests).toHaveLength(2);
  });

  test('reads share a connection', async () => {
    const server = await startServer();
    server.objects.put(APPLICATIONS, anApplication('shop'));
    const kube = await connect(server);
    for (let times = 0; times < 5; times++) await kube.get(APPLICATIONS, SHOP, FOREVER);

    expect(server.connections).toBe(1);
  });
});

/** What the server says, what we make of it. */
const REFUSALS: readonly {
  readonly name: string;
  readonly ask: (kube: KubeClient) => Promise<unknown>;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}[] = [
  {
    name: 'a list that no role allows',
    ask: (kube) => kube.list(SCOPE, { limit: 1, next: '' }, FOREVER),
    code: 'kube-denied',
    message:
      'system:serviceaccount:argocd:lynceus may not list applications.argoproj.io in the namespace argocd',
    hint: 'grant it by a Role in the namespace argocd, so that Lynceus can find Applications: apiGroups ["argoproj.io"], resources ["applications"], verbs ["list"]',
  },
  {
    name: 'a list of all namespaces that no role allows',
    ask: (kube) => kube.list({ ...SCOPE, namespace: undefined }, { limit: 1, next: '' }, FOREVER),
    code: 'kube-denied',
    message: 'system:serviceaccount:argocd:lynceus may not list applications.argoproj.io in all namespaces',
    hint: 'grant it by a ClusterRole, so that Lynceus can find Applications: apiGroups ["argoproj.io"], resources ["applications"], verbs ["list"]',
  },
  {
    name: 'a patch that no role allows',
    ask: (kube) => kube.patch(APPLICATIONS, { ...SHOP, patch: { kind: 'merge', body: {} } }, FOREVER),
    code: 'kube-denied',
    message:
      'system:serviceaccount:argocd:lynceus may not patch applications.argoproj.io shop in the namespace argocd',
    hint: 'grant it by a Role in the namespace argocd, so that Lynceus can write versions to Applications and ask Argo CD to refresh them: apiGroups ["argoproj.io"], resources ["applications"], verbs ["patch"]',
  },
  {
    name: 'a list of Secrets that no role allows',
    ask: (kube) => kube.list({ resource: SECRETS, namespace: 'argocd' }, { limit: 1, next: '' }, FOREVER),
    code: 'kube-denied',
    message: 'system:serviceaccount:argocd:lynceus may not list secrets in the namespace argocd',
    hint: 'grant it by a Role in the namespace argocd, so that Lynceus can find the logins that Argo CD has for Git: apiGroups [""], resources ["secrets"], verbs ["list"]; in Argo CD\'s namespace components/argocd-repositories of the installation has it',
  },
  {
    name: 'a Secret that no role allows',
    ask: (kube) => kube.get(SECRETS, { namespace: 'team-a', name: 'ghcr' }, FOREVER),
    code: 'kube-denied',
    message: 'system:serviceaccount:argocd:lynceus may not get secrets ghcr in the namespace team-a',
    hint: 'grant it by a Role in the namespace team-a, so that Lynceus can read the logins of registries and Git that are named: apiGroups [""], resources ["secrets"], resourceNames ["ghcr"], verbs ["get"]; in Argo CD\'s namespace components/annotation-secrets of the installation has it',
  },
  {
    name: 'a Secret that is not there',
    ask: (kube) => kube.get(SECRETS, { namespace: 'argocd', name: 'login' }, FOREVER),
    code: 'kube-not-found',
    message: 'there is no secrets login in the namespace argocd',
  },
];

describe('the Kubernetes client refuses', () => {
  test.each(REFUSALS)('$name', async ({ ask, code, message, hint }) => {
    const server = await startServer({
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'], namespace: 'argocd' }],
    });
    const kube = await connect(server);

    await expect(ask(kube)).rejects.toMatchObject({ code, message, hint });
    expect(server.requests).toHaveLength(1);
  });

  test('a resource that is not installed, with what to do', async () => {
    const server = await startServer({ missing: ['argoproj.io/applications'] });
    const kube = await connect(server);

    await expect(kube.list(SCOPE, { limit: 1, next: '' }, FOREVER)).rejects.toMatchObject({
      code: 'kube-not-found',
      message: 'the API server does not know applications.argoproj.io',
      hint: 'install Argo CD first, or check which cluster is meant',
    });
  });

  test('what an admission webhook denies, without advice about roles', async () => {
    const server = await startServer();
    const body = JSON.stringify({
      message: 'admission webhook "policy" denied the request:\n no \u001b[31mway',
    });
    server.inject({ fault: { kind: 'status', status: 403, body } });
    const kube = await connect(server);

    await expect(
      kube.patch(APPLICATIONS, { ...SHOP, patch: { kind: 'merge', body: {} } }, FOREVER),
    ).rejects.toMatchObject({
      code: 'kube-denied',
      message:
        'the API server refuses to patch applications.argoproj.io shop in the namespace argocd: admission webhook "policy" denied the request: no [31mway',
      hint: undefined,
    });
  });

  test('what is invalid, for good', async () => {
    const server = await startServer();
    const kube = await connect(server);
    const creating = kube.create(APPLICATIONS, { namespace: 'argocd', body: { metadata: {} } }, FOREVER);

    await expect(creating).rejects.toMatchObject({ code: 'kube-failed', retryable: false });
  });
});

describe('the Kubernetes client is patient', () => {
  test.each([
    ['an error of the server', { kind: 'status', status: 500 }],
    ['a proxy that has no server', { kind: 'status', status: 503, body: '<html>' }],
    ['a connection that breaks before the answer', { kind: 'drop' }],
    ['a connection that breaks in the middle of it', { kind: 'drop-midway' }],
  ] as const)('reads again after %s', async (_, fault) => {
    const server = await startServer();
    server.objects.put(APPLICATIONS, anApplication('shop'));
    server.inject({ times: 3, fault });
    const clock = createVirtualClock();
    const kube = await connect(server, { clock });

    expect(await kube.get(APPLICATIONS, SHOP, FOREVER)).toMatchObject({ metadata: { name: 'shop' } });
    expect(clock.sleeps).toEqual([375, 750, 1500]);
  });

  test('waits as long as Retry-After says, but not for an hour', async () => {
    const server = await startServer();
    server.inject({ fault: { kind: 'status', status: 429, retryAfter: '3' } });
    server.inject({ fault: { kind: 'status', status: 429, retryAfter: '3600' } });
    const clock = createVirtualClock();
    const kube = await connect(server, { clock });

    await expect(kube.get(APPLICATIONS, SHOP, FOREVER)).rejects.toMatchObject({
      code: 'kube-failed',
      retryable: true,
    });
    expect(clock.sleeps).toEqual([3_000]);
  });

  test('gives up after four attempts', async () => {
    const server = await startServer();
    server.inject({ times: 9, fault: { kind: 'status', status: 502 } });
    const kube = await connect(server);

    await expect(kube.get(APPLICATIONS, SHOP, FOREVER)).rejects.toMatchObject({
      code: 'kube-failed',
      message: expect.stringContaining('status 502') as string,
    });
    expect(server.requests).toHaveLength(4);
  });

  test('with a server that is down, and says which one it is', async () => {
    const server = await startServer();
    const kube = await connect(server);
    await server.down();

    await expect(kube.get(APPLICATIONS, SHOP, FOREVER)).rejects.toMatchObject({
      code: 'kube-unreachable',
      message: `cannot reach the API server ${server.url}: connection refused (ECONNREFUSED)`,
    });
  });

  test('but not with one that never answers', async () => {
    const server = await startServer();
    const { promise, settle } = later();
    server.inject({ times: 4, fault: { kind: 'hold', until: promise } });
    const kube = await connect(server, { timeouts: { response: 20 } });

    await expect(kube.get(APPLICATIONS, SHOP, FOREVER)).rejects.toMatchObject({
      code: 'kube-unreachable',
      message: expect.stringContaining('no answer in time') as string,
    });
    settle();
  });

  test('and stops at once when its signal is aborted', async () => {
    const server = await startServer();
    const { promise, settle } = later();
    server.inject({ fault: { kind: 'hold', until: promise } });
    const kube = await connect(server);
    const stop = new AbortController();
    const getting = kube.get(APPLICATIONS, SHOP, stop.signal);
    await server.seen({ verb: 'get' });
    stop.abort();

    await expect(getting).rejects.toMatchObject({ code: 'aborted' });
    await expect(kube.get(APPLICATIONS, SHOP, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
    expect(server.requests).toHaveLength(1);
    settle();
  });
});

function later(): { readonly promise: Promise<void>; readonly settle: () => void } {
  let settle = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, settle: () => settle() };
}
