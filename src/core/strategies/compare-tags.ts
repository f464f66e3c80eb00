import type { Strategy } from '../policy.ts';
import { compareByteOrder } from './byte-order.ts';
import { createVersionReader } from './version-reader.ts';
import { compareVersions } from './version.ts';

/** Negative when tag `a` is the lower one, zero for equals; `undefined` when they have no order. */
export type CompareTags = (a: string, b: string) => number | undefined;

/**
 * The order that a strategy puts tags in by their names alone: precedence for `semver`, of the part that its order names;
 * bytes for `alphabetical`. Builds, pushes and digests have none.
 */
export function createComparison(strategy: Strategy): CompareTags {
  switch (strategy.kind) {
    case 'semver':
      return createPrecedence(strategy);
    case 'alphabetical':
      return compareByteOrder;
    case 'newest-build':
    case 'newest-pushed':
    case 'digest':
      return () => undefined;
  }
}

/** The order of the versions that the tags are, whatever the strategy; `undefined` when one of them is no version. */
export function createPrecedence(strategy: Strategy): CompareTags {
  const read = createVersionReader(strategy.kind === 'semver' ? strategy.order : undefined);
  return (a, b) => compareVersions(a, b, read);
}
