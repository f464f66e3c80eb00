import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/cli/clock.ts';
import { CONFIG_MAPS } from '../../src/kube/kube-client.ts';
import { PERMISSIONS } from '../../src/kube/permissions.ts';
import { createClusterPauses, type ClusterPauses } from '../../src/pauses/cluster-pauses.ts';
import { PAUSE_CONFIG_MAP } from '../../src/pauses/pause-map.ts';
import type { KubeRule } from '../helpers/kube-stand-in/rules.ts';
import type { KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { collectLog, type LogLine } from '../helpers/logs.ts';
import { connect, startServer } from '../kube/stand-in.ts';

const ADA = { by: 'Ada', reason: 'the outage of 4 May', since: Date.parse('2026-05-04T10:00:00Z') };
const NOW = new AbortController().signal;

/** What the Role of the installation allows. */
const ROLE: readonly KubeRule[] = PERMISSIONS.filter(({ resource }) => resource === CONFIG_MAPS).map(
  ({ resource, verbs, name }) => ({
    apiGroups: [resource.group],
    resources: [resource.plural],
    verbs,
    namespace: 'argocd',
    ...(name === undefined ? {} : { resourceNames: [name] }),
  }),
);

interface World {
  readonly server: KubeStandIn;
  readonly pauses: ClusterPauses;
  readonly lines: readonly LogLine[];
  /** Another process. */
  other(): Promise<ClusterPauses>;
}

async function world(rules: readonly KubeRule[] = ROLE, staleAfter = 300_000): Promise<World> {
  const server = await startServer();
  server.setRules(rules);
  const { log, lines } = collectLog();
  const made = async () => {
    const kube = await connect(server);
    return createClusterPauses({ kube, namespace: 'argocd', clock: SYSTEM_CLOCK, log, staleAfter });
  };
  return { server, pauses: await made(), lines, other: made };
}

function watched(pauses: ClusterPauses): void {
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  pauses.start(ending.signal);
}

function put(server: KubeStandIn, data: unknown): void {
  server.objects.put(CONFIG_MAPS, { metadata: { name: PAUSE_CONFIG_MAP, namespace: 'argocd' }, data });
}

describe('pauses in the cluster', () => {
  test('are found by every process, after a restart too, and end for all', async () => {
    const { pauses, other } = await world();
    const daemon = await other();
    watched(daemon);
    expect(await daemon.read(NOW)).toEqual({});
    await pauses.pause('everything', ADA, NOW);
    expect(await pauses.read(NOW)).toEqual({ everything: ADA });
    expect(await (await other()).read(NOW)).toEqual({ everything: ADA });
    await vi.waitFor(async () => expect(await daemon.read(NOW)).toEqual({ everything: ADA }));
    expect(await pauses.resume(['everything', 'rollbacks'], NOW)).toEqual({ everything: ADA });
    expect(await pauses.read(NOW)).toEqual({});
    await vi.waitFor(async () => expect(await daemon.read(NOW)).toEqual({}));
    expect(await pauses.resume(['everything'], NOW)).toEqual({});
  });

  test('cost no request while they are watched', async () => {
    const { server, pauses } = await world();
    watched(pauses);
    await pauses.read(NOW);
    await server.seen({ verb: 'watch' });
    const before = server.requests.length;
    for (let cycle = 0; cycle < 20; cycle += 1) await pauses.read(NOW);
    expect(server.requests.slice(before)).toEqual([]);
    expect(server.verbs()).toEqual(new Set(['list configmaps', 'watch configmaps']));
  });

  test('stay as they are when somebody pauses again, and part by part', async () => {
    const { pauses, other } = await world();
    await pauses.pause('everything', ADA, NOW);
    await (await other()).pause('everything', { ...ADA, by: 'Bob' }, NOW);
    await pauses.pause('rollbacks', { by: '', reason: 'ten in an hour', since: undefined }, NOW);
    expect(await pauses.read(NOW)).toEqual({
      everything: ADA,
      rollbacks: { by: '', reason: 'ten in an hour', since: undefined },
    });
    expect(await pauses.resume(['rollbacks'], NOW)).toMatchObject({
      rollbacks: { reason: 'ten in an hour' },
    });
    expect(await pauses.read(NOW)).toEqual({ everything: ADA });
  });

  test('are known at once to the process that made them', async () => {
    const { pauses } = await world();
    watched(pauses);
    await pauses.read(NOW);
    await pauses.pause('rollbacks', ADA, NOW);
    expect(await pauses.read(NOW)).toEqual({ rollbacks: ADA });
  });

  test.each<readonly [what: string, data: unknown, paused: unknown]>([
    ['a word', { everything: 'true' }, { everything: { by: '', reason: '' } }],
    ['a reason', { everything: 'Ada looks at it' }, { everything: { by: '', reason: 'Ada looks at it' } }],
    ['damaged JSON', { everything: '{"by":"Ada"' }, { everything: { by: '', reason: '{"by":"Ada"' } }],
    [
      'JSON with nonsense',
      { everything: '{"by":1,"since":"never"}' },
      { everything: { by: '', reason: '' } },
    ],
    ['JSON that is no object', { everything: '[1]' }, { everything: { by: '', reason: '[1]' } }],
    ['a plain no', { everything: ' false ', rollbacks: '' }, {}],
    ['other keys', { __proto__: 'true', constructor: 'true', all: 'true' }, {}],
    ['nothing', undefined, {}],
  ])('are read as people write them: %s', async (_what, data, paused) => {
    const { server, pauses } = await world();
    put(server, data);
    const read = await pauses.read(NOW);
    expect(read).toMatchObject(paused as object);
    expect(Object.keys(read)).toEqual(Object.keys(paused as object));
  });

  test('are none where nobody may read them, and a warning says so once', async () => {
    const { pauses, lines } = await world([]);
    watched(pauses);
    expect(await pauses.read(NOW)).toEqual({});
    expect(await pauses.read(NOW)).toEqual({});
    expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'lynceus pause has no effect: the ConfigMap by which everything is paused may not be read',
    ]);
  });

  test('stay when the right to read them is taken away', async () => {
    const { server, pauses, lines } = await world(ROLE, 1_500);
    put(server, { everything: 'true' });
    watched(pauses);
    expect(await pauses.read(NOW)).toMatchObject({ everything: {} });
    await server.seen({ verb: 'watch' });
    server.setRules([]);
    server.watches.expire();
    await vi.waitFor(
      () => expect(lines.map(({ fields }) => fields['code'])).toContain('kube-denied'),
      10_000,
    );
    await vi.waitFor(async () => {
      expect(await pauses.read(NOW)).toMatchObject({ everything: {} });
      expect(lines.map(({ level }) => level)).toContain('warn');
    }, 10_000);
  });

  test('are not known while the cluster does not answer', async () => {
    const { server, pauses } = await world();
    await server.down();
    await expect(pauses.read(NOW)).rejects.toMatchObject({ code: 'kube-unreachable' });
  });

  test('a person who may not pause is told what is missing', async () => {
    const { pauses } = await world([]);
    await expect(pauses.pause('everything', ADA, NOW)).rejects.toMatchObject({ code: 'kube-denied' });
  });

  test('two who pause at once do not hinder each other', async () => {
    const { pauses, other } = await world();
    const bob = await other();
    await Promise.all([pauses.pause('everything', ADA, NOW), bob.pause('rollbacks', ADA, NOW)]);
    expect(await pauses.read(NOW)).toEqual({ everything: ADA, rollbacks: ADA });
  });
});
