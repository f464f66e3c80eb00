import type { LynceusError } from '../../errors.ts';
import type { ApplicationHealth } from '../deployment/deployment.ts';
import type { PromotionStage } from './promotion-policy.ts';

/** A version that an image has, or had before. Times are milliseconds since 1970. */
export interface UpstreamVersion {
  /** As `versionText` spells it. */
  readonly version: string;
  readonly tag: string;
  /** Where the file names one. */
  readonly digest: string | undefined;
  /** The commit that wrote it; `undefined` where that is not known. */
  readonly commit: string | undefined;
  readonly isInForce: boolean;
  /** How far it has come, or came before another version took its place; a stage that was not seen is absent. */
  readonly reached: ReachedStages;
  /** How it is now, as far as that is known; absent for a version that is not in force. */
  readonly health?: ApplicationHealth;
  /** Who took it back; absent where nobody did. */
  readonly rolledBack?: { readonly by: 'person' } | { readonly by: 'check'; readonly check: string };
  /** The check that it failed, be it rolled back or not; absent where it failed none. */
  readonly failed?: { readonly check: string };
}

export type ReachedStages = { readonly [Stage in PromotionStage]?: StageTime };

/** `undefined` is a time that nobody knows. */
export interface StageTime {
  readonly since: number | undefined;
  /** Absent where it is so now. */
  readonly until?: number | undefined;
}

/** All versions of an upstream image that are known, newest first. */
export interface UpstreamTimeline {
  /** For people: `argocd/shop-dev/api`. */
  readonly upstream: string;
  readonly versions: readonly UpstreamVersion[];
  /** Why it is not known how far they have come; absent where it is. */
  readonly deploymentUnread?: LynceusError;
}
