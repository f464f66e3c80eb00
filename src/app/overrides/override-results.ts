import { describeReason } from '../../core/describe-reason.ts';
import { formatName } from '../../core/image/reference.ts';
import type { ApplicationId, TrackedImage } from '../../core/policy.ts';
import { versionText, type Presence } from '../../core/presence.ts';
import type { CommitResult } from '../../ports/writer.ts';
import { holdersOf, type OverrideChange } from './override-changes.ts';

/** How the override of one image ended. */
export interface OverrideResult {
  readonly application: ApplicationId;
  readonly alias: string;
  readonly image: string;
  readonly outcome: 'updated' | 'update' | 'current' | 'failed';
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
  if (refusal !== undefined) return { ...base, ...none, outcome: 'failed', reason: refusal.line };
  if (ending === undefined) return { ...base, ...none, outcome: 'failed', reason: 'it was not written' };
  if (ending.kind === 'failed') return { ...base, ...none, outcome: 'failed', reason: ending.error.line };
  const { branch } = ending;
  switch (ending.kind) {
    case 'unchanged': {
      const reason = describeReason({ code: 'already-proposed', facts: { on: 'branch', branch } });
      return { ...base, ...none, outcome: 'current', reason, branch };
    }
    case 'shown':
      return { ...base, ...none, outcome: 'update', reason: 'it would be written', branch };
    case 'pushed':
      return { ...base, outcome: 'updated', reason: 'it is written', branch, commit: ending.sha };
  }
}

/** For an image that nothing is to be done for. */
export function unheldResult(tracked: TrackedImage, presence: Presence): OverrideResult {
  const from = presence.kind === 'present' ? versionText(presence.image) : undefined;
  const holders = holdersOf(tracked, presence);
  return {
    ...identityOf(tracked),
    outcome: holders.length > 0 ? 'failed' : 'current',
    reason: holders.length > 0 ? holders.join('; and ') : 'nothing holds it',
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
