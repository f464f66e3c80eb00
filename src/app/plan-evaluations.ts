import type { ImageUpdate } from '../core/change.ts';
import { inForce, isSuspended } from '../core/selection/decision.ts';
import type { UnchangedImage } from '../core/plan/conflicts.ts';
import { makePlan, type Plan, type PlanOptions } from '../core/plan/plan.ts';
import { versionText } from '../core/presence.ts';
import type { Evaluation } from './decide-images.ts';

/** The updates that were decided, grouped by remote, branch and Application. */
export function planEvaluations(evaluations: readonly Evaluation[], options: PlanOptions): Plan {
  return makePlan(evaluations.flatMap(toUpdates), options, evaluations.flatMap(toUnchanged));
}

/** What is to be written for one image: nothing, or one update. */
export function toUpdates({ tracked, present, decision, restores }: Evaluation): readonly ImageUpdate[] {
  if (present?.kind !== 'read') return [];
  const { presence, proposed, path } = present;
  const foundAt = presence.kind === 'present' ? presence.foundAt : undefined;
  const from = presence.kind === 'present' ? presence.image : undefined;
  const before = inForce(presence, tracked.observed);
  if (decision.outcome === 'update') {
    const update = { tracked, path, foundAt, from, before, to: decision.to, labels: decision.labels };
    if (decision.code !== 'check-failed') return [update];
    const { from: _from, to: _to, ...rollback } = decision.facts;
    return [{ ...update, rollback, ...(restores === undefined ? {} : { restores }) }];
  }
  // The push branch is made anew, so an image of which nothing is known, or that waits, keeps what the branch has proposed so far.
  if (!isUndecided(decision) || proposed?.tag === undefined) return [];
  const to = { tag: proposed.tag, digest: proposed.digest };
  return [{ tracked, path, foundAt, from, before, to, labels: {} }];
}

function isUndecided(decision: Evaluation['decision']): boolean {
  if (decision.outcome === 'failed' || isSuspended(decision)) return true;
  return decision.outcome === 'held' && decision.code === 'gate-unavailable';
}

/** A current image keeps the version that was chosen, a held one what its branch proposes, else the version in force. */
function toUnchanged({ tracked: image, present, decision }: Evaluation): readonly UnchangedImage[] {
  const read = present?.kind === 'read' ? present : undefined;
  const foundAt = read?.presence.kind === 'present' ? read.presence.foundAt : undefined;
  const tracked = { tracked: image, path: read?.path, foundAt };
  switch (decision.outcome) {
    case 'update':
      return [];
    case 'current':
      return [{ ...tracked, keeps: versionText(decision.candidate) }];
    case 'held':
      return [
        {
          ...tracked,
          keeps:
            read === undefined || (isUndecided(decision) && read.proposed?.tag !== undefined)
              ? undefined
              : versionText(inForce(read.presence, image.observed)),
        },
      ];
    case 'skipped':
      // What belongs to another image is not claimed, or that one could not be written.
      return decision.code === 'other-image' ? [] : [{ ...tracked, keeps: undefined }];
    case 'failed':
      return [{ ...tracked, keeps: undefined }];
  }
}
