import type { PolicyContext } from '../argocd/read-policies.ts';
import type { ApplicationId, TrackedImage } from '../core/policy.ts';
import type { Fence } from '../core/permissions/fence.ts';
import type { PlanOptions } from '../core/plan/plan.ts';
import type { CycleCosts, ImageResult } from '../core/report.ts';
import type { PlatformDefaults } from '../core/selection/check-tag.ts';
import type { SearchedTags } from '../core/selection/explain.ts';
import type { ApplicationWriter } from '../ports/application-writer.ts';
import type { ApplicationLister } from '../ports/application-source.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Logins } from '../ports/logins.ts';
import type { Registry } from '../ports/registry.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { Signatures } from '../ports/signatures.ts';
import type { SightingsStore } from '../ports/sightings.ts';
import type { SyncRequester } from '../ports/sync-requester.ts';
import type { PullRequestServices } from './pull-requests/pull-request-services.ts';
import type { EditOptions } from '../edits/index.ts';
import type { Writer } from '../ports/writer.ts';
import type { WatchServices } from './verification/watch-services.ts';
import type { AgeMemory } from './age-memory.ts';
import type { AskedInVain, CycleLimits, KeptPaces } from './cycle-limits.ts';
import type { DueImages } from './due-images.ts';
import type { DeliveryServices } from './delivery/delivery-services.ts';
import type { RollbackServices } from './verification/rollback-services.ts';
import type { PauseServices } from './mark-paused.ts';
import type { OwnHeads } from './own-pushes.ts';
import type { UpstreamHistories } from './promotion/upstream-histories.ts';

/** Which Applications there are, and which of them this process handles. */
export interface ApplicationServices {
  readonly sources: readonly ApplicationLister[];
  readonly selects: ApplicationSelector;
  readonly policyContext: PolicyContext;
  /** The rules, and whether the configuration alone makes them count. */
  readonly permissions: Pick<Fence, 'rules' | 'enforced'>;
}

/** Registries and their logins. */
export interface RegistryServices {
  readonly logins: Logins;
  readonly registry: Registry;
  readonly sightings: SightingsStore;
  /** Absent: no version is old enough where an age is asked for. */
  readonly ages?: AgeMemory;
  readonly platformDefaults: PlatformDefaults;
  /** How long a tag may go without being asked for, where many are compared, in milliseconds; 0: not at all. */
  readonly revalidate: number;
}

/** How Git is read and written. */
export interface GitServices {
  readonly writer: Writer;
  readonly plan: PlanOptions;
  readonly createMissing: boolean;
  /** How large a file may be; the defaults unless given. */
  readonly limits?: EditOptions['limits'];
}

/** Writes and requests to the cluster, beside Git. */
export interface ClusterServices {
  /** `undefined` when Applications come from files. */
  readonly applicationWriter: ApplicationWriter | undefined;
  /** `undefined` when Argo CD is not asked to refresh. */
  readonly syncRequester: SyncRequester | undefined;
}

/** How versions are verified, and written once they are. */
export interface VerificationServices {
  readonly signatures: Signatures;
  /** Whether a version is written with the digest that was verified, where there is room for it. */
  readonly writesDigest: boolean;
}

/** The services of a cycle, by purpose. Built in `compose.ts`; the stages know only the ports. */
export interface CycleServices {
  readonly applications: ApplicationServices;
  readonly registries: RegistryServices;
  readonly git: GitServices;
  readonly cluster: ClusterServices;
  readonly pullRequests: PullRequestServices;
  /** Absent: what asks for a signature is held. */
  readonly verification?: VerificationServices;
  /** How what was written is followed; absent: it is not. */
  readonly deliveries?: DeliveryServices;
  /** How what was written is watched; absent: it is not. */
  readonly writes?: WatchServices;
  /** Absent: nothing is taken back. */
  readonly rollbacks?: RollbackServices;
  readonly reporters: readonly Reporter[];
  /** Called with each search for a version of an image: the last one of a cycle decided. Absent: nobody wants to know. */
  readonly onSearched?: OnSearched;
  /** Called with the results of a batch as soon as it is written, long before the cycle may end; absent: nobody waits for them. */
  readonly onWritten?: (results: readonly ImageResult[]) => void;
  /** Absent: nothing but an annotation can pause. */
  readonly pauses?: PauseServices;
  /** Which images with an interval of their own are due. */
  readonly dueImages: DueImages;
  /** What was pushed last; absent: nothing is remembered. */
  readonly ownHeads?: OwnHeads;
  /** Histories of branches that others are promoted from; absent: nothing is remembered. */
  readonly upstreamHistories?: UpstreamHistories;
  /** Who was slow in earlier cycles; absent: nothing is remembered. */
  readonly paces?: KeptPaces;
  /** What was listed in vain in earlier cycles; absent: nothing is remembered. */
  readonly inVain?: AskedInVain;
  /** Requests, fetches and pushes since the process began. */
  readonly costs: () => CycleCosts;
}

/** Called with a search for a version of an image. */
export type OnSearched = (tracked: TrackedImage, search: SearchedTags) => void;

/** One cycle as its stages see it. */
export interface CycleRun {
  readonly clock: Clock;
  readonly log: Log;
  /** How many remotes, registries and images are worked on at once. */
  readonly concurrency: number;
  /** How long it waits; absent: as long as it takes. */
  readonly limits?: CycleLimits;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Which work is this process's own, where several share it. */
export interface Ownership {
  readonly policy: (tracked: TrackedImage) => boolean;
  /** For Applications whose targets could not be read. */
  readonly application: (application: ApplicationId) => boolean;
}

/** Which Applications are selected. */
export interface ApplicationSelector {
  (application: ApplicationId & { readonly labels: Readonly<Record<string, string>> }): boolean;
}

/** Which stage a cycle has reached, for display. */
export interface CycleProgress {
  readonly stage: 'applications' | 'present' | 'tags' | 'plan' | 'write';
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: CycleProgress) => void;
