import { describe, expect, it } from 'vitest';
import { quoted } from '../../../src/core/quoted.ts';
import { compilePattern, isPattern } from '../../../src/core/tags/pattern.ts';
import { BROKEN_GLOBS, GLOB_TAGS } from '../../fixtures/core/globs.ts';
import { caught } from '../../helpers/thrown.ts';

function hit(pattern: string): string {
  const globs = compilePattern(pattern, 'ignore-tags');
  return GLOB_TAGS.filter((tag) => globs.some((hits) => hits(tag))).join(' ');
}

describe('compilePattern', () => {
  it.each([
    ['main-*', 'main-4f2a9c1'],
    ['1.?', '1.2'],
    ['{a,b}', 'a b'],
    ['{1,v1}.*', '1.2 1.2.3 1.2.3-rc1 v1.2.3'],
    ['{main,sha}-*', 'main-4f2a9c1 sha-abc'],
    ['{1,alpine}-{1,alpine}', '1-alpine alpine-1'],
    ['{late,la{test,x}}', 'latest'],
    ['1.{1..3}', '1.2'],
    ['*{-rc1,-alpine}', '1.2.3-rc1 1-alpine'],
    ['[{a,b}]', 'a b'],
    ['{a,é}', undefined],
    ['[^a-z]', '1 _ A'],
    ['\\1', '1'],
  ])('hits with %j: %j', (pattern, expected) => {
    if (expected === undefined) expect(() => hit(pattern)).toThrow('no tag has "é" in it');
    else expect(hit(pattern)).toBe(expected);
  });

  it.each([
    ['!(dev)', '!'],
    ['!dev', '!'],
    ['^dev-.*$', '^'],
    ['dev|rc', '|'],
    ['@(dev|rc)', '@'],
    ['dev-* rc-*', ' '],
    ['feature/*', '/'],
    ['{dev}-*', '{'],
    ['{dev,rc', '{'],
    ['dev,rc}', ','],
    ['\\{a,b\\}', '{'],
    ['a\\*', '\\*'],
    ['[c-a]*', '[c-a]'],
    ['[é]', '[é]'],
    ['[[:alpha:]]', ']'],
    ['1.0+meta', '+'],
  ])('refuses %j, which can match no tag, because of %j', (pattern, foreign) => {
    const error = caught(() => compilePattern(pattern, 'ignore-tags'));
    expect(error.code).toBe('pattern-invalid');
    expect(error.message).toBe(
      `the pattern ${quoted(pattern)} of ignore-tags can match no tag: no tag has ${quoted(foreign)} in it`,
    );
    expect(error.hint).toContain('"regexp:" in front of a regular expression');
  });

  it.each(BROKEN_GLOBS)('refuses %j as the glob that it is', (pattern) => {
    expect(caught(() => compilePattern(pattern, 'ignore-tags')).message).toContain('is broken: ');
  });

  it.each(['[!0-9]*', 'a[!b]', '{[!a],b}'])(
    'refuses %j, which Go and a shell read differently',
    (pattern) => {
      expect(caught(() => compilePattern(pattern, 'ignore-tags')).message).toContain('write "[^"');
    },
  );

  it('takes an escaped bracket for no class', () => {
    expect(caught(() => compilePattern('\\[!a', 'ignore-tags')).message).toContain('no tag has "\\[" in it');
  });

  it.each(['{1..257}', '{a,b}'.repeat(9), '{1..99999999}', '{a,b}'.repeat(200)])(
    'refuses %s in little time, whose braces make too many',
    (pattern) => {
      const start = performance.now();
      expect(caught(() => compilePattern(pattern, 'ignore-tags')).message).toContain(
        'more than 256 patterns',
      );
      expect(performance.now() - start).toBeLessThan(1000);
    },
  );
});

describe('isPattern', () => {
  it.each([
    ['main-*', true],
    ['1.?', true],
    ['{a,b}', true],
    ['v[0-9]', true],
    ['main', false],
    ['>=1 <2', false],
    ['1.x', false],
    ['', false],
  ])('says of %j: %s', (text, expected) => {
    expect(isPattern(text)).toBe(expected);
  });
});
