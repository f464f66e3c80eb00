import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../../src/core/deployment/deployment.ts';
import { recordLine, recordOf } from '../../../src/core/overrides/record.ts';
import type { TrackedImage } from '../../../src/core/policy.ts';
import type { FailedWrite } from '../../../src/core/verification/failed-write.ts';
import type { CheckSpec, Measurement } from '../../../src/core/verification/check-spec.ts';
import type { ObservedWrite } from '../../../src/core/verification/observed-write.ts';
import type { FailureAction } from '../../../src/core/verification/verify-policy.ts';
import type { WriteResults } from '../../../src/ports/write-results.ts';
import { createResultsInMemory } from '../../../src/app/verification/results-in-memory.ts';
import { createVerifier } from '../../../src/app/verification/verifier.ts';
import type {
  HistorySession,
  ReadImage,
  RollbackOccasion,
  RollbackOutcome,
  Verifier,
} from '../../../src/app/verification/watch-services.ts';
import { aTracked } from '../../helpers/policies.ts';
import { SILENT } from '../../helpers/logs.ts';
import { createVirtualClock, type VirtualClock } from '../../helpers/virtual-clock.ts';

const NEVER = new AbortController().signal;
const MINUTE = 60_000;
const HEALTH = { syncDeadline: 10 * MINUTE, healthDeadline: 10 * MINUTE, healthyFor: 0, failureLimit: 0 };
const PATH = 'apps/shop/values.yaml';

function checkNamed(name: string): CheckSpec {
  const timing = { delay: 0, interval: MINUTE, count: 3, failureLimit: 0, inconclusiveLimit: 0 };
  return {
    name,
    timing: { ...timing, consecutiveErrorLimit: 1 },
    ask: { kind: 'analysis', resource: 'rollout', name: 'web' },
  };
}

/** The rest of its status is in what `observe` answers. */
const AUTOMATED: Deployment = {
  sync: { status: 'unknown', revisions: [] },
  health: { status: 'unknown', since: undefined },
  history: [],
  isAutomated: true,
};

/** All that outlives a process: time, Git, what Argo CD and the servers of checks say, and what is kept. */
interface Surroundings {
  readonly clock: VirtualClock;
  readonly results: WriteResults;
  readonly images: readonly TrackedImage[];
  /** What Argo CD says of an Application. */
  readonly deployed: Map<string, ObservedWrite>;
  /** What a check says at a time. */
  measure: (name: string, application: string, at: number) => Promise<Measurement>;
  /** Every question so far. */
  readonly asked: { readonly application: string; readonly check: string; readonly at: number }[];
  /** Every order to take something back so far, and how it ends. */
  readonly orders: { readonly failed: readonly FailedWrite[]; readonly occasion: RollbackOccasion }[];
  takeBack: (failed: FailedWrite) => RollbackOutcome;
  /** When the commits were made. */
  writtenAt: number;
  head: string;
  /** What the files have. */
  version: string;
  isReplayable: boolean;
}

const succeeds = (_name: string, _application: string, at: number): Promise<Measurement> =>
  Promise.resolve({ kind: 'success', at, detail: '0' });

function surroundings(
  names: readonly string[] = ['shop'],
  { checks = ['slo'], onFailure = 'rollback' as FailureAction } = {},
): Surroundings {
  const clock = createVirtualClock();
  return {
    clock,
    results: createResultsInMemory(),
    images: names.map((name) => {
      const tracked = aTracked({
        application: { namespace: 'argocd', name },
        verify: { checks: ['health', ...checks], onFailure },
      });
      return { ...tracked, observed: { ...tracked.observed, deployment: AUTOMATED } };
    }),
    deployed: new Map(),
    measure: succeeds,
    asked: [],
    orders: [],
    takeBack: () => ({ outcome: 'done' }),
    writtenAt: clock.now(),
    head: 'c0ffee',
    version: '1.1.0',
    isReplayable: true,
  };
}

/** A process that watches. */
function start(
  world: Surroundings,
  specs: readonly CheckSpec[] = [checkNamed('slo'), checkNamed('smoke')],
): Verifier {
  return createVerifier({
    clock: world.clock,
    results: world.results,
    checks: {
      isReplayable: () => world.isReplayable,
      questionsOf: () => [],
      measure: async ({ name }, { application }, at) => {
        world.asked.push({ application: application.name, check: name, at });
        return await world.measure(name, application.name, at);
      },
    },
    specs,
    health: HEALTH,
    onInconclusive: 'hold',
    hasStatus: true,
    patience: 200,
  });
}

function session({ images, writtenAt, head }: Surroundings): HistorySession {
  return {
    heads: () => Promise.resolve({ commits: new Map([['main', head]]), default: 'main' }),
    history: () =>
      Promise.resolve([
        {
          sha: head,
          author: 'lynceus',
          email: '',
          at: writtenAt,
          message: `update\n\n${images
            .map((tracked) =>
              recordLine(recordOf('update', tracked, { path: PATH, from: '1.0.0', to: '1.1.0' })),
            )
            .join('\n')}\n`,
          committedBy: 'us',
          paths: [PATH],
        },
      ]),
  };
}

function present({ images, version }: Surroundings): readonly ReadImage[] {
  const image = { name: undefined, tag: version, digest: undefined };
  return images.map((tracked) => ({
    tracked,
    present: { kind: 'read', presence: { kind: 'present', image }, path: PATH },
  }));
}

async function find(verifier: Verifier, world: Surroundings): Promise<void> {
  await verifier.find(present(world), session(world), { log: SILENT, signal: NEVER });
}

async function look(verifier: Verifier, world: Surroundings) {
  return await verifier.verify({
    log: SILENT,
    concurrency: 10,
    signal: NEVER,
    known: world.images,
    observe: ({ application }) =>
      Promise.resolve(world.deployed.get(application.name) ?? { stage: 'written' }),
    rollBack: (failed, occasion) => {
      world.orders.push({ failed, occasion });
      return Promise.resolve(failed.map((one) => world.takeBack(one)));
    },
  });
}

function healthy(since: number): ObservedWrite {
  return { stage: 'healthy', syncedAt: since, health: 'healthy', since };
}

function outcomesOf({ ended }: Awaited<ReturnType<typeof look>>): readonly string[] {
  return ended.map(({ application, ending, follows }) => `${application.name} ${ending.outcome} ${follows}`);
}

test('a write is found, measured and verified once; then nothing is due', async () => {
  const world = surroundings();
  const verifier = start(world);
  await find(verifier, world);
  expect(verifier.dueAt()).toBeDefined();
  world.clock.advance(MINUTE);
  world.deployed.set('shop', healthy(world.clock.now()));
  expect(outcomesOf(await look(verifier, world))).toEqual([]);
  world.clock.advance(10 * MINUTE);
  expect(outcomesOf(await look(verifier, world))).toEqual(['shop verified notify']);
  expect(world.asked).toHaveLength(3);
  expect(verifier.dueAt()).toBeUndefined();
  await find(verifier, world);
  expect(verifier.dueAt()).toBeUndefined();
});

test('200 Applications and a server that answers nothing: nothing is taken back, and it is one notice', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `shop-${index}`);
  const world = surroundings([...names, 'blog']);
  const verifier = start(world);
  await find(verifier, world);
  const since = world.clock.now();
  for (const name of names) world.deployed.set(name, healthy(since));
  world.measure = (_name, _application, at) =>
    Promise.resolve({ kind: 'inconclusive', at, detail: 'no answer', isUnasked: true });
  world.clock.advance(5 * MINUTE);
  const report = await look(verifier, world);
  expect(new Set(report.ended.map(({ ending }) => ending.outcome))).toEqual(new Set(['inconclusive']));
  expect(report.ended).toHaveLength(200);
  expect(report.unanswered).toEqual(['slo']);
  expect(world.orders).toEqual([]);
  // The neighbour is not deployed yet, and waits.
  expect(report.running).toBe(1);
});

test('a check that does not come back delays neither another check nor another Application', async () => {
  const world = surroundings(['shop', 'blog'], { checks: ['slo', 'smoke'] });
  const verifier = start(world);
  await find(verifier, world);
  for (const name of ['shop', 'blog']) world.deployed.set(name, healthy(world.clock.now()));
  let answer = (): void => undefined;
  world.measure = (name, application, at) =>
    name === 'smoke' && application === 'shop'
      ? new Promise((resolve) => (answer = () => resolve({ kind: 'success', at, detail: '' })))
      : succeeds(name, application, at);
  world.clock.advance(5 * MINUTE);
  expect(outcomesOf(await look(verifier, world))).toEqual(['blog verified notify']);
  expect(
    world.asked.filter(({ application, check }) => application === 'shop' && check === 'slo'),
  ).toHaveLength(3);
  // It is not asked again while it is asked.
  expect(outcomesOf(await look(verifier, world))).toEqual([]);
  expect(
    world.asked.filter(({ application, check }) => application === 'shop' && check === 'smoke'),
  ).toHaveLength(1);
  world.measure = succeeds;
  answer();
  await Promise.resolve();
  await look(verifier, world);
  expect(outcomesOf(await look(verifier, world))).toEqual([]);
  expect(world.results.of({ namespace: 'argocd', name: 'shop' })).toMatchObject([
    { ending: { outcome: 'verified' } },
  ]);
});

describe('a process that ends, and another one', () => {
  test.each([0, 1, 2, 3, 4, 5, 6])('after %i steps: the same end, by the same questions', async (steps) => {
    const world = surroundings();
    const failsAt = world.clock.now() + 3 * MINUTE;
    world.measure = (_name, _application, at) =>
      Promise.resolve({ kind: at >= failsAt ? 'failure' : 'success', at, detail: 'x' });
    world.deployed.set('shop', healthy(world.clock.now() + MINUTE));
    let verifier = start(world);
    for (let step = 0; step < 8; step += 1) {
      if (step === steps) verifier = start(world);
      await find(verifier, world);
      await look(verifier, world);
      world.clock.advance(MINUTE);
    }
    expect(world.orders.map(({ failed }) => failed.map(({ check, commit }) => [check, commit]))).toEqual([
      [['slo', 'c0ffee']],
    ]);
    const times = [...new Set(world.asked.map(({ at }) => at))].toSorted((a, b) => a - b);
    expect(times).toEqual([1, 2, 3].map((minutes) => world.writtenAt + minutes * MINUTE));
    expect(world.results.all()).toMatchObject([
      { ending: { outcome: 'failed', check: 'slo' }, rollback: { outcome: 'done' } },
    ]);
  });

  test('what cannot be replayed is asked anew, for now', async () => {
    const world = surroundings();
    world.isReplayable = false;
    world.deployed.set('shop', healthy(world.clock.now()));
    const first = start(world);
    await find(first, world);
    await look(first, world);
    world.clock.advance(10 * MINUTE);
    const second = start(world);
    await find(second, world);
    await look(second, world);
    expect(world.asked.map(({ at }) => (at - world.writtenAt) / MINUTE)).toEqual([0, 10]);
  });

  test('killed after it was taken back, and before that was kept: it is done again, and nothing else', async () => {
    const world = surroundings();
    world.deployed.set('shop', {
      stage: 'synced',
      syncedAt: world.clock.now(),
      health: 'degraded',
      since: world.clock.now(),
    });
    const keep = world.results.keep.bind(world.results);
    let isKilled = true;
    const results: WriteResults = {
      ...world.results,
      keep(all) {
        if (isKilled) throw new Error('killed');
        keep(all);
      },
    };
    const dying = { ...world, results };
    const first = start(dying);
    await find(first, dying);
    await expect(look(first, dying)).rejects.toThrow('killed');
    isKilled = false;
    const second = start(dying);
    await find(second, dying);
    expect(outcomesOf(await look(second, dying))).toEqual(['shop failed rollback']);
    expect(world.orders).toHaveLength(2);
    const third = start(dying);
    await find(third, dying);
    expect(third.dueAt()).toBeUndefined();
  });

  test('one that begins to lead looks again for what another one has done', async () => {
    const world = surroundings();
    const standby = start(world);
    await find(standby, world);
    world.deployed.set('shop', healthy(world.clock.now()));
    world.clock.advance(10 * MINUTE);
    const leader = start(world);
    await find(leader, world);
    expect(outcomesOf(await look(leader, world))).toEqual(['shop verified notify']);
    standby.takesLead();
    expect(standby.dueAt()).toBeUndefined();
    await find(standby, world);
    expect(outcomesOf(await look(standby, world))).toEqual([]);
    expect(world.asked).toHaveLength(3);
  });
});

describe('what failed', () => {
  function degraded(world: Surroundings): void {
    world.deployed.set('shop', {
      stage: 'synced',
      syncedAt: world.clock.now(),
      health: 'degraded',
      since: world.clock.now(),
    });
  }

  test('is tried again while it cannot be taken back yet, and told once it is', async () => {
    const world = surroundings();
    const verifier = start(world);
    await find(verifier, world);
    degraded(world);
    world.takeBack = () => ({
      outcome: 'held',
      hold: { code: 'observation-too-short', facts: { until: 0 } },
    });
    expect(outcomesOf(await look(verifier, world))).toEqual([]);
    expect(world.results.all()).toEqual([]);
    expect(verifier.dueAt()).toBeDefined();
    world.takeBack = () => ({ outcome: 'done' });
    world.clock.advance(MINUTE);
    expect(outcomesOf(await look(verifier, world))).toEqual(['shop failed rollback']);
    expect(world.orders).toHaveLength(2);
  });

  test('and is not to be taken back is kept with the reason', async () => {
    const world = surroundings();
    const verifier = start(world);
    await find(verifier, world);
    degraded(world);
    world.takeBack = () => ({ outcome: 'held', hold: { code: 'no-version-before', facts: {} } });
    const { ended } = await look(verifier, world);
    expect(ended).toMatchObject([{ hold: { code: 'no-version-before' } }]);
    expect(world.results.all()).toMatchObject([{ rollback: { outcome: 'held', code: 'no-version-before' } }]);
    expect(verifier.dueAt()).toBeUndefined();
  });

  test('is not taken back when its time was long over before it was found', async () => {
    const world = surroundings();
    degraded(world);
    world.clock.advance(48 * 60 * MINUTE);
    const verifier = start(world);
    await find(verifier, world);
    expect(outcomesOf(await look(verifier, world))).toEqual(['shop failed notify']);
    expect(world.orders).toEqual([]);
    expect(world.results.all()).toEqual([]);
  });

  test('is not asked for while something else is deployed', async () => {
    const world = surroundings();
    const verifier = start(world);
    await find(verifier, world);
    world.deployed.set('shop', healthy(world.clock.now()));
    await look(verifier, world);
    const asked = world.asked.length;
    world.deployed.set('shop', { stage: 'written' });
    world.measure = (_name, _application, at) => Promise.resolve({ kind: 'failure', at, detail: 'older' });
    world.clock.advance(5 * MINUTE);
    expect(outcomesOf(await look(verifier, world))).toEqual([]);
    expect(world.asked).toHaveLength(asked);
    expect(world.orders).toEqual([]);
  });

  test('tells whoever takes it back that the clock was set back', async () => {
    const world = surroundings();
    const verifier = start(world);
    await find(verifier, world);
    world.clock.advance(5 * MINUTE);
    await look(verifier, world);
    const latest = world.clock.now();
    world.clock.advance(-3 * MINUTE);
    degraded(world);
    await look(verifier, world);
    expect(world.orders[0]?.occasion).toMatchObject({ now: latest - 3 * MINUTE, latest });
  });

  test('tells for how many of those that a check watches it fails', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const world = surroundings(names);
    const verifier = start(world);
    await find(verifier, world);
    for (const name of names) world.deployed.set(name, healthy(world.clock.now()));
    world.measure = (_name, application, at) =>
      Promise.resolve({ kind: application < 'c' ? 'failure' : 'success', at, detail: '' });
    await look(verifier, world);
    expect(world.orders[0]?.failed.map(({ application }) => application.name)).toEqual(['a', 'b']);
    expect(world.orders[0]?.occasion.outlooks.get('slo')).toEqual({
      watched: 4,
      failing: 2,
      isUnanswered: false,
    });
  });
});

test('time in which nobody looked counts for no deadline: a clock that was moved on makes nothing fail', async () => {
  const world = surroundings(['shop', 'blog']);
  const verifier = start(world);
  await find(verifier, world);
  world.deployed.set('blog', healthy(world.clock.now()));
  await look(verifier, world);
  world.clock.advance(60 * MINUTE);
  expect(outcomesOf(await look(verifier, world))).toEqual(['blog verified notify']);
  for (let minute = 0; minute < 9; minute += 1) {
    world.clock.advance(MINUTE);
    expect(outcomesOf(await look(verifier, world))).toEqual([]);
  }
  world.clock.advance(MINUTE);
  expect(outcomesOf(await look(verifier, world))).toEqual(['shop failed rollback']);
});

describe('a verification ends without a word', () => {
  test.each<[string, (tracked: TrackedImage) => readonly TrackedImage[]]>([
    ['when the Application is gone', () => []],
    [
      'when nothing asks for it',
      ({ policy: { verify: _verify, ...policy }, ...one }) => [{ ...one, policy }],
    ],
    [
      'when it is paused',
      (one) => [{ ...one, policy: { ...one.policy, paused: { by: 'annotation', reason: '' } } }],
    ],
  ])('%s', async (_, change) => {
    const world = surroundings();
    const verifier = start(world);
    await find(verifier, world);
    const changed = { ...world, images: world.images.flatMap(change) };
    world.clock.advance(60 * MINUTE);
    expect(outcomesOf(await look(verifier, changed))).toEqual([]);
    expect(verifier.dueAt()).toBeUndefined();
    expect(world.orders).toEqual([]);
  });

  test('when a person changed the file', async () => {
    const world = surroundings();
    const verifier = start(world);
    await find(verifier, world);
    [world.version, world.head] = ['1.0.5', 'bad'];
    await find(verifier, world);
    expect(verifier.dueAt()).toBeUndefined();
  });
});

test('an image that nobody wants to be verified costs no history', async () => {
  const world = surroundings();
  const plain = { ...world, images: [aTracked({ alias: 'web' })] };
  const verifier = start(world);
  const unexpected = (): never => {
    throw new Error('nothing was to be read');
  };
  await verifier.find(
    present(plain),
    { heads: unexpected, history: unexpected },
    { log: SILENT, signal: NEVER },
  );
  expect(verifier.dueAt()).toBeUndefined();
});

test('the history of a branch that has not moved is read once', async () => {
  const world = surroundings();
  const verifier = start(world);
  let reads = 0;
  const counted = {
    ...session(world),
    history: (...args: Parameters<HistorySession['history']>) => {
      reads += 1;
      return session(world).history(...args);
    },
  };
  for (const _ of [1, 2, 3]) await verifier.find(present(world), counted, { log: SILENT, signal: NEVER });
  expect(reads).toBe(1);
});
