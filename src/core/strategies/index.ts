export { createStrategy, parseStrategyName, STRATEGY_NAMES, listingDetailOf } from './create-strategy.ts';
