import type { LynceusError } from '../../errors.ts';
import type { ImagePolicy } from '../policy.ts';
import type { CandidateOf, DigestGate, Gate, GateAnswers, GateName, GateJudgement } from './gate.ts';
import { MINIMUM_AGE_GATE } from './minimum-age-gate.ts';
import { SIGNATURE_GATE } from './signature-gate.ts';
import { WINDOW_GATE } from './window-gate.ts';

/**
 * Every gate. The order of the rows is the order in which they are asked: what costs least comes first, and the window last, so that
 * what waits for it is known to pass the others.
 */
const GATES: { readonly [Name in GateName]: Gate<Name> } = {
  'minimum-age': MINIMUM_AGE_GATE,
  signature: SIGNATURE_GATE,
  window: WINDOW_GATE,
};

const NAMES = Object.keys(GATES) as readonly GateName[];

/** The gates that a version has to pass, in the order in which they are asked. */
export function gatesOf(policy: ImagePolicy): readonly GateName[] {
  return NAMES.filter((name) => GATES[name].applies(policy));
}

/** Whether one of them judges what a digest holds, so that nothing else may come in its place. */
export function bindsDigest(policy: ImagePolicy): boolean {
  return gatesOf(policy).some((name) => GATES[name].bindsDigest);
}

/** Those of them that judge what is behind a tag. */
export function digestGatesOf(policy: ImagePolicy): readonly DigestGate[] {
  return gatesOf(policy).filter((name) => name !== 'window');
}

/** What a gate says to its answer. An error is that of asking. */
export function judgeAnswer<Name extends GateName>(
  name: Name,
  candidate: CandidateOf<Name>,
  { answer, policy }: { readonly answer: GateAnswers[Name] | LynceusError; readonly policy: ImagePolicy },
): GateJudgement {
  return GATES[name].judge(candidate, answer, policy);
}
