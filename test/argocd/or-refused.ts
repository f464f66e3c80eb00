import { LynceusError } from '../../src/errors.ts';

/** What is returned, or the `LynceusError` that is thrown. Anything else that is thrown goes on, and fails the test. */
export function orRefused<T>(run: () => T): T | LynceusError {
  try {
    return run();
  } catch (error) {
    if (error instanceof LynceusError) return error;
    throw error;
  }
}
