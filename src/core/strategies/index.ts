export { applyConstraint, type ConstrainedStrategy } from './apply-constraint.ts';
export { createStrategy, listingDetailOf } from './create-strategy.ts';
export { parseStrategyName, STRATEGY_NAMES } from './strategy-names.ts';
export { parseTagOrder } from './tag-order.ts';
