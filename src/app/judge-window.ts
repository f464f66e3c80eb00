import { gatesOf, judgeAnswer } from '../core/gates/gates.ts';
import type { AppProjects } from '../core/permissions/app-project.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { Decision } from '../core/selection/decision.ts';
import { windowGroupsOf } from '../core/windows/window-groups.ts';
import type { Clock } from '../ports/clock.ts';
import { heldByGate } from './ask-gates.ts';

/** By what it is decided whether this is the time to write. */
export interface WindowOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Those whose sync windows may count. */
  readonly projects: AppProjects;
}

/** The same decision, or held until the update windows of the image are open. What is no update stays as it is. */
export function judgeWindow(
  decision: Decision,
  tracked: TrackedImage,
  { clock, projects }: WindowOptions,
): Decision {
  if (decision.outcome !== 'update' || !gatesOf(tracked.policy).includes('window')) return decision;
  const groups = windowGroupsOf(tracked, projects);
  const answer = groups instanceof Error ? groups : { now: clock.now(), groups };
  const judgement = judgeAnswer('window', decision.to, { answer, policy: tracked.policy });
  return judgement.kind === 'pass' ? decision : heldByGate(judgement.why);
}
