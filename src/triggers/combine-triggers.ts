import type { ApplicationId } from '../core/policy.ts';
import type { Tick, Ticks } from '../ports/tick.ts';
import type { ChangeQueue } from './changes.ts';
import type { Schedule } from './schedule.ts';
import { throwIfAborted } from './waiting.ts';

/**
 * Ticks for everything by the schedule, and in between for what has changed. Neither loses a tick to the other: the one
 * that is not first stops waiting, and continues where it was with the next call. A tick for everything covers all changes
 * so far.
 */
export function combineTriggers(schedule: Pick<Schedule, 'next'>, changes: ChangeQueue): Ticks {
  // What was due and not handed out: both at once, or one with an abort.
  let everything = false;
  let some: readonly ApplicationId[] = [];

  function take(): Tick | undefined {
    const applications = some;
    some = [];
    if (!everything) return applications.length === 0 ? undefined : { kind: 'some', applications };
    everything = false;
    changes.clear();
    return { kind: 'all' };
  }

  /** Both wait until one is due; resolves when neither waits any more. */
  async function firstOf(signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const stop = (): void => waiting.abort();
    signal.addEventListener('abort', stop, { once: true });
    const both = [
      schedule.next(waiting.signal).then(() => (everything = true)),
      changes.next(waiting.signal).then((changed) => (some = changed)),
    ];
    try {
      await Promise.race(both);
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
      await Promise.allSettled(both);
    }
  }

  return {
    async next(signal) {
      throwIfAborted(signal);
      for (;;) {
        const tick = take();
        if (tick !== undefined) return tick;
        await firstOf(signal);
        throwIfAborted(signal);
      }
    },
  };
}
