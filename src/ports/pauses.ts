import type { CommonPause, CommonPauses, PausedPart } from '../core/overrides/pause.ts';

/** What is paused for all Applications, kept where every process finds it. */
export interface Pauses {
  /**
   * What is paused now. From memory where it is watched: a cycle may ask as often as it likes. Throws `LynceusError` when it is not
   * known; whoever acts by itself then does nothing.
   */
  read(signal: AbortSignal): Promise<CommonPauses>;
  /** Pauses a part. A pause that is there already stays as it is. Throws `LynceusError` when it cannot be kept. */
  pause(part: PausedPart, pause: CommonPause, signal: AbortSignal): Promise<void>;
  /** Ends the pauses of these parts, and answers what they were. Throws `LynceusError`. */
  resume(parts: readonly PausedPart[], signal: AbortSignal): Promise<CommonPauses>;
}
