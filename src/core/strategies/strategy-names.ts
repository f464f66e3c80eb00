import type { StrategyName } from '../policy.ts';

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
