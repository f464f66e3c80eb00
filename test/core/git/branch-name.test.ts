import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBranchName, nearestBranchName, parseBranchName } from '../../../src/core/git/branch-name.ts';

/** Pieces of which the rules of git-check-ref-format speak. */
const PIECES = ['a', 'Z', '9', '.', '..', '/', '//', '-', '@', '@{', '{', '~', '^', ':', '?', '*', '[', '\\', ' ', '\t', '.lock', 'lock', 'ü', '\u007f', 'HEAD', 'refs/heads/']; // prettier-ignore

function isTakenByGit(name: string): boolean {
  return spawnSync('git', ['check-ref-format', '--branch', name]).status === 0;
}

describe('the name of a branch', () => {
  it.each([
    ['main', true],
    ['release/1.2', true],
    ['feature/ü', true],
    ['a.b-c_d', true],
    ['a{b', true],
    ['', false],
    ['HEAD', false],
    ['@', false],
    ['-d', false],
    ['a/.b', false],
    ['.a', false],
    ['a.', false],
    ['a..b', false],
    ['refs/tags/v1', false],
    ['refs/remotes/origin/x', false],
    ['x.lock', false],
    ['x.lock/y', false],
    ['a//b', false],
    ['/a', false],
    ['a/', false],
    ['a b', false],
    ['a\nb', false],
    ['a~1', false],
    ['a^', false],
    ['a:b', false],
    ['v1.*', false],
    ['a@{1}', false],
    ['x'.repeat(251), false],
  ])('%j: %s', (text, expected) => {
    expect(isBranchName(text)).toBe(expected);
  });

  it('is never one that git refuses', () => {
    const texts = fc
      .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join(''));
    const names = [...new Set(fc.sample(texts, 600))].filter(isBranchName);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !isTakenByGit(name))).toEqual([]);
  });

  it.each([
    ['refs/heads/main', 'main'],
    ['main', 'main'],
    ['refs/heads/refs/heads/x', 'refs/heads/x'],
  ])('%s is %s', (text, name) => {
    expect(parseBranchName(text, 'annotation-invalid')).toBe(name);
  });

  it('that is none is refused with the code of the caller and the nearest that would do', () => {
    expect(() => parseBranchName('a..b', 'annotation-invalid')).toThrow(
      expect.objectContaining({ code: 'annotation-invalid', hint: '"a-b" would be one' }),
    );
  });

  it('nearest to any text is one, or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const name = nearestBranchName(text);
        expect(name === '' || isBranchName(name)).toBe(true);
        expect(isBranchName(text) ? name : text).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });
});
