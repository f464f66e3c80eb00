import { compareByteOrder } from './byte-order.ts';
import type { StrategyRule, TagCandidate } from './strategy.ts';

interface DatedTag extends TagCandidate {
  readonly created: number;
}

/**
 * The image that was built last wins; of images built in the same millisecond, the one whose tag is last in byte
 * order. A tag whose build time is not known is not ranked at all: it is never taken for the oldest.
 */
export function createNewestBuild(): StrategyRule {
  return {
    name: 'newest-build',
    needs: 'dates',
    pinsDigest: false,
    refuses: () => undefined,
    rank: (candidates) =>
      candidates
        .filter(isDated)
        .toSorted((a, b) => b.created - a.created || compareByteOrder(b.tag, a.tag))
        .map(({ tag }) => tag),
  };
}

function isDated(candidate: TagCandidate): candidate is DatedTag {
  return candidate.created !== undefined && Number.isFinite(candidate.created);
}
