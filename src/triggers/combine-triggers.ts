import type { ApplicationId } from '../core/policy.ts';
import type { PushEvent, Tick, Ticks } from '../ports/tick.ts';
import type { ChangeQueue } from './changes.ts';
import type { DueTimer } from './due-timer.ts';
import type { PushQueue } from './pushes.ts';
import type { Schedule } from './schedule.ts';
import { throwIfAborted } from './waiting.ts';

/**
 * Ticks for everything by the schedule, and in between for what has changed or was pushed, and when what was written is to be
 * looked at: then a tick may be for no Application. None loses a tick to another: those that are not first stop waiting, and
 * continue where they were with the next call. A tick for everything covers all changes and pushes so far.
 */
export function combineTriggers(
  schedule: Pick<Schedule, 'next'>,
  changes: ChangeQueue,
  { pushes, due }: { readonly pushes?: PushQueue | undefined; readonly due?: DueTimer } = {},
): Ticks {
  // What was due and not handed out: several at once, or one with an abort.
  let everything = false;
  let changed: readonly ApplicationId[] = [];
  let pushed: readonly PushEvent[] = [];
  let isDue = false;

  function take(): Tick | undefined {
    const some = { applications: changed, pushes: pushed };
    const isNothing = some.applications.length + some.pushes.length === 0 && !isDue;
    [changed, pushed, isDue] = [[], [], false];
    if (everything) {
      everything = false;
      changes.clear();
      pushes?.clear();
      return { kind: 'all' };
    }
    return isNothing ? undefined : { kind: 'some', ...some };
  }

  /** All wait until one is due; resolves when none waits any more. */
  async function firstOf(signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const stop = (): void => waiting.abort();
    signal.addEventListener('abort', stop, { once: true });
    const all = [
      schedule.next(waiting.signal).then(() => (everything = true)),
      changes.next(waiting.signal).then((found) => (changed = found)),
      ...(due === undefined ? [] : [due.next(waiting.signal).then(() => (isDue = true))]),
      ...(pushes === undefined ? [] : [pushes.next(waiting.signal).then((found) => (pushed = found))]),
    ];
    try {
      await Promise.race(all);
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
      await Promise.allSettled(all);
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
