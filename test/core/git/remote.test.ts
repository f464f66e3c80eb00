import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LynceusError } from '../../../src/errors.ts';
import { matchRemote, parseGitRemote, readGitRemote } from '../../../src/core/git/remote.ts';

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
    expect(parseGitRemote(text)).toMatchObject({ transport, url, host, path, label });
  });

  it.each([
    '',
    ' https://git.example/x',
    'https://git.example/a b',
    'https://git.example/\n',
    'ext::sh -c id',
    'ext::sh -c "touch /tmp/x"',
    'ext::sh',
    '--upload-pack=touch',
    'ssh://-oProxyCommand=id/y',
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
    'https://git.example/a%zz',
    'https://git.example/a%00b',
    'https://git.example/a%0Ab',
    'https://git.example/x?token=secret',
    'https://git.example/x#secret',
    'https://git.example/\u200bx',
    'http://',
    'ssh://',
    'file://',
    ':x',
    'oci://ghcr.io/acme/chart',
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

/** Each row is one repository, in all the ways in which people write it. */
const ONE_REPOSITORY: readonly (readonly string[])[] = [
  [
    'https://git.example/acme/deploy.git',
    'https://git.example/acme/deploy',
    'https://git.example/acme/deploy/',
    'https://git.example/acme/deploy.git/',
    'HTTPS://git.example/acme/deploy.git',
    'https://GIT.Example/acme/deploy.git',
    'https://git.example./acme/deploy.git',
    'https://git.example:443/acme/deploy.git',
    'https://bot@git.example/acme/deploy.git',
    'https://git.example//acme//deploy.git',
    'https://git.example/acme/./deploy.git',
    'https://git.example/acme/x/../deploy.git',
    'https://git.example/acme/%64eploy.git',
    'https://git.example/%61cme/deploy%2Egit',
    'https://git.example/Acme/Deploy.git',
    'http://git.example/acme/deploy.git',
    'http://git.example:80/acme/deploy',
    'git@git.example:acme/deploy.git',
    'git@git.example:acme/deploy',
    'git@git.example:/acme/deploy.git',
    'git@GIT.example:acme/deploy/',
    'git.example:acme/deploy.git',
    'deploy-bot@git.example:acme/deploy.git',
    'ssh://git@git.example/acme/deploy.git',
    'ssh://git@git.example:22/acme/deploy',
    'ssh://git.example/acme/deploy.git/',
    'SSH://git@Git.Example/acme/%64eploy.git',
  ],
  ['https://git.example:8443/x.git', 'https://git.example:8443/x/', 'https://u@GIT.example:8443/x'],
  ['ssh://git@git.example:2222/x.git', 'ssh://git.example:2222/x', 'ssh://git@GIT.EXAMPLE:2222/x/'],
  ['https://[::1]/x', 'https://[0:0:0:0:0:0:0:1]/x.git', 'git@[::1]:x'],
  ['https://127.0.0.1/x', 'https://127.1/x', 'https://0x7f.0.0.1/x.git'],
  ['https://b\u00fccher.example/x', 'https://xn--bcher-kva.example/x', 'https://B\u00dcCHER.example/x.git'],
  [
    'https://git.example/b\u00fccher/x',
    'https://git.example/b%C3%BCcher/x',
    'https://git.example/b%c3%bccher/x',
  ],
  ['https://github.com/acme/x', 'git@github.com:acme/x.git', 'ssh://git@ssh.github.com:443/acme/x.git'],
  ['https://bitbucket.org/acme/x', 'ssh://git@altssh.bitbucket.org:443/acme/x.git'],
  ['https://gitlab.com/acme/x', 'ssh://git@altssh.gitlab.com:443/acme/x.git'],
  [
    'https://dev.azure.com/org/project/_git/x',
    'https://org@dev.azure.com/org/project/_git/x',
    'git@ssh.dev.azure.com:v3/org/project/x',
    'https://org.visualstudio.com/project/_git/x',
    'https://org.visualstudio.com/DefaultCollection/project/_git/x',
    'org@vs-ssh.visualstudio.com:v3/org/project/x',
  ],
  [
    'https://dev.azure.com/org/_git/x',
    'https://dev.azure.com/org/x/_git/x',
    'git@ssh.dev.azure.com:v3/org/x/x',
  ],
  [
    '/srv/git/x.git',
    '/srv/git/x',
    '/srv/git/x/',
    '/srv//git/./x.git',
    'file:///srv/git/x.git',
    '/srv/a/../git/x',
  ],
  ['./x.git', './x', './/x/'],
];

/** Pairs that look alike and are two. */
const TWO_REPOSITORIES: readonly (readonly [string, string])[] = [
  ['https://git.example/acme/deploy', 'https://git.example/acme/deploy-2'],
  ['https://git.example/acme/deploy', 'https://git.example/acme/deploy/sub'],
  ['https://git.example/acme/deploy', 'https://git.example:8443/acme/deploy'],
  ['https://git.example/acme/deploy', 'https://git.example.evil/acme/deploy'],
  ['https://git.example/acme/deploy.git', 'https://git.example/acme/deploy.git.git'],
  ['https://git.example/a/b', 'https://git.example/a%2Fb'],
  ['https://git.example/a/b', 'https://git.example/a%2520b'],
  ['ssh://git@git.example:2222/x', 'ssh://git@git.example/x'],
  ['/srv/git/x', '/srv/git/X'],
  ['/srv/git/x', './srv/git/x'],
  ['https://org.visualstudio.com/project/_git/x', 'https://other.visualstudio.com/project/_git/x'],
];

describe('the key of a remote', () => {
  it.each(ONE_REPOSITORY)('is one for all spellings of %s', (...spellings) => {
    const keys = spellings.map((text) => [text, parseGitRemote(text).key]);
    expect(keys).toEqual(spellings.map((text) => [text, parseGitRemote(spellings[0] ?? '').key]));
  });

  it.each(TWO_REPOSITORIES)('tells %s and %s apart', (a, b) => {
    expect(parseGitRemote(a).key).not.toBe(parseGitRemote(b).key);
  });

  it('never goes less far than the comparison of Argo CD', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,6}$/);
    const ending = fc.constantFrom('', '.git');
    const form = fc.constantFrom(
      'https://h.example/',
      'HTTPS://H.example/',
      'git@h.example:',
      'ssh://git@h.example/',
    );
    const remote = fc.tuple(form, part, part, ending).map(([start, a, b, end]) => `${start}${a}/${b}${end}`);
    fc.assert(
      fc.property(remote, remote, fc.boolean(), (a, other, sameText) => {
        const b = sameText
          ? a
              .toUpperCase()
              .replace('GIT@', 'git@')
              .replace('SSH://', 'ssh://')
              .replace(/\.GIT$/, '')
          : other;
        if (normalizeGitUrl(a) === normalizeGitUrl(b))
          expect(parseGitRemote(a).key).toBe(parseGitRemote(b).key);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Argo CD's `NormalizeGitURL` (util/git/git.go). */
function normalizeGitUrl(text: string): string {
  const lower = text.trim().toLowerCase();
  const ssh = /^(ssh:\/\/)?([^/:]*?)@[^@]+$/.test(lower);
  const url = ssh && !lower.startsWith('ssh://') ? `ssh://${lower.replace(':', '/')}` : lower;
  return url.replace(/\.git$/, '').replace(/^ssh:\/\//, '');
}

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
    ['https://git.example/ACME', 'https://git.example/acme/x', 4],
    ['./git', './git/acme/x', 3],
    ['./git/acme', './git/./acme/x', 8],
    ['file:///srv/git', '/srv/git/acme', 8],
    ['https://git.example/%61cme', 'https://git.example/acme/x', 4],
    ['https://dev.azure.com/acme', 'https://acme.visualstudio.com/web/_git/x', 4],
    ['https://acme.visualstudio.com', 'https://dev.azure.com/acme/web/_git/x', 4],
    ['https://acme.visualstudio.com/DefaultCollection', 'https://dev.azure.com/acme/web/_git/x', 4],
    ['https://acme.visualstudio.com/web', 'https://acme.visualstudio.com/web/_git/x', 8],
    ['https://dev.azure.com/acme/web/_git', 'https://dev.azure.com/acme/web/_git/x', 8],
    ['https://dev.azure.com/acme/web/_git', 'https://dev.azure.com/acme/web-2/_git/x', undefined],
    ['https://dev.azure.com/acme/web/_git/x', 'https://acme.visualstudio.com/web/_git/x', 10],
    ['git@ssh.dev.azure.com:v3', 'git@ssh.dev.azure.com:v3/acme/web/x', 0],
    ['git@ssh.dev.azure.com:v3/acme', 'acme@vs-ssh.visualstudio.com:v3/acme/web/x', 4],
    ['git@ssh.dev.azure.com:v3/acme', 'git@ssh.dev.azure.com:v3/acme-2/web/x', undefined],
  ])('%s of %s matches %s letters of the path', (prefix, remote, length) => {
    expect(matchRemote(parseGitRemote(remote), parseGitRemote(prefix))).toBe(length);
  });
});

it.each(['ssh://git@git.example:acme/deploy.git', 'ssh://git.example:acme/x', 'ssh://git@git.example:x'])(
  '%s says that what follows is no port',
  (text) => {
    expect(readGitRemote(text)).toEqual({
      why: 'its port is no number',
      hint: expect.stringContaining('git@host:path.git without ssh://') as string,
    });
  },
);
