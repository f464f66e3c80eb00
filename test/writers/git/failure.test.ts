import { describe, expect, it } from 'vitest';
import { parseGitRemote } from '../../../src/core/git/remote.ts';
import type { GitLogin } from '../../../src/ports/git-logins.ts';
import { explainFailure, hostWords, scrub, shorten } from '../../../src/writers/git/failure.ts';

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

  const NOT_READ = 'fatal: Could not read from remote repository.';
  it.each([
    ['GitHub', 'ERROR: The key you are authenticating with has been marked as read only.'],
    ['GitHub, another key', 'ERROR: Permission to acme/deploy.git denied to deploy key'],
    ['GitHub, a token', 'remote: Write access to repository not granted.'],
    [
      'GitLab',
      `remote: \nremote: ${'='.repeat(72)}\nremote: \nremote: ERROR: This deploy key does not have write access to this project.`,
    ],
    ['GitLab, a person', 'remote: You are not allowed to push code to this project.'],
    ['GitLab, a token', 'remote: You are not allowed to upload code.'],
    [
      'Bitbucket Cloud, an old one',
      'conq: repository access denied. access via a deployment key is read-only.',
    ],
    ['Bitbucket Cloud', 'Repository access denied.\nAccess via deployment key is read-only.'],
    ['Bitbucket Cloud, another key', 'Unauthorized'],
    [
      'Bitbucket Cloud, no access',
      'remote: You may not have access to this repository or it no longer exists in this workspace.',
    ],
    ['Bitbucket Data Center', 'fatal: remote error: The SSH access key has read-only permission'],
    [
      'Azure DevOps',
      "remote: TF401027: You need the Git 'GenericContribute' permission to perform this action. Details: identity 'Build'",
    ],
    ['Azure DevOps, no key', 'remote: Public key authentication failed.'],
    [
      'Azure DevOps, no repository',
      'remote: TF401019: The Git repository with name or identifier x does not exist or you do not have permissions for the operation you are attempting.',
    ],
    ['Gitea', 'Gitea: Unauthorized\nDeploy Key: 3:ci is not authorized to write to acme/deploy.'],
    ['Forgejo', 'Forgejo: User permission denied for writing.'],
  ])('%s says to a key that may not write what is git-denied', (_host, words) => {
    expect(
      explain(`${words}\n${NOT_READ}\nPlease make sure you have the correct access rights`),
    ).toMatchObject({
      code: 'git-denied',
      retryable: false,
    });
  });

  it.each([
    ['fatal: the remote end hung up unexpectedly\n', 'git-unreachable'],
    [`ssh: connect to host git.example port 22: Connection refused\n${NOT_READ}`, 'git-unreachable'],
    [NOT_READ, 'git-unreachable'],
  ])('%j stays what it was', (stderr, code) => {
    expect(explain(stderr).code).toBe(code);
  });

  it.each([
    "fatal: unable to access: SSL: no alternative certificate subject name matches target host name 'git.example'",
    "fatal: unable to access: SSL: certificate subject name 'x.example' does not match target hostname 'git.example'",
    'fatal: unable to access: The certificate is NOT trusted. The name in the certificate does not match the expected.',
  ])('%j is a certificate for another name, which no authority mends', (stderr) => {
    const error = explain(stderr);
    expect(error).toMatchObject({ code: 'git-unreachable', retryable: false });
    expect(error.hint).toContain('the certificate is not for git.example:');
  });

  it.each([
    'SSL certificate problem: certificate has expired',
    'SSL certificate problem: certificate is not yet valid',
  ])('%j is a matter of time', (stderr) => {
    expect(explain(stderr).hint).toContain('not valid now');
  });

  it.each([
    ['git@git.example:2222/acme/deploy.git', 'ssh://git@git.example:2222/acme/deploy.git'],
    ['git.example:22/acme/deploy', 'ssh://git.example:22/acme/deploy'],
    ['git@[::1]:7999/acme/deploy', 'ssh://git@[::1]:7999/acme/deploy'],
  ])('%s was perhaps meant to have a port', (url, meant) => {
    const context = { attempt: 'list the branches of', login: BASIC, remote: parseGitRemote(url) } as const;
    expect(explainFailure(NOT_READ, context).hint).toContain(meant);
    expect(explainFailure('ERROR: Repository not found.', context).hint).toContain(meant);
  });

  it.each([
    'git@git.example:acme/deploy.git',
    'ssh://git@git.example:2222/x',
    'git@git.example:2222acme/x',
    'git@git.example:99999/x',
  ])('%s has nothing that looks like one', (url) => {
    const context = { attempt: 'list the branches of', login: BASIC, remote: parseGitRemote(url) } as const;
    expect(explainFailure(NOT_READ, context).hint).not.toContain('no port');
  });

  it('names where a login was looked for when there is none', () => {
    const login: GitLogin = { kind: 'none', caFile: undefined, lookedAt: 'the Secret argocd/a is for ssh' };
    const context = { attempt: 'push to', remote: REMOTE, login } as const;
    expect(explainFailure('fatal: could not read Username for x', context).message).toContain(
      '; the Secret argocd/a is for ssh',
    );
    expect(explainFailure('Could not resolve host: x', context).message).not.toContain('Secret');
  });

  it('reads no more of it than it can in no time', () => {
    const begin = Date.now();
    explain(`${'key is '.repeat(1_000_000)}\nERROR: Repository not found.`);
    expect(Date.now() - begin).toBeLessThan(2_000);
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

  it('has all that a host says, to the last line', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `- ${index}: a path is restricted`);
    const text = hostWords(['=====', ...lines, 'To push it, ask in #platform', '====='].join('\n'), false);
    expect(text).toBe([...lines, 'To push it, ask in #platform'].join('; '));
    expect(hostWords('To https://git.example/x\nTo push it, ask')).toBe('To push it, ask');
    expect(hostWords('To https://git.example/ask', false)).toBe('To https://git.example/ask');
  });

  it('of any length keeps its beginning and its end', () => {
    const many = hostWords(Array.from({ length: 100_000 }, (_, index) => `line ${index}`).join('\n'));
    expect(many).toMatch(/^line 0; .* line 99999$/);
    expect(many.length).toBeLessThan(7_000);
    const long = hostWords(`begin ${'x'.repeat(1_000_000)} end`);
    expect(long).toMatch(/^begin .* end$/);
    expect(long.length).toBeLessThan(7_000);
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
