import type { WantedChange } from '../core/change.ts';
import { makePlan as planChanges, type Plan, type PlanOptions } from '../core/plan/plan.ts';
import { inForce } from '../core/decision.ts';
import type { Verdict } from './decide-images.ts';

/** Stage 7: what was decided to be written, grouped by remote, branch and Application. */
export function makePlan(verdicts: readonly Verdict[], options: PlanOptions): Plan {
  return planChanges(verdicts.flatMap(toWanted), options);
}

function toWanted({ policy, present, decision }: Verdict): readonly WantedChange[] {
  if (decision.outcome !== 'update' || present?.kind !== 'read') return [];
  const { presence } = present;
  const from = presence.kind === 'present' ? presence.image : undefined;
  return [{ policy, from, before: inForce(presence, policy), to: decision.to, labels: decision.labels }];
}
