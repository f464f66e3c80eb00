import type { RollbackLimits } from '../../core/verification/judge-rollbacks.ts';
import type { Pauses } from '../../ports/pauses.ts';
import type { WriteResults } from '../../ports/write-results.ts';

/** What rollbacks by checks need. */
export interface RollbackServices {
  /** Where it is kept what became of them. */
  readonly results: WriteResults;
  readonly limits: RollbackLimits;
  /** Where people pause rollbacks, and where they pause themselves. */
  readonly pauses: Pauses;
}
