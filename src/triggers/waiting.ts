/** Resolves when the function that it hands out is called. Rejects with an `AbortError` when the signal is aborted. */
export function waitForWake(signal: AbortSignal, handOut: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(abortError());
    signal.addEventListener('abort', aborted, { once: true });
    handOut(() => {
      signal.removeEventListener('abort', aborted);
      resolve();
    });
  });
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError();
}

function abortError(): Error {
  return new DOMException('stopped while waiting for the next cycle', 'AbortError');
}
