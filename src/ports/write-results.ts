import type { ApplicationId } from '../core/policy.ts';
import type { WriteResult } from '../core/verification/write-result.ts';

/** Where results of writes are kept: see `WriteResult`. */
export interface WriteResults {
  /** What is kept of an image's Application, oldest write first. From memory: a cycle may ask for each Application. */
  of(application: ApplicationId): readonly WriteResult[];
  /** Adds results, or replaces those of the same image and commit. Kept durably with `flush`. */
  keep(results: readonly WriteResult[]): void;
  /** Makes durable what was kept since the last time; nothing is written when nothing changed. Throws `LynceusError`. */
  flush(signal: AbortSignal): Promise<void>;
}
