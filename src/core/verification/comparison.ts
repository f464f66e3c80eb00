import { LynceusError } from '../../errors.ts';
import { quoted } from '../quoted.ts';

/** A value that a check found. */
export type CheckValue = number | string | boolean | null;

/** What a value must be: one comparison, or several joined by `&&` and `||`. */
export type Comparison =
  | { readonly kind: 'compare'; readonly operator: Operator; readonly literal: CheckValue }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Comparison[] };

export type Fit = 'fits' | 'does-not-fit' | 'undecided';

const OPERATORS = ['<=', '>=', '==', '!=', '<', '>'] as const;

type Operator = (typeof OPERATORS)[number];

const EXAMPLES = 'such as < 0.01, >= 0.99 && < 2, or == "ok"';
const LONGEST = 1_000;
const DEEPEST = 20;

/**
 * Reads `< 0.01`, `>= 0.99 && < 2`, `== "ok" || (> 1 && != 3)`: the value stands on the left of each operator by itself, and `&&`
 * binds closer than `||`. Literals are numbers (also `Inf`, `-Inf`, `NaN`), texts in quotes, `true`, `false` and `null`.
 * Throws `config-invalid`.
 */
export function parseComparison(text: string): Comparison {
  if (text.length > LONGEST) throw invalid(`expected at most ${LONGEST} characters, found ${text.length}`);
  const tokens = tokensOf(text);
  let at = 0;

  function any(depth: number): Comparison {
    return joined('any', '||', () => all(depth));
  }

  function all(depth: number): Comparison {
    return joined('all', '&&', () => one(depth));
  }

  function joined(kind: 'all' | 'any', operator: string, next: () => Comparison): Comparison {
    const parts = [next()];
    while (tokens[at]?.text === operator) {
      at += 1;
      parts.push(next());
    }
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : { kind, parts };
  }

  function one(depth: number): Comparison {
    if (depth > DEEPEST) throw invalid(`expected at most ${DEEPEST} parentheses in one another`);
    const token = tokens[at];
    at += 1;
    if (token?.text === '(') {
      const inner = any(depth + 1);
      if (tokens[at]?.text !== ')') throw unexpected(tokens[at], ')', text);
      at += 1;
      return inner;
    }
    const operator = OPERATORS.find((known) => known === token?.text);
    if (operator === undefined || token?.kind !== 'operator')
      throw unexpected(token, 'one of < <= > >= == !=', text);
    const literal = literalOf(tokens[at], text);
    at += 1;
    return compare(operator, literal);
  }

  const comparison = any(0);
  if (at < tokens.length) throw unexpected(tokens[at], '&&, || or nothing', text);
  return comparison;
}

/**
 * Whether a value is what the comparison asks for. NaN is undecided unless it is named: `0 / 0` of a quiet hour is neither above nor
 * below anything. So is the order of what is no number. A text that is a number counts as one beside a number.
 */
export function compareValue(comparison: Comparison, value: CheckValue): Fit {
  switch (comparison.kind) {
    case 'compare':
      return fitOf(comparison.operator, value, comparison.literal);
    case 'all':
      return combined(comparison.parts, value, 'does-not-fit');
    case 'any':
      return combined(comparison.parts, value, 'fits');
  }
}

/** One part that is `decisive` decides, else one that is undecided (Kleene's logic of three values). */
function combined(parts: readonly Comparison[], value: CheckValue, decisive: Fit): Fit {
  const fits = parts.map((part) => compareValue(part, value));
  if (fits.includes(decisive)) return decisive;
  if (fits.includes('undecided')) return 'undecided';
  return decisive === 'fits' ? 'does-not-fit' : 'fits';
}

function fitOf(operator: Operator, found: CheckValue, literal: CheckValue): Fit {
  const value = typeof literal === 'number' ? asNumber(found) : found;
  if (typeof literal === 'number' && typeof value === 'number') return fitOfNumbers(operator, value, literal);
  if (operator === '==') return fit(value === literal);
  if (operator === '!=') return fit(value !== literal);
  return 'undecided';
}

function fitOfNumbers(operator: Operator, value: number, literal: number): Fit {
  if (Number.isNaN(literal)) return fit(Number.isNaN(value) === (operator === '=='));
  if (Number.isNaN(value)) return 'undecided';
  switch (operator) {
    case '<':
      return fit(value < literal);
    case '<=':
      return fit(value <= literal);
    case '>':
      return fit(value > literal);
    case '>=':
      return fit(value >= literal);
    case '==':
      return fit(value === literal);
    case '!=':
      return fit(value !== literal);
  }
}

function fit(is: boolean): Fit {
  return is ? 'fits' : 'does-not-fit';
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

function asNumber(value: CheckValue): CheckValue {
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
}

interface Token {
  readonly kind: 'operator' | 'word' | 'text';
  readonly text: string;
}

const TOKEN =
  /(?<operator>&&|\|\||[<>=!]=|[<>()])|(?<text>"(?:[^"\\]|\\["\\])*"|'(?:[^'\\]|\\['\\])*')|(?<word>[^\s"'&|<>=!()]+)|(?<other>\S)/gu;

function tokensOf(text: string): readonly Token[] {
  const tokens = [...text.matchAll(TOKEN)].map(({ groups = {}, index }): Token => {
    const { operator, text: literal, word, other } = groups;
    if (operator !== undefined) return { kind: 'operator', text: operator };
    if (literal !== undefined) return { kind: 'text', text: literal };
    if (word !== undefined) return { kind: 'word', text: word };
    if (other === '"' || other === "'") throw invalid(`the text at ${quoted(text.slice(index))} has no end`);
    throw invalid(`expected a comparison ${EXAMPLES}, found ${quoted(text)}`, hintOf(other ?? ''));
  });
  if (tokens.length === 0) throw invalid(`expected a comparison ${EXAMPLES}, found nothing`);
  return tokens;
}

function hintOf(character: string): string | undefined {
  const meant = new Map([
    ['=', '=='],
    ['&', '&&'],
    ['|', '||'],
  ]).get(character);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

const WORDS: ReadonlyMap<string, CheckValue> = new Map<string, CheckValue>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', NaN],
  ['Inf', Infinity],
  ['+Inf', Infinity],
  ['-Inf', -Infinity],
]);

function literalOf(token: Token | undefined, text: string): CheckValue {
  if (token?.kind === 'text') return token.text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  if (token?.kind !== 'word')
    throw unexpected(token, 'a number, a text in quotes, true, false or null', text);
  const word = WORDS.get(token.text);
  if (word !== undefined) return word;
  if (NUMBER.test(token.text)) return Number(token.text);
  const percent = /^(-?[\d.]+)%$/.exec(token.text)?.[1];
  throw invalid(
    `expected a number, a text in quotes, true, false or null in ${quoted(text)}, found ${quoted(token.text)}`,
    percent === undefined ? undefined : `write ${Number(percent) / 100} for ${percent} per cent`,
  );
}

function compare(operator: Operator, literal: CheckValue): Comparison {
  const isOrder = operator !== '==' && operator !== '!=';
  if (isOrder && typeof literal !== 'number')
    throw invalid(
      `${operator} compares numbers, and ${typeof literal === 'string' ? quoted(literal) : String(literal)} is none`,
      'use == or != for it',
    );
  if (isOrder && Number.isNaN(literal))
    throw invalid(`nothing is ${operator} NaN`, 'use == NaN or != NaN for it');
  return { kind: 'compare', operator, literal };
}

function unexpected(token: Token | undefined, expected: string, text: string): LynceusError {
  const found = token === undefined ? 'the end' : quoted(token.text);
  return invalid(`expected ${expected} in ${quoted(text)}, found ${found}`, hintFor(token));
}

function hintFor(token: Token | undefined): string | undefined {
  if (token?.kind !== 'word') return undefined;
  if (/^(?:and|or)$/i.test(token.text)) return 'write && for and, || for or';
  return /^[A-Za-z_]/.test(token.text)
    ? 'the value has no name: it stands on the left of each operator by itself, as in >= 0.95'
    : undefined;
}

function invalid(message: string, hint?: string): LynceusError {
  return new LynceusError('config-invalid', message, { hint });
}
