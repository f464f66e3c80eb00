import { setMaxListeners } from 'node:events';

/**
 * Calls `stop` when the signal is aborted, at once if it is already; returns how to stop listening. A cycle's signal
 * has as many listeners as there are requests under way, which Node.js would take for a leak.
 */
export function listenToAbort(signal: AbortSignal, stop: () => void): () => void {
  if (signal.aborted) {
    stop();
    return () => undefined;
  }
  setMaxListeners(0, signal);
  signal.addEventListener('abort', stop, { once: true });
  return () => signal.removeEventListener('abort', stop);
}
