export { createStrategy, parseStrategyName, STRATEGY_NAMES, wishOf } from './create-strategy.ts';
