import { compareByteOrder } from './byte-order.ts';
import type { StrategyRule } from './strategy.ts';

/** The last tag in byte order wins: `9` over `10`, `a` over `B`. For names such as `2026-03-01`. */
export function createAlphabetical(): StrategyRule {
  return {
    name: 'alphabetical',
    needs: 'names',
    pinsDigest: false,
    refuses: () => undefined,
    rank: (candidates) => candidates.map(({ tag }) => tag).toSorted((a, b) => compareByteOrder(b, a)),
  };
}
