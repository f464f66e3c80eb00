import type { Clock } from '../ports/clock.ts';
import { throwIfAborted, waitForWake } from './waiting.ts';

/** How long a queue waits, in milliseconds. */
export interface DebounceTimes {
  /** How long nothing must have been added. */
  readonly quiet: number;
  /** How long the first waits at most. */
  readonly longest: number;
}

export interface DebouncedQueueOptions<Item> extends DebounceTimes {
  readonly clock: Clock;
  /** Equal for items of which one is enough. */
  readonly keyOf: (item: Item) => string;
  /**
   * The times for what comes on without a pause of `again.quiet` after something was handed out: a flood waits for its end.
   * Absent: the same times.
   */
  readonly again?: DebounceTimes;
}

/** Items that were added since they were handed out. */
export interface DebouncedQueue<Item> {
  add(items: readonly Item[]): void;
  /**
   * Resolves with each item, once, when nothing has been added for a while. Rejects with an `AbortError` when the signal is
   * aborted; then nothing is forgotten. Only one caller may wait at a time.
   */
  next(signal: AbortSignal): Promise<readonly Item[]>;
  /** Forgets what was added so far: a cycle evaluates everything anyway. */
  clear(): void;
}

/** What comes in bursts (a sync, a new version of a chart, a build of many images) is collected, so that a burst is one cycle. */
export function createDebouncedQueue<Item>(options: DebouncedQueueOptions<Item>): DebouncedQueue<Item> {
  const { clock, keyOf, again = options } = options;
  const waiting = new Map<string, Item>();
  let times: DebounceTimes = options;
  let first = 0;
  let last = -Infinity;
  /** Whether something was handed out since the last pause. */
  let goesOn = false;
  let wake: (() => void) | undefined;

  /** Milliseconds until there was a pause that is long enough. */
  function remaining(): number {
    const now = clock.now();
    // The wall clock was set back: what is in the future now counts from here.
    if (now < last) [first, last] = [now, now];
    return Math.min(last + times.quiet, first + times.longest) - now;
  }

  return {
    add(items) {
      if (items.length === 0) return;
      const now = clock.now();
      if (now - last >= again.quiet) goesOn = false;
      if (waiting.size === 0) times = goesOn ? again : options;
      last = now;
      if (waiting.size === 0 || last < first) first = last;
      for (const item of items) waiting.set(keyOf(item), item);
      wake?.();
    },
    async next(signal) {
      throwIfAborted(signal);
      for (;;) {
        if (waiting.size === 0) {
          await waitForWake(signal, (resolve) => (wake = resolve));
          wake = undefined;
        }
        const wait = remaining();
        if (wait > 0) {
          await clock.sleep(wait, signal);
        } else if (waiting.size > 0) {
          const all = [...waiting.values()];
          waiting.clear();
          goesOn = true;
          return all;
        }
      }
    },
    clear: () => waiting.clear(),
  };
}
