import type { ApplicationId } from '../core/policy.ts';
import type { WriteResult } from '../core/verification/write-result.ts';

/** Where results of writes are kept: see `WriteResult`. */
export interface WriteResults {
  /**
   * Reads what is kept, unless that was done already since the process began or `forget` was called. What cannot be read counts as
   * nothing. Only an abort throws.
   */
  load(signal: AbortSignal): Promise<void>;
  /** What is kept of an image's Application, oldest write first. From memory: a cycle may ask for each Application. */
  of(application: ApplicationId): readonly WriteResult[];
  /** What is kept of all Applications. */
  all(): readonly WriteResult[];
  /** Adds results, or replaces those of the same image and commit. Kept durably with `flush`. */
  keep(results: readonly WriteResult[]): void;
  /** Lets go of what is kept of Applications that are not among these. */
  retain(applications: readonly ApplicationId[]): void;
  /** Makes durable what was kept since the last time; nothing is written when nothing changed. Throws `LynceusError`. */
  flush(signal: AbortSignal): Promise<void>;
  /** What is in memory is not certain any more: another process may have written since. */
  forget(): void;
}
