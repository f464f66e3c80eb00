import { asLynceusError, type LynceusError } from '../errors.ts';

/** What the work gives, or its error as a value, as long as nobody is stopped. */
export async function orError<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | LynceusError> {
  try {
    return await work();
  } catch (thrown) {
    signal.throwIfAborted();
    return asLynceusError(thrown);
  }
}
