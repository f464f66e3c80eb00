import { listenToAbort } from './listen-to-abort.ts';

/**
 * Whether the work ends within the time, in milliseconds of this machine; it goes on in any case. Throws what the work throws within it,
 * and the reason of the signal when that is aborted before.
 */
export async function isDoneWithin(
  work: Promise<unknown>,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<boolean> {
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let stopListening = (): void => undefined;
  const late = new Promise<false>((resolve, reject) => {
    timer = setTimeout(() => resolve(false), milliseconds);
    if (signal !== undefined)
      stopListening = listenToAbort(signal, () =>
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted')),
      );
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}
