import type { ApplicationId } from '../core/policy.ts';
import type { Clock } from '../ports/clock.ts';
import { throwIfAborted, woken } from './waiting.ts';

export interface ChangeQueueOptions {
  readonly clock: Clock;
  /** How long nothing must have changed, in milliseconds. */
  readonly quiet?: number;
  /** How long the first change waits at most, in milliseconds. */
  readonly longest?: number;
}

/** Applications that have changed since somebody looked at them. */
export interface ChangeQueue {
  add(applications: readonly ApplicationId[]): void;
  /**
   * Resolves with each Application that has changed, once, when they have come to rest. Rejects with an `AbortError` when
   * the signal is aborted; then nothing is forgotten. One waits at a time.
   */
  next(signal: AbortSignal): Promise<readonly ApplicationId[]>;
  /** Forgets what has changed so far: a cycle is to look at everything anyway. */
  clear(): void;
}

/** Changes come in bursts (a sync, a new version of a chart): they are collected, so that a burst is one cycle. */
export function createChangeQueue({
  clock,
  quiet = 1_000,
  longest = 5_000,
}: ChangeQueueOptions): ChangeQueue {
  const changed = new Map<string, ApplicationId>();
  let first = 0;
  let last = 0;
  let wake: (() => void) | undefined;

  /** Milliseconds until the changes have come to rest. */
  function rest(): number {
    const now = clock.now();
    // The wall clock was set back: what is in the future now counts from here.
    if (now < last) [first, last] = [now, now];
    return Math.min(last + quiet, first + longest) - now;
  }

  return {
    add(applications) {
      if (applications.length === 0) return;
      last = clock.now();
      if (changed.size === 0 || last < first) first = last;
      for (const one of applications) changed.set(JSON.stringify([one.namespace, one.name]), one);
      wake?.();
    },
    async next(signal) {
      throwIfAborted(signal);
      for (;;) {
        if (changed.size === 0) {
          await woken(signal, (resolve) => (wake = resolve));
          wake = undefined;
        }
        const wait = rest();
        if (wait > 0) {
          await clock.sleep(wait, signal);
        } else if (changed.size > 0) {
          const all = [...changed.values()];
          changed.clear();
          return all;
        }
      }
    },
    clear: () => changed.clear(),
  };
}
