import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TAG_ORDER_NAMES, type Strategy, type StrategyName } from '../../src/core/policy.ts';
import { createComparison } from '../../src/core/strategies/compare-tags.ts';
import { createStrategy, parseStrategyName, STRATEGY_NAMES } from '../../src/core/strategies/index.ts';
import { candidateLists } from '../core/strategies/arbitraries.ts';

const RUNS = { numRuns: 1000 };

/** For each strategy of the table the ways in which it may be asked for: a new one cannot be left out. */
const EXAMPLES: Readonly<Record<StrategyName, readonly Strategy[]>> = {
  semver: [
    ...['', '*-0', '>=1', '~1.2 || ^2-0', '0 - 10'].map(
      (constraint) => ({ kind: 'semver', constraint }) as const,
    ),
    ...TAG_ORDER_NAMES.map(
      (by) => ({ kind: 'semver', constraint: '', order: { by, expression: '^v?([0-9.]+)' } }) as const,
    ),
    { kind: 'semver', constraint: '>1 <10', order: { by: 'calver', expression: '([0-9].*)' } },
  ],
  'newest-build': [{ kind: 'newest-build' }],
  'newest-pushed': [{ kind: 'newest-pushed' }],
  alphabetical: [{ kind: 'alphabetical' }],
  digest: [
    { kind: 'digest', tag: 'latest' },
    { kind: 'digest', tag: '1' },
  ],
};

describe.each(STRATEGY_NAMES.flatMap((name) => EXAMPLES[name]))('the strategy %j', (strategy) => {
  const rule = createStrategy(strategy);
  const shuffled = candidateLists.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length }),
    ),
  );

  it('has a name of the table, says what it needs and whether it pins the digest', () => {
    expect(rule.name).toBe(strategy.kind);
    expect(parseStrategyName(rule.name.toUpperCase())).toBe(rule.name);
    expect(['names', 'dates', 'pushes']).toContain(rule.needs);
    expect(rule.pinsDigest).toBe(strategy.kind === 'digest');
  });

  it('ranks nothing when there is nothing', () => {
    expect(rule.rank([])).toEqual([]);
  });

  it('ranks the same whatever the order of the tags, and again, and for a second rule', () => {
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const ranked = rule.rank(list);
        const rankings = [rule.rank(other), rule.rank(list), createStrategy(strategy).rank(list)];
        expect(rankings).toEqual([ranked, ranked, ranked]);
      }),
      RUNS,
    );
  });

  it('ranks the same tags when one is in force, and moves that one ahead of its equals at most', () => {
    fc.assert(
      fc.property(candidateLists, fc.nat(), (list, dice) => {
        const ranked = rule.rank(list);
        const inForce = ranked[dice % Math.max(ranked.length, 1)] ?? 'none';
        const again = rule.rank(list, inForce);
        expect(again.toSorted()).toEqual(ranked.toSorted());
        expect(again.indexOf(inForce)).toBeLessThanOrEqual(ranked.indexOf(inForce));
        expect(again.filter((tag) => tag !== inForce)).toEqual(ranked.filter((tag) => tag !== inForce));
        const overtaken = ranked.slice(again.indexOf(inForce), ranked.indexOf(inForce));
        expect(overtaken.filter((tag) => createComparison(strategy)(tag, inForce) !== 0)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('ranks only tags that it was given, each once, and leaves the list alone', () => {
    fc.assert(
      fc.property(candidateLists, (list) => {
        const before = structuredClone(list);
        const ranked = rule.rank(Object.freeze(list));
        const given = list.map(({ tag }) => tag);
        expect(given).toEqual(expect.arrayContaining([...ranked]));
        expect(new Set(ranked).size).toBe(ranked.length);
        expect(list).toEqual(before);
      }),
      RUNS,
    );
  });

  it('keeps its ranking when it ranks what it ranked', () => {
    fc.assert(
      fc.property(candidateLists, (list) => {
        const ranked = rule.rank(list);
        expect(rule.rank(list.filter(({ tag }) => ranked.includes(tag)))).toEqual(ranked);
      }),
      RUNS,
    );
  });

  it('orders any two tags alike, whatever else is there: its order is total', () => {
    fc.assert(
      fc.property(candidateLists, (list) => {
        const ranked = rule.rank(list);
        const byTag = new Map(list.map((candidate) => [candidate.tag, candidate]));
        const pairs = ranked.map((tag, index) => {
          const next = ranked[index + 1];
          return next === undefined ? [tag] : [tag, next];
        });
        const pick = (tags: readonly string[]) => tags.flatMap((tag) => byTag.get(tag) ?? []);
        expect(pairs.map((pair) => rule.rank(pick(pair).toReversed()))).toEqual(pairs);
        const ends = pick([ranked[0] ?? '', ranked.at(-1) ?? '']);
        expect(rule.rank(ends.toReversed())).toEqual(ends.map(({ tag }) => tag));
      }),
      RUNS,
    );
  });
});
