import { LynceusError } from '../../errors.ts';
import { isTag } from '../image/grammar.ts';
import type { Strategy, StrategyName, TagFilter, TagOrder } from '../policy.ts';
import { quoted } from '../quoted.ts';
import { compilePattern, isPattern } from '../tags/pattern.ts';
import { parseConstraint } from './constraint.ts';
import { createStrategy } from './create-strategy.ts';

/** A strategy, and the filter that the text behind an image makes. */
export interface ConstrainedStrategy extends Pick<TagFilter, 'pattern'> {
  readonly strategy: Strategy;
}

export interface ConstraintInput {
  readonly kind: StrategyName;
  /** The text behind the image: `1.x`, `main`, `dev-*`; `''` for none. */
  readonly constraint: string;
  /** Only for `semver`. */
  readonly order?: TagOrder | undefined;
}

/**
 * What the text behind an image means to a strategy: a version constraint to `semver`, the tag to follow to `digest`, and to
 * the others a pattern that tags must match. Throws `constraint-invalid` or `pattern-invalid` for text that the strategy
 * does not read.
 */
export function applyConstraint({ kind, constraint, order }: ConstraintInput): ConstrainedStrategy {
  switch (kind) {
    case 'semver':
      return checked(order === undefined ? { kind, constraint } : { kind, constraint, order });
    case 'digest':
      return constraint === '' ? { strategy: { kind, tag: '' } } : checked({ kind, tag: constraint });
    case 'newest-build':
    case 'newest-pushed':
    case 'alphabetical':
      return constraint === ''
        ? { strategy: { kind } }
        : { strategy: { kind }, pattern: patternOf(kind, constraint) };
  }
}

function checked(strategy: Strategy): ConstrainedStrategy {
  createStrategy(strategy);
  return { strategy };
}

function patternOf(kind: StrategyName, text: string): string {
  if (!isPattern(text)) throw unread(kind, text);
  try {
    compilePattern(text, 'image-list');
  } catch (thrown) {
    throw isConstraint(text) ? unread(kind, text) : thrown;
  }
  return text;
}

function isConstraint(text: string): boolean {
  try {
    parseConstraint(text);
    return true;
  } catch (thrown) {
    if (thrown instanceof LynceusError) return false;
    throw thrown;
  }
}

function unread(kind: StrategyName, text: string): LynceusError {
  const expected = `expected a pattern such as "main-*" behind the image, or nothing, with update-strategy ${kind}`;
  if (isConstraint(text)) {
    const hint = `choose update-strategy semver for versions, or remove ${quoted(text)} and choose among the tags with allow-tags`;
    return new LynceusError(
      'constraint-invalid',
      `${expected}, found the version constraint ${quoted(text)}`,
      { hint },
    );
  }
  const found = isTag(text) ? 'the tag ' : '';
  const hint = `choose update-strategy digest to follow one tag, or remove ${quoted(text)} to choose among all tags`;
  return new LynceusError('constraint-invalid', `${expected}, found ${found}${quoted(text)}`, { hint });
}
