import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareValue,
  parseComparison,
  type CheckValue,
  type Comparison,
  type Fit,
} from '../../../src/core/verification/comparison.ts';
import { caught } from '../../helpers/thrown.ts';

/** What each value is to each comparison. */
const ROWS: readonly (readonly [
  comparison: string,
  fits: CheckValue[],
  not: CheckValue[],
  undecided: CheckValue[],
])[] = [
  ['< 0.01', [0, 0.009, -1, -Infinity, '0.001'], [0.01, 1, Infinity, '2'], [NaN, 'ok', true, null, '']],
  ['<= .5', [0.5, 0], [0.51], [NaN]],
  ['> -1e3', [-999, 0], [-1000, -Infinity], [NaN]],
  ['>= 0.99 && < 2', [0.99, 1.99], [0.98, 2, Infinity], [NaN, 'many']],
  ['<1||>9', [0, 10], [1, 5, 9], [NaN]],
  ['== 0', [0, -0, '0', '0.0'], [1, 'ok', true, null], [NaN]],
  ['!= 0', [1, 'ok', false, null], [0, '0'], [NaN]],
  ['== NaN', [NaN], [0, 'NaN', Infinity], []],
  ['!= NaN', [0, Infinity, 'NaN', null], [NaN], []],
  ['== NaN || < 0.01', [NaN, 0], [1], []],
  ['< Inf', [0, -Infinity], [Infinity], [NaN]],
  ['== +Inf', [Infinity], [-Infinity, 0], [NaN]],
  ['> -Inf', [0, Infinity], [-Infinity], [NaN]],
  ['== "ok"', ['ok'], ['OK', '', 0, true, null, NaN], []],
  ["!= 'down' && != ''", ['up'], ['down', ''], []],
  [String.raw`== "say \"hi\" \\ 1"`, [String.raw`say "hi" \ 1`], ['say'], []],
  ['== true', [true], [false, 'true', 1], []],
  ['!= null', [0, '', false], [null], []],
  ['(== "a" || == "b") && != "b"', ['a'], ['b', 'c'], []],
  ['== "1" || > 3', ['1', 4], [2], ['x']],
  ['((> 1))', [2], [1], [NaN]],
];

describe('a comparison', () => {
  it.each(ROWS)('%s', (text, fits, not, undecided) => {
    const comparison = parseComparison(text);
    const fitOf = (value: CheckValue): Fit => compareValue(comparison, value);
    expect(fits.map(fitOf)).toEqual(fits.map(() => 'fits'));
    expect(not.map(fitOf)).toEqual(not.map(() => 'does-not-fit'));
    expect(undecided.map(fitOf)).toEqual(undecided.map(() => 'undecided'));
  });

  it.each([
    ['', 'expected a comparison such as < 0.01, >= 0.99 && < 2, or == "ok", found nothing'],
    ['0.01', 'expected one of < <= > >= == != in "0.01", found "0.01"'],
    ['<', 'expected a number, a text in quotes, true, false or null in "<", found the end'],
    ['< 0.01 &&', 'expected one of < <= > >= == != in "< 0.01 &&", found the end'],
    ['< 0.01 < 2', 'expected &&, || or nothing in "< 0.01 < 2", found "<"'],
    ['(< 1', 'expected ) in "(< 1", found the end'],
    ['< 1)', 'expected &&, || or nothing in "< 1)", found ")"'],
    ['= 1', 'did you mean ==?'],
    ['< 1 & > 0', 'did you mean &&?'],
    ['< 1 and > 0', 'write && for and, || for or'],
    ['result[0] >= 0.95', 'the value has no name'],
    ['value < 1', 'the value has no name'],
    ['< 1%', 'write 0.01 for 1 per cent'],
    ['< 5m', 'found "5m"'],
    ['< 1.2.3', 'found "1.2.3"'],
    ['< "ok"', '< compares numbers, and "ok" is none (use == or != for it)'],
    ['>= true', '>= compares numbers, and true is none'],
    ['< NaN', 'nothing is < NaN (use == NaN or != NaN for it)'],
    ['== ok', 'found "ok"'],
    ['== "ok', 'the text at ""ok" has no end'],
    ['=== 1', 'did you mean ==?'],
    ['!< 1', 'found "!< 1"'],
    [`${'('.repeat(30)}< 1${')'.repeat(30)}`, 'at most 20 parentheses'],
    [`< 1${' '.repeat(1000)}`, 'at most 1000 characters'],
    ['< 1; process.exit()', 'found "1;"'],
  ])('%s is refused', (text, message) => {
    const error = caught(() => parseComparison(text));
    expect(error.code).toBe('config-invalid');
    expect(error.line).toContain(message);
  });

  it('means the same however it is spaced and put into parentheses', () => {
    fc.assert(
      fc.property(comparisons, value, fc.constantFrom('', ' ', '\t', '  '), (comparison, found, space) => {
        const parsed = parseComparison(written(comparison, space));
        expect(compareValue(parsed, found)).toBe(meant(comparison, found));
      }),
      { numRuns: 1_000 },
    );
  });

  it('never throws anything else than a fault of the configuration', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<>=!&|() 01.eNaInf"\'\\-%') }), (text) => {
        try {
          compareValue(parseComparison(text), 1);
        } catch (error) {
          expect(error).toMatchObject({ code: 'config-invalid' });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

const numbers = fc.oneof(fc.constantFrom(0, 1, -1, 0.01, Infinity, -Infinity), fc.double({ noNaN: true }));
const value = fc.oneof(
  numbers,
  fc.constant(NaN),
  fc.constantFrom<CheckValue>('ok', 'say "no"', true, false, null),
);

const comparisons: fc.Arbitrary<Comparison> = fc.letrec<{ any: Comparison; one: Comparison }>((tie) => ({
  one: fc.oneof(
    fc.record({
      kind: fc.constant('compare' as const),
      operator: fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
      literal: numbers,
    }),
    fc.record({
      kind: fc.constant('compare' as const),
      operator: fc.constantFrom('==', '!='),
      literal: fc.oneof(fc.constant(NaN), fc.constantFrom<CheckValue>('ok', 'say "no"', true, null)),
    }),
  ),
  any: fc.oneof(
    { maxDepth: 4 },
    tie('one'),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      parts: fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
    }),
  ),
})).any;

function written(comparison: Comparison, space: string): string {
  if (comparison.kind !== 'compare') {
    const parts = comparison.parts.map((part) => written(part, space));
    return `(${space}${parts.join(`${space}${comparison.kind === 'all' ? '&&' : '||'}${space}`)}${space})`;
  }
  const { operator, literal } = comparison;
  if (typeof literal === 'string') return `${operator}${space}"${literal.replaceAll('"', String.raw`\"`)}"`;
  return `${operator}${space || ' '}${String(literal).replace('Infinity', 'Inf')}`;
}

/** In other words than the code: as JavaScript compares, unless NaN or an order of what is no number leaves it open. */
function meant(comparison: Comparison, found: CheckValue): Fit {
  if (comparison.kind !== 'compare') {
    const parts = comparison.parts.map((part) => meant(part, found));
    const decisive = comparison.kind === 'all' ? 'does-not-fit' : 'fits';
    if (parts.includes(decisive)) return decisive;
    if (parts.includes('undecided')) return 'undecided';
    return decisive === 'fits' ? 'does-not-fit' : 'fits';
  }
  const { operator, literal } = comparison;
  const isOrder = operator !== '==' && operator !== '!=';
  if (isOrder && typeof found !== 'number') return 'undecided';
  if (Number.isNaN(found) && typeof literal === 'number' && !Number.isNaN(literal)) return 'undecided';
  const [a, b] = [Number(found), Number(literal)];
  // For JavaScript 0 and -0 are one, and NaN is not NaN.
  const isSame = found === literal || (Number.isNaN(found) && Number.isNaN(literal));
  const is = {
    '<': a < b,
    '<=': a <= b,
    '>': a > b,
    '>=': a >= b,
    '==': isSame,
    '!=': !isSame,
  }[operator];
  return is ? 'fits' : 'does-not-fit';
}
