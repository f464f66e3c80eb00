import type { Clock } from '../ports/clock.ts';

/** A span of time that runs since it was started. */
export interface Countdown {
  readonly over: boolean;
  /** Resolves when it is over, or was stopped before. */
  readonly ended: Promise<void>;
  stop(): void;
}

/** Stopped by the signal too. It is counted by a timer, never by the wall clock, which may be set. */
export function startCountdown(
  clock: Clock,
  milliseconds: number,
  { signal, onOver }: { readonly signal?: AbortSignal; readonly onOver?: () => void } = {},
): Countdown {
  const stopping = new AbortController();
  const stop = (): void => {
    signal?.removeEventListener('abort', stop);
    stopping.abort();
  };
  signal?.addEventListener('abort', stop);
  if (signal?.aborted === true) stop();
  let over = false;
  const ended = clock.sleep(milliseconds, stopping.signal).then(
    () => {
      // A timer may fire in the turn in which it was stopped.
      if (stopping.signal.aborted) return;
      signal?.removeEventListener('abort', stop);
      over = true;
      onOver?.();
    },
    () => undefined,
  );
  return {
    get over() {
      return over;
    },
    ended,
    stop,
  };
}
