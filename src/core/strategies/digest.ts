import { LynceusError } from '../../errors.ts';
import { isTag } from '../image/grammar.ts';
import type { PresentImage, Strategy } from '../policy.ts';
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
    refuses: (candidate) => (candidate === tag ? undefined : { kind: 'not-followed' }),
    rank: (candidates) =>
      candidates.filter((candidate) => candidate.tag === tag).map((candidate) => candidate.tag),
  };
}

/**
 * The strategy with the tag that it follows: that of `image-list`, else the one in force. Throws `constraint-invalid` when
 * neither names a tag.
 */
export function withFollowedTag(strategy: Strategy, inForce: PresentImage | undefined): Strategy {
  if (strategy.kind !== 'digest' || strategy.tag !== '') return strategy;
  const tag = inForce?.tag ?? '';
  if (isTag(tag)) return { kind: 'digest', tag };
  const found = tag === '' ? 'none' : quoted(tag);
  throw new LynceusError(
    'constraint-invalid',
    `expected a tag in the target, which update-strategy digest follows when image-list names none, found ${found}`,
    {
      hint: 'write a tag into the target, or behind the image in image-list, for example ghcr.io/acme/web:stable',
    },
  );
}
