import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../../src/core/tags/glob.ts';
import { BROKEN_GLOBS, GLOB_TAGS, GLOBS } from '../../fixtures/core/globs.ts';
import { anyText, characters } from '../image/arbitraries.ts';

const RUNS = { numRuns: 1000 };
const TAG_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-';

const tags = fc
  .tuple(characters('a1_Z'), fc.string({ unit: characters('ab1Z_.-'), maxLength: 8 }))
  .map((parts) => parts.join(''));

function hits(glob: string, tag: string): boolean {
  const compiled = compileGlob(glob);
  if (typeof compiled === 'string') throw new Error(`${glob}: ${compiled}`);
  return compiled(tag);
}

/** The characters that a pattern hits, with an `x` behind each. */
function hitCharacters(glob: string): readonly string[] {
  const compiled = compileGlob(glob);
  if (typeof compiled === 'string') throw new Error(`${glob}: ${compiled}`);
  return TAG_CHARACTERS.split('').filter((one) => compiled(`${one}x`));
}

describe('compileGlob', () => {
  it.each(GLOBS)('hits with %j as Go does: %j', (glob, expected) => {
    expect(GLOB_TAGS.filter((tag) => hits(glob, tag)).join(' ')).toBe(expected);
  });

  it.each(BROKEN_GLOBS)('says what is wrong with %j', (glob) => {
    expect(compileGlob(glob)).toMatch(
      /^(?:the class that begins at character \d+ must be closed|it ends with)/,
    );
  });

  it('says where a broken class begins', () => {
    expect(compileGlob('1.2-[a')).toContain('at character 5 ');
  });

  it('refuses a pattern that is far longer than any tag', () => {
    expect(compileGlob('*'.repeat(1025))).toBe('it is longer than 1024 characters');
  });

  it('hits a tag with its own text', () => {
    fc.assert(
      fc.property(tags, tags, (tag, other) => {
        expect(hits(tag, tag)).toBe(true);
        expect(hits(tag, other)).toBe(tag === other);
        expect(hits(tag.replace(/[^]/g, '\\$&'), tag)).toBe(true);
      }),
      RUNS,
    );
  });

  it('hits with stars and question marks as the plain definition says', () => {
    const pattern = fc.string({ unit: characters('ab1.*?-'), maxLength: 10 });
    fc.assert(
      fc.property(pattern, tags, (glob, tag) => {
        expect(hits(glob, tag)).toBe(matchesPlainly(glob, tag));
      }),
      RUNS,
    );
  });

  it('splits the characters of a tag between a class and its opposite', () => {
    const character = characters(`${TAG_CHARACTERS}!^[]\\:{`);
    const member = fc.oneof(
      character.map((one) => `\\${one}`),
      fc.tuple(character, character).map(([low, high]) => `\\${low}-\\${high}`),
    );
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 5 }), (members) => {
        const inside = hitCharacters(`[${members.join('')}]x`);
        const outside = hitCharacters(`[^${members.join('')}]x`);
        expect([...inside, ...outside].toSorted()).toEqual(TAG_CHARACTERS.split('').toSorted());
        expect(inside).toEqual(
          TAG_CHARACTERS.split('').filter((one) => members.some((part) => covers(part, one))),
        );
      }),
      RUNS,
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(anyText, tags, (glob, tag) => {
        const compiled = compileGlob(glob);
        expect(typeof (typeof compiled === 'string' ? compiled : compiled(tag))).toMatch(/string|boolean/);
      }),
      RUNS,
    );
  });

  it.each(['*a', 'a*', '*?', '*[a-z]', '**', '*.'])('takes little time for %j repeated', (unit) => {
    const start = performance.now();
    const compiled = compileGlob(`${unit.repeat(100)}b`);
    expect(typeof compiled).toBe('function');
    const tag = 'a'.repeat(128);
    for (let run = 0; run < 200; run += 1) if (typeof compiled !== 'string') compiled(tag);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

/** The definition, one character at a time; exponential, which is why it is only here. */
function matchesPlainly(glob: string, tag: string): boolean {
  if (glob === '') return tag === '';
  const rest = glob.slice(1);
  if (glob.startsWith('*'))
    return matchesPlainly(rest, tag) || (tag !== '' && matchesPlainly(glob, tag.slice(1)));
  return (
    tag !== '' &&
    (glob.startsWith('?') || glob.charAt(0) === tag.charAt(0)) &&
    matchesPlainly(rest, tag.slice(1))
  );
}

function covers(member: string, character: string): boolean {
  const low = member.charAt(1);
  const high = member.length > 2 ? member.charAt(4) : low;
  return low <= character && character <= high;
}
