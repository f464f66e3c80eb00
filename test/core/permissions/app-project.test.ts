import { describe, expect, test } from 'vitest';
import { parseGitRemote } from '../../../src/core/git/remote.ts';
import { createAccessGlob } from '../../../src/core/permissions/access-glob.ts';
import { allowsNamespace, allowsRemote } from '../../../src/core/permissions/app-project.ts';

const X = 'https://git.example/acme/x.git';

describe('a project allows a remote', () => {
  test.each<[readonly string[], string, boolean]>([
    [['*'], X, true],
    [[], X, false],
    [[X], X, true],
    [['https://git.example/acme/x'], X, true],
    [['HTTPS://GIT.EXAMPLE/ACME/X'], X, true],
    [['https://git.example/acme/x/'], X, true],
    [['https://git.example:443/acme/x'], X, true],
    [['https://git.example/acme/*'], X, true],
    [['https://git.example/*'], X, false],
    [['https://git.example/**'], X, true],
    [['https://*.example/acme/*'], X, true],
    // As `git@git.example/acme/x`.
    [['*/acme/x'], X, true],
    [['*/x'], X, false],
    [['**/acme/x'], X, true],
    [['*://git.example/acme/*'], X, true],
    [['https://git.example/{acme,beta}/x'], X, true],
    [['https://git.example/acme/[a-x]'], X, true],
    [['https://git.example/acme/[!x]'], X, false],
    [['https://git.example/acme/?'], X, true],
    [['https://git.example/acme'], X, false],
    [['https://git.example/acme/x-evil'], X, false],
    [['https://git.example/acme/x'], 'https://git.example/acme/x-evil', false],
    [['https://git.example/acme/*'], 'https://git.example.evil.test/acme/x', false],
    [['https://git.example/acme/*'], 'https://git.example/acme/../other/x', false],
    [['https://git.example/acme/*'], 'https://git.example/acme%2f..%2fother/x', false],
    [['git@git.example:acme/*'], 'git@git.example:acme/x.git', true],
    [['git@git.example:acme/*'], 'ssh://git@git.example/acme/x', true],
    [['ssh://git@git.example/acme/*'], 'git@git.example:acme/x.git', true],
    // The same repository by another transport.
    [[X], 'git@git.example:acme/x.git', true],
    [['*', '!https://git.example/acme/*'], X, false],
    [['*', '!https://git.example/acme/*'], 'https://git.example/beta/x', true],
    [['!https://git.example/acme/*', '*'], X, false],
    [['!https://git.example/acme/*'], 'https://git.example/beta/x', false],
    [['*', '!https://git.example/acme/x'], 'https://git.example:443/acme/x.git/', false],
    [['*', '!https://git.example/acme/x'], 'https://bot@git.example/Acme/%78', false],
    [['*', '!https://git.example/acme/x'], 'git@git.example:acme/x', false],
    [['*', '!git@git.example:acme/*'], X, false],
    [['*', '!**/acme/*'], X, false],
    [['*', '!*'], X, false],
    [['https://git.example/acme/[x'], X, false],
    [['https://git.example/{acme'], X, false],
  ])('%j and %s: %s', (sourceRepos, remote, expected) => {
    const project = { name: 'shop', sourceRepos, sourceNamespaces: [] };
    expect(allowsRemote(project, parseGitRemote(remote))).toBe(expected);
  });
});

describe('a project allows a namespace', () => {
  test.each<[readonly string[], string, boolean]>([
    [[], 'argocd', true],
    [[], 'team-a', false],
    [['team-a'], 'team-a', true],
    [['team-a'], 'team-ab', false],
    [['team-*'], 'team-a', true],
    [['*'], 'team-a', true],
    [['team-?'], 'team-a', true],
    [['/^team-[ab]$/'], 'team-a', true],
    [['/^team-[ab]$/'], 'team-c', false],
    [['/team/'], 'my-team-x', true],
    // RE2 has no look-around, so that it allows nothing.
    [['/^(?!kube-).*$/'], 'team-a', false],
    [['/(/'], 'team-a', false],
    [['other', 'team-a'], 'team-a', true],
  ])('%j and %s: %s', (sourceNamespaces, namespace, expected) => {
    const project = { name: 'shop', sourceRepos: ['*'], sourceNamespaces };
    expect(allowsNamespace(project, namespace, 'argocd')).toBe(expected);
  });
});

describe('an access glob', () => {
  test.each<[string, string, boolean]>([
    ['a*c', 'abc', true],
    ['a*c', 'a/c', false],
    ['a**c', 'a/b/c', true],
    ['**', 'a/b', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a\\', 'a', false],
    ['a.c', 'abc', false],
    ['a(b)+', 'a(b)+', true],
    ['{a,b*}/c', 'bx/c', true],
    ['a,b', 'a,b', true],
    ['}', '}', false],
    ['', '', true],
    ['*', 'a\nb', true],
    ['[\\d]', '5', false],
    ['[^a]', 'b', false],
  ])('%j and %j: %s', (pattern, text, expected) => {
    expect(createAccessGlob(pattern, { parts: true })(text)).toBe(expected);
  });

  test('takes time in proportion to the text', () => {
    const matches = createAccessGlob(`${'*a'.repeat(400)}b`, { parts: false });
    expect(matches('a'.repeat(5_000))).toBe(false);
  });

  test('that is far too long matches nothing', () => {
    expect(createAccessGlob('*'.repeat(1_001), { parts: false })('a')).toBe(false);
  });
});
