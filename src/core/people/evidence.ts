import type { ChosenImage } from '../change.ts';
import { quoted } from '../quoted.ts';
import type { PresentImage, UpdatePolicy } from '../policy.ts';
import type { ReasonCode } from '../report.ts';
import { fileText, slotKey } from '../slot-key.ts';
import { versionText } from '../presence.ts';
import { downgrade } from './downgrade.ts';
import { rolledBack } from './rollback.ts';
import type { SeenCommit } from './statement.ts';

/**
 * What people said, wherever they said it. A new way of saying no is a new kind here and a new case in `objection`;
 * what has to be fetched for it is fetched in `app/respect-people.ts`.
 */
export type Evidence =
  /** The comment `# lynceus: hold` beside the value; `text` is what stands behind it. */
  | { readonly kind: 'comment'; readonly text: string }
  /** The branch that is written. */
  | { readonly kind: 'history'; readonly path: string | undefined; readonly commits: readonly SeenCommit[] };

/** A version that would be written. */
export interface Proposal {
  readonly policy: UpdatePolicy;
  /** What the target says; `undefined` when it does not contain the image. */
  readonly written: PresentImage | undefined;
  /** What is in force: what the target says, else what the Application's own spec says. */
  readonly present: PresentImage | undefined;
  readonly candidate: ChosenImage;
}

/** Why a proposal is not carried out. */
export interface Objection {
  readonly code: Extract<ReasonCode, 'pinned' | 'rolled-back' | 'downgrade'>;
  readonly reason: string;
}

/**
 * The first objection of people to a proposal: what the annotations say, then the evidence in its order, then that it
 * is a step down. `undefined` when nobody minds.
 */
export function holdFor(proposal: Proposal, evidence: readonly Evidence[]): Objection | undefined {
  const { policy, present, candidate } = proposal;
  if (policy.hold !== undefined) return pinned(proposal, 'the annotation hold', policy.hold);
  for (const one of evidence) {
    const found = objection(proposal, one);
    if (found !== undefined) return found;
  }
  const lower = policy.allowDowngrade ? undefined : downgrade(policy.strategy, present, candidate);
  return lower === undefined ? undefined : { code: 'downgrade', reason: lower };
}

function objection(proposal: Proposal, evidence: Evidence): Objection | undefined {
  switch (evidence.kind) {
    case 'comment':
      return pinned(proposal, 'a comment beside the value', evidence.text);
    case 'history':
      return fromHistory(proposal, evidence);
  }
}

function fromHistory(
  { policy, written, candidate }: Proposal,
  { path, commits }: Extract<Evidence, { kind: 'history' }>,
): Objection | undefined {
  const { target, slot, strategy, rollback } = policy;
  if (target.method !== 'git' || rollback === 'never-hold') return undefined;
  const place = { file: fileText(target.file), key: slotKey(slot), path };
  const reason = rolledBack({ ...place, strategy, rule: rollback, present: written, candidate, commits });
  return reason === undefined ? undefined : { code: 'rolled-back', reason };
}

function pinned({ candidate }: Proposal, where: string, text: string): Objection {
  const why = text === '' ? '' : `: ${quoted(text)}`;
  return {
    code: 'pinned',
    reason: `pinned by ${where}${why}; ${versionText(candidate) ?? candidate.tag} is not written`,
  };
}
