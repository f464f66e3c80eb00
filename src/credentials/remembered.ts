import type { Clock } from '../ports/clock.ts';
import { LynceusError } from '../errors.ts';

/** Keeps what was read, and asks once for what is being read. Failures are kept too, but never for long. */
export interface Remembered<T> {
  /** What was read at most `longest` milliseconds ago, else what `read` gives now. */
  get(key: string, longest: number, read: () => Promise<T>): Promise<T>;
  /** The next `get` reads. */
  forget(key: string): void;
}

interface Entry<T> {
  readonly value: Promise<T>;
  readonly readAt: number;
  failed: boolean;
}

/** One cycle asks once, however many images it has; the next cycle asks again. */
export const A_MOMENT = 30_000;

export function createRemembered<T>(clock: Pick<Clock, 'now'>): Remembered<T> {
  const entries = new Map<string, Entry<T>>();

  function isGood(entry: Entry<T> | undefined, longest: number): entry is Entry<T> {
    if (entry === undefined) return false;
    return clock.now() - entry.readAt < (entry.failed ? Math.min(longest, A_MOMENT) : longest);
  }

  return {
    get(key, longest, read) {
      const known = entries.get(key);
      if (isGood(known, longest)) return known.value;
      const entry: Entry<T> = { value: read(), readAt: clock.now(), failed: false };
      entries.set(key, entry);
      entry.value.catch((error: unknown) => {
        entry.failed = true;
        // Whoever was stopped says nothing about the next one.
        const stopped = error instanceof LynceusError && error.code === 'aborted';
        if (stopped && entries.get(key) === entry) entries.delete(key);
      });
      return entry.value;
    },
    forget: (key) => void entries.delete(key),
  };
}
