import { findDowngrade } from '../overrides/downgrade.ts';
import type { ImagePolicy, PresentImage } from '../policy.ts';
import { eachPresent } from '../presence.ts';
import type { TurnedAway } from '../reasons/reason.ts';
import type { Decision } from '../selection/decision.ts';

/**
 * How a walk over the versions of an image ends, when some were turned away:
 *
 *   decision without them                decision
 *   -----------------------------------  -----------------------------------------------------
 *   update to a version that is newer    the same, and its reason names them
 *   update to one that is, or may be,
 *   older than the version in force      held, for the first of them: nothing older is written
 *                                        because a newer version has no signature
 *   current, skipped, held downgrade     held, for the first of them
 *   held for another reason, failed      the same
 */
export function concludeWalk(
  decision: Decision,
  turnedAway: readonly TurnedAway[],
  { present, policy }: { readonly present: PresentImage | undefined; readonly policy: ImagePolicy },
): Decision {
  const [first] = turnedAway;
  if (first === undefined) return decision;
  const held: Decision = { outcome: 'held', ...first, candidate: first.facts.candidate };
  switch (decision.outcome) {
    case 'update':
      return isStepDown(decision, { present, policy }) ? held : withTurnedAway(decision, turnedAway);
    case 'current':
    case 'skipped':
      return held;
    case 'held':
      return decision.code === 'downgrade' ? held : decision;
    case 'failed':
      return decision;
  }
}

type Update = Extract<Decision, { outcome: 'update' }>;

/** Whether it is lower or older, or may be. Whether a person allows that does not matter: nobody asked for it now. */
function isStepDown(
  { to, stepBack }: Update,
  { present, policy }: Parameters<typeof concludeWalk>[2],
): boolean {
  const { strategy } = policy;
  return eachPresent(present).some(
    (one) => findDowngrade({ strategy, present: one, candidate: to, stepBack }) !== undefined,
  );
}

function withTurnedAway(decision: Update, turnedAway: readonly TurnedAway[]): Decision {
  if (decision.code === 'check-failed') return decision;
  const rows = turnedAway.map((why) => ({ kind: 'turned-away', why }) as const);
  const { rejected = [] } = decision.facts;
  const extended = { rejected: [...rows, ...rejected] };
  // The facts of each code are another type.
  switch (decision.code) {
    case 'first-write':
      return { ...decision, facts: { ...decision.facts, ...extended } };
    case 'rewritten':
      return { ...decision, facts: { ...decision.facts, ...extended } };
    case 'newer-version':
    case 'digest-moved':
      return { ...decision, facts: { ...decision.facts, ...extended } };
  }
}
