import { compareByteOrder } from './byte-order.ts';
import { parseConstraint } from './constraint.ts';
import type { StrategyRule } from './strategy.ts';
import { comparePrecedence, parseVersion, type Version } from './version.ts';

/**
 * The highest version that satisfies the constraint wins; tags that are no versions are left out. Of equal versions
 * the one whose tag is last in byte order wins: `v1.2.3` over `1.2.3`, `1.2.0` over `1.2`. Throws
 * `constraint-invalid`. Counter-example: the constraint `1.2` never gives 1.3.0, but gives 1.2.7.
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

/** Whether a tag is a version: `v1.2`, `2026.01.05`, `1.25-alpine`. Counter-examples: `latest`, `1.2.3.4`, `V1`. */
export function isVersion(tag: string): boolean {
  return parseVersion(tag) !== undefined;
}

/**
 * Negative when tag `a` is the lower version, zero for the same version however it is written, positive when it is
 * the higher one; `undefined` when one of them is no version, so that there is nothing to say.
 */
export function compareVersions(a: string, b: string): number | undefined {
  const left = parseVersion(a);
  const right = parseVersion(b);
  return left === undefined || right === undefined ? undefined : comparePrecedence(left, right);
}

function compareTagged(a: Version, b: Version): number {
  return comparePrecedence(a, b) || compareByteOrder(a.text, b.text);
}
