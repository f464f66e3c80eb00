import { expect } from 'vitest';
import { LynceusError } from '../../src/errors.ts';

/** What is returned, or the `LynceusError` that is thrown. Anything else that is thrown goes on, and fails the test. */
export function orRefused<T>(attempt: () => T): T | LynceusError {
  try {
    return attempt();
  } catch (thrown) {
    if (thrown instanceof LynceusError) return thrown;
    throw thrown;
  }
}

/** The `LynceusError` that `attempt` throws, `undefined` when it throws none; anything else goes through. */
export function refusal(attempt: () => unknown): LynceusError | undefined {
  const result = orRefused(attempt);
  return result instanceof LynceusError ? result : undefined;
}

/** The `LynceusError` that `attempt` throws; fails the test when it throws none, or something else. */
export function caught(attempt: () => unknown): LynceusError {
  return refusal(attempt) ?? expect.unreachable('expected an error, and there was none');
}

/** The `LynceusError` that a promise is rejected with; fails the test when it is not, or with something else. */
export async function errorOf(promise: Promise<unknown>): Promise<LynceusError> {
  const thrown: unknown = await promise.then(
    (value) => new Error(`nothing was thrown, but answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof LynceusError) return thrown;
  throw thrown;
}
