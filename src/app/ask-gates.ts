import { withDigest } from '../core/gates/bind-digest.ts';
import type { DigestGate, GateAnswers, GateCandidate, GateHold, GateJudgement } from '../core/gates/gate.ts';
import { bindsDigest, digestGatesOf, judgeAnswer } from '../core/gates/gates.ts';
import type { PolicyFinding } from '../core/gates/signature-finding.ts';
import { signaturePoliciesOf } from '../core/gates/configured-policy.ts';
import type { ImagePolicy } from '../core/policy.ts';
import type { TurnedAway } from '../core/reasons/reason.ts';
import { inForce, type Decision } from '../core/selection/decision.ts';
import { takesDigest } from '../core/written-image.ts';
import type { LynceusError } from '../errors.ts';
import type { Evaluation, RegistryAnswers } from './decide-images.ts';
import type { ListedTags } from './describe-listed.ts';
import { orError } from './or-error.ts';
import type { Waiting } from './registry-questions.ts';

type Update = Extract<Decision, { outcome: 'update' }>;

/** What the gates say to the version that a decision would write. */
export type JudgedUpdate =
  | { readonly kind: 'decided'; readonly decision: Decision }
  | { readonly kind: 'turned-away'; readonly why: TurnedAway };

export interface JudgeOptions {
  readonly signal: AbortSignal;
  /** Whether a version that passed is written with its digest, where there is room for it. */
  readonly writesDigest: boolean;
}

/** Asks every gate that judges a digest about the version that would be written. What is no update stays as it is. */
export async function judgeUpdate(
  evaluation: Evaluation,
  { find, check, age }: Pick<RegistryAnswers, 'find' | 'check' | 'age'>,
  { signal, writesDigest }: JudgeOptions,
): Promise<JudgedUpdate> {
  const { tracked, decision } = evaluation;
  if (decision.outcome !== 'update') return { kind: 'decided', decision };
  const waiting = { application: tracked.application, signal };
  const found = await find(tracked, waiting);
  if (found.kind === 'failed') return unasked(decision, found.error);
  const { tag } = decision.to;
  const known = decision.to.digest ?? waitingDigest(evaluation, { found, age });
  const digest = known ?? (await check.digestOf(found, tag, waiting));
  if (digest instanceof Error) return unasked(decision, digest);
  const candidate = { tag, digest };
  const asking = { policy: tracked.policy, check, age, found, waiting };
  // A defect of a gate holds its own image alone.
  const judgement = await orError(signal, () => askGates(candidate, asking));
  if (judgement instanceof Error) return unasked(decision, judgement);
  const binds = writesDigest && bindsDigest(tracked.policy);
  switch (judgement.kind) {
    case 'pass':
      return { kind: 'decided', decision: binds ? bound(evaluation, decision, digest) : decision };
    case 'turned-away':
      return judgement;
    case 'held':
      return { kind: 'decided', decision: heldByGate(judgement.why) };
  }
}

/** The digest of a version that is known to be too young: it is not asked for while that is so. */
function waitingDigest(
  { tracked, present, decision }: Evaluation,
  { found, age }: { readonly found: ListedTags; readonly age: RegistryAnswers['age'] },
): string | undefined {
  const { minimumAge = 0 } = tracked.policy;
  if (decision.outcome !== 'update' || minimumAge <= 0 || isInTarget({ tracked, present }, decision.to.tag))
    return undefined;
  return age.waiting(found, minimumAge).get(decision.to.tag)?.digest;
}

/** Whether a tag is that of the version in force. */
export function isInTarget(
  { tracked, present }: Pick<Evaluation, 'tracked' | 'present'>,
  tag: string,
): boolean {
  return present?.kind === 'read' && inForce(present.presence, tracked.observed)?.tag === tag;
}

/** The decision for a version that is not written because of a gate. */
export function heldByGate(why: TurnedAway | GateHold): Decision {
  return { outcome: 'held', ...why, candidate: why.facts.candidate };
}

/** What passed is written by its digest, so that nothing else can come in its place; by its tag where that cannot be. */
function bound({ tracked, present }: Evaluation, decision: Update, digest: string): Update {
  const written =
    present?.kind === 'read' && present.presence.kind === 'present' ? present.presence.image : undefined;
  return takesDigest(tracked.destination.slot, written) ? withDigest(decision, digest) : decision;
}

function unasked({ to: candidate }: Update, error: LynceusError): JudgedUpdate {
  const decision = heldByGate({ code: 'gate-unavailable', facts: { gate: 'digest', candidate, error } });
  return { kind: 'decided', decision };
}

interface Asking {
  readonly policy: ImagePolicy;
  readonly check: RegistryAnswers['check'];
  readonly age: RegistryAnswers['age'];
  readonly found: ListedTags;
  readonly waiting: Waiting;
}

/** How each gate gets its answer: one row a gate. */
const ASKERS: {
  readonly [Name in DigestGate]: (
    candidate: GateCandidate,
    asking: Asking,
  ) => Promise<GateAnswers[Name] | LynceusError>;
} = {
  'minimum-age': ({ tag, digest }, { policy: { minimumAge: asked = 0 }, age, found, waiting }) =>
    age.ageOf(found, { tag, digest, asked }, waiting),
  signature: askForSignatures,
};

/** Policy by policy, until one is not fulfilled. */
async function askForSignatures(
  { digest }: GateCandidate,
  { policy: asked, check, found, waiting }: Asking,
): Promise<PolicyFinding | LynceusError> {
  let last: PolicyFinding | undefined;
  for (const policy of signaturePoliciesOf(asked)) {
    const finding = await check.findingOf(found, { digest, policy }, waiting);
    if (finding instanceof Error) return finding;
    last = { policy, finding };
    if (finding.kind !== 'signed') return last;
  }
  if (last === undefined) throw new Error('nobody asks for a signature');
  return last;
}

async function askGates(candidate: GateCandidate, asking: Asking): Promise<GateJudgement> {
  for (const name of digestGatesOf(asking.policy)) {
    const judgement = await askGate(name, candidate, asking);
    if (judgement.kind !== 'pass') return judgement;
  }
  return { kind: 'pass' };
}

async function askGate<Name extends DigestGate>(
  name: Name,
  candidate: GateCandidate,
  asking: Asking,
): Promise<GateJudgement> {
  const answer = await ASKERS[name](candidate, asking);
  return judgeAnswer(name, candidate, { answer, policy: asking.policy });
}
