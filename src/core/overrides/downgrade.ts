import type { ChosenImage } from '../change.ts';
import type { PresentImage, Strategy } from '../policy.ts';
import type { ReasonOf, StepBack } from '../reasons/reason.ts';
import { versionText } from '../presence.ts';
import { createComparison, createPrecedence } from '../strategies/compare-tags.ts';
import type { Writing } from './find-writing.ts';

/** A version that would be written, and what is known of the one that it would replace. */
export interface Replacement {
  readonly strategy: Strategy;
  readonly present: PresentImage | undefined;
  readonly candidate: ChosenImage;
  /** What the selection found; absent when the candidate is newer. */
  readonly stepBack?: StepBack | undefined;
  /** How the present version came to its place; absent where there is no history. */
  readonly writing?: Writing | undefined;
}

/**
 * The reason to hold a version that is lower or older than the one in force, or may be; `undefined` when it is neither. It
 * happens when a constraint is narrowed, tags are deleted, or a registry lists less than there is.
 *
 * Versions are compared by the order of the strategy: precedence for `semver`, of the part that its order names; names for
 * `alphabetical`. A tag that is no version (`latest`, `main-debug`) is never lower. Everything else is compared by the
 * selection. Where the version in force cannot be compared, what was built or pushed after it was written is newer; and a
 * word that is not listed counts as a version only where we wrote it. There is no check for `digest`, whose tag a person
 * names.
 */
export function findDowngrade(replacement: Replacement): ReasonOf<'downgrade'> | undefined {
  const { strategy, present, candidate, stepBack } = replacement;
  if (present?.tag !== undefined && isLower(strategy, candidate.tag, present.tag))
    return { code: 'downgrade', facts: { candidate: candidate.tag, present: present.tag } };
  if (stepBack === undefined || isAllowed(stepBack, replacement.writing)) return undefined;
  const facts = { candidate: candidate.tag, present: versionText(present) ?? '', stepBack };
  return { code: 'downgrade', facts };
}

function isAllowed(stepBack: StepBack, writing: Writing | undefined): boolean {
  if (stepBack.overWord === true && writing?.isOurs !== true) return true;
  if (stepBack.kind === 'older' || stepBack.chosenAt === undefined) return false;
  return writing?.at !== undefined && stepBack.chosenAt > writing.at;
}

function isLower(strategy: Strategy, candidate: string, now: string): boolean {
  if (createPrecedence(strategy)(candidate, now) === undefined) return false;
  return (createComparison(strategy)(candidate, now) ?? 0) < 0;
}
