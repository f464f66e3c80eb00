import type { Clock } from '../ports/clock.ts';
import { throwIfAborted, waitForWake } from './waiting.ts';

/** When something other than a cycle is due. */
export interface DueTimer {
  /** Resolves when it is due. Rejects with an `AbortError` when the signal is aborted. */
  next(signal: AbortSignal): Promise<void>;
}

/**
 * `dueAt` answers in milliseconds since 1970, `undefined` for never. It is asked when somebody begins to wait: what changes it happens
 * in cycles, and nobody waits while one runs.
 */
export function createDueTimer(clock: Clock, dueAt: () => number | undefined): DueTimer {
  return {
    async next(signal) {
      throwIfAborted(signal);
      const due = dueAt();
      if (due === undefined) await waitForWake(signal, () => undefined);
      else await clock.sleep(Math.max(0, due - clock.now()), signal);
    },
  };
}
