import type { TagOrder } from '../policy.ts';
import { compareByteOrder } from './byte-order.ts';
import { readConstraint } from './constraint.ts';
import type { StrategyRule, TagRefusal } from './strategy.ts';
import { createVersionReader } from './version-reader.ts';
import { comparePrecedence, type OrderedVersion } from './version.ts';

interface Versioned {
  readonly tag: string;
  readonly version: OrderedVersion;
}

/**
 * The highest version that satisfies the constraint wins; tags that are no versions, or do not hold one where an order says
 * which part it is, are left out. Of equal versions the tag in force wins, else the one that is last in byte order:
 * `v1.2.3` over `1.2.3`, `1.2.0` over `1.2`. Throws `constraint-invalid` and `pattern-invalid`. The constraint `1.2` never gives 1.3.0, but
 * gives 1.2.7.
 */
export function createSemver(constraint: string, order?: TagOrder): StrategyRule {
  const { accepts, acceptsAnyRelease } = readConstraint(constraint);
  const read = createVersionReader(order);
  return {
    name: 'semver',
    needs: 'names',
    pinsDigest: false,
    refuses(tag) {
      const version = read(tag);
      return version === undefined ? NO_VERSION : refusalOf(version);
    },
    rank: (candidates, inForce) =>
      candidates
        .flatMap(({ tag }): readonly Versioned[] => {
          const version = read(tag);
          return version !== undefined && refusalOf(version) === undefined ? [{ tag, version }] : [];
        })
        .toSorted(
          (a, b) =>
            comparePrecedence(b.version, a.version) ||
            Number(b.tag === inForce) - Number(a.tag === inForce) ||
            compareByteOrder(b.tag, a.tag),
        )
        .map(({ tag }) => tag),
  };

  function refusalOf(version: OrderedVersion): TagRefusal | undefined {
    if (accepts(version)) return undefined;
    return acceptsAnyRelease(version) ? PRERELEASE : OUTSIDE;
  }
}

const NO_VERSION: TagRefusal = { kind: 'no-version' };
const PRERELEASE: TagRefusal = { kind: 'prerelease' };
const OUTSIDE: TagRefusal = { kind: 'outside-constraint' };
