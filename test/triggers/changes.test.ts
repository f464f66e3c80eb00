import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApplicationId } from '../../src/core/policy.ts';
import { createChangeQueue, type ChangeQueue } from '../../src/triggers/changes.ts';
import { createTimeline, type Timeline } from '../helpers/timeline.ts';

function app(name: string, namespace = 'argocd'): ApplicationId {
  return { namespace, name };
}

/** What a promise rejects with. */
function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

interface Handed {
  readonly at: number;
  readonly names: readonly string[];
}

/** Takes all that comes, and notes what and when, in milliseconds from now. */
function taking(queue: ChangeQueue, clock: Timeline): readonly Handed[] {
  const begin = clock.now();
  const handed: Handed[] = [];
  const until = new AbortController().signal;
  const take = async (): Promise<never> => {
    for (;;) {
      const changed = await queue.next(until);
      handed.push({ at: clock.now() - begin, names: changed.map(({ name }) => name) });
    }
  };
  take().catch(() => undefined);
  return handed;
}

describe('a queue of changes', () => {
  test('hands a burst out as one, each Application once, when it has been quiet for a second', async () => {
    const clock = createTimeline();
    const queue = createChangeQueue({ clock });
    const handed = taking(queue, clock);

    await clock.pass(100);
    queue.add([app('a'), app('b')]);
    await clock.pass(900);
    queue.add([app('a'), app('a', 'team')]);
    await clock.pass(60_000);

    expect(handed).toEqual([{ at: 2_000, names: ['a', 'b', 'a'] }]);
  });

  test('hands out after five seconds what never comes to rest', async () => {
    const clock = createTimeline();
    const queue = createChangeQueue({ clock });
    const handed = taking(queue, clock);

    for (let second = 0; second < 9; second += 1) {
      queue.add([app('a')]);
      await clock.pass(900);
    }
    await clock.pass(60_000);

    expect(handed).toEqual([
      { at: 5_000, names: ['a'] },
      { at: 8_200, names: ['a'] },
    ]);
  });

  test('hands out at once what came to rest while nobody waited', async () => {
    const clock = createTimeline();
    const queue = createChangeQueue({ clock });
    queue.add([app('a')]);
    await clock.pass(700);
    queue.add([app('b')]);
    await clock.pass(60_000);

    const handed = taking(queue, clock);
    await clock.pass(0);

    expect(handed).toEqual([{ at: 0, names: ['a', 'b'] }]);
  });

  test('forgets nothing when the wait is ended, and leaves no timer', async () => {
    const clock = createTimeline();
    const queue = createChangeQueue({ clock });
    const stop = new AbortController();
    const first = outcomeOf(queue.next(stop.signal));
    queue.add([app('a')]);
    await clock.pass(500);
    expect(clock.sleepers).toBe(1);
    stop.abort();
    expect(await first).toMatchObject({ name: 'AbortError' });
    expect(clock.sleepers).toBe(0);
    await expect(queue.next(stop.signal)).rejects.toMatchObject({ name: 'AbortError' });

    const handed = taking(queue, clock);
    await clock.pass(500);

    expect(handed).toEqual([{ at: 500, names: ['a'] }]);
  });

  test('ends a wait for a first change, and goes on with the next', async () => {
    const clock = createTimeline();
    const queue = createChangeQueue({ clock });
    const stop = new AbortController();
    const first = outcomeOf(queue.next(stop.signal));
    stop.abort();
    expect(await first).toMatchObject({ name: 'AbortError' });

    const handed = taking(queue, clock);
    queue.add([app('a')]);
    await clock.pass(1_000);

    expect(handed).toEqual([{ at: 1_000, names: ['a'] }]);
  });

  test('forgets what it is asked to, also in the middle of a wait', async () => {
    const clock = createTimeline();
    const queue = createChangeQueue({ clock });
    const handed = taking(queue, clock);
    queue.add([app('a')]);
    await clock.pass(500);
    queue.clear();
    await clock.pass(60_000);
    expect(handed).toEqual([]);

    queue.add([app('b')]);
    await clock.pass(1_000);

    expect(handed).toEqual([{ at: 61_500, names: ['b'] }]);
  });

  test('is not disturbed by no change at all', async () => {
    const clock = createTimeline();
    const queue = createChangeQueue({ clock });
    const handed = taking(queue, clock);
    queue.add([]);
    await clock.pass(60_000);
    expect(handed).toEqual([]);
  });

  test.each([
    [-86_400_000, ['a']],
    [86_400_000, ['a']],
    [-86_400_000, ['a', 'b']],
    [86_400_000, ['a', 'b']],
  ])('waits no longer when the wall clock is set by %d ms: %j', async (jump, [first = '', second]) => {
    const clock = createTimeline();
    let offset = 0;
    const queue = createChangeQueue({ clock: { ...clock, now: () => clock.now() + offset } });
    queue.add([app(first)]);
    await clock.pass(500);
    offset = jump;
    await clock.pass(100);
    if (second !== undefined) queue.add([app(second)]);
    const handed = taking(queue, clock);
    await clock.pass(5_000);
    expect(handed.flatMap(({ names }) => names)).toEqual(second === undefined ? [first] : [first, second]);
  });

  test('hands out every change within its time, whenever changes come and whenever somebody waits', async () => {
    const steps = fc.array(
      fc.record({ after: fc.integer({ min: 0, max: 2_000 }), name: fc.constantFrom('a', 'b', 'c') }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (changes) => {
        const clock = createTimeline();
        const queue = createChangeQueue({ clock });
        const begin = clock.now();
        const handed = taking(queue, clock);
        const added: { readonly at: number; readonly name: string }[] = [];
        for (const { after, name } of changes) {
          await clock.pass(after);
          added.push({ at: clock.now() - begin, name });
          queue.add([app(name)]);
        }
        await clock.pass(5_000);
        for (const { at, name } of added) {
          const reported = handed.find((one) => one.at >= at && one.names.includes(name));
          expect(reported?.at).toBeLessThanOrEqual(at + 5_000);
        }
        expect(handed.flatMap(({ names }) => names).length).toBeLessThanOrEqual(added.length);
      }),
      { numRuns: 300 },
    );
  });
});
