import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Tick } from '../../src/ports/tick.ts';
import { createChangeQueue, type ChangeQueue } from '../../src/triggers/changes.ts';
import { combineTriggers } from '../../src/triggers/combine-triggers.ts';
import { createSchedule } from '../../src/triggers/schedule.ts';
import { SILENT } from '../helpers/logs.ts';
import { createTimeline, type Timeline } from '../helpers/timeline.ts';

const NEVER = new AbortController().signal;
const A = { namespace: 'argocd', name: 'a' };
const B = { namespace: 'argocd', name: 'b' };

interface World {
  readonly clock: Timeline;
  readonly changes: ChangeQueue;
  readonly stop: AbortController;
  /** What was ticked, and when, in seconds. */
  readonly ticks: readonly string[];
}

/** Runs cycles of this many milliseconds, as the daemon does: one after the other. */
function running(every: number, cycle = 0): World {
  const clock = createTimeline();
  const changes = createChangeQueue({ clock });
  const schedule = createSchedule({ kind: 'interval', every }, clock, SILENT);
  const either = combineTriggers(schedule, changes);
  const stop = new AbortController();
  const begin = clock.now();
  const ticks: string[] = [];
  const run = async (): Promise<never> => {
    for (;;) {
      const tick = await either.next(stop.signal);
      ticks.push(`${(clock.now() - begin) / 1_000}: ${textOf(tick)}`);
      await clock.sleep(cycle, NEVER);
    }
  };
  run().catch(() => undefined);
  return { clock, changes, stop, ticks };
}

function textOf(tick: Tick): string {
  return tick.kind === 'all' ? 'all' : tick.applications.map(({ name }) => name).join(' ');
}

describe('either of schedule and changes', () => {
  test('ticks for changes in between, and the schedule keeps its time', async () => {
    const { clock, changes, ticks } = running(10_000);
    await clock.pass(3_000);
    changes.add([A, B]);
    await clock.pass(3_500);
    changes.add([A]);
    await clock.pass(24_000);
    expect(ticks).toEqual(['0: all', '4: a b', '7.5: a', '10: all', '20: all', '30: all']);
  });

  test('keeps both for the time after a cycle', async () => {
    const { clock, changes, ticks } = running(10_000, 4_000);
    await clock.pass(500);
    changes.add([A]);
    await clock.pass(8_600);
    changes.add([B]);
    await clock.pass(11_000);
    // b is at rest when the schedule is due as well, and everything includes it.
    expect(ticks).toEqual(['0: all', '4: a', '10: all', '20: all']);
  });

  test('a cycle over everything swallows what has changed before it, not what changes during it', async () => {
    const { clock, changes, ticks } = running(10_000, 2_000);
    await clock.pass(9_900);
    changes.add([A]);
    await clock.pass(200);
    changes.add([B]);
    await clock.pass(5_000);
    expect(ticks).toEqual(['0: all', '10: all', '12: b']);
  });

  test('changes without end do not keep the schedule from its turn', async () => {
    const { clock, changes, ticks } = running(10_000, 1_500);
    for (let tenth = 0; tenth < 400; tenth += 1) {
      changes.add([A]);
      await clock.pass(100);
    }
    expect(ticks.filter((tick) => tick.endsWith('all'))).toEqual([
      '0: all',
      '10: all',
      '20: all',
      '30: all',
      '40: all',
    ]);
  });

  test('stops when its signal is aborted and leaves no timer; nothing is lost for who waits again', async () => {
    const { clock, changes, stop, ticks } = running(10_000);
    await clock.pass(3_000);
    changes.add([A]);
    await clock.pass(500);
    stop.abort();
    await clock.pass(100_000);
    expect([ticks, clock.sleepers]).toEqual([['0: all'], 0]);
  });

  test('a tick that comes in the same turn as an abort is handed out at the next wait', async () => {
    const clock = createTimeline();
    const stop = new AbortController();
    let due = (): void => undefined;
    const schedule = { next: () => new Promise<void>((resolve) => (due = resolve)) };
    const either = combineTriggers(schedule, createChangeQueue({ clock }));
    const first = either.next(stop.signal).catch((thrown: unknown) => thrown);
    due();
    stop.abort();
    expect(await first).toMatchObject({ name: 'AbortError' });

    expect(await either.next(NEVER)).toEqual({ kind: 'all' });
  });

  test('lets one of each wait at a time, and waits until both have stopped', async () => {
    const clock = createTimeline();
    const changes = createChangeQueue({ clock });
    let waiting = 0;
    const slow = {
      next: (signal: AbortSignal) => {
        waiting += 1;
        return new Promise<void>((_, reject) => {
          signal.addEventListener('abort', () => {
            setImmediate(() => {
              waiting -= 1;
              reject(new DOMException('aborted', 'AbortError'));
            });
          });
        });
      },
    };
    changes.add([A]);
    await clock.pass(1_000);
    expect(await combineTriggers(slow, changes).next(NEVER)).toMatchObject({ kind: 'some' });
    expect(waiting).toBe(0);
  });

  test('what is wrong with the schedule is reported', async () => {
    const clock = createTimeline();
    const schedule = { next: () => Promise.reject(new Error('a defect')) };
    await expect(combineTriggers(schedule, createChangeQueue({ clock })).next(NEVER)).rejects.toThrow(
      'a defect',
    );
    expect(clock.sleepers).toBe(0);
  });

  test('a wall clock that is set back does not keep the schedule waiting for ever', async () => {
    const clock = createTimeline();
    let offset = 0;
    const wall = { ...clock, now: () => clock.now() + offset };
    const changes = createChangeQueue({ clock: wall });
    const either = combineTriggers(
      createSchedule({ kind: 'interval', every: 10_000 }, wall, SILENT),
      changes,
    );
    await either.next(NEVER);
    offset = -86_400_000;
    const kinds: string[] = [];
    const run = async (): Promise<void> => {
      while (!kinds.includes('all')) kinds.push((await either.next(NEVER)).kind);
    };
    void run();
    for (let second = 0; second < 12; second += 1) {
      changes.add([A]);
      await clock.pass(1_000);
    }
    expect(kinds.at(-1)).toBe('all');
  });
});

describe('either of a cron expression and changes', () => {
  afterEach(() => vi.useRealTimers());

  test('gives the expression one waiter at a time, and loses none of its times', async () => {
    vi.useFakeTimers({ now: new Date('2026-03-10T12:00:30Z') });
    const clock = {
      now: () => Date.now(),
      random: () => 0.5,
      sleep: (milliseconds: number, signal: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          const timer = setTimeout(resolve, milliseconds);
          signal.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(new DOMException('aborted', 'AbortError'));
          });
        }),
    };
    const schedule = createSchedule(
      { kind: 'cron', expression: '* * * * *', timezone: undefined },
      clock,
      SILENT,
    );
    const changes = createChangeQueue({ clock });
    const either = combineTriggers(schedule, changes);
    const stop = new AbortController();
    const ticks: string[] = [];
    const run = async (): Promise<never> => {
      for (;;) {
        const tick = await either.next(stop.signal);
        ticks.push(`${new Date().toISOString().slice(14, 19)} ${textOf(tick)}`);
      }
    };
    run().catch(() => undefined);

    await vi.advanceTimersByTimeAsync(10_000);
    changes.add([A]);
    await vi.advanceTimersByTimeAsync(40_000);
    changes.add([B]);
    await vi.advanceTimersByTimeAsync(60_000);
    stop.abort();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(ticks).toEqual(['00:41 a', '01:00 all', '01:21 b', '02:00 all']);
    schedule.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
