import type { ApplicationId } from '../policy.ts';
import type { RollbackHold } from '../reasons/rollback-hold.ts';
import type { FailureAction } from './verify-policy.ts';
import type { WatchedWrite } from './watched-write.ts';
import type { VerificationEnding } from './write-result.ts';

/** A verification that came to its end in a cycle. */
export interface EndedVerification extends Pick<WatchedWrite, 'commit' | 'writtenAt' | 'kind'> {
  readonly application: ApplicationId;
  readonly images: readonly {
    readonly alias: string;
    /** Registry and name as written. */
    readonly image: string;
    /** As `versionText` spells it. */
    readonly version: string;
  }[];
  readonly ending: VerificationEnding;
  /** What follows: nothing but that it is told, that nothing more is written, or that it was or is to be taken back. */
  readonly follows: FailureAction;
  /** Why it was not taken back although it was to be; absent when it was, and when it was not to be. */
  readonly hold?: RollbackHold;
}

/** What became of verifications in a cycle. */
export interface VerificationsOfCycle {
  /** Those that go on. */
  readonly running: number;
  readonly ended: readonly EndedVerification[];
  /** Names of checks of which no measurement was answered in this cycle, and some were made. */
  readonly unanswered: readonly string[];
}
