import type { ChangeSet } from '../../core/change.ts';
import type { TrackedImage } from '../../core/policy.ts';
import type { Presence } from '../../core/presence.ts';
import type { RollbackHold } from '../../core/reasons/rollback-hold.ts';
import type { FailedWrite } from '../../core/verification/failed-write.ts';
import type { RunningVerification } from '../../core/status/verification-status.ts';
import type { CheckOutlook } from '../../core/verification/judge-rollbacks.ts';
import type { ObservedWrite } from '../../core/verification/observed-write.ts';
import type { VerificationsOfCycle } from '../../core/verification/verification-report.ts';
import type { InconclusiveAction } from '../../core/verification/verify-policy.ts';
import type { WatchedWrite } from '../../core/verification/watched-write.ts';
import type { Log } from '../../ports/log.ts';
import type { WriteResults } from '../../ports/write-results.ts';
import type { CommitResult, WriterSession } from '../../ports/writer.ts';
import type { EndedRequests } from '../pull-requests/ended-requests.ts';

/** What is known of how writes ended. */
export interface KnownEnds {
  readonly results: Pick<WriteResults, 'of'>;
  readonly onInconclusive: InconclusiveAction;
}

/** What becomes of writes, and who watches them. */
export interface WatchServices extends KnownEnds {
  readonly results: WriteResults;
  readonly verifier: Verifier;
  /** Whether Argo CD says what is deployed; with Applications from files nobody does. */
  readonly hasStatus: boolean;
}

/** Watches what was written until it is known what became of it. It keeps everything but the ends in memory. */
export interface Verifier {
  /** Looks in Git for the newest writes of images that are to be verified. Only an abort throws. */
  find(images: readonly ReadImage[], session: HistorySession, run: FindRun): Promise<void>;
  /** Begins to watch what was just pushed. */
  wrote(commits: readonly PushedCommit[], images: readonly ReadImage[]): void;
  /** Looks at everything that is watched, and keeps what came to its end. Only an abort throws. */
  verify(options: VerifyCycle): Promise<VerificationsOfCycle>;
  /** When it is to be called again, in milliseconds since 1970; `undefined` while nothing is watched. */
  dueAt(): number | undefined;
  /** The verification of an image that goes on; `undefined` for none. */
  watched(image: WatchedName): RunningVerification | undefined;
  /** This process begins to lead: what it knew before may have been decided by another one. */
  takesLead(): void;
}

/** An image by its names, as `ImageStatus` has them. */
export interface WatchedName {
  readonly namespace: string;
  /** Name of the Application. */
  readonly application: string;
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
}

/** An image, and what its target has. */
export interface ReadImage {
  readonly tracked: TrackedImage;
  readonly present:
    | { readonly kind: 'read'; readonly presence: Presence; readonly path: string | undefined }
    | { readonly kind: 'failed'; readonly path: string | undefined }
    | undefined;
}

export interface PushedCommit {
  readonly set: ChangeSet;
  readonly result: CommitResult;
}

export type HistorySession = Pick<WriterSession, 'heads' | 'history'>;

export interface FindRun extends Pick<WatchRun, 'log' | 'signal'> {
  /** Asks hosts of pull requests what was merged; absent where none is asked. */
  readonly ended?: EndedRequests | undefined;
}

/** One look at all watches. */
export interface WatchRun {
  readonly log: Log;
  /** How many writes are looked at at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

export interface VerifyCycle extends WatchRun {
  /** Every image that there is now: what is not among them is gone. */
  readonly known: readonly TrackedImage[];
  readonly observe: ObserveWrite;
  readonly rollBack?: RollBackWrites;
}

/** What Argo CD says of a write now. Throws `LynceusError` when that cannot be found out. */
export type ObserveWrite = (write: WatchedWrite, signal: AbortSignal) => Promise<ObservedWrite>;

/** Takes back writes that failed; the outcomes are in the order of the writes. Throws only after an abort. */
export type RollBackWrites = (
  failed: readonly FailedWrite[],
  occasion: RollbackOccasion,
  signal: AbortSignal,
) => Promise<readonly RollbackOutcome[]>;

/** What became of taking back a write. */
export type RollbackOutcome =
  { readonly outcome: 'done' | 'proposed' } | { readonly outcome: 'held'; readonly hold: RollbackHold };

/** What a decision to take back writes is made of, beside the writes. Times are milliseconds since 1970. */
export interface RollbackOccasion {
  readonly now: number;
  /** The latest time that this process has seen. */
  readonly latest: number;
  /** Since when this process leads. */
  readonly leadingSince: number;
  /** By the name of the check. */
  readonly outlooks: ReadonlyMap<string, CheckOutlook>;
  /** How long one observation by a check takes, in milliseconds. */
  readonly observation: (check: string) => number;
  /** All that is watched, with what has just come to its end. */
  readonly watched: readonly WatchedWrite[];
}
