import { hasVersion, inForce, type PromotedChoice, type VersionChoice } from './decision.ts';
import { placeIn } from './place-in.ts';
import { versionText } from '../presence.ts';
import type { Rejection } from '../reasons/reason.ts';
import { createComparison } from '../strategies/compare-tags.ts';

/**
 * How many versions that the policy lets through are newer than the one in force, by what the selection has ranked already. Names of
 * one version are one. Tags that turned out to be no image for the platforms are left out; what comes behind the chosen one was not
 * looked at. `undefined` where the version in force has no place in the order, or there is none.
 */
export function newerByName(
  { input, chosen, rejected }: Pick<VersionChoice, 'input' | 'chosen' | 'rejected'>,
  ranked: readonly string[],
): number | undefined {
  const present = inForce(input.presence, input.observed)?.tag;
  if (present === undefined) return undefined;
  if (hasVersion(input, chosen)) return 0;
  const { strategy } = input.policy;
  switch (strategy.kind) {
    // One tag is followed: what it is now is all that there is.
    case 'digest':
      return 1;
    case 'semver':
    case 'alphabetical':
      return countInOrder(fitting(ranked, rejected), present, createComparison(strategy));
    case 'newest-build':
    case 'newest-pushed': {
      const place = fitting(ranked, rejected).indexOf(present);
      return place < 0 ? undefined : place;
    }
  }
}

/** The same of versions that come from another image, newest first. */
export function newerByPromotion(
  { input, chosen, rejected }: Pick<VersionChoice, 'input' | 'chosen' | 'rejected'>,
  ranked: readonly PromotedChoice['eligible'][number][],
  order: PromotedChoice['order'],
): number | undefined {
  const present = inForce(input.presence, input.observed);
  const now = versionText(present);
  if (now === undefined || present === undefined) return undefined;
  if (hasVersion(input, chosen)) return 0;
  const { strategy } = input.policy;
  if (strategy.kind === 'semver') {
    const compare = createComparison(strategy);
    const { tag = '' } = present;
    if (compare(tag, tag) === undefined) return undefined;
    const tags = fitting(new Set(ranked.map((one) => one.tag)), rejected);
    return tags.filter((one) => (compare(one, tag) ?? 0) > 0).length;
  }
  const place = placeIn(order, now);
  if (place === undefined) return undefined;
  return ranked.filter(
    (one) =>
      (placeIn(order, versionText({ tag: one.tag, digest: one.digest }) ?? one.tag) ?? Infinity) < place,
  ).length;
}

/** Tags that were looked at, and are no image for the platforms. */
export function unfitTags(rejected: readonly Rejection[]): ReadonlySet<string> {
  return new Set(rejected.flatMap((one) => ('tag' in one ? [one.tag] : [])));
}

function fitting(tags: Iterable<string>, rejected: readonly Rejection[]): readonly string[] {
  const unfit = unfitTags(rejected);
  const all = [...tags];
  return unfit.size === 0 ? all : all.filter((tag) => !unfit.has(tag));
}

/** `ranked` is best first. */
function countInOrder(
  ranked: readonly string[],
  present: string,
  compare: ReturnType<typeof createComparison>,
): number | undefined {
  if (compare(present, present) === undefined) return undefined;
  let [low, high] = [0, ranked.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((compare(ranked[middle] ?? '', present) ?? 0) > 0) low = middle + 1;
    else high = middle;
  }
  return ranked
    .slice(0, low)
    .filter((tag, index) => index === 0 || compare(ranked[index - 1] ?? '', tag) !== 0).length;
}
