import type { WantedChange } from '../core/change.ts';
import { inForce } from '../core/decision.ts';
import type { Standing } from '../core/plan/conflicts.ts';
import { makePlan as planChanges, type Plan, type PlanOptions } from '../core/plan/plan.ts';
import { versionText } from '../core/presence.ts';
import type { Verdict } from './decide-images.ts';

/** Stage 7: what was decided to be written, grouped by remote, branch and Application. */
export function makePlan(verdicts: readonly Verdict[], options: PlanOptions): Plan {
  return planChanges(verdicts.flatMap(toWanted), options, verdicts.flatMap(toStanding));
}

function toWanted({ policy, present, decision }: Verdict): readonly WantedChange[] {
  if (present?.kind !== 'read') return [];
  const { presence, proposed } = present;
  const from = presence.kind === 'present' ? presence.image : undefined;
  const before = inForce(presence, policy);
  if (decision.outcome === 'update')
    return [{ policy, from, before, to: decision.to, labels: decision.labels }];
  // The branch is made anew: what it proposes goes on being proposed while nobody knows better.
  if (decision.outcome !== 'failed' || proposed?.tag === undefined) return [];
  return [{ policy, from, before, to: { tag: proposed.tag, digest: proposed.digest }, labels: {} }];
}

/** What is up to date keeps what was chosen for it, and what is held keeps what people want. */
function toStanding({ policy, present, decision }: Verdict): readonly Standing[] {
  switch (decision.outcome) {
    case 'update':
      return [];
    case 'current':
      return [{ policy, keeps: versionText(decision.candidate) }];
    case 'held':
      return [
        {
          policy,
          keeps: present?.kind === 'read' ? versionText(inForce(present.presence, policy)) : undefined,
        },
      ];
    case 'skipped':
    case 'failed':
      return [{ policy, keeps: undefined }];
  }
}
