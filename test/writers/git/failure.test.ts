import { describe, expect, it } from 'vitest';
import { parseGitRemote } from '../../../src/core/git/remote.ts';
import type { GitLogin } from '../../../src/ports/git-logins.ts';
import { explainFailure, scrub, shorten } from '../../../src/writers/git/failure.ts';

const REMOTE = parseGitRemote('https://git.example/acme/deploy.git');
const BASIC: GitLogin = { kind: 'basic', username: 'me', password: 'pw/+', caFile: undefined };

function explain(stderr: string) {
  return explainFailure(stderr, { attempt: 'fetch from', remote: REMOTE, login: BASIC });
}

describe('what git says', () => {
  // Taken from git 2.39, curl 7.88 and OpenSSH 9.2, and from the forges themselves.
  it.each([
    [
      "fatal: unable to access 'https://git.example/x/': GnuTLS recv error (-54): Error in the pull function.",
      'git-unreachable',
      true,
    ],
    [
      "fatal: unable to access 'https://git.example/x/': gnutls_handshake() failed: Error in the push function.",
      'git-unreachable',
      true,
    ],
    [
      "fatal: unable to access 'https://git.example/x/': OpenSSL SSL_read: SSL_ERROR_SYSCALL, errno 0",
      'git-unreachable',
      true,
    ],
    ["fatal: Authentication failed for 'https://git.example/acme/deploy.git/'", 'git-denied', false],
    [
      "fatal: could not read Username for 'https://git.example': terminal prompts disabled",
      'git-denied',
      false,
    ],
    [
      'remote: Permission to acme/deploy.git denied to robot.\nfatal: unable to access: The requested URL returned error: 403',
      'git-denied',
      false,
    ],
    ['remote: HTTP Basic: Access denied\nfatal: Authentication failed', 'git-denied', false],
    [
      'git@git.example: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      'git-denied',
      false,
    ],
    ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'git-denied', false],
    [
      "remote: Repository not found.\nfatal: repository 'https://git.example/x/' not found",
      'git-denied',
      false,
    ],
    [
      'No ED25519 host key is known for git.example and you have requested strict checking.\nHost key verification failed.',
      'git-unreachable',
      false,
    ],
    ['fatal: unable to access: Could not resolve host: git.example', 'git-unreachable', true],
    ['fatal: unable to access: Could not resolve proxy: proxy', 'git-unreachable', true],
    [
      'fatal: unable to access: Failed to connect to git.example port 443 after 1 ms: Connection refused',
      'git-unreachable',
      true,
    ],
    ['ssh: connect to host git.example port 22: Connection timed out', 'git-unreachable', true],
    ['ssh: Could not resolve hostname git.example: Name or service not known', 'git-unreachable', true],
    ['error: RPC failed; curl 18 transfer closed\nfatal: early EOF', 'git-unreachable', true],
    ['fatal: the remote end hung up unexpectedly', 'git-unreachable', true],
    ['Timeout, server git.example not responding.', 'git-unreachable', true],
    ['fatal: unable to access: The requested URL returned error: 503', 'git-unreachable', true],
    [
      'fatal: unable to access: server certificate verification failed. CAfile: none CRLfile: none',
      'git-unreachable',
      false,
    ],
    ['fatal: unable to access: SSL certificate problem: self-signed certificate', 'git-unreachable', false],
    ["fatal: couldn't find remote ref refs/heads/main", 'git-branch-missing', false],
    ["fatal: '/srv/x' does not appear to be a git repository", 'git-unreachable', false],
    ['fatal: something nobody has seen', 'git-failed', true],
    ['', 'git-failed', true],
  ])('%j is %s', (stderr, code, retryable) => {
    expect(explain(stderr)).toMatchObject({ code, retryable });
  });

  it('becomes a message that names what was tried, where, and with which kind of login', () => {
    expect(explain('fatal: early EOF').message).toBe(
      'cannot fetch from git.example/acme/deploy with user name and password: fatal: early EOF',
    );
  });
});

describe('a message for people', () => {
  it('is one line without control characters', () => {
    expect(shorten('remote: a\u001b[31mred\u001b[0m\r\nremote: \n\n\u0007fatal: b\nTo https://x\n')).toBe(
      'remote: ared; fatal: b',
    );
  });

  it('is bounded', () => {
    expect(shorten(`${'x\n'.repeat(100_000)}`)).toBe(Array.from({ length: 10 }, () => 'x').join('; '));
    expect(shorten('x'.repeat(100_000)).length).toBeLessThan(1_000);
  });
});

describe('scrubbing', () => {
  it('takes out the password in every form', () => {
    const forms = ['pw/+', 'pw%2F%2B', Buffer.from('me:pw/+').toString('base64')];
    expect(scrub(forms.join(' '), BASIC)).toBe('*** *** ***');
  });

  it('takes out what stands before the host in any URL', () => {
    expect(scrub('https://a:b@c/d ssh://git@e', { kind: 'none', caFile: undefined })).toBe(
      'https://***@c/d ssh://***@e',
    );
  });

  it('leaves usual user names alone, and takes out one that may be a token', () => {
    expect(scrub('me x-access-token', { ...BASIC, username: 'x-access-token' })).toBe('me x-access-token');
    expect(scrub('tok-0123456789abcdef', { ...BASIC, username: 'tok-0123456789abcdef' })).toBe('***');
  });

  it('does not take an empty password for every place between two letters', () => {
    expect(scrub('abc', { ...BASIC, password: '' })).toBe('abc');
  });
});
