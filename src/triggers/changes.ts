import { applicationKey } from '../core/identity/application.ts';
import type { ApplicationId } from '../core/policy.ts';
import type { Clock } from '../ports/clock.ts';
import { throwIfAborted, waitForWake } from './waiting.ts';

export interface ChangeQueueOptions {
  readonly clock: Clock;
  /** How long nothing must have changed, in milliseconds. */
  readonly quiet?: number;
  /** How long the first change waits at most, in milliseconds. */
  readonly longest?: number;
}

/** Applications that have changed since they were handed out. */
export interface ChangeQueue {
  add(applications: readonly ApplicationId[]): void;
  /**
   * Resolves with each changed Application, once, when changes have paused. Rejects with an `AbortError` when the signal is
   * aborted; then nothing is forgotten. Only one caller may wait at a time.
   */
  next(signal: AbortSignal): Promise<readonly ApplicationId[]>;
  /** Forgets what has changed so far: a cycle evaluates everything anyway. */
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

  /** Milliseconds until changes have paused long enough. */
  function remaining(): number {
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
      for (const one of applications) changed.set(applicationKey(one), one);
      wake?.();
    },
    async next(signal) {
      throwIfAborted(signal);
      for (;;) {
        if (changed.size === 0) {
          await waitForWake(signal, (resolve) => (wake = resolve));
          wake = undefined;
        }
        const wait = remaining();
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
