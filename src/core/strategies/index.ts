export { createStrategy, listingDetailOf } from './create-strategy.ts';
export { parseStrategyName, STRATEGY_NAMES } from './strategy-names.ts';
