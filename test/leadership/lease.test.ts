import { describe, expect, test } from 'vitest';
import { LynceusError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/kube-client.ts';
import {
  createLeaseLeadership,
  parseLeaseDuration,
  type LeaseLeadershipOptions,
} from '../../src/leadership/lease-leadership.ts';
import type { Leadership } from '../../src/ports/leadership.ts';
import { collectLog, type LogLine } from '../helpers/logs.ts';
import { createTimeline, type Timeline } from '../helpers/timeline.ts';
import { clientOf, createLeaseServer, DIRECT, type LeaseServer, type Network } from './lease-server.ts';

const NEVER = new AbortController().signal;

interface World {
  readonly clock: Timeline;
  readonly server: LeaseServer;
  readonly lines: readonly LogLine[];
  candidate(
    identity: string,
    options?: Partial<LeaseLeadershipOptions> & { readonly network?: Network },
  ): Leadership;
}

function world(): World {
  const clock = createTimeline();
  const server = createLeaseServer();
  const { log, lines } = collectLog();
  return {
    clock,
    server,
    lines,
    candidate: (identity, { network = DIRECT, ...options } = {}) =>
      createLeaseLeadership({
        kube: clientOf(server, network),
        lease: { namespace: 'argocd', name: 'lynceus' },
        identity,
        clock,
        log,
        ...options,
      }),
  };
}

/** Whether a promise has come to an end. */
function watched<T>(promise: Promise<T>): {
  readonly value: () => T | undefined;
  readonly error: () => unknown;
} {
  let value: T | undefined;
  let error: unknown;
  promise.then(
    (result) => (value = result),
    (thrown: unknown) => (error = thrown),
  );
  return { value: () => value, error: () => error };
}

function specOf(lease: KubeObject | undefined): Record<string, unknown> {
  return (lease?.['spec'] ?? {}) as Record<string, unknown>;
}

const DOWN: Network = () => Promise.reject(new LynceusError('kube-unreachable', 'connection refused'));

/** A network that can be cut. */
function cable(): { readonly network: Network; cut: boolean } {
  const state: { readonly network: Network; cut: boolean } = {
    cut: false,
    network: (verb, carryOut, signal) => (state.cut ? DOWN : DIRECT)(verb, carryOut, signal),
  };
  return state;
}

const OF_ANOTHER = {
  metadata: { namespace: 'argocd', name: 'lynceus' },
  spec: {
    holderIdentity: 'other',
    leaseDurationSeconds: 10,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
    leaseTransitions: 4,
  },
};

describe('taking the lead', () => {
  test('makes the Lease when there is none, in the form of client-go', async () => {
    const { server, candidate } = world();

    const { lost } = await candidate('pod-a').acquire(NEVER);

    expect(lost.aborted).toBe(false);
    expect(server.lease()).toMatchObject({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'argocd', name: 'lynceus' },
      spec: {
        holderIdentity: 'pod-a',
        leaseDurationSeconds: 10,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:00.000000Z',
        leaseTransitions: 0,
      },
    });
  });

  test('keeps acquireTime and leaseTransitions while it renews', async () => {
    const { clock, server, candidate } = world();
    await candidate('pod-a').acquire(NEVER);

    await clock.pass(6_100);

    expect(specOf(server.lease())).toEqual({
      holderIdentity: 'pod-a',
      leaseDurationSeconds: 10,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:06.000000Z',
      leaseTransitions: 0,
    });
  });

  test.each([
    ['nobody holds', { ...OF_ANOTHER, spec: { ...OF_ANOTHER.spec, holderIdentity: '' } }],
    ['says nothing', { metadata: OF_ANOTHER.metadata }],
    ['is nonsense', { metadata: OF_ANOTHER.metadata, spec: { holderIdentity: 7, leaseTransitions: '4' } }],
    ['was ours before', { ...OF_ANOTHER, spec: { ...OF_ANOTHER.spec, holderIdentity: 'pod-a' } }],
  ])('takes a Lease at once that %s', async (_, lease) => {
    const { clock, server, candidate } = world();
    server.put(lease);

    await candidate('pod-a').acquire(NEVER);

    expect(clock.now()).toBe(Date.parse('2026-01-01T00:00:00Z'));
    expect(specOf(server.lease())['holderIdentity']).toBe('pod-a');
  });

  test('leaves what else is in the Lease', async () => {
    const { server, candidate } = world();
    const labels = { team: 'platform' };
    server.put({
      metadata: { ...OF_ANOTHER.metadata, labels },
      spec: { ...OF_ANOTHER.spec, holderIdentity: '', strategy: 'OldestEmulationVersion' },
    });

    await candidate('pod-a').acquire(NEVER);

    expect(server.lease()?.metadata?.labels).toEqual(labels);
    expect(specOf(server.lease())).toMatchObject({ strategy: 'OldestEmulationVersion', leaseTransitions: 5 });
  });

  test.each([
    ['long ago', '1999-01-01T00:00:00.000000Z'],
    ['in the future', '2099-01-01T00:00:00.000000Z'],
  ])('waits a whole lease from when it saw the holder, whose clock says %s', async (_, renewTime) => {
    const { clock, server, candidate } = world();
    server.put({ ...OF_ANOTHER, spec: { ...OF_ANOTHER.spec, renewTime } });

    const turn = watched(candidate('pod-a').acquire(NEVER));
    await clock.pass(9_999);
    expect(turn.value()).toBeUndefined();
    await clock.pass(2);

    expect(turn.value()?.lost.aborted).toBe(false);
    expect(specOf(server.lease())).toMatchObject({
      holderIdentity: 'pod-a',
      acquireTime: '2026-01-01T00:00:10.000000Z',
      leaseTransitions: 5,
    });
  });

  test('waits as long as the holder asks for, when that is longer', async () => {
    const { clock, server, candidate } = world();
    server.put({ ...OF_ANOTHER, spec: { ...OF_ANOTHER.spec, leaseDurationSeconds: 30 } });

    const turn = watched(candidate('pod-a').acquire(NEVER));

    expect(await clock.passUntil(() => turn.value() !== undefined, 60_000)).toBe(30_000);
  });

  test('does not take a Lease that vanished while somebody led', async () => {
    const { clock, server, candidate } = world();
    server.put(OF_ANOTHER);
    const turn = watched(candidate('pod-a').acquire(NEVER));
    await clock.pass(5_000);

    server.put(undefined);

    expect(await clock.passUntil(() => turn.value() !== undefined, 60_000)).toBe(5_000);
  });

  test('answers the same term to who asks again', async () => {
    const { candidate } = world();
    const one = candidate('pod-a');
    expect((await one.acquire(NEVER)).lost).toBe((await one.acquire(NEVER)).lost);
  });

  test('ends with an AbortError, leaves the other one alone and nothing behind', async () => {
    const { clock, server, candidate } = world();
    server.put(OF_ANOTHER);
    const stop = new AbortController();
    const one = candidate('pod-a');
    const turn = watched(one.acquire(stop.signal));
    await clock.pass(3_000);

    stop.abort();
    await clock.pass(0);
    await one.release();

    expect(turn.error()).toMatchObject({ name: 'AbortError' });
    expect(clock.sleepers).toBe(0);
    expect(server.versions).toHaveLength(1);
    await expect(one.acquire(stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('losing the lead', () => {
  test('lets go before the lease is over when the API server is away, and goes on asking', async () => {
    const { clock, lines, candidate } = world();
    const line = cable();
    const one = candidate('pod-a', line);
    const { lost } = await one.acquire(NEVER);

    line.cut = true;
    expect(await clock.passUntil(() => lost.aborted, 60_000)).toBe(7_000);
    const again = watched(one.acquire(NEVER));
    await clock.pass(600_000);
    line.cut = false;
    await clock.passUntil(() => again.value() !== undefined, 2_001);

    expect(lost.reason).toMatchObject({
      code: 'aborted',
      message: 'this process does not lead any more: it could not be renewed for 7 s',
    });
    expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'cannot renew the lead',
      'lost the lead',
      'cannot ask for the lead',
    ]);
  });

  test('does not lose it for answers that are slow or missing now and then', async () => {
    const { clock, candidate } = world();
    let asked = 0;
    const slow: Network = async (_verb, carryOut, signal) => {
      asked += 1;
      await clock.sleep(asked % 3 === 0 ? 60_000 : 1_000, signal);
      return carryOut();
    };
    const turn = watched(candidate('pod-a', { network: slow }).acquire(NEVER));
    await clock.passUntil(() => turn.value() !== undefined, 60_000);

    await clock.pass(600_000);

    expect(turn.value()?.lost.aborted).toBe(false);
  });

  test('counts from when it asked, not from when it was answered', async () => {
    const { clock, candidate } = world();
    const line = cable();
    const network: Network = async (verb, carryOut, signal) => {
      const done = await line.network(verb, carryOut, signal);
      await clock.sleep(verb === 'create' ? 3_000 : 0, signal);
      return done;
    };
    const turn = watched(candidate('pod-a', { network }).acquire(NEVER));
    await clock.passUntil(() => turn.value() !== undefined, 60_000);

    line.cut = true;

    expect(await clock.passUntil(() => turn.value()?.lost.aborted === true, 60_000)).toBe(4_000);
  });

  test.each([
    ['another', { ...OF_ANOTHER.spec }, 'other leads'],
    ['nobody', { ...OF_ANOTHER.spec, holderIdentity: '' }, 'somebody has emptied the Lease'],
  ])('loses it at the next renewal when the Lease names %s', async (_, spec, reason) => {
    const { clock, server, candidate } = world();
    const { lost } = await candidate('pod-a').acquire(NEVER);

    server.put({ metadata: OF_ANOTHER.metadata, spec });
    await clock.pass(2_001);

    expect((lost.reason as Error).message).toContain(reason);
  });

  test('does not lead when it was stopped while it waited to lead again', async () => {
    const { clock, server, candidate } = world();
    const one = candidate('pod-a');
    const { lost } = await one.acquire(NEVER);
    server.put(OF_ANOTHER);
    await clock.passUntil(() => lost.aborted, 60_000);
    const stop = new AbortController();
    const again = watched(one.acquire(stop.signal));
    await clock.pass(1_000);
    stop.abort();
    await clock.pass(0);
    expect(again.error()).toMatchObject({ name: 'AbortError' });

    const last = watched(one.acquire(NEVER));
    await clock.pass(1_000);

    expect(last.value()).toBeUndefined();
  });

  test('keeps it when somebody adds a label, or deletes the Lease', async () => {
    const { clock, server, candidate } = world();
    const { lost } = await candidate('pod-a').acquire(NEVER);
    const lease = server.lease();

    server.put({ ...lease, metadata: { ...lease?.metadata, labels: { seen: 'yes' } } });
    await clock.pass(2_001);
    expect(server.lease()?.metadata?.labels).toEqual({ seen: 'yes' });
    server.put(undefined);
    await clock.pass(20_000);

    expect(lost.aborted).toBe(false);
    expect(specOf(server.lease())['holderIdentity']).toBe('pod-a');
  });

  test('keeps it when renewals arrive but their answers do not, as long as one does in time', async () => {
    const { clock, candidate } = world();
    let asked = 0;
    const network: Network = async (_verb, carryOut) => {
      asked += 1;
      const done = carryOut();
      if (asked % 4 === 0) throw new LynceusError('kube-unreachable', 'the connection was reset');
      return done;
    };
    const { lost } = await candidate('pod-a', { network }).acquire(NEVER);

    await clock.pass(600_000);

    expect(lost.aborted).toBe(false);
  });
});

describe('giving the lead away', () => {
  test('empties the Lease, so that a standby leads at its next look', async () => {
    const { clock, server, candidate } = world();
    const first = candidate('pod-a');
    const { lost } = await first.acquire(NEVER);
    const next = watched(candidate('pod-b').acquire(NEVER));
    await clock.pass(5_000);

    await first.release();

    expect(lost.aborted).toBe(true);
    expect(specOf(server.lease())).toMatchObject({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      leaseTransitions: 0,
    });
    expect(await clock.passUntil(() => next.value() !== undefined, 60_000)).toBeLessThanOrEqual(2_000);
    expect(specOf(server.lease())).toMatchObject({ holderIdentity: 'pod-b', leaseTransitions: 1 });
  });

  test('gives away what was taken by a request whose answer was lost', async () => {
    const { clock, server, candidate } = world();
    const stop = new AbortController();
    const network: Network = async (verb, carryOut, signal) => {
      const done = carryOut();
      if (verb === 'create') await clock.sleep(60_000, signal);
      return done;
    };
    const one = candidate('pod-a', { network });
    const turn = watched(one.acquire(stop.signal));
    await clock.pass(1_000);
    stop.abort();
    await clock.pass(0);
    expect(turn.error()).toBeDefined();

    await one.release();

    expect(specOf(server.lease())['holderIdentity']).toBe('');
  });

  test('does not touch the Lease of another, and is nothing without one', async () => {
    const { server, candidate } = world();
    const one = candidate('pod-a');
    await one.release();
    await one.acquire(NEVER);
    server.put(OF_ANOTHER);
    await one.release();
    server.put(undefined);
    await one.release();
    expect(server.versions.map((lease) => specOf(lease)['holderIdentity'])).toEqual(['pod-a', 'other']);
  });

  test('ends in time, with a warning, when the API server does not answer', async () => {
    const { clock, lines, candidate } = world();
    let silent = false;
    const network: Network = async (_verb, carryOut, signal) => {
      if (silent) await clock.sleep(3_600_000, signal);
      return carryOut();
    };
    const one = candidate('pod-a', { network });
    await one.acquire(NEVER);
    silent = true;

    let released = false;
    const release = one.release().then(() => (released = true));

    expect(await clock.passUntil(() => released, 60_000)).toBe(3_500);
    await release;
    expect(lines.at(-1)).toMatchObject({
      level: 'warn',
      message: 'cannot give the lead away, others wait until it has expired',
    });
    expect(clock.sleepers).toBe(0);
  });

  test('can lead again afterwards', async () => {
    const { server, candidate } = world();
    const one = candidate('pod-a');
    await one.acquire(NEVER);
    await one.release();
    const { lost } = await one.acquire(NEVER);
    expect(lost.aborted).toBe(false);
    expect(specOf(server.lease())).toMatchObject({ holderIdentity: 'pod-a', leaseTransitions: 1 });
  });
});

describe('a kill', () => {
  test('is made up for within 15 seconds', async () => {
    const { clock, candidate } = world();
    const line = cable();
    await candidate('pod-a', line).acquire(NEVER);
    const next = watched(candidate('pod-b').acquire(NEVER));
    await clock.pass(33_000);

    line.cut = true;

    expect(await clock.passUntil(() => next.value() !== undefined, 60_000)).toBeLessThanOrEqual(12_000);
  });
});

describe('a lease of another duration', () => {
  test.each([1_000, 3_000, 60_000])(
    'of %d ms is let go before anybody else acquires it',
    async (leaseDuration) => {
      const { clock, server, candidate } = world();
      const line = cable();
      const { lost } = await candidate('pod-a', { network: line.network, leaseDuration }).acquire(NEVER);
      const next = watched(candidate('pod-b', { leaseDuration }).acquire(NEVER));
      await clock.pass(3 * leaseDuration);
      expect([lost.aborted, next.value()]).toEqual([false, undefined]);
      expect(specOf(server.lease())['leaseDurationSeconds']).toBe(leaseDuration / 1_000);

      line.cut = true;

      const untilLost = await clock.passUntil(() => lost.aborted, leaseDuration);
      expect(untilLost).toBeLessThanOrEqual(0.7 * leaseDuration);
      expect(next.value()).toBeUndefined();
      const untilNext = await clock.passUntil(() => next.value() !== undefined, 2 * leaseDuration);
      expect(untilLost + untilNext).toBeLessThanOrEqual(1.2 * leaseDuration);
    },
  );
});

describe('refusals', () => {
  const denied: Network = () =>
    Promise.reject(
      new LynceusError('kube-denied', 'the service account may not get leases in namespace argocd'),
    );

  test('a Lease that was never allowed is an error that says what is missing', async () => {
    const { candidate } = world();
    await expect(candidate('pod-a', { network: denied }).acquire(NEVER)).rejects.toMatchObject({
      code: 'kube-denied',
      message:
        'Lease argocd/lynceus, by which it is decided who leads, cannot be used: the service account may not get leases in namespace argocd',
      hint: 'allow the service account to get, create and update leases of coordination.k8s.io in namespace argocd',
    });
  });

  test('so is one that may be read but not written', async () => {
    const { clock, server, candidate } = world();
    server.put(OF_ANOTHER);
    const network: Network = (verb, carryOut, signal) =>
      verb === 'get' ? DIRECT(verb, carryOut, signal) : denied(verb, carryOut, signal);
    const turn = watched(candidate('pod-a', { network }).acquire(NEVER));
    await clock.passUntil(() => turn.error() !== undefined, 10_001);
    expect(turn.error()).toMatchObject({ code: 'kube-denied' });
  });

  test('a permission that is taken away later is waited for', async () => {
    const { clock, candidate } = world();
    let refusing = false;
    const network: Network = (verb, carryOut, signal) => (refusing ? denied : DIRECT)(verb, carryOut, signal);
    const one = candidate('pod-a', { network });
    const { lost } = await one.acquire(NEVER);
    refusing = true;
    await clock.passUntil(() => lost.aborted, 7_000);
    const again = watched(one.acquire(NEVER));
    await clock.pass(60_000);
    refusing = false;
    await clock.passUntil(() => again.value() !== undefined, 2_000);
    expect(again.error()).toBeUndefined();
  });

  test.each([0, 999, -1_000, 10_500, Number.NaN, Number.POSITIVE_INFINITY])(
    'a lease of %d ms is refused',
    (leaseDuration) => {
      expect(() => world().candidate('pod-a', { leaseDuration })).toThrow(
        /^expected a lease of whole seconds/,
      );
    },
  );

  test.each([
    [undefined, undefined],
    ['', undefined],
    ['2s', 2_000],
    ['1m30s', 90_000],
  ])('%j is a lease of %d ms', (text, milliseconds) => {
    expect(parseLeaseDuration(text)).toBe(milliseconds);
  });

  test('what is no duration is refused', () => {
    expect(() => parseLeaseDuration('soon')).toThrow(
      'expected a lease of whole seconds such as 10s, found soon',
    );
  });

  test('a process without a name is refused', () => {
    expect(() => world().candidate('')).toThrow('expected a name of this process');
  });
});
