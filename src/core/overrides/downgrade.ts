import type { ChosenImage } from '../change.ts';
import type { PresentImage, Strategy } from '../policy.ts';
import type { ReasonOf } from '../reason.ts';
import { compareByteOrder } from '../strategies/byte-order.ts';
import { compareVersions } from '../strategies/version.ts';

/**
 * Why a version is not written that is lower than the one in force; `undefined` when it is not lower. It happens when
 * a constraint is narrowed, tags are deleted, or a registry lists less than there is.
 *
 * Only versions are compared, by the order of the strategy: precedence for `semver`, names for `alphabetical`. What is
 * no version (`latest`, `main-debug`) is lower than nothing. There is no guard for `newest-build`, which never
 * takes an older build as long as the present one is there, and once that is gone nobody knows its age and nothing can
 * pull it; nor for `digest`, whose tag a person names.
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
  const compared = compareVersions(candidate, now);
  if (compared === undefined) return false;
  switch (strategy.kind) {
    case 'semver':
      return compared < 0;
    case 'alphabetical':
      return compareByteOrder(candidate, now) < 0;
    case 'newest-build':
    case 'newest-pushed':
    case 'digest':
      return false;
  }
}
