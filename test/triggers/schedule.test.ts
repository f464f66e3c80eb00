import { getTasks } from 'node-cron';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSchedule, type Schedule, type ScheduleConfig } from '../../src/triggers/schedule.ts';
import { validateCron } from '../../src/triggers/validate-cron.ts';
import { SILENT } from '../helpers/logs.ts';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.ts';

const NEVER = new AbortController().signal;

function interval(
  clock: VirtualClock,
  config: Omit<Extract<ScheduleConfig, { kind: 'interval' }>, 'kind'>,
): Schedule {
  return createSchedule({ kind: 'interval', ...config }, clock, SILENT);
}

/** Runs cycles of these lengths and reports when each began, in seconds since the start. */
async function beginnings(
  clock: VirtualClock,
  schedule: Schedule,
  cycles: readonly number[],
): Promise<readonly number[]> {
  const start = clock.now();
  const begun: number[] = [];
  for (const seconds of cycles) {
    await schedule.next(NEVER);
    begun.push((clock.now() - start) / 1_000);
    clock.advance(seconds * 1_000);
  }
  return begun;
}

describe('an interval', () => {
  test.each([
    ['short cycles', [1, 1, 1, 1], [0, 10, 20, 30]],
    ['cycles that take just as long', [10, 10, 10], [0, 10, 20]],
    ['a long cycle is followed at once by one, not by all that were missed', [35, 1, 1, 1], [0, 35, 45, 55]],
    ['cycles that always take longer', [11, 11, 11], [0, 11, 22]],
    ['cycles that take no time', [0, 0, 0], [0, 10, 20]],
  ])('counts from start to start: %s', async (_, cycles, expected) => {
    const clock = createVirtualClock();
    expect(await beginnings(clock, interval(clock, { every: 10_000 }), cycles)).toEqual(expected);
  });

  test.each([
    [0, 9],
    [0.5, 10],
    [0.999999999, 11],
  ])('with a jitter of a tenth waits as chance (%d) says', async (chance, seconds) => {
    const clock = { ...createVirtualClock(), random: () => chance };
    const schedule = interval(clock, { every: 10_000, jitter: 0.1 });
    await schedule.next(NEVER);
    await schedule.next(NEVER);
    expect(clock.sleeps.map((wait) => Math.round(wait / 1_000))).toEqual([seconds]);
  });

  test('never waits longer than itself, even when the clock was set back', async () => {
    const clock = createVirtualClock();
    const schedule = interval(clock, { every: 10_000 });
    await schedule.next(NEVER);
    clock.advance(-86_400_000);
    await schedule.next(NEVER);
    expect(clock.sleeps).toEqual([10_000]);
  });

  test('reports when the next cycle is due', async () => {
    const clock = createVirtualClock(0);
    const schedule = interval(clock, { every: 10_000 });
    expect(schedule.dueAt()).toBeUndefined();
    await schedule.next(NEVER);
    clock.advance(3_000);
    expect(schedule.dueAt()).toBe(10_000);
  });

  test('ends a wait when its signal is aborted, and begins none after that', async () => {
    const stop = new AbortController();
    const clock = createVirtualClock();
    const waiting = vi.fn(
      (_: number, signal: AbortSignal) =>
        new Promise<void>((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
    );
    const schedule = createSchedule(
      { kind: 'interval', every: 10_000 },
      { ...clock, sleep: waiting },
      SILENT,
    );
    await schedule.next(stop.signal);
    const second = schedule.next(stop.signal);
    stop.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    await expect(schedule.next(stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(waiting).toHaveBeenCalledTimes(1);
  });
});

describe('a cron expression', () => {
  const stop = new AbortController();
  let schedule: Schedule;

  function cron(expression: string, timezone?: string): Schedule {
    schedule = createSchedule({ kind: 'cron', expression, timezone }, createVirtualClock(), SILENT);
    return schedule;
  }

  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-03-10T12:00:30Z') });
  });

  afterEach(() => {
    schedule.stop();
    expect(vi.getTimerCount()).toBe(0);
    expect(getTasks().size).toBe(0);
    vi.useRealTimers();
  });

  /** Whether the next cycle is due after this much time. */
  async function isDue(milliseconds: number): Promise<boolean> {
    let due = false;
    const next = schedule.next(stop.signal).then(() => (due = true));
    await vi.advanceTimersByTimeAsync(milliseconds);
    if (due) await next;
    return due;
  }

  test('does not begin at once, but at its first time', async () => {
    cron('*/5 * * * *');
    expect(schedule.dueAt()).toBe(Date.parse('2026-03-10T12:05:00Z'));
    expect(await isDue(269_000)).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await isDue(0)).toBe(false);
    expect(await isDue(300_000)).toBe(true);
  });

  test('may have seconds', async () => {
    cron('*/10 * * * * *');
    expect(await isDue(10_000)).toBe(true);
    expect(await isDue(9_000)).toBe(false);
  });

  test('counts all the times that pass during a cycle as one', async () => {
    cron('* * * * *');
    expect(await isDue(30_000)).toBe(true);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(await isDue(0)).toBe(true);
    expect(await isDue(59_000)).toBe(false);
    expect(await isDue(1_000)).toBe(true);
  });

  test('makes up for a time that was slept through', async () => {
    cron('0 13 * * *');
    vi.setSystemTime(new Date('2026-03-10T15:00:00Z'));
    expect(await isDue(3_600_000)).toBe(true);
  });

  test('is read in its time zone', () => {
    cron('0 3 * * *', 'Asia/Tokyo');
    expect(schedule.dueAt()).toBe(Date.parse('2026-03-10T18:00:00Z'));
  });

  test('ends a wait when its signal is aborted', async () => {
    cron('* * * * *');
    const stop = new AbortController();
    const next = schedule.next(stop.signal);
    stop.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    await expect(schedule.next(stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('writes nothing to the console', async () => {
    const spies = (['info', 'warn', 'error', 'debug', 'log'] as const).map((name) => vi.spyOn(console, name));
    cron('* * * * *');
    vi.setSystemTime(new Date('2026-03-10T18:00:00Z'));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
  });
});

describe('validateCron', () => {
  test.each([
    ['*/5 * * * *', undefined],
    ['*/30 * * * * *', undefined],
    ['@daily', undefined],
    ['0 6-20 * * mon-fri', 'Europe/Berlin'],
    ['0 0 29 2 *', 'UTC'],
    ['0 0 L * *', undefined],
  ])('accepts %s in %s', (expression, timezone) => {
    expect(validateCron(expression, timezone)).toBeUndefined();
    expect(getTasks().size).toBe(0);
  });

  // prettier-ignore
  test.each([
    ['', undefined, '5 or 6 fields'],
    ['soon', undefined, '5 or 6 fields'],
    ['* * * *', undefined, '5 or 6 fields'],
    ['* * * * * * *', undefined, '5 or 6 fields'],
    ['@every 2m', undefined, '5 or 6 fields'],
    ['60 * * * *', undefined, 'its minute "60" cannot be used'],
    ['* * 32 * *', undefined, 'its day of the month "32" cannot be used'],
    ['* * * * 8', undefined, 'its day of the week "8" cannot be used'],
    ['0 0 30 2 *', undefined, 'its day of the month "30" cannot be used'],
    ['0 0 1 1 1#2', undefined, 'comes true some day'],
    ['* * * * *', 'Mars/Olympus', 'found "Mars/Olympus"'],
    ['* * * * *', '', 'expected a time zone'],
  ])('refuses %j in %s', (expression, timezone, reason) => {
    expect(validateCron(expression, timezone)).toContain(reason);
    expect(getTasks().size).toBe(0);
  });
});
