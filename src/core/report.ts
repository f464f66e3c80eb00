import type { ErrorCode } from '../errors.ts';
import type { DeliveriesOfCycle } from './delivery/delivery.ts';
import type { Deployment } from './deployment/deployment.ts';
import type {
  ApplicationId,
  FileTarget,
  GitPlace,
  ImagePolicy,
  ImageUpdaterId,
  PresentImage,
} from './policy.ts';
import type { ChosenImage } from './change.ts';
import type { Problem } from './problem.ts';
import type { Reason, ReasonCode, TurnedAway } from './reasons/reason.ts';
import type { RollbackHoldCode } from './reasons/rollback-hold.ts';
import type { WarningCode } from './reasons/warning.ts';
import type { VersionTimes } from './tags/version-times.ts';
import type { VerificationsOfCycle } from './verification/verification-report.ts';
import type { UpdaterStatus } from './updater-status/status.ts';

/**
 * How an image ended a cycle. `update` would be written (dry run, plan), `updated` was written; a no-op is
 * `current`, never either of these.
 */
export type ImageOutcome = 'update' | 'updated' | 'current' | 'held' | 'skipped' | 'failed';

/** The result of one image, the same in log, metrics, `plan` output and status page. */
export interface ImageResult {
  readonly application: ApplicationId;
  /** The `ImageUpdater` that it is of; absent where annotations count by themselves. */
  readonly updater?: ImageUpdaterId;
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
  readonly outcome: ImageOutcome;
  /** For machines, and stable: an error code or the code of a reason. */
  readonly code: ErrorCode | ReasonCode;
  /** One sentence for people. */
  readonly reason: string;
  /** What the people of the Application are told instead of code and reason; absent where it is the same. */
  readonly forTenants?: { readonly code: ErrorCode; readonly message: string };
  /** The problems of its annotations that it failed for; absent when it has none. */
  readonly problems?: readonly Problem[];
  readonly current: PresentImage | undefined;
  readonly candidate: ChosenImage | undefined;
  /** When what holds it ends by itself, in milliseconds since 1970; absent where no such time is known. */
  readonly heldUntil?: number;
  /** How it is written; `undefined` when it is not known. */
  readonly writer: 'git' | 'argocd' | undefined;
  /** Where in Git it is written; `undefined` when it is not written to Git, or when that is not known. */
  readonly place: { readonly git: GitPlace; readonly file: FileTarget } | undefined;
  /** File that was or would be written, when known. */
  readonly path: string | undefined;
  /** Commit that holds the change, when pushed. */
  readonly commit: string | undefined;
  readonly branch: string | undefined;
  /** The pull request that proposes it; absent when there is none. */
  readonly pullRequest?: RequestResult;
  /** What a person should know although nothing failed for it; absent when there is nothing. */
  readonly warnings?: readonly ImageWarning[];
  /** Why it is so, as data; absent where its annotations could not be read. */
  readonly basis?: ImageBasis;
}

/** What an image was decided by. These are the values of the cycle itself, not copies. */
export interface ImageBasis {
  /** AppProject of the Application. */
  readonly project: string;
  /** Code and sentence of the result are made of it. */
  readonly reason: Reason;
  readonly policy: ImagePolicy;
  /** Absent where the registry was not asked. */
  readonly tags?: TagCounts;
  /** What gates said of versions that would have been written before the candidate; absent where none was turned away. */
  readonly turnedAway?: readonly TurnedAway[];
  /** Absent where none is known. */
  readonly times?: ImageTimes;
  /** See `Observation`. */
  readonly deployment?: Deployment;
  readonly deployedSource?: number;
}

/** Tags of an image in a cycle. */
export interface TagCounts {
  /** Listed by the registry. */
  readonly seen: number;
  /** Left after the filters. */
  readonly considered: number;
  /**
   * How many versions that filters and strategy let through are newer than the one in force, each once whatever its names; gates are
   * not asked. Absent where the order of the one in force is not known.
   */
  readonly newer?: number;
}

/** When the versions of an image came to be; absent for what is not known. */
export interface ImageTimes {
  /** That of the version in force. */
  readonly current?: VersionTimes;
  readonly candidate?: VersionTimes;
}

/** A warning with its sentence. */
export interface ImageWarning {
  readonly code: WarningCode;
  readonly message: string;
}

/** What was done, or in a dry run would be done, with the pull request of an image. */
export interface RequestResult {
  readonly action: 'open' | 'update' | 'keep';
  /** `undefined` when it is yet to be opened. */
  readonly url: string | undefined;
}

/** What a cycle cost. */
export interface CycleCosts {
  readonly registryRequests: number;
  readonly gitFetches: number;
  readonly gitPushes: number;
}

/** What an `ImageUpdater` stands for in a cycle. */
export interface UpdaterResult extends ImageUpdaterId {
  readonly uid?: string;
  /** `metadata.generation` of what was read; absent in files. */
  readonly generation?: number;
  /** The Applications that it matches, also those that the cycle is not for. */
  readonly matched: readonly ApplicationId[];
  /** How many images it has in them, also those that the cycle is not for. */
  readonly images: number;
  /** `statusImageKey` of each of these images. */
  readonly listed: ReadonlySet<string>;
  /** How many faults it has in them that belong to no image. */
  readonly problems: number;
  /** Its status before the cycle; absent where it has none. */
  readonly status?: UpdaterStatus;
  /** Why nothing of it counts; absent where it can be read. */
  readonly fault?: Problem;
}

/**
 * What became of a write that failed its verification. `written`: the branch says what it said before. `proposed`: it is on a branch
 * of its own, or in a pull request. `shown`: it would be written. `held`: it is not taken back. `failed`: it is tried again.
 */
export interface RollbackResult {
  readonly application: ApplicationId;
  readonly check: string;
  /** What the check found, one line for people; `''` when it does not say. */
  readonly detail: string;
  /** The commit that wrote what failed. */
  readonly failedCommit: string;
  readonly outcome: 'written' | 'proposed' | 'shown' | 'held' | 'failed';
  /** For machines, and stable. */
  readonly code: ErrorCode | RollbackHoldCode | 'check-failed';
  /** One sentence for people. */
  readonly reason: string;
  readonly images: readonly {
    readonly alias: string;
    readonly image: string;
    /** The version that failed. */
    readonly from: string;
    /** The version before; absent where nothing is taken back. */
    readonly to?: string;
  }[];
  /** The commit that takes it back; absent when there is none. */
  readonly commit?: string;
  readonly branch?: string;
  readonly pullRequest?: RequestResult;
}

export interface CycleReport {
  /** Correlates everything that was logged during the cycle. */
  readonly cycle: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly seconds: number;
  readonly dryRun: boolean;
  /** It was for a part of the Applications or images: nothing is known of the others. */
  readonly partial?: true;
  readonly applications: number;
  readonly images: readonly ImageResult[];
  readonly problems: readonly Problem[];
  /** Failures that belong to no single image: a source that could not be read. */
  readonly failures: readonly { readonly code: ErrorCode; readonly message: string }[];
  readonly costs: CycleCosts;
  /** Every `ImageUpdater` that is known; absent when there is none. */
  readonly updaters?: readonly UpdaterResult[];
  /** How many Applications have annotations that do not count, because `ImageUpdater`s do; absent when none. */
  readonly leftOut?: number;
  /** What a check took back, or failed and was not; absent when nothing did. */
  readonly rollbacks?: readonly RollbackResult[];
  /** `metadata.uid` of the Applications by `applicationKey`, where the cluster has one. */
  readonly uids?: ReadonlyMap<string, string>;
  /** What became of what was written before; absent where nothing is verified. */
  readonly verifications?: VerificationsOfCycle;
  /** What became of versions on their way to where they run; absent in a dry run. */
  readonly deliveries?: DeliveriesOfCycle;
  /** Unified diff per commit, in the order of the commits. */
  readonly diffs: readonly {
    readonly branch: string;
    readonly remote: string;
    readonly message: string;
    readonly diff: string;
  }[];
}
