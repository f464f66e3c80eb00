import type { Strategy } from '../policy.ts';
import type { ListingDetail } from '../tags/facts.ts';
import { createAlphabetical } from './alphabetical.ts';
import { createDigest } from './digest.ts';
import { createNewestBuild } from './newest-build.ts';
import { createNewestPushed } from './newest-pushed.ts';
import { createSemver } from './semver.ts';
import type { StrategyRule } from './strategy.ts';

/** Makes the rule by which a new version is chosen. Throws `constraint-invalid` or `pattern-invalid` for text that is none. */
export function createStrategy(strategy: Strategy): StrategyRule {
  switch (strategy.kind) {
    case 'semver':
      return createSemver(strategy.constraint, strategy.order);
    case 'newest-build':
      return createNewestBuild();
    case 'newest-pushed':
      return createNewestPushed();
    case 'alphabetical':
      return createAlphabetical();
    case 'digest':
      return createDigest(strategy.tag);
  }
}

/** What a listing is for: a strategy that decides by names does not pay for facts about all tags. */
export function listingDetailOf({ kind }: Pick<Strategy, 'kind'>): ListingDetail {
  switch (kind) {
    case 'semver':
    case 'alphabetical':
    case 'digest':
      return 'names';
    case 'newest-build':
    case 'newest-pushed':
      return 'facts';
  }
}
