import { describe, expect, it } from 'vitest';
import { createStrategy, parseStrategyName, STRATEGY_NAMES } from '../../../src/core/strategies/index.ts';
import type { TagCandidate } from '../../../src/core/strategies/strategy.ts';
import { caught } from '../../helpers/thrown.ts';

function named(...tags: readonly string[]): readonly TagCandidate[] {
  return tags.map((tag) => ({ tag, created: undefined }));
}

describe('alphabetical', () => {
  it('puts the last in byte order first, with no regard to numbers or language', () => {
    const rule = createStrategy({ kind: 'alphabetical' });
    expect(rule.rank(named('10', 'B', '9', 'a', '2026-03-01', 'é', '1', '10.1'))).toEqual([
      'é',
      'a',
      'B',
      '9',
      '2026-03-01',
      '10.1',
      '10',
      '1',
    ]);
  });
});

describe('newest-build', () => {
  const rule = createStrategy({ kind: 'newest-build' });

  it('puts the latest build first, and of equal times the last by name', () => {
    const candidates = [
      { tag: 'b', created: 5 },
      { tag: 'old', created: -1 },
      { tag: 'new', created: 1_700_000_000_000 },
      { tag: 'a', created: 5 },
      { tag: 'zero', created: 0 },
    ];
    expect(rule.rank(candidates)).toEqual(['new', 'b', 'a', 'zero', 'old']);
  });

  it('does not rank a tag whose build time is not known', () => {
    const candidates = [
      { tag: 'a', created: undefined },
      { tag: 'b', created: Number.NaN },
      { tag: 'c', created: 0 },
    ];
    expect(rule.rank(candidates)).toEqual(['c']);
    expect(rule.rank(named('a', 'b'))).toEqual([]);
  });
});

describe('newest-pushed', () => {
  const rule = createStrategy({ kind: 'newest-pushed' });

  it('puts the latest push first, of equal ones the latest build, and of those the last by name', () => {
    const candidates = [
      { tag: 'c', pushed: 5, created: 1 },
      { tag: 'old', pushed: -1, created: 9 },
      { tag: 'a', pushed: 5, created: 2 },
      { tag: 'timeless', pushed: 5, created: undefined },
      { tag: 'new', pushed: 1_700_000_000_000, created: 0 },
      { tag: 'b', pushed: 5, created: 2 },
    ];
    expect(rule.rank(candidates)).toEqual(['new', 'b', 'a', 'c', 'timeless', 'old']);
  });

  it('does not rank a tag whose time of push is not known', () => {
    const candidates = [
      { tag: 'a', created: 7 },
      { tag: 'b', created: 7, pushed: Number.NaN },
      { tag: 'c', created: undefined, pushed: 0 },
    ];
    expect(rule.rank(candidates)).toEqual(['c']);
  });
});

describe('digest', () => {
  it('ranks the one tag that it follows', () => {
    const rule = createStrategy({ kind: 'digest', tag: 'latest' });
    expect(rule.rank(named('1.2', 'latest', 'Latest', 'latest-1'))).toEqual(['latest']);
    expect(rule.rank(named('1.2'))).toEqual([]);
  });

  it.each(['', '~1.2', 'a b', '-x', 'x'.repeat(129), 'sha256:abc'])('refuses to follow %j', (tag) => {
    const error = caught(() => createStrategy({ kind: 'digest', tag }));
    expect(error.code).toBe('constraint-invalid');
    expect(error.line).toMatch(
      /expected the tag that update-strategy digest follows, found .*after the image/,
    );
  });
});

describe('parseStrategyName', () => {
  it.each([
    ['semver', 'semver'],
    ['SemVer', 'semver'],
    [' digest ', 'digest'],
    ['newest-build', 'newest-build'],
    ['latest', 'newest-build'],
    ['Latest', 'newest-build'],
    ['Newest-Pushed', 'newest-pushed'],
    ['pushed', undefined],
    ['alphabetical', 'alphabetical'],
    ['name', 'alphabetical'],
    ['lastest', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['semver2', undefined],
    ['newest build', undefined],
  ])('reads %j as %j', (text, name) => {
    expect(parseStrategyName(text)).toBe(name);
  });

  it('knows every name of the table', () => {
    expect(STRATEGY_NAMES).toEqual(['semver', 'newest-build', 'newest-pushed', 'alphabetical', 'digest']);
    for (const name of STRATEGY_NAMES) expect(parseStrategyName(name)).toBe(name);
  });
});
