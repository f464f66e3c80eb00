import { expect } from 'vitest';
import { LynceusError } from '../../src/errors.ts';

/** The `LynceusError` that `attempt` throws, `undefined` when it throws none; anything else goes through. */
export function refusal(attempt: () => unknown): LynceusError | undefined {
  try {
    attempt();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof LynceusError) return thrown;
    throw thrown;
  }
}

/** The `LynceusError` that `attempt` throws; fails the test when it throws none, or something else. */
export function caught(attempt: () => unknown): LynceusError {
  return refusal(attempt) ?? expect.unreachable('expected an error, and there was none');
}
