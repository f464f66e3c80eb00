import { describe, expect, onTestFinished, test } from 'vitest';
import { APPLICATIONS, type KubeClient, type KubeObject } from '../../src/kube/kube-client.ts';
import { createReflector, type Reflector, type ReflectorOptions } from '../../src/kube/reflector.ts';
import type { CopyChange } from '../../src/kube/trimmed-copy.ts';
import type { KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { createTimeline, type Timeline } from '../helpers/timeline.ts';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.ts';
import { collectLog, type LogLine } from '../helpers/logs.ts';
import { anApplication, connect, startServer } from './stand-in.ts';

const SCOPE = { resource: APPLICATIONS, namespace: 'argocd' };

interface Watching {
  readonly reflector: Reflector<string>;
  readonly kube: KubeClient;
  readonly changes: CopyChange<string>[];
  readonly lines: LogLine[];
  readonly clock: VirtualClock;
  /** Resolves as soon as `condition` holds. */
  readonly until: (condition: () => boolean) => Promise<void>;
}

/** What is kept is the path of an Application's source; `bad` ones cannot be used, `unwanted` ones are not kept. */
function trim(object: KubeObject): string | undefined {
  const path = pathOf(object);
  if (path === 'bad') throw new Error('a bad object');
  return path === 'unwanted' ? undefined : path;
}

function pathOf(object: KubeObject): string {
  return (object['spec'] as { source: { path: string } }).source.path;
}

function put(server: KubeStandIn, name: string, path = name): void {
  server.objects.put(APPLICATIONS, anApplication(name, { spec: { source: { path } } }));
}

async function reflect(
  server: KubeStandIn,
  options: Partial<ReflectorOptions<string>> = {},
): Promise<Watching> {
  const clock = createVirtualClock();
  const kube = await connect(server, { clock });
  const { log, lines } = collectLog();
  const changes: CopyChange<string>[] = [];
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const reflector = createReflector<string>({
    kube,
    scope: SCOPE,
    trim,
    clock,
    log,
    onChange: (change) => changes.push(change),
    ...options,
  });
  reflector.start(stop.signal);
  const until = async (condition: () => boolean): Promise<void> => {
    await expect.poll(condition, { interval: 2, timeout: 5_000 }).toBe(true);
  };
  return { reflector, kube, changes, lines, clock, until };
}

function contents({ reflector }: Watching): Record<string, string> {
  return Object.fromEntries(reflector.items());
}

describe('a reflector', () => {
  test('lists page by page, then follows, and reports changes after the first list only', async () => {
    const server = await startServer();
    for (const name of ['a', 'b', 'c']) put(server, name);
    const watching = await reflect(server, { pageSize: 2 });
    await watching.reflector.synced();
    await server.seen({ verb: 'watch' });

    expect(contents(watching)).toEqual({ 'argocd/a': 'a', 'argocd/b': 'b', 'argocd/c': 'c' });
    expect(watching.changes).toEqual([]);
    put(server, 'd');
    put(server, 'a', 'other');
    server.objects.delete(APPLICATIONS, 'argocd', 'b');
    await watching.until(() => watching.changes.length === 3);

    expect(contents(watching)).toEqual({ 'argocd/a': 'other', 'argocd/c': 'c', 'argocd/d': 'd' });
    expect(watching.changes).toEqual([
      { key: 'argocd/d', before: undefined, after: 'd' },
      { key: 'argocd/a', before: 'a', after: 'other' },
      { key: 'argocd/b', before: 'b', after: undefined },
    ]);
    expect(server.requests.map(({ verb }) => verb)).toEqual(['list', 'list', 'watch']);
  });

  test('what is kept of an object is the same until that part changes, also over a new list', async () => {
    const server = await startServer();
    put(server, 'a');
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const reported: unknown[] = [];
    const reflector = createReflector<{ readonly path: string }>({
      kube: await connect(server, { clock: createVirtualClock() }),
      scope: SCOPE,
      trim: (object) => ({ path: pathOf(object) }),
      clock: createVirtualClock(),
      log: collectLog().log,
      onChange: (change) => reported.push(change.key),
    });
    reflector.start(stop.signal);
    await reflector.synced();
    await server.seen({ verb: 'watch' });
    const first = reflector.items().get('argocd/a');

    // A new version of it, with another status.
    server.objects.put(
      APPLICATIONS,
      anApplication('a', { spec: { source: { path: 'a' } }, status: { health: 1 } }),
    );
    put(server, 'b');
    await expect.poll(() => reported).toEqual(['argocd/b']);
    expect(reflector.items().get('argocd/a')).toBe(first);
    server.compact();
    server.watches.drop();
    server.objects.put(
      APPLICATIONS,
      anApplication('a', { spec: { source: { path: 'a' } }, status: { health: 2 } }),
    );
    put(server, 'c');
    await expect.poll(() => reported).toEqual(['argocd/b', 'argocd/c']);
    expect(reflector.items().get('argocd/a')).toBe(first);

    put(server, 'a', 'other');
    await expect.poll(() => reflector.items().get('argocd/a')).toEqual({ path: 'other' });
  });

  test.each<[string, (server: KubeStandIn) => Promise<void> | void]>([
    ['after the server ended the watch', (server) => server.watches.end()],
    ['after a reset', (server) => server.watches.drop()],
    ['after the server was away', async (server) => (await server.down(), server.up())],
    ['after a garbled event', (server) => server.watches.sendRaw('<html>')],
  ])('resumes where it ended %s, without a new list', async (_, happen) => {
    const server = await startServer();
    put(server, 'a');
    const watching = await reflect(server);
    await watching.reflector.synced();
    await server.seen({ verb: 'watch' });
    server.watches.sendBookmarks();
    put(server, 'b');
    await watching.until(() => watching.reflector.items().size === 2);
    await happen(server);
    put(server, 'c');
    await watching.until(() => watching.reflector.items().size === 3);

    expect(server.requests.filter(({ verb }) => verb === 'list')).toHaveLength(1);
    const versions = server.requests
      .filter(({ verb }) => verb === 'watch')
      .map(({ query }) => query.get('resourceVersion'));
    expect([versions[0], versions.at(-1)]).toEqual(['1001', '1002']);
    expect(watching.reflector.state()).toEqual({ kind: 'synced' });
    expect(watching.reflector.lastError).toBeUndefined();
  });

  test('resumes from the last bookmark, so that a quiet namespace does not expire', async () => {
    const server = await startServer();
    put(server, 'a');
    const watching = await reflect(server, { staleAfter: 60_000 });
    await watching.until(() => server.watches.open === 1);
    server.objects.put({ group: '', plural: 'secrets' }, { metadata: { namespace: 'argocd', name: 's' } });
    server.compact();
    watching.clock.advance(61_000);
    server.watches.sendBookmarks();
    await watching.until(() => watching.reflector.state().kind === 'synced');
    server.watches.drop();
    await server.seen({ verb: 'watch' }, 2);
    put(server, 'b');
    await watching.until(() => watching.reflector.items().has('argocd/b'));

    expect(server.requests.map(({ verb }) => verb)).toEqual(['list', 'watch', 'watch']);
  });

  test.each<[string, (server: KubeStandIn) => void]>([
    ['in the middle of a watch', (server) => server.watches.expire()],
    [
      'when it resumes',
      (server) => {
        server.compact();
        server.watches.drop();
      },
    ],
    [
      'by the status of the next watch',
      (server) => {
        server.inject({ match: { verb: 'watch' }, fault: { kind: 'status', status: 410 } });
        server.watches.drop();
      },
    ],
  ])(
    'lists anew when it learns %s that its version has expired, and reports what differs',
    async (_, happen) => {
      const server = await startServer();
      for (const name of ['a', 'b', 'c']) put(server, name);
      const watching = await reflect(server);
      await watching.until(() => server.watches.open === 1);
      const missed = (): void => {
        put(server, 'b', 'other');
        server.objects.delete(APPLICATIONS, 'argocd', 'c');
        put(server, 'd');
      };
      server.inject({ match: { verb: 'list' }, fault: { kind: 'before', run: missed } });
      happen(server);
      await watching.until(() => watching.changes.length === 3);

      expect(contents(watching)).toEqual({ 'argocd/a': 'a', 'argocd/b': 'other', 'argocd/d': 'd' });
      expect(watching.changes).toEqual([
        { key: 'argocd/b', before: 'b', after: 'other' },
        { key: 'argocd/d', before: undefined, after: 'd' },
        { key: 'argocd/c', before: 'c', after: undefined },
      ]);
      expect(server.requests.filter(({ verb }) => verb === 'list')).toHaveLength(2);
      expect(watching.lines.filter(({ level }) => level === 'warn')).toEqual([]);
    },
  );

  test('begins its list again when a page was forgotten', async () => {
    const server = await startServer();
    for (const name of ['a', 'b', 'c']) put(server, name);
    server.inject({ fault: { kind: 'before', run: () => undefined } });
    server.inject({ match: { verb: 'list' }, fault: { kind: 'before', run: () => server.compact() } });
    const watching = await reflect(server, { pageSize: 2 });
    await watching.reflector.synced();

    expect(watching.reflector.items().size).toBe(3);
    expect(server.requests.filter(({ verb }) => verb === 'list')).toHaveLength(4);
  });

  test('keeps what it has while a new list fails, and says that it is not synced', async () => {
    const server = await startServer();
    for (const name of ['a', 'b', 'c']) put(server, name);
    const watching = await reflect(server, { pageSize: 2 });
    await server.seen({ verb: 'watch' });
    server.inject({ match: { verb: 'list' }, fault: { kind: 'before', run: () => undefined } });
    server.inject({ match: { verb: 'list' }, times: 400, fault: { kind: 'status', status: 403 } });
    await watching.until(() => server.watches.open === 1);
    server.watches.expire();
    await watching.until(() => watching.reflector.state().kind === 'unsynced');

    expect(watching.reflector.lastError).toMatchObject({ code: 'kube-denied' });
    expect(watching.reflector.items().size).toBe(3);
    expect(watching.changes).toEqual([]);
    server.clearFaults();
    await watching.until(() => watching.reflector.state().kind === 'synced');
    expect(watching.reflector.lastError).toBeUndefined();
  });

  test('counts as stale when the server gives no sign for too long', async () => {
    const server = await startServer();
    put(server, 'a');
    const watching = await reflect(server, { staleAfter: 60_000 });
    await watching.reflector.synced();
    await server.seen({ verb: 'watch' });
    await watching.until(() => server.watches.open === 1);
    watching.clock.advance(61_000);
    expect(watching.reflector.state()).toMatchObject({ kind: 'stale', silence: 61_000 });

    server.watches.sendBookmarks();
    await watching.until(() => watching.reflector.state().kind === 'synced');
  });

  test('waits longer and longer, up to a minute, and logs one warning', async () => {
    const server = await startServer({ rules: [] });
    const watching = await reflect(server);
    await watching.until(() => watching.clock.sleeps.length >= 9);

    expect(watching.clock.sleeps.slice(0, 9)).toEqual([
      750, 1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000, 45_000,
    ]);
    expect(watching.reflector.state()).toMatchObject({ kind: 'unsynced', error: { code: 'kube-denied' } });
    const warnings = watching.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([
      { fields: { code: 'kube-denied', resource: 'applications', namespace: 'argocd' } },
    ]);
    server.setRules(undefined);
    await watching.reflector.synced();
    expect(watching.lines.at(-1)).toMatchObject({ level: 'info', message: 'follows the cluster again' });
  });

  test('does not hammer a server that ends every watch at once', async () => {
    const server = await startServer();
    server.inject({ match: { verb: 'watch' }, times: 3, fault: { kind: 'answer', body: '' } });
    const watching = await reflect(server);
    await server.seen({ verb: 'watch' }, 4);

    expect(watching.clock.sleeps).toEqual([750, 1_500, 3_000]);
  });

  test('begins with short waits again once something was heard', async () => {
    const server = await startServer();
    server.inject({ match: { verb: 'watch' }, times: 3, fault: { kind: 'answer', body: '' } });
    const watching = await reflect(server);
    await watching.until(() => server.watches.open === 1);
    put(server, 'a');
    await watching.until(() => watching.reflector.items().size === 1);
    server.watches.drop();
    await server.seen({ verb: 'watch' }, 5);

    expect(watching.clock.sleeps).toEqual([750, 1_500, 3_000, 750]);
  });

  test('an object that cannot be used is left out and logged, and replaces its better self', async () => {
    const server = await startServer();
    for (const [name, path] of [
      ['a', 'bad'],
      ['b', 'b'],
      ['c', 'unwanted'],
    ] as const)
      put(server, name, path);
    const watching = await reflect(server);
    await server.seen({ verb: 'watch' });
    expect(contents(watching)).toEqual({ 'argocd/b': 'b' });
    put(server, 'b', 'bad');
    await watching.until(() => watching.reflector.items().size === 0);

    expect(watching.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([
      { object: 'argocd/a', reason: 'a bad object' },
      { object: 'argocd/b', reason: 'a bad object' },
    ]);
    put(server, 'b', 'good');
    await watching.until(() => watching.reflector.items().size === 1);
  });

  test('ends with its signal, before the first list as well', async () => {
    const server = await startServer();
    const kube = await connect(server);
    const stop = new AbortController();
    const clock = createVirtualClock();
    const reflector = createReflector({ kube, scope: SCOPE, trim, clock, log: collectLog().log });
    server.inject({ fault: { kind: 'before', run: () => stop.abort() } });
    reflector.start(stop.signal);

    await expect(reflector.synced()).rejects.toMatchObject({ name: 'AbortError' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a resource that may be absent', () => {
  const NAME = `${APPLICATIONS.group}/${APPLICATIONS.plural}`;
  const lists = (server: KubeStandIn): number => server.requests.filter(({ verb }) => verb === 'list').length;

  /** Its own time stands still until the test lets it pass; that of the client does not. */
  async function reflectMaybe(server: KubeStandIn): Promise<Watching & { readonly time: Timeline }> {
    const time = createTimeline();
    const watching = await reflect(server, { clock: time, mayBeAbsent: true });
    await watching.reflector.settled();
    return { ...watching, time };
  }

  test('is looked for every half minute, and followed once it is there', async () => {
    const server = await startServer({ missing: [NAME] });
    const watching = await reflectMaybe(server);
    expect(watching.reflector.state()).toEqual({ kind: 'absent', error: undefined });
    expect(watching.lines).toEqual([]);
    await watching.time.pass(29_999);
    expect(lists(server)).toBe(1);
    await watching.time.pass(1);
    await server.seen({ verb: 'list' }, 2);

    put(server, 'a');
    server.setMissing([]);
    await watching.until(() => watching.time.sleepers > 0);
    await watching.time.pass(30_000);
    await watching.until(() => watching.reflector.state().kind === 'synced');
    expect(contents(watching)).toEqual({ 'argocd/a': 'a' });
    // What came with it is news, because nothing was known before.
    expect(watching.changes.map(({ key }) => key)).toEqual(['argocd/a']);
  });

  test('that is removed takes its objects along, and is no failure', async () => {
    const server = await startServer();
    put(server, 'a');
    const watching = await reflectMaybe(server);
    await server.seen({ verb: 'watch' });
    server.setMissing([NAME]);
    server.watches.end();
    // A watch that ended at once is opened again after a moment.
    await watching.until(() => watching.time.sleepers > 0 || watching.reflector.state().kind === 'absent');
    await watching.time.pass(1_000);
    await watching.until(() => watching.reflector.state().kind === 'absent');
    expect(contents(watching)).toEqual({});
    expect(watching.changes).toEqual([{ key: 'argocd/a', before: 'a', after: undefined }]);
    expect(watching.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  test.each([
    ['absent', [NAME]],
    ['unsynced', []],
  ])('is %s for whoever may not list it, as discovery says', async (kind, missing) => {
    const server = await startServer({ missing, rules: [] });
    const { reflector } = await reflectMaybe(server);
    expect(reflector.state()).toMatchObject({ kind });
    expect(reflector.lastError?.code).toBe(kind === 'absent' ? undefined : 'kube-denied');
  });
});
