import type { ApplicationId } from '../policy.ts';
import type { RollbackHoldCode } from '../reasons/rollback-hold.ts';

/**
 * What became of one version of one image after it was written. It is kept where a restart and other replicas find it. Without
 * it a check is made again, and a promotion waits for longer; it never lets anything be written. Times are milliseconds since 1970.
 */
export interface WriteResult {
  readonly application: ApplicationId;
  /** As written, `''` when the image has none. */
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
  /** As `versionText` spells it. */
  readonly version: string;
  /** The commit that wrote it. */
  readonly commit: string;
  /** When it was committed. */
  readonly writtenAt: number;
  /** When Argo CD had synced it; absent while that was not seen. */
  readonly syncedAt?: number;
  /** The longest time without interruption in which it was healthy; `until` is the last time that it was seen so. */
  readonly healthy?: { readonly since: number; readonly until: number };
  /** How its verification ended; absent while it goes on, and where nothing asks for one. */
  readonly ending?: VerificationEnding;
  /** What became of taking it back; absent while nothing did, and where nothing asks for it. */
  readonly rollback?: RollbackState;
}

/**
 * `proposed`: a pull request takes it back. `done`: the branch says what it said before. `held`: it is not taken back any more, for
 * the reason of this code.
 */
export type RollbackState =
  | {
      readonly outcome: 'proposed' | 'done';
      readonly at: number;
      /** It did not fail: the same commit wrote what did. */
      readonly isCompanion?: true;
    }
  | { readonly outcome: 'held'; readonly at: number; readonly code: RollbackHoldCode };

/** How the verification of a write ended. */
export interface VerificationEnding {
  readonly outcome: 'verified' | 'failed' | 'inconclusive';
  readonly at: number;
  /** The name of the check that decided; absent when all of them passed. */
  readonly check?: string;
  /** What was found, as one line for people; absent when all of them passed. */
  readonly detail?: string;
}
