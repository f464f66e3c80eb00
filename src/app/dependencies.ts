import type { PolicyContext } from '../argocd/read-policies.ts';
import type { ApplicationId, UpdatePolicy } from '../core/policy.ts';
import type { PlanOptions } from '../core/plan/plan.ts';
import type { CycleCosts } from '../core/report.ts';
import type { PlatformDefaults } from '../core/judge-tag.ts';
import type { ApplicationWriter } from '../ports/application-writer.ts';
import type { ApplicationSource } from '../ports/application-source.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Logins } from '../ports/logins.ts';
import type { Registry } from '../ports/registry.ts';
import type { Reporter } from '../ports/reporter.ts';
import type { SightingsStore } from '../ports/sightings.ts';
import type { SyncRequester } from '../ports/sync-requester.ts';
import type { PullRequesting } from './proposals/pull-requesting.ts';
import type { Writer } from '../ports/writer.ts';
import type { DueImages } from './due-images.ts';

/** Everything a cycle is made of. Built in one place, `compose.ts`; the stages know only the ports. */
export interface CycleDependencies {
  readonly sources: readonly ApplicationSource[];
  readonly selects: ApplicationSelector;
  /** Of these, whom the cycle is about; `undefined` means all. */
  readonly only: ApplicationSelector | undefined;
  readonly policyContext: PolicyContext;
  /** Whether this process is the one that writes it: each remote has one writer. */
  readonly owns: Ownership;
  readonly logins: Logins;
  readonly registry: Registry;
  readonly sightings: SightingsStore;
  readonly writer: Writer;
  /** `undefined` when Applications come from files. */
  readonly applicationWriter: ApplicationWriter | undefined;
  /** `undefined` when Argo CD is not told of pushes. */
  readonly syncRequester: SyncRequester | undefined;
  readonly reporters: readonly Reporter[];
  readonly platformDefaults: PlatformDefaults;
  readonly plan: PlanOptions;
  readonly pullRequests: PullRequesting;
  readonly createMissing: boolean;
  /** Which images with an interval of their own are due. */
  readonly dueImages: DueImages;
  /** For how long what is to be written must stay the same before it is written, in milliseconds. */
  readonly collect: number;
  /** How many remotes, registries and images are worked on at once. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly log: Log;
  /** What was asked of the outside world since the process began. */
  readonly costs: () => CycleCosts;
}

/** Which work is this process's own, where several share it. */
export interface Ownership {
  readonly policy: (policy: UpdatePolicy) => boolean;
  /** For what has no place to write to, because it could not be understood. */
  readonly application: (application: ApplicationId) => boolean;
}

/** Which Applications are looked at. */
export interface ApplicationSelector {
  (application: ApplicationId & { readonly labels: Readonly<Record<string, string>> }): boolean;
}

/** Which stage a cycle has reached, for people who watch. */
export interface CycleProgress {
  readonly stage: 'applications' | 'present' | 'tags' | 'plan' | 'write';
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: CycleProgress) => void;
