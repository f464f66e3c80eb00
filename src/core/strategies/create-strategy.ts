import type { Strategy, StrategyName } from '../policy.ts';
import type { ListingDetail } from '../tags/facts.ts';
import { createAlphabetical } from './alphabetical.ts';
import { createDigest } from './digest.ts';
import { createNewestBuild } from './newest-build.ts';
import { createNewestPushed } from './newest-pushed.ts';
import { createSemver } from './semver.ts';
import type { StrategyRule } from './strategy.ts';

/**
 * Every strategy, with its older name in Argo CD Image Updater, which is accepted too. That has no
 * `newest-pushed`.
 */
const NAMES = {
  semver: undefined,
  'newest-build': 'latest',
  'newest-pushed': undefined,
  alphabetical: 'name',
  digest: undefined,
} as const satisfies Record<StrategyName, string | undefined>;

/** The strategies as users write them, for messages and help. */
export const STRATEGY_NAMES = Object.keys(NAMES) as readonly StrategyName[];

const BY_NAME: ReadonlyMap<string, StrategyName> = new Map(
  STRATEGY_NAMES.flatMap((name) => [[name, name] as const, [NAMES[name] ?? name, name] as const]),
);

/** The strategy of a name, in any case, old names included; `undefined` for any other text. */
export function parseStrategyName(text: string): StrategyName | undefined {
  return BY_NAME.get(text.trim().toLowerCase());
}

/** Makes the rule by which a new version is chosen. Throws `constraint-invalid` when its text is not one. */
export function createStrategy(strategy: Strategy): StrategyRule {
  switch (strategy.kind) {
    case 'semver':
      return createSemver(strategy.constraint);
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
