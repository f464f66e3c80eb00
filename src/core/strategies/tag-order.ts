import { didYouMean } from '../did-you-mean.ts';
import { LynceusError } from '../../errors.ts';
import { TAG_ORDER_NAMES, type StrategyName, type TagOrder } from '../policy.ts';
import { quoted } from '../quoted.ts';
import { createVersionReader } from './version-reader.ts';

export interface TagOrderInput {
  /** As written: `numeric`, `semver`, `calver`, in any case. */
  readonly order: string;
  readonly strategy: StrategyName;
  /** The expression of `allow-tags`; `undefined` when any tag is allowed. */
  readonly allow: string | undefined;
}

/**
 * Reads an order. It goes with the strategy `semver`, and with an expression that has a group. Throws
 * `config-invalid`, and `pattern-invalid` for an expression that cannot be used.
 */
export function parseTagOrder({ order, strategy, allow }: TagOrderInput): TagOrder {
  const by = TAG_ORDER_NAMES.find((name) => name === order.trim().toLowerCase());
  if (by === undefined) {
    const near = didYouMean(order.toLowerCase(), TAG_ORDER_NAMES);
    throw new LynceusError(
      'config-invalid',
      `expected ${TAG_ORDER_NAMES.join(', ')}, found ${quoted(order)}`,
      {
        hint: near === undefined ? undefined : `did you mean ${near}?`,
      },
    );
  }
  if (strategy !== 'semver') {
    const hint = 'remove one of the two: an order says how semver reads versions';
    throw new LynceusError(
      'config-invalid',
      `expected update-strategy semver with order ${by}, found ${strategy}`,
      { hint },
    );
  }
  if (allow === undefined) {
    const hint = 'write for example allow-tags: regexp:^build-([0-9]+)$';
    throw new LynceusError(
      'config-invalid',
      `expected allow-tags with the part that order ${by} compares in parentheses, found none`,
      { hint },
    );
  }
  createVersionReader({ by, expression: allow });
  return { by, expression: allow };
}
