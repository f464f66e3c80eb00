import { describe, expect, test } from 'vitest';
import { APPLICATIONS, type KubeClient, type KubeEvent } from '../../src/kube/kube-client.ts';
import type { KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { anApplication, connect, FOREVER, startServer } from './stand-in.ts';

const SCOPE = { resource: APPLICATIONS, namespace: 'argocd' };

async function versionOf(kube: KubeClient): Promise<string> {
  return (await kube.list(SCOPE, { limit: 500, next: '' }, FOREVER)).resourceVersion;
}

/** Watches until it ends; `steps[n]` is done after event n. */
async function watch(
  kube: KubeClient,
  steps: readonly (() => void)[],
  signal = FOREVER,
): Promise<readonly KubeEvent[]> {
  const events: KubeEvent[] = [];
  for await (const event of kube.watch(SCOPE, await versionOf(kube), signal)) {
    events.push(event);
    steps[events.length - 1]?.();
  }
  return events;
}

describe('a watch', () => {
  test('reports what happens, and returns when the server ends it', async () => {
    const server = await startServer();
    server.objects.put(APPLICATIONS, anApplication('a'));
    const kube = await connect(server);
    const resourceVersion = await versionOf(kube);

    const events = await watch(kube, [
      () => server.objects.put(APPLICATIONS, anApplication('b')),
      () => server.objects.put(APPLICATIONS, anApplication('b', { spec: { other: true } })),
      () => server.objects.delete(APPLICATIONS, 'argocd', 'a'),
      () => server.watches.end(),
    ]);

    expect(events).toMatchObject([
      { type: 'BOOKMARK', resourceVersion },
      { type: 'ADDED', object: { metadata: { name: 'b' } } },
      { type: 'MODIFIED', object: { metadata: { name: 'b' }, spec: { other: true } } },
      { type: 'DELETED', object: { metadata: { name: 'a' } } },
      { type: 'BOOKMARK', resourceVersion: '1004' },
    ]);
    expect(Object.fromEntries(server.requests.at(-1)?.query ?? [])).toEqual({
      watch: '1',
      resourceVersion,
      allowWatchBookmarks: 'true',
      timeoutSeconds: '360',
    });
  });

  test('reports what happened since its version', async () => {
    const server = await startServer();
    const kube = await connect(server);
    const before = await versionOf(kube);
    server.objects.put(APPLICATIONS, anApplication('a'));

    const types: string[] = [];
    for await (const event of kube.watch(SCOPE, before, FOREVER)) {
      types.push(event.type);
      if (types.length === 2) break;
    }
    expect(types).toEqual(['BOOKMARK', 'ADDED']);
  });

  test('of a selection reports what leaves it as deleted', async () => {
    const server = await startServer();
    const labelled = (tier: string): void =>
      void server.objects.put(APPLICATIONS, {
        ...anApplication('a'),
        metadata: { name: 'a', namespace: 'argocd', labels: { tier } },
      });
    labelled('x');
    const kube = await connect(server);
    const types: string[] = [];
    for await (const event of kube.watch(
      { ...SCOPE, labelSelector: 'tier=x' },
      await versionOf(kube),
      FOREVER,
    )) {
      types.push(event.type);
      if (types.length === 1) labelled('y');
      if (types.length === 2) labelled('x');
      if (types.length === 3) break;
    }
    expect(types).toEqual(['BOOKMARK', 'DELETED', 'ADDED']);
  });

  test('whoever stops reading it ends it', async () => {
    const server = await startServer();
    const kube = await connect(server);
    for await (const event of kube.watch(SCOPE, await versionOf(kube), FOREVER)) {
      expect(event.type).toBe('BOOKMARK');
      break;
    }
    await expect.poll(() => server.watches.open).toBe(0);
  });

  test.each<[string, (server: KubeStandIn) => void, object]>([
    [
      'whose connection is reset',
      (server) => server.watches.drop(),
      { code: 'kube-unreachable', retryable: true },
    ],
    ['whose server goes down', (server) => void server.down(), { code: 'kube-unreachable' }],
    ['that has become too old', (server) => server.watches.expire(), { code: 'kube-expired' }],
    [
      'that sends something else',
      (server) => server.watches.sendRaw('{"type":"X","object":{}}'),
      { code: 'kube-failed' },
    ],
    ['that sends no JSON', (server) => server.watches.sendRaw('<html>'), { code: 'kube-failed' }],
    [
      'that sends an event without an object',
      (server) => server.watches.sendRaw('{"type":"ADDED"}'),
      { code: 'kube-failed' },
    ],
    [
      'that sends an error',
      (server) => server.watches.sendRaw('{"type":"ERROR","object":{"code":500,"message":"etcd is away"}}'),
      { code: 'kube-failed', retryable: true, message: expect.stringContaining('etcd is away') as string },
    ],
  ])('%s throws', async (_, happen, error) => {
    const server = await startServer();
    const kube = await connect(server);

    await expect(watch(kube, [() => happen(server)])).rejects.toMatchObject(error);
  });

  test('that stays silent counts as lost', async () => {
    const server = await startServer();
    const kube = await connect(server, { timeouts: { watchIdle: 40 } });

    await expect(watch(kube, [() => server.watches.mute()])).rejects.toMatchObject({
      code: 'kube-unreachable',
      message: expect.stringContaining('no answer in time') as string,
    });
  });

  test('from a version that the server has forgotten is kube-expired, reported either way', async () => {
    const server = await startServer();
    const kube = await connect(server);
    const old = await versionOf(kube);
    server.compact();
    const first = async (): Promise<unknown> => {
      for await (const event of kube.watch(SCOPE, old, FOREVER)) if (event.type !== 'BOOKMARK') return event;
      return undefined;
    };

    await expect(first()).rejects.toMatchObject({ code: 'kube-expired' });
    server.inject({ fault: { kind: 'status', status: 410 } });
    await expect(first()).rejects.toMatchObject({ code: 'kube-expired' });
  });

  test('that is not allowed says so', async () => {
    const server = await startServer({ rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['list'] }] });
    const kube = await connect(server);

    await expect(watch(kube, [])).rejects.toMatchObject({
      code: 'kube-denied',
      message: expect.stringContaining('may not watch applications.argoproj.io') as string,
    });
  });

  test('stops when its signal is aborted', async () => {
    const server = await startServer();
    const kube = await connect(server);
    const stop = new AbortController();

    await expect(watch(kube, [() => stop.abort()], stop.signal)).rejects.toMatchObject({ code: 'aborted' });
  });

  test('carries events of many chunks and many events in one chunk', async () => {
    const server = await startServer();
    const kube = await connect(server);
    const padding = 'ü'.repeat(300_000);
    const events = await watch(kube, [
      () => {
        for (const name of ['a', 'b', 'c'])
          server.objects.put(APPLICATIONS, anApplication(name, { padding }));
        server.watches.end();
      },
    ]);

    expect(events.map(({ type }) => type)).toEqual(['BOOKMARK', 'ADDED', 'ADDED', 'ADDED', 'BOOKMARK']);
    expect(events[3]).toMatchObject({ object: { padding } });
  });
});
