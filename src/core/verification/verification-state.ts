import type { CheckSpec, Measurement } from './check-spec.ts';
import type { FailureAction, InconclusiveAction } from './verify-policy.ts';
import type { VerificationEnding } from './write-result.ts';

/** How far the verification of one write has come. Times are milliseconds since 1970. */
export type VerificationState =
  | { readonly kind: 'written' }
  /** `at`: since when. */
  | { readonly kind: 'synced'; readonly at: number }
  | HealthyState
  | { readonly kind: 'verified' | 'failed' | 'inconclusive'; readonly ending: VerificationEnding }
  | { readonly kind: 'superseded' | 'ended' };

/** It was healthy once; checks measure. */
export interface HealthyState {
  readonly kind: 'healthy';
  readonly syncedAt: number;
  /** Since when it was healthy first: measurements are made at times from there. */
  readonly since: number;
  readonly health: HealthNow;
  /** How often it was degraded. */
  readonly losses: number;
  /** By the name of the check; absent for one that has not measured. */
  readonly tallies: Readonly<Record<string, CheckTally>>;
}

type HealthNow =
  | { readonly kind: 'healthy'; readonly since: number }
  /** `since`: when it was no longer healthy; `degradedSince`: of the last time that was counted. */
  | { readonly kind: 'lost'; readonly since: number; readonly degradedSince?: number };

/** What a check has measured. */
export interface CheckTally {
  /** How often it asked, with an answer or without. */
  readonly asked: number;
  /** How often there was an answer: the sum of the next three. */
  readonly measured: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly inconclusive: number;
  /** How often in a row there was no answer. */
  readonly unasked: number;
  readonly last: Measurement;
}

/** What happened. It may be told late, twice and out of order. */
export type VerificationEvent =
  /** Argo CD has synced what was written, since `at`. */
  | { readonly kind: 'synced'; readonly at: number }
  /** What was written is deployed, and has this health since then; any other health than the first two is `unhealthy`. */
  | { readonly kind: 'healthy' | 'degraded' | 'unhealthy'; readonly since: number }
  /** `index`: how often the check had asked before. */
  | {
      readonly kind: 'measured';
      readonly check: string;
      readonly index: number;
      readonly measurement: Measurement;
    }
  /** Nothing but time. */
  | { readonly kind: 'time-passed' }
  /** We wrote something newer, or a person changed or reverted it. */
  | { readonly kind: 'superseded' }
  /** The Application is gone, nothing asks for a verification any more, or it is paused. */
  | { readonly kind: 'ended' };

/** What is to be done, in this order. `hold` and `rollback` follow a failed check alone. */
export type VerificationAction = 'rollback' | 'hold' | 'keep' | 'notify';

/** What does not change while a write is verified, and what an administrator has set. Times are milliseconds. */
export interface VerificationTerms {
  readonly writtenAt: number;
  /** Beside `health`. */
  readonly checks: readonly CheckSpec[];
  readonly onFailure: FailureAction;
  readonly onInconclusive: InconclusiveAction;
  /** Argo CD syncs by itself; else a person decides when, and there is no deadline for it. */
  readonly isAutomated: boolean;
  readonly health: HealthTerms;
}

/** The default check. Times are milliseconds. */
export interface HealthTerms {
  /** From the commit until Argo CD has synced it. */
  readonly syncDeadline: number;
  /** From the sync until it is healthy, and from when health is lost until it is back. */
  readonly healthDeadline: number;
  /** How long it must have been healthy without interruption. */
  readonly healthyFor: number;
  /** So often it may be degraded once it was healthy; once more, and it has failed. */
  readonly failureLimit: number;
}
