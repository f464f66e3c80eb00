import { LynceusError } from '../../errors.ts';
import { isTag } from '../image/grammar.ts';
import { quoted } from '../quoted.ts';
import type { StrategyRule } from './strategy.ts';

/**
 * Follows one tag, whose digest is written beside it. No other tag ever wins. Throws `constraint-invalid` when no
 * tag is named, or text that cannot be one, as `~1.2`.
 */
export function createDigest(tag: string): StrategyRule {
  if (!isTag(tag)) {
    const found = tag === '' ? 'none' : quoted(tag);
    throw new LynceusError(
      'constraint-invalid',
      `expected the tag that update-strategy digest follows, found ${found}`,
      {
        hint: 'write the tag after the image, for example ghcr.io/acme/web:latest',
      },
    );
  }
  return {
    name: 'digest',
    needs: 'names',
    pinsDigest: true,
    rank: (candidates) =>
      candidates.filter((candidate) => candidate.tag === tag).map((candidate) => candidate.tag),
  };
}
