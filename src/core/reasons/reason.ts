import type { ErrorCode, LynceusError } from '../../errors.ts';
import type { CheckFailure, ChosenImage } from '../change.ts';
import type { Platform } from '../image/platform.ts';
import type { AgeFacts, UnknownAgeFacts } from '../gates/age-facts.ts';
import type { ImagePause } from '../overrides/pause.ts';
import type { ApplicationId, PresentFault, PresentImage, Strategy } from '../policy.ts';
import type { Problem } from '../problem.ts';
import type { ArgoCdRollbackFacts } from './argo-cd-rollback.ts';
import type { ApprovalFacts, PromotionFacts, UnaskedUpstreamFacts } from './promotion-facts.ts';
import type { ClosedWindow } from '../windows/judge-windows.ts';
import type { SignatureFacts } from './signature-flaw.ts';

/**
 * Why an image ends a cycle as it does: a code for machines, and the facts that `describeReason` makes a sentence of. A
 * failure has the code of its error.
 */
export type Reason = ReasonOf<ReasonCode> | FailureReason;

/** A reason with one of these codes. */
export type ReasonOf<Code extends ReasonCode> = {
  [One in Code]: { readonly code: One; readonly facts: ReasonFacts[One] };
}[Code];

export interface FailureReason {
  readonly code: ErrorCode;
  readonly facts: FailureFacts;
}

/** Why an image needs no write, or gets one. */
export type ReasonCode = keyof ReasonFacts;

/** Why there is something newer, and it is not written. */
export type HoldCode =
  | 'paused'
  | 'pinned'
  | 'rolled-back'
  | 'rolled-back-in-argo-cd'
  | 'downgrade'
  | 'proposal-closed'
  | 'too-young'
  | 'age-unknown'
  | 'verification-failed'
  | 'signature-missing'
  | 'signature-invalid'
  | 'awaiting-approval'
  | 'outside-window';

interface ReasonFacts {
  'newer-version': UpdateFacts;
  'digest-moved': UpdateFacts;
  'first-write': ChoiceFacts;
  'check-failed': FailedCheckFacts;
  rewritten: RewriteFacts;
  'up-to-date': ChoiceFacts | LiveFacts;
  'already-proposed': ProposedFacts;
  'no-tags': Readonly<Record<string, never>>;
  'no-matching-tag': NoMatchFacts;
  'no-matching-platform': { readonly rejected: readonly Rejection[] };
  'no-newest-build': TieFacts;
  /** `detail` names what is missing in the target. */
  'other-image': OtherImageFacts;
  'not-live': { readonly detail: string };
  'not-due': DueFacts;
  paused: PausedFacts;
  pinned: PinFacts;
  'rolled-back': RollbackFacts;
  'rolled-back-in-argo-cd': ArgoCdRollbackFacts;
  downgrade: DowngradeFacts;
  'proposal-closed': ClosedRequestFacts;
  'too-young': AgeFacts;
  'age-unknown': UnknownAgeFacts;
  'verification-failed': { readonly candidate: ChosenImage; readonly failure: VerificationFailure };
  'signature-missing': SignatureFacts;
  'signature-invalid': SignatureFacts;
  'gate-unavailable': UnaskedGateFacts | UnaskedUpstreamFacts;
  'promotion-waiting': PromotionFacts;
  'awaiting-approval': ApprovalFacts;
  'outside-window': WindowFacts;
}

/** How a version was chosen. */
export interface ChoiceFacts {
  readonly chosen: ChosenImage;
  readonly strategy: Strategy;
  /** How many tags passed the filters. */
  readonly considered: number;
  /** Absent unless the time of a push decided. */
  readonly push?: PushFacts | undefined;
  /** Absent unless the time of a build decided. */
  readonly build?: BuildFacts | undefined;
  /** Tags that the strategy would have preferred, or that it cannot compare; absent for none. */
  readonly rejected?: readonly Rejection[];
  /** The images that it was promoted from; absent where it was chosen among all tags. */
  readonly promotedFrom?: readonly string[];
}

export interface UpdateFacts extends ChoiceFacts {
  /** The version in force, which is to be replaced. */
  readonly present: PresentImage;
}

/** The target has the version that was chosen, and yet it is to be written. */
export interface RewriteFacts extends UpdateFacts {
  readonly fault: PresentFault;
}

/** A check failed for what was written, and the version before is written again. */
export interface FailedCheckFacts extends CheckFailure {
  /** The version that failed. */
  readonly from: string;
  /** The version before. */
  readonly to: string;
}

export interface PushFacts {
  /** Whose times were compared: those of pushes, or those of the first sight of each tag. */
  readonly clock: 'registry' | 'ours';
  /** Milliseconds since 1970. */
  readonly time: number;
  /** How many tags of different images have that time; `undefined` when it is one image. */
  readonly tied: number | undefined;
  /** How many tags have no time by that clock. */
  readonly untimed: number;
  /** Build times do not tell either which of the tied is the newest: the name decided, or what the target has. */
  readonly sameBuild?: true;
}

export interface BuildFacts {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** How many tags of different images have that time; `undefined` when it is one image. */
  readonly tied: number | undefined;
  /** How many tags have no build time that can be believed. */
  readonly undated: number;
}

/** Several images have the last build time. */
export interface TieFacts {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** In the order of their names. */
  readonly tags: readonly string[];
}

/** The patch of the live Application would change nothing. */
export interface LiveFacts {
  readonly on: 'application';
}

/** A branch that was pushed before, or the pull request from it, has the version already. */
export type ProposedFacts = (
  | { readonly on: 'branch'; readonly branch: string }
  | { readonly on: 'pull-request'; readonly url: string | undefined }
) & {
  /** A commit on the branch that is not ours. */
  readonly others?: CommitFacts;
};

export interface NoMatchFacts {
  readonly strategy: Strategy;
  /** How many tags the registry lists. */
  readonly listed: number;
  readonly considered: number;
  /** That of `image-list`; absent when it has none. */
  readonly pattern?: string;
}

/** Why a tag that was next in line is not chosen. */
export type Rejection =
  | { readonly kind: 'gone'; readonly tag: string }
  /** `type` is the media type of what it is; `undefined` or `''` when that is not known. */
  | { readonly kind: 'no-image'; readonly tag: string; readonly type?: string | undefined }
  /** What it names can never be run. */
  | { readonly kind: 'unusable'; readonly tag: string; readonly error: LynceusError }
  /** `undefined` is an image that names no platform. */
  | {
      readonly kind: 'other-platforms';
      readonly tag: string;
      readonly platforms: readonly (Platform | undefined)[];
    }
  /** No tag has the date that the strategy sorts by. */
  | { readonly kind: 'no-build-times' | 'no-push-times' }
  /** So many tags have a build time, and none that can be believed. */
  | { readonly kind: 'false-build-times'; readonly count: number }
  /** A gate does not let it through. */
  | { readonly kind: 'turned-away'; readonly why: TurnedAway }
  /** It is not what the image has that it is promoted from. */
  | { readonly kind: 'other-digest'; readonly tag: string };

/** Why a gate does not let a version through: another one may be written in its place. */
export type TurnedAway = ReasonOf<'too-young' | 'signature-missing' | 'signature-invalid'>;

/** A gate was asked for this version. */
export interface GateFacts {
  /** With the digest that was judged, if one was. */
  readonly candidate: ChosenImage;
}

/** Nothing is written now, and this will be. */
export interface WindowFacts extends GateFacts, ClosedWindow {}
/** The answer may have been no: nothing is written in place of this version. */
export interface UnaskedGateFacts extends GateFacts {
  /** What could not be asked for; `digest`: what every gate is asked with. */
  readonly gate: 'digest' | 'minimum-age' | 'signature' | 'window' | 'pause';
  readonly error: LynceusError;
}

/** What the verification of the version in force came to. */
export interface VerificationFailure {
  readonly outcome: 'failed' | 'inconclusive';
  /** As `versionText` spells it. */
  readonly version: string;
  /** The name of the check that decided. */
  readonly check: string;
  /** What it found, one line for people; `''` when it does not say. Foreign text. */
  readonly detail: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The key that would be written belongs to another image. */
export interface OtherImageFacts {
  /** Its name as written. */
  readonly name: string;
  /** Whether the cluster reports it as running. */
  readonly isRunning: boolean;
}

/** Both in milliseconds. */
export interface DueFacts {
  readonly waited: number;
  readonly interval: number;
}

export interface DowngradeFacts {
  readonly candidate: string;
  /** The version in force. */
  readonly present: string;
  /** Absent where it is the lower version. */
  readonly stepBack?: StepBack;
}

/** In what a chosen version is, or may be, older than the one in force. Times are milliseconds since 1970. */
export type StepBack = (
  | { readonly kind: 'older'; readonly by: 'name' | 'place' | 'build' | 'upstream' }
  | {
      readonly kind: 'unknown';
      /** Why the version in force cannot be compared. */
      readonly because:
        'not-listed' | 'gone' | 'unusable' | 'no-build-time' | 'no-push-time' | 'same-build-time';
      /** When the chosen one was built or pushed: later than the version in force was written, it is newer. */
      readonly chosenAt: number | undefined;
    }
) & {
  /** A word that is not listed, such as `none` or `latest`: it may never have been a version. */
  readonly overWord?: true;
};

/** Nothing automatic is done for the image. */
export interface PausedFacts {
  readonly candidate: ChosenImage;
  readonly pause: Exclude<ImagePause, { by: 'unknown' }>;
}

export interface PinFacts {
  readonly by: 'annotation' | 'comment';
  /** The reason as written; `''` for none. */
  readonly text: string;
  readonly candidate: ChosenImage;
}

export interface RollbackFacts {
  /** The version that was rolled back. */
  readonly from: string;
  /** The version that the file has now; `undefined` when it has none. */
  readonly to: string | undefined;
  /** Whether `to` is older than `from`. */
  readonly isOlder: boolean;
  readonly changedBy: ChangedBy;
  /** What ends the hold: a release, a version newer than `from`, or one that was never written here. */
  readonly until: 'release' | 'newer-version' | 'unwritten-version';
}

/** Which commit changed a place; `since` is the commit that wrote it before, where there is one. */
export type ChangedBy =
  | { readonly kind: 'commit'; readonly commit: CommitFacts }
  /** A check of this name failed, and what was written was taken back. */
  | { readonly kind: 'check'; readonly check: string; readonly commit: CommitFacts }
  | {
      readonly kind: 'one-of';
      readonly count: number;
      readonly latest: CommitFacts;
      readonly since: string | undefined;
    }
  | { readonly kind: 'unknown'; readonly since: string | undefined };

export interface CommitFacts {
  readonly author: string;
  readonly sha: string;
}

/** A pull request with this version was closed without merging. */
export interface ClosedRequestFacts {
  readonly url: string;
  readonly version: string;
  readonly closedBy: string | undefined;
}

export type FailureFacts =
  | { readonly kind: 'error'; readonly error: LynceusError }
  /** The tag may have been the one to choose. */
  | { readonly kind: 'tag-unreadable'; readonly tag: string; readonly error: LynceusError }
  /** It is not known whether a version was rolled back. */
  | { readonly kind: 'history-unreadable'; readonly error: LynceusError }
  /** `detail` names what is missing in the target. */
  | { readonly kind: 'image-missing'; readonly detail: string }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }
  /** The cycle ended before the image was written. */
  | { readonly kind: 'unwritten' }
  | { readonly kind: 'conflicting-versions'; readonly claims: readonly VersionClaim[] }
  /** The place is another Application's own, which wants `value` there; `undefined` when that is not known. */
  | { readonly kind: 'owned-place'; readonly owner: OwnerClaim }
  /** The branch is another Application's own. */
  | { readonly kind: 'owned-branch'; readonly branch: string; readonly owner: ApplicationId }
  | { readonly kind: 'shared-push-branch'; readonly branch: string; readonly difference: PushDifference }
  /** The push branch is the base branch of another image. */
  | { readonly kind: 'push-branch-is-base'; readonly branch: string; readonly base: string };

/** What one image requires at a place that it shares with others. */
export interface VersionClaim {
  readonly application: ApplicationId;
  readonly alias: string;
  /** A version, an image, or both. */
  readonly value: string;
}

/** What the Application whose own place it is wants there. */
export type OwnerClaim = Omit<VersionClaim, 'value'> & { readonly value: string | undefined };

/** In what the change sets differ that would push one branch. */
export type PushDifference =
  | { readonly kind: 'bases'; readonly count: number }
  | { readonly kind: 'transports'; readonly transports: readonly string[] }
  | { readonly kind: 'credentials' | 'pull-request' };
