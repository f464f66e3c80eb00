import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LynceusError } from '../../src/errors.ts';
import { matchRemote, parseGitRemote } from '../../src/core/git-remote.ts';

describe('a remote', () => {
  it.each([
    [
      'https://git.example/acme/deploy.git',
      'https',
      'https://git.example/acme/deploy.git',
      'git.example',
      'acme/deploy',
    ],
    [
      'https://Git.Example:443/acme/deploy/',
      'https',
      'https://git.example/acme/deploy/',
      'git.example',
      'acme/deploy',
    ],
    ['https://git.example:8443/x', 'https', 'https://git.example:8443/x', 'git.example:8443', 'x'],
    [
      'https://org@dev.example/org/_git/x',
      'https',
      'https://dev.example/org/_git/x',
      'dev.example',
      'org/_git/x',
    ],
    ['http://git.example/x', 'http', 'http://git.example/x', 'git.example', 'x'],
    ['ssh://git@git.example/acme/x.git', 'ssh', 'ssh://git@git.example/acme/x.git', 'git.example', 'acme/x'],
    ['ssh://git@git.example:2222/x', 'ssh', 'ssh://git@git.example:2222/x', 'git.example:2222', 'x'],
    ['ssh://git@git.example:22/x', 'ssh', 'ssh://git@git.example:22/x', 'git.example', 'x'],
    ['git@Git.Example:acme/x.git', 'ssh', 'git@Git.Example:acme/x.git', 'git.example', 'acme/x'],
    ['git.example:acme/x', 'ssh', 'git.example:acme/x', 'git.example', 'acme/x'],
    ['git@[::1]:acme/x', 'ssh', 'git@[::1]:acme/x', '[::1]', 'acme/x'],
    ['/srv/git/x.git', 'local', '/srv/git/x.git', '', '/srv/git/x.git'],
    ['./x.git', 'local', './x.git', '', './x.git'],
    ['../x', 'local', '../x', '', '../x'],
    ['file:///srv/my%20git/x', 'local', '/srv/my git/x', '', '/srv/my git/x'],
  ])('%s is taken apart', (text, transport, url, host, path) => {
    const label = host === '' ? path : `${host}/${path}`;
    expect(parseGitRemote(text)).toEqual({ transport, url, host, path, label });
  });

  it.each([
    '',
    ' https://git.example/x',
    'https://git.example/a b',
    'https://git.example/\n',
    'ext::sh -c id',
    'ext::id',
    'ssh::://',
    'https::x://git.example/x',
    'git@git.example::x',
    'fd::7',
    'git://git.example/x',
    'ftp://git.example/x',
    'rsync://git.example/x',
    'file://other.example/x',
    'file:///%zz',
    'https://',
    'https://user:secret@git.example/x',
    'ssh://git:secret@git.example/x',
    'ssh://-oProxyCommand=id/x',
    'ssh://-x@git.example/x',
    '-oProxyCommand=id:x',
    '-x@git.example:x',
    '--upload-pack=id',
    'acme/deploy',
    'deploy',
  ])('%j is refused', (text) => {
    expect(() => parseGitRemote(text)).toThrow(expect.objectContaining({ code: 'config-invalid' }));
    expect(() => parseGitRemote(text)).not.toThrow(/secret/);
  });

  it('of any text either has no user information for http and no helper, or is refused', () => {
    const pieces = fc.constantFrom(
      'https',
      'ssh',
      'ext',
      '://',
      '::',
      ':',
      '@',
      '/',
      '-',
      '.',
      'git',
      'a b',
      '\n',
      '%',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(pieces, fc.string())).map((parts) => parts.join('')),
        (text) => {
          try {
            const remote = parseGitRemote(text);
            expect(remote.url).not.toMatch(/^-|^\w+::/);
            if (remote.transport.startsWith('http')) expect(remote.url.split('/')[2]).not.toContain('@');
          } catch (error) {
            expect(error).toBeInstanceOf(LynceusError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('a prefix', () => {
  it.each([
    ['https://git.example', 'https://git.example/acme/x', 0],
    ['https://git.example/', 'https://git.example/acme/x', 0],
    ['https://git.example/acme', 'https://git.example/acme/x.git', 4],
    ['https://git.example/acme/x.git', 'https://git.example/acme/x', 6],
    ['git@git.example:', 'git@git.example:acme/x', 0],
    ['git@git.example:acme', 'ssh://git@git.example/acme/x', 4],
    ['https://git.example/acme', 'https://git.example/acme-2/x', undefined],
    ['https://git.example', 'https://git.example.evil/x', undefined],
    ['https://git.example', 'https://git.example:8443/x', undefined],
    ['https://git.example', 'http://git.example/x', undefined],
    ['https://git.example', 'ssh://git.example/x', undefined],
    ['https://git.example/ACME', 'https://git.example/acme/x', undefined],
  ])('%s of %s matches %s letters of the path', (prefix, remote, length) => {
    expect(matchRemote(parseGitRemote(remote), parseGitRemote(prefix))).toBe(length);
  });
});
