import type { CheckFailure } from '../change.ts';

/** A check failed for what was written, and the version before is written again. */
export interface FailedCheckFacts extends CheckFailure {
  /** The version that failed. */
  readonly from: string;
  /** The version before. */
  readonly to: string;
}
