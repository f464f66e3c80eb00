import type { ChosenImage } from '../change.ts';
import type { PresentImage, Strategy } from '../policy.ts';
import type { ReasonOf } from '../reason.ts';
import { createComparison, createPrecedence } from '../strategies/compare-tags.ts';

/**
 * The reason to hold a version that is lower than the one in force; `undefined` when it is not lower. It happens when a
 * constraint is narrowed, tags are deleted, or a registry lists less than there is.
 *
 * Only versions are compared, by the order of the strategy: precedence for `semver`, of the part that its order names;
 * names for `alphabetical`. A tag that is no version (`latest`, `main-debug`) is never lower. There is no check for `newest-build`, which never takes an
 * older build while the present one exists, and once that is gone its age is not known; nor for `digest`, whose tag a
 * person names.
 */
export function findDowngrade(
  strategy: Strategy,
  present: PresentImage | undefined,
  candidate: ChosenImage,
): ReasonOf<'downgrade'> | undefined {
  const now = present?.tag;
  if (now === undefined || !isLower(strategy, candidate.tag, now)) return undefined;
  return { code: 'downgrade', facts: { candidate: candidate.tag, present: now } };
}

function isLower(strategy: Strategy, candidate: string, now: string): boolean {
  if (createPrecedence(strategy)(candidate, now) === undefined) return false;
  return (createComparison(strategy)(candidate, now) ?? 0) < 0;
}
