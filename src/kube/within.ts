import { LynceusError } from '../errors.ts';
import { listenToAbort } from '../async/listen-to-abort.ts';
import type { Clock } from '../ports/clock.ts';

export interface TimeLimit {
  readonly clock: Clock;
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

/**
 * Asks the API server and waits for the answer no longer than the limit, even when the asking does not listen to its
 * signal. Throws `kube-unreachable` when time is up, the signal's reason when that is aborted. Either way the
 * server may have carried out the request, or may still do so.
 */
export async function within<T>(
  { clock, milliseconds, signal }: TimeLimit,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const asking = new AbortController();
  const timer = new AbortController();
  let stopListening = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stopListening = listenToAbort(signal, () => {
      reject(signal.reason instanceof Error ? signal.reason : new LynceusError('aborted', 'stopped'));
    });
  });
  const late = clock.sleep(milliseconds, timer.signal).then(() => {
    throw new LynceusError(
      'kube-unreachable',
      `the API server did not answer within ${milliseconds / 1000} s`,
    );
  });
  try {
    return await Promise.race([ask(asking.signal), late, aborted]);
  } finally {
    stopListening();
    timer.abort();
    asking.abort();
  }
}
