import type { WantedChange } from '../core/change.ts';
import { makePlan as planChanges, type Plan, type PlanOptions } from '../core/plan/plan.ts';
import { inForce } from '../core/decision.ts';
import type { Verdict } from './decide-images.ts';

/** Stage 7: what was decided to be written, grouped by remote, branch and Application. */
export function makePlan(verdicts: readonly Verdict[], options: PlanOptions): Plan {
  const places = verdicts.flatMap(({ policy: { target } }) =>
    target.method === 'git' ? [target.place] : [],
  );
  return planChanges(verdicts.flatMap(toWanted), options, places);
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
