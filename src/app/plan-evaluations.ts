import type { WantedChange } from '../core/change.ts';
import { inForce } from '../core/decision.ts';
import type { UnchangedImage } from '../core/plan/conflicts.ts';
import { makePlan as planChanges, type Plan, type PlanOptions } from '../core/plan/plan.ts';
import { versionText } from '../core/presence.ts';
import type { Evaluation } from './decide-images.ts';

/** Stage 7: what was decided to be written, grouped by remote, branch and Application. */
export function planEvaluations(evaluations: readonly Evaluation[], options: PlanOptions): Plan {
  return planChanges(evaluations.flatMap(toWanted), options, evaluations.flatMap(toUnchanged));
}

/** What is to be written for one image: nothing, or one change. */
export function toWanted({ tracked, present, decision }: Evaluation): readonly WantedChange[] {
  if (present?.kind !== 'read') return [];
  const { presence, proposed } = present;
  const from = presence.kind === 'present' ? presence.image : undefined;
  const before = inForce(presence, tracked.observed);
  if (decision.outcome === 'update')
    return [{ tracked, from, before, to: decision.to, labels: decision.labels }];
  // The branch is made anew: what it proposes goes on being proposed while nobody knows better.
  if (decision.outcome !== 'failed' || proposed?.tag === undefined) return [];
  return [{ tracked, from, before, to: { tag: proposed.tag, digest: proposed.digest }, labels: {} }];
}

/** What is up to date keeps what was chosen for it, and what is held keeps what people want. */
function toUnchanged({ tracked, present, decision }: Evaluation): readonly UnchangedImage[] {
  switch (decision.outcome) {
    case 'update':
      return [];
    case 'current':
      return [{ tracked, keeps: versionText(decision.candidate) }];
    case 'held':
      return [
        {
          tracked,
          keeps:
            present?.kind === 'read' ? versionText(inForce(present.presence, tracked.observed)) : undefined,
        },
      ];
    case 'skipped':
    case 'failed':
      return [{ tracked, keeps: undefined }];
  }
}
