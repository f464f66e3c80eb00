import type { ApplicationId } from '../policy.ts';
import type { VersionTimes } from '../tags/version-times.ts';

/** What one write brings to one Application, on its way. Times are milliseconds since 1970. */
export interface Delivery {
  readonly application: ApplicationId;
  /** The commit in the base branch; absent where none is known: it is proposed, was merged by a host, or is in the live Application. */
  readonly commit?: string;
  /** `proposed`: on a branch of its own; `written`: in the base branch or the live Application. */
  readonly stage: 'proposed' | 'written' | 'synced';
  /** Since when it is in its stage, `proposed` or `written`; what is synced keeps the time of its commit. */
  readonly writtenAt: number;
  /** Checks watch what becomes of it. */
  readonly isVerified: boolean;
  /** At least one. */
  readonly images: readonly DeliveredImage[];
}

/** One image of a delivery. */
export interface DeliveredImage {
  /** See `resultImageKey`. */
  readonly key: string;
  /** The version before, as `versionText` spells it; `undefined` when there was none. */
  readonly from: string | undefined;
  /** The version that is delivered. */
  readonly to: string;
  /** When it came to be; empty when that is not known. */
  readonly times: VersionTimes;
}

/**
 * How a delivery ended. `synced`: Argo CD has it, and nobody verifies it. `written`: nobody says what is deployed. `failed`: a check
 * failed and it was not taken back. `rolled-back`: a check or a person took it back before it had ended otherwise. `superseded`: there
 * was something else before it was synced.
 */
export type DeliveryResult =
  'written' | 'synced' | 'verified' | 'failed' | 'rolled-back' | 'inconclusive' | 'superseded';

export const DELIVERY_RESULTS = [
  'written',
  'synced',
  'verified',
  'failed',
  'rolled-back',
  'inconclusive',
  'superseded',
] as const satisfies readonly DeliveryResult[];

/** How long a version took from when it came to be. */
export interface LeadTime {
  readonly application: ApplicationId;
  /** By which clock it began: see `VersionTimes`. */
  readonly from: LeadTimeStart;
  readonly to: LeadTimeEnd;
  readonly seconds: number;
}

export type LeadTimeStart = keyof VersionTimes;
export type LeadTimeEnd = 'commit' | 'synced' | 'verified';

export const LEAD_TIME_STARTS = ['pushed', 'seen', 'built'] as const satisfies readonly LeadTimeStart[];
export const LEAD_TIME_ENDS = ['commit', 'synced', 'verified'] as const satisfies readonly LeadTimeEnd[];

/** Who took something back, or found that it had to be. */
export type RolledBackBy = 'person' | 'check';

/** What became of deliveries in a cycle. */
export interface DeliveriesOfCycle {
  readonly leadTimes: readonly LeadTime[];
  readonly ended: readonly { readonly application: ApplicationId; readonly result: DeliveryResult }[];
  readonly rolledBack: readonly { readonly application: ApplicationId; readonly by: RolledBackBy }[];
  /** After a failure something else runs and is healthy; `by`: who found that it had failed. */
  readonly restored: readonly {
    readonly application: ApplicationId;
    readonly by: RolledBackBy;
    readonly seconds: number;
  }[];
  /** How many are on their way. */
  readonly underWay: Readonly<Record<Delivery['stage'], number>>;
}

/** Whether there is anything to tell beside what is on its way. */
export function hasNews({ leadTimes, ended, rolledBack, restored }: DeliveriesOfCycle): boolean {
  return [leadTimes, ended, rolledBack, restored].some((list) => list.length > 0);
}
