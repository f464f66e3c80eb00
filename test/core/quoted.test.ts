import { describe, expect, it } from 'vitest';
import { onOneLine, plainLine, quoted } from '../../src/core/quoted.ts';

describe('quoted', () => {
  it.each([
    ['', '""'],
    ['acme/web', '"acme/web"'],
    ['^1\\."', '"^1\\.""'],
    ['a\nb\u0000', '"a\\u{a}b\\u{0}"'],
    ['a\u202eb\u200b\u2028', '"a\\u{202e}b\\u{200b}\\u{2028}"'],
    ['\u{1f600}', '"\u{1f600}"'],
    ['\ud83d', '"\\u{d83d}"'],
    ['x'.repeat(80), `"${'x'.repeat(80)}"`],
    ['x'.repeat(81), `"${'x'.repeat(80)}…"`],
  ])('shows %j as %s', (text, shown) => {
    expect(quoted(text)).toBe(shown);
  });
});

describe('plainLine', () => {
  it.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['Ada\n\u202eLovelace\t', 'Ada Lovelace'],
    ['Zoë 李 \u{1f600}', 'Zoë 李 \u{1f600}'],
    ['\u0000\n', ''],
  ])('shows %j as %j', (text, shown) => {
    expect(plainLine(text)).toBe(shown);
  });
});

describe('text on one line', () => {
  it.each([
    ['plain', 'plain'],
    ['a\r\nb\tc', 'a b c'],
    ['a\u2028\u2029b\u0085c', 'a b c'],
    ['ümlaut 日本', 'ümlaut 日本'],
  ])('%j becomes %j', (text, line) => {
    expect(onOneLine(text)).toBe(line);
  });
});
