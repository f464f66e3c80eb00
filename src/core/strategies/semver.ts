import { compareByteOrder } from './byte-order.ts';
import { parseConstraint } from './constraint.ts';
import type { StrategyRule } from './strategy.ts';
import { comparePrecedence, parseVersion, type Version } from './version.ts';

/**
 * The highest version that satisfies the constraint wins; tags that are no versions are left out. Of equal versions
 * the one whose tag is last in byte order wins: `v1.2.3` over `1.2.3`, `1.2.0` over `1.2`. Throws
 * `constraint-invalid`. The constraint `1.2` never gives 1.3.0, but gives 1.2.7.
 */
export function createSemver(constraint: string): StrategyRule {
  const accepts = parseConstraint(constraint);
  return {
    name: 'semver',
    needs: 'names',
    pinsDigest: false,
    rank: (candidates) =>
      candidates
        .flatMap(({ tag }) => parseVersion(tag) ?? [])
        .filter(accepts)
        .toSorted((a, b) => compareTagged(b, a))
        .map(({ text }) => text),
  };
}

function compareTagged(a: Version, b: Version): number {
  return comparePrecedence(a, b) || compareByteOrder(a.text, b.text);
}
