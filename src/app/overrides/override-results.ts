import { describeReason } from '../../core/reasons/describe-reason.ts';
import { formatName } from '../../core/image/reference.ts';
import type { ApplicationId, TrackedImage } from '../../core/policy.ts';
import { versionText, type Presence } from '../../core/presence.ts';
import type { Decision } from '../../core/selection/decision.ts';
import type { ReasonCode } from '../../core/reasons/reason.ts';
import type { ErrorCode, LynceusError } from '../../errors.ts';
import type { CommitResult } from '../../ports/writer.ts';
import { holdersOf, type OverrideChange } from './override-changes.ts';

/** How the override of one image ended. */
export interface OverrideResult {
  readonly application: ApplicationId;
  readonly alias: string;
  readonly image: string;
  readonly outcome: 'updated' | 'update' | 'current' | 'failed';
  /** Why nothing was written; absent when it was, or nothing was to be done. */
  readonly code?: ErrorCode | ReasonCode;
  readonly reason: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly branch: string | undefined;
  readonly commit: string | undefined;
  /** After a release, what holds the image all the same; empty for nothing, and where the reason says it. */
  readonly stillHeldBy: readonly string[];
}

/** Without a result of its commit, the change was never written. */
export function overrideResultOf(
  { tracked, from, to, change, stillHeldBy }: OverrideChange,
  result: CommitResult | undefined,
): OverrideResult {
  const base = { ...identityOf(tracked), from, to: versionText(to) ?? from, stillHeldBy };
  const refusal = result?.refused.find((one) => one.change === change)?.error;
  const ending = result?.ending;
  const none = { branch: undefined, commit: undefined };
  const failed = { ...base, ...none, outcome: 'failed' } as const;
  if (refusal !== undefined) return { ...failed, ...whyOf(refusal) };
  if (ending === undefined) return { ...failed, code: 'aborted', reason: 'it was not written' };
  if (ending.kind === 'failed') return { ...failed, ...whyOf(ending.error) };
  const { branch } = ending;
  switch (ending.kind) {
    case 'unchanged': {
      const why = { code: 'already-proposed', facts: { on: 'branch', branch } } as const;
      return { ...base, ...none, outcome: 'current', code: why.code, reason: describeReason(why), branch };
    }
    case 'shown':
      return { ...base, ...none, outcome: 'update', reason: 'it would be written', branch };
    case 'pushed':
      return { ...base, outcome: 'updated', reason: 'it is written', branch, commit: ending.sha };
  }
}

function whyOf({ code, line }: LynceusError): Pick<OverrideResult, 'code' | 'reason'> {
  return { code, reason: line };
}

/** For an image that nothing is to be done for. */
export function unheldResult(tracked: TrackedImage, presence: Presence): OverrideResult {
  const from = presence.kind === 'present' ? versionText(presence.image) : undefined;
  const holders = holdersOf(tracked, presence);
  return {
    ...identityOf(tracked),
    outcome: holders.length > 0 ? 'failed' : 'current',
    ...(holders.length > 0 ? { code: 'pinned' } : {}),
    reason: holders.length > 0 ? holders.join('; and ') : 'nothing holds it',
    from,
    to: from,
    branch: undefined,
    commit: undefined,
    stillHeldBy: [],
  };
}

/** For an image whose version is not written, and the decision that says why. */
export function undecidedResult(
  tracked: TrackedImage,
  presence: Presence,
  decision: Decision,
): OverrideResult {
  const from = presence.kind === 'present' ? versionText(presence.image) : undefined;
  const isCurrent = decision.outcome === 'current';
  return {
    ...identityOf(tracked),
    outcome: isCurrent ? 'current' : 'failed',
    code: decision.code,
    reason: describeReason(decision),
    from,
    to: from,
    branch: undefined,
    commit: undefined,
    stillHeldBy: [],
  };
}

type Identity = Pick<OverrideResult, 'application' | 'alias' | 'image'>;

function identityOf({ application, alias, image }: TrackedImage): Identity {
  return { application, alias, image: formatName(image) };
}
