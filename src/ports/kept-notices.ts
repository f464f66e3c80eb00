import type { Standing } from '../core/notices/standing.ts';

/** Where is kept what people were notified of, so that a restart and other replicas do not send it again. */
export interface KeptNotices {
  /** What is kept; what cannot be read counts as nothing. Never throws. */
  load(signal: AbortSignal): Promise<Standing>;
  /** Keeps it in place of what was there. Nothing is written when nothing changed. Throws `LynceusError`. */
  keep(standing: Standing, signal: AbortSignal): Promise<void>;
  /** Another process may have written since. */
  forget(): void;
}
