import { compareByteOrder } from './byte-order.ts';
import type { StrategyRule, TagCandidate } from './strategy.ts';

interface TimedTag extends TagCandidate {
  readonly pushed: number;
}

/**
 * What was pushed last wins; of what came at the same time, what was built last, and of that the tag that is last in
 * byte order. A tag whose time of push is not known is not ranked at all: it is never taken for the oldest. One whose
 * build time is not known comes after the others.
 */
export function createNewestPushed(): StrategyRule {
  return {
    name: 'newest-pushed',
    needs: 'pushes',
    pinsDigest: false,
    refuses: () => undefined,
    rank: (candidates) =>
      candidates
        .filter(isTimed)
        .toSorted((a, b) => b.pushed - a.pushed || compareBuilds(b, a) || compareByteOrder(b.tag, a.tag))
        .map(({ tag }) => tag),
  };
}

function isTimed(candidate: TagCandidate): candidate is TimedTag {
  return candidate.pushed !== undefined && Number.isFinite(candidate.pushed);
}

function compareBuilds(a: TagCandidate, b: TagCandidate): number {
  const [left, right] = [built(a), built(b)];
  return left === right ? 0 : left - right;
}

function built({ created }: TagCandidate): number {
  return created !== undefined && Number.isFinite(created) ? created : -Infinity;
}
