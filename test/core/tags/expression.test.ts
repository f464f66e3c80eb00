import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expressionTokens } from '../../../src/core/tags/expression-tokens.ts';
import { compileExpression } from '../../../src/core/tags/expression.ts';
import { EXPRESSIONS } from '../../fixtures/core/expressions.ts';
import { anyText } from '../image/arbitraries.ts';

const RUNS = { numRuns: 1000 };

describe('compileExpression', () => {
  it.each([
    ['build-([0-9]+)', 'build-12', '12'],
    ['^(?:v|r)([0-9]+)-([0-9]+)$', 'v1-2', '1'],
    ['^([a-z]+)-(?P<version>[0-9.]+)$', 'main-1.2', '1.2'],
    ['^([a-z]+)-(?<version>[0-9.]+)$', 'main-1.2', '1.2'],
    ['(?P<other>[a-z]+)-([0-9]+)', 'main-1', 'main'],
    ['([0-9]+)', 'a1b22', '1'],
    ['^v(?P<version>[0-9]+)$|^r(?P<version>[0-9]+)$', 'r7', '7'],
    ['^v(?P<version>[0-9]+)$|^r(?P<version>[0-9]+)$', 'v6', '6'],
    ['^(?<x>a)(?<x>b)(?P<version>\\p{decimal number})$', 'ab3', '3'],
    ['^[(](?P<version>1)|\\((?P<version>2)|x([0-9])(?P<version>[0-9])', 'x34', '4'],
    ['^(rc)?([0-9]+)$', '5', undefined],
    ['^()x', 'x', ''],
    ['build-([0-9]+)', 'main-12', undefined],
  ])('extracts with %j from %j: %j', (expression, tag, expected) => {
    expect(compileExpression(expression, 'allow-tags').extract?.(tag)).toBe(expected);
  });

  it.each(['^[0-9]+$', '^(?:a|b)$', '\\(a\\)', '[(a)]', '(?i)a', '\\Q(a)\\E'])(
    'has no part in %j',
    (expression) => {
      expect(compileExpression(expression, 'allow-tags').extract).toBeUndefined();
    },
  );
});

describe('expressionTokens', () => {
  it.each([
    ['a\\.b', ['a', '\\.', 'b']],
    ['a{1,2}{', ['a', '{1,2}', '{']],
    ['\\Q1,2\\E,', ['\\Q1,2\\E', ',']],
    ['\\Q1,2', ['\\Q1,2']],
    ['[],a],', ['[]', ',', 'a', ']', ',']],
    ['[^]a]', ['[^]', 'a', ']']],
    ['[[:alpha:],]', ['[', '[:alpha:]', ',', ']']],
    ['[\\],]', ['[', '\\]', ',', ']']],
    ['\\p{Lu}[\\p{Lu}]', ['\\p{Lu}', '[', '\\p{Lu}', ']']],
    ['(?P<n>a)(?<m>b)(?:c)', ['(?P<n>', 'a', ')', '(?<m>', 'b', ')', '(', '?', ':', 'c', ')']],
  ])('cuts %j', (text, tokens) => {
    expect([...expressionTokens(text)].map((token) => token.text)).toEqual(tokens);
  });

  it('loses nothing', () => {
    const texts = fc.oneof(anyText, fc.constantFrom(...EXPRESSIONS.map(([expression]) => expression)));
    fc.assert(
      fc.property(texts, texts, (before, text) => {
        const tokens = [...expressionTokens(before + text, before.length)];
        expect(tokens.map((token) => token.text).join('')).toBe(text);
      }),
      RUNS,
    );
  });

  it.each(['\\p{', '[[:', '(?P<', '\\Q', '[', '{1,', '\\'])('takes little time for %j repeated', (unit) => {
    const start = performance.now();
    expect([...expressionTokens(unit.repeat(4000))].length).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
