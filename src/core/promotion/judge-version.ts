import type { ApplicationHealth } from '../deployment/deployment.ts';
import { PROMOTION_STAGES, type PromotionPolicy, type PromotionStage } from './promotion-policy.ts';
import type { ReachedStages, StageTime, UpstreamVersion } from './upstream-version.ts';

/** Whether one version of one upstream image may be promoted. */
export type VersionJudgement =
  | { readonly kind: 'eligible' }
  | WaitingVersion
  | { readonly kind: 'rolled-back'; readonly by: NonNullable<UpstreamVersion['rolledBack']> }
  | { readonly kind: 'failed'; readonly check: string };

/** It is not, or was not for long enough, what is asked of it. */
export interface WaitingVersion {
  readonly kind: 'waiting';
  /** The furthest stage that it has reached; `undefined` for a version that the upstream image never had. */
  readonly has: PromotionStage | undefined;
  /** Since when it counts, in milliseconds since 1970; absent while it does not, and where that is not known. */
  readonly since?: number;
  /** When it will be enough if nothing happens; absent while that is open. */
  readonly enoughAt?: number;
  /** Another version took its place before it was enough. */
  readonly isOver?: true;
  readonly health?: ApplicationHealth;
}

/**
 * What is asked for, and what counts as it:
 *
 *   when      state                                    time
 *   --------  ---------------------------------------  -----------------------------------------------
 *   written   it is in the file, or was                in the file
 *   synced    Argo CD deployed it from there           deployed
 *   healthy   and it is healthy, or was when another   healthy without interruption
 *             version took its place
 *   verified  and all of its checks passed             healthy without interruption, when there is one
 *
 * What was rolled back or failed a check never is, whatever is asked.
 */
export function judgeVersion(
  version: UpstreamVersion,
  { when, after }: Pick<PromotionPolicy, 'when' | 'after'>,
  now: number,
): VersionJudgement {
  const { reached, rolledBack, failed, isInForce, health } = version;
  if (rolledBack !== undefined) return { kind: 'rolled-back', by: rolledBack };
  if (failed !== undefined) return { kind: 'failed', check: failed.check };
  const has = furthest(reached);
  const waiting = {
    kind: 'waiting',
    has,
    ...(isInForce ? {} : { isOver: true as const }),
    ...(health === undefined ? {} : { health }),
  } as const;
  if (reached[when] === undefined) return waiting;
  if (after === 0) return { kind: 'eligible' };
  // Checks take their own time; what is asked for beside them is that it stays healthy.
  const counted: StageTime | undefined = when === 'verified' ? reached.healthy : reached[when];
  if (counted?.since === undefined) return waiting;
  const { since, until } = counted;
  if ((until ?? now) - since >= after) return { kind: 'eligible' };
  return until === undefined ? { ...waiting, since, enoughAt: since + after } : { ...waiting, since };
}

function furthest(reached: ReachedStages): PromotionStage | undefined {
  return PROMOTION_STAGES.findLast((stage) => reached[stage] !== undefined);
}
