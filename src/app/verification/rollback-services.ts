import type { RollbackLimits } from '../../core/verification/judge-rollbacks.ts';
import type { Pauses } from '../../ports/pauses.ts';

/** What rollbacks by checks need beside the results of writes. */
export interface RollbackServices {
  readonly limits: RollbackLimits;
  /** Nothing is taken back while the update windows of an image are closed. */
  readonly onlyInWindows: boolean;
  /** Where people pause rollbacks, and where they pause themselves. */
  readonly pauses: Pauses;
}
