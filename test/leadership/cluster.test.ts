import { describe, expect, onTestFinished, test } from 'vitest';
import { LEASES, type KubeClient, type KubeObject } from '../../src/kube/kube-client.ts';
import { createLeaseLeadership } from '../../src/leadership/lease-leadership.ts';
import type { Leadership } from '../../src/ports/leadership.ts';
import type { KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { SILENT } from '../helpers/logs.ts';
import { createTimeline, type Timeline } from '../helpers/timeline.ts';
import { connect, startServer } from '../kube/stand-in.ts';

interface Candidate {
  readonly leadership: Leadership;
  /** Whether it leads now. */
  leads(): boolean;
  error(): unknown;
  /** Competes, in the way of the daemon: again and again. */
  run(): void;
  /** The process ends without a word. */
  kill(): void;
  stop(): Promise<void>;
}

interface Cluster {
  readonly server: KubeStandIn;
  readonly clock: Timeline;
  candidate(identity: string): Promise<Candidate>;
  spec(): Record<string, unknown>;
}

/** Time passes only while no request is under way. */
async function cluster(): Promise<Cluster> {
  const server = await startServer();
  const underWay = new Set<Promise<unknown>>();
  const clock = createTimeline({ busy: () => underWay.size > 0 });
  return {
    server,
    clock,
    spec: () => (server.objects.get(LEASES, 'argocd', 'lynceus')?.['spec'] ?? {}) as Record<string, unknown>,
    async candidate(identity) {
      const kube = counted(await connect(server), underWay);
      return createCandidate(kube, clock, identity);
    },
  };
}

function counted(kube: KubeClient, underWay: Set<Promise<unknown>>): KubeClient {
  const count = async (answer: Promise<KubeObject>): Promise<KubeObject> => {
    underWay.add(answer);
    try {
      return await answer;
    } finally {
      underWay.delete(answer);
    }
  };
  return {
    ...kube,
    get: (resource, object, signal) => count(kube.get(resource, object, signal)),
    create: (resource, object, signal) => count(kube.create(resource, object, signal)),
    replace: (resource, object, signal) => count(kube.replace(resource, object, signal)),
  };
}

function createCandidate(kube: KubeClient, clock: Timeline, identity: string): Candidate {
  const stopping = new AbortController();
  // A process that is killed sleeps for ever.
  let dead = false;
  const leadership = createLeaseLeadership({
    kube,
    lease: { namespace: 'argocd', name: 'lynceus' },
    identity,
    log: SILENT,
    clock: {
      ...clock,
      sleep: async (milliseconds, signal) => {
        await clock.sleep(milliseconds, signal);
        if (dead) await new Promise(() => undefined);
      },
    },
  });
  let lost: AbortSignal | undefined;
  let error: unknown;
  const live = async (): Promise<never> => {
    for (;;) {
      const turn = await leadership.acquire(stopping.signal);
      lost = turn.lost;
      await new Promise<void>((resolve) => turn.lost.addEventListener('abort', () => resolve()));
    }
  };
  onTestFinished(() => stopping.abort());
  return {
    leadership,
    leads: () => !dead && lost?.aborted === false,
    error: () => error,
    run: () => void live().catch((thrown: unknown) => (error = thrown)),
    kill: () => (dead = true),
    async stop() {
      stopping.abort();
      await leadership.release();
    },
  };
}

describe('leading in a cluster, through the real client', () => {
  test('one of three leads, and another within 15 s of its kill', async () => {
    const { server, clock, candidate, spec } = await cluster();
    const all = [await candidate('a'), await candidate('b'), await candidate('c')];
    for (const one of all) one.run();
    await clock.pass(30_000);
    expect(all.filter((one) => one.leads())).toHaveLength(1);
    expect(spec()).toMatchObject({ leaseDurationSeconds: 10, leaseTransitions: 0 });
    const first = all.find((one) => one.leads());

    first?.kill();
    await clock.passUntil(() => all.some((one) => one.leads()), 15_000);
    await clock.pass(30_000);

    expect(all.filter((one) => one.leads())).toHaveLength(1);
    expect(spec()).toMatchObject({ leaseTransitions: 1 });
    expect(server.verbs()).toEqual(
      new Set([
        'get coordination.k8s.io/leases',
        'create coordination.k8s.io/leases',
        'update coordination.k8s.io/leases',
      ]),
    );
  });

  test('a clean stop hands over at the next look', async () => {
    const { clock, candidate, spec } = await cluster();
    const first = await candidate('a');
    first.run();
    await clock.pass(1_000);
    const second = await candidate('b');
    second.run();
    await clock.pass(5_000);

    await first.stop();

    expect(spec()).toMatchObject({ holderIdentity: '' });
    expect(await clock.passUntil(() => second.leads(), 15_000)).toBeLessThanOrEqual(2_000);
    expect(spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('a server that is away for a while ends the lead in time, and is waited for', async () => {
    const { server, clock, candidate } = await cluster();
    const one = await candidate('a');
    one.run();
    await clock.pass(5_000);
    await server.down();
    expect(await clock.passUntil(() => !one.leads(), 60_000)).toBeLessThanOrEqual(7_000);
    await clock.pass(60_000);

    await server.up();

    await clock.passUntil(() => one.leads(), 2_500);
    expect(one.error()).toBeUndefined();
  });

  test('errors of the server and conflicts cost nobody the lead', async () => {
    const { server, clock, candidate } = await cluster();
    const one = await candidate('a');
    one.run();
    await clock.pass(1_000);
    server.inject({ match: { verb: 'update' }, fault: { kind: 'status', status: 500 } });
    await clock.pass(2_000);
    server.inject({ match: { verb: 'update' }, fault: { kind: 'drop' } });
    await clock.pass(2_000);
    server.inject({ match: { verb: 'update' }, fault: { kind: 'drop-midway' } });
    await clock.pass(4_000);
    const lease = server.objects.get(LEASES, 'argocd', 'lynceus');
    server.objects.put(LEASES, { ...lease, metadata: { ...lease?.metadata, labels: { a: 'b' } } });
    await clock.pass(10_000);

    expect(one.leads()).toBe(true);
  });

  test('what is missing among the permissions is said', async () => {
    const { server, clock, candidate } = await cluster();
    server.setRules([
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'update'] },
    ]);
    const one = await candidate('a');
    one.run();
    await clock.passUntil(() => one.error() !== undefined, 1_000);
    expect(one.error()).toMatchObject({
      code: 'kube-denied',
      message:
        'Lease argocd/lynceus, by which it is decided who leads, cannot be used: system:serviceaccount:argocd:lynceus may not create leases.coordination.k8s.io in the namespace argocd',
      hint: 'allow the service account to get, create and update leases of coordination.k8s.io in namespace argocd',
    });
  });
});
