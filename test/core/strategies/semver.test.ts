import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConstraint } from '../../../src/core/strategies/constraint.ts';
import { createSemver } from '../../../src/core/strategies/semver.ts';
import { parseVersion } from '../../../src/core/strategies/version.ts';
import { BROKEN_CONSTRAINTS, CONSTRAINTS, DIFFERENCES } from '../../fixtures/core/semver-constraints.ts';
import { RECORDED_CONSTRAINTS, RECORDED_TAGS } from '../../fixtures/core/semver-recorded.ts';
import { VERSION_ORDER } from '../../fixtures/core/semver-tags.ts';
import { caught, refusal } from '../../helpers/thrown.ts';
import { anyText } from '../image/arbitraries.ts';
import { versionTags } from './arbitraries.ts';

const RUNS = { numRuns: 1000 };

function rank(constraint: string, tags: readonly string[]): readonly string[] {
  return createSemver(constraint).rank(tags.map((tag) => ({ tag, created: undefined })));
}

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}

describe('a version constraint', () => {
  const accepted = CONSTRAINTS.flatMap(([constraint, accepts]) =>
    words(accepts).map((tag) => [constraint, tag] as const),
  );
  const rejected = CONSTRAINTS.flatMap(([constraint, , rejects]) =>
    words(rejects).map((tag) => [constraint, tag] as const),
  );

  it.each(accepted)('%j accepts %s', (constraint, tag) => {
    expect(rank(constraint, [tag])).toEqual([tag]);
  });

  it.each(rejected)('%j rejects %s', (constraint, tag) => {
    expect(rank(constraint, [tag])).toEqual([]);
  });

  it.each(RECORDED_CONSTRAINTS)('%j accepts what the original was seen to accept', (constraint, accepts) => {
    const chosen = new Set(rank(constraint, RECORDED_TAGS));
    expect(RECORDED_TAGS.filter((tag) => chosen.has(tag)).join(' ')).toBe(accepts);
  });

  it.each(DIFFERENCES)('%j differs from the original on %s (%j there): %s', (constraint, tag, theirs) => {
    expect(rank(constraint, [tag])).toEqual(theirs === true ? [] : [tag]);
  });

  it.each(BROKEN_CONSTRAINTS)('%j is refused at character %i', (text, character) => {
    const error = caught(() => createSemver(text));
    expect(error.code).toBe('constraint-invalid');
    expect(error.message).toContain(`at character ${character} of the version constraint "${text}", found `);
    expect(error.message).toMatch(/^expected /);
    expect(error.hint).toContain('">=1.2 <2"');
  });

  it.each([
    ['is longer than 1,024 characters', '1'.repeat(1025), /at most 1024 characters, found 1025/],
    ['has more than 128 comparators', '>=1 '.repeat(129), /at most 128 comparators/],
    ['has more than 128 alternatives', `1${'||1'.repeat(128)}`, /at most 128 comparators/],
  ])('that %s is refused', (_what, text, says) => {
    const error = caught(() => createSemver(text));
    expect(error.code).toBe('constraint-invalid');
    expect(error.line).toMatch(says);
    expect(error.line.length).toBeLessThan(600);
  });

  it('throws nothing but its own error on any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const error = refusal(() => {
          createSemver(text);
        });
        expect([undefined, 'constraint-invalid']).toContain(error?.code);
      }),
      RUNS,
    );
  });

  it.each(['1', 'a', '1.', '1-', '1-a.', '-', ' ', ',', '>', '|', '||', '1+', '1 ', '1 - ', '.'])(
    'takes time in proportion to %j repeated',
    (unit) => {
      const text = unit.repeat(Math.floor(1000 / unit.length));
      const start = performance.now();
      for (const attempt of [text, `1${text}`, `1-a${text}!`, `${text}_`]) {
        const error = refusal(() => {
          parseConstraint(attempt);
        });
        expect([undefined, 'constraint-invalid']).toContain(error?.code);
      }
      expect(performance.now() - start).toBeLessThan(1000);
    },
  );
});

describe('the laws of constraints', () => {
  const accepts = (constraint: string, tag: string): boolean => rank(constraint, [tag]).length === 1;
  // A constraint takes a version without its metadata; `1` alone would be partial.
  const full = fc
    .tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }))
    .map((numbers) => numbers.join('.'));

  it('hold for every pair: below, equal and above are one of three, and their opposites', () => {
    fc.assert(
      fc.property(full, versionTags, (limit, tag) => {
        const any = `>=0-0 `;
        const holds = ['<', '=', '>'].filter((operator) => accepts(`${any}${operator}${limit}`, tag));
        expect(holds).toHaveLength(accepts(any, tag) ? 1 : 0);
        expect(accepts(`${any}!=${limit}`, tag)).toBe(accepts(any, tag) && !holds.includes('='));
        expect(accepts(`${any}<=${limit}`, tag)).toBe(holds.includes('<') || holds.includes('='));
        expect(accepts(`${any}>=${limit}`, tag)).toBe(holds.includes('>') || holds.includes('='));
      }),
      RUNS,
    );
  });

  it('hold for "and" and "or": a group without pre-releases splits into its comparators', () => {
    const comparator = fc
      .tuple(
        fc.constantFrom('', '=', '!=', '<', '<=', '>', '>=', '~', '^'),
        fc.constantFrom('0', '1', '1.x', '1.2', '1.0', '2.0.1', '0.0.1', '*'),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(comparator, comparator, versionTags, (a, b, tag) => {
        expect(accepts(`${a}, ${b}`, tag)).toBe(accepts(a, tag) && accepts(b, tag));
        expect(accepts(`${a} ${b}`, tag)).toBe(accepts(`${a},${b}`, tag));
        expect(accepts(`${a} || ${b}`, tag)).toBe(accepts(a, tag) || accepts(b, tag));
      }),
      RUNS,
    );
  });

  it('hold for every version as its own constraint, where it is written in full', () => {
    fc.assert(
      fc.property(versionTags, (tag) => {
        const numbers = parseVersion(tag)?.numbers ?? [];
        const constraint = `${numbers.join('.')}${tag.replace(/^[^-+]*/, '')}`;
        expect(accepts(constraint, tag)).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('the semver strategy', () => {
  it('ranks the highest version first, and of equal versions the last by name', () => {
    const all = VERSION_ORDER.flat();
    expect(rank('*-0', all)).toEqual(all.toReversed());
  });

  it('leaves out what is no version', () => {
    expect(rank('', ['latest', '1.0.0', 'V2', '1.2.3.4', '2.0.0-rc1', '1.1'])).toEqual(['1.1', '1.0.0']);
  });

  it('may rank a version below the one that runs: nothing here knows what runs', () => {
    expect(rank('~1.4', ['1.9.0', '1.4.2', '1.4.10'])).toEqual(['1.4.10', '1.4.2']);
  });
});
