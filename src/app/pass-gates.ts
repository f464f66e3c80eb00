import { concludeWalk } from '../core/gates/conclude.ts';
import { digestGatesOf } from '../core/gates/gates.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { TurnedAway } from '../core/reasons/reason.ts';
import { inForce } from '../core/selection/decision.ts';
import type { applyOverrides, OverriddenEvaluations } from './apply-overrides.ts';
import { heldByGate, isInTarget, judgeUpdate, type JudgeOptions } from './ask-gates.ts';
import { decideByTags, type Evaluation, type RegistryAnswers } from './decide-images.ts';
import { judgeWindow, type WindowOptions } from './judge-window.ts';

/** How many versions of an image may be turned away in one cycle, where nobody signs any more. */
export const MOST_TURNED_AWAY = 20;

/** Decides again what people hold, for images of which another version was chosen. */
export type DecideHolds = (evaluations: readonly Evaluation[]) => ReturnType<typeof applyOverrides>;

export interface GateOptions extends JudgeOptions, WindowOptions {
  readonly decideHolds: DecideHolds;
}

/**
 * Asks the gates of each image that is about to be written, the best version first; the next one where a version is turned
 * away, until one passes; and last whether it is the time to write it. What no gate stands before, and what is not written,
 * costs nothing. A gate that cannot be asked holds the image: it never lets a version through, and never an older one in its
 * place.
 */
export async function passGates(
  overridden: OverriddenEvaluations,
  answers: RegistryAnswers,
  { decideHolds, ...options }: GateOptions,
): Promise<OverriddenEvaluations> {
  const sources = new Map(overridden.sources);
  const walks = new Map<TrackedImage, TurnedAway[]>();
  const latest = new Map(overridden.evaluations.map((evaluation) => [evaluation.tracked, evaluation]));
  let open = overridden.evaluations.filter(isGated);
  for (let round = 0; open.length > 0; round += 1) {
    const again = await Promise.all(open.map((evaluation) => walkOn(evaluation, round)));
    const chosen = await decideHolds(again.flatMap((one) => one ?? []));
    for (const [tracked, source] of chosen.sources) sources.set(tracked, source);
    for (const evaluation of chosen.evaluations) latest.set(evaluation.tracked, evaluation);
    open = chosen.evaluations.filter(isGated);
  }
  const evaluations = overridden.evaluations.map(({ tracked }) => {
    const evaluation = latest.get(tracked);
    if (evaluation === undefined) throw new Error('an evaluation is lost');
    return inWindow(concluded(evaluation, walks.get(tracked) ?? []), options);
  });
  return { evaluations, sources };

  /** `undefined` when the walk is over. */
  async function walkOn(evaluation: Evaluation, round: number): Promise<Evaluation | undefined> {
    const { tracked, present, decision } = evaluation;
    if (decision.outcome !== 'update' || present === undefined) return undefined;
    const turnedAway = walks.get(tracked) ?? [];
    const judged = await judgeUpdate(evaluation, answers, options);
    if (judged.kind === 'decided') {
      latest.set(tracked, { ...evaluation, decision: judged.decision });
      return undefined;
    }
    turnedAway.push(judged.why);
    walks.set(tracked, turnedAway);
    // Behind the version in force all is older.
    if (round + 1 >= MOST_TURNED_AWAY || isInTarget(evaluation, decision.to.tag)) {
      latest.set(tracked, { ...evaluation, decision: heldByGate(turnedAway[0] ?? judged.why) });
      return undefined;
    }
    const without = new Set([
      ...turnedAway.map(({ facts }) => facts.candidate.tag),
      ...(await waitingTags(evaluation, answers, options.signal)),
    ]);
    const next = await decideByTags({ tracked, present }, answers, { ...options, turnedAway: without });
    const chosen = { ...evaluation, decision: next };
    latest.set(tracked, chosen);
    return chosen;
  }
}

/** Further versions that are known to be too young, so that a walk is not longer than what there is to ask. */
async function waitingTags(
  { tracked, present }: Evaluation,
  { find, age }: Pick<RegistryAnswers, 'find' | 'age'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { minimumAge = 0 } = tracked.policy;
  if (minimumAge <= 0) return [];
  const found = await find(tracked, { application: tracked.application, signal });
  if (found.kind === 'failed') return [];
  return [...age.waiting(found, minimumAge).keys()].filter((tag) => !isInTarget({ tracked, present }, tag));
}

function isGated({ tracked, decision }: Evaluation): boolean {
  return decision.outcome === 'update' && digestGatesOf(tracked.policy).length > 0;
}

function concluded(evaluation: Evaluation, turnedAway: readonly TurnedAway[]): Evaluation {
  const { tracked, present, decision } = evaluation;
  if (turnedAway.length === 0) return evaluation;
  const now = present?.kind === 'read' ? inForce(present.presence, tracked.observed) : undefined;
  const concludedDecision = concludeWalk(decision, turnedAway, { present: now, policy: tracked.policy });
  // That a version is young is no fault of anybody.
  const first = turnedAway.find(({ code }) => code !== 'too-young');
  if (first === undefined || concludedDecision.outcome !== 'update')
    return { ...evaluation, decision: concludedDecision, turnedAway };
  const note = { code: 'newer-turned-away', facts: { why: first } } as const;
  return {
    ...evaluation,
    decision: concludedDecision,
    turnedAway,
    notes: [...(evaluation.notes ?? []), note],
  };
}

function inWindow(evaluation: Evaluation, options: WindowOptions): Evaluation {
  return { ...evaluation, decision: judgeWindow(evaluation.decision, evaluation.tracked, options) };
}
