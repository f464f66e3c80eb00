import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createGitLogins } from '../../src/credentials/git-logins.ts';
import type { GitRemoteRow } from '../../src/settings/git-remote.ts';
import type { GitCredentialSpec } from '../../src/core/policy.ts';
import { NO_APP_TOKENS } from './no-app-tokens.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-logins-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const KEY = file('key', 'a private key');
const OTHER_KEY = file('other-key', 'a private key', 0o400);
const OPEN_KEY = file('open-key', 'a private key', 0o644);
const KNOWN = file('known-hosts', 'git.example ssh-ed25519 AAAA', 0o644);
const TOKEN = file('token', 'from-file\n');

function row(url: string, changes: Partial<GitRemoteRow> = {}): GitRemoteRow {
  return {
    url,
    usernameFrom: undefined,
    passwordFrom: undefined,
    sshPrivateKeyFile: undefined,
    sshKnownHostsFile: undefined,
    caFile: undefined,
    ...changes,
  };
}

function text(value: string) {
  return { kind: 'text', text: value } as const;
}

interface Asking {
  readonly rows?: readonly GitRemoteRow[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly credentials?: GitCredentialSpec;
}

function find(remote: string, { rows = [], env = {}, credentials = { kind: 'repocreds' } }: Asking = {}) {
  const logins = createGitLogins({ remotes: rows, env, appTokens: NO_APP_TOKENS });
  return logins.find(
    { remote: parseGitRemote(remote), base: 'main', push: undefined, isOwnSource: true, credentials },
    new AbortController().signal,
  );
}

const NONE = { kind: 'none', caFile: undefined };
const HTTPS = 'https://git.example/acme/deploy.git';
const SSH = 'git@git.example:acme/deploy.git';

function basic(username: string, password: string) {
  return { kind: 'basic', username, password, caFile: undefined };
}

describe('without rows', () => {
  it.each([
    ['nothing', HTTPS, {}, NONE],
    ['a password', HTTPS, { GIT_PASSWORD: 'p' }, basic('x-access-token', 'p')],
    ['both', HTTPS, { GIT_USERNAME: 'u', GIT_PASSWORD: 'p' }, basic('u', 'p')],
    ['a password from a file by a shell', HTTPS, { GIT_PASSWORD: 'p\n' }, basic('x-access-token', 'p')],
    ['a user alone', HTTPS, { GIT_USERNAME: 'u' }, NONE],
    ['empty variables', HTTPS, { GIT_USERNAME: '', GIT_PASSWORD: '' }, NONE],
    ['a password for plain http', 'http://git.example/x', { GIT_PASSWORD: 'p' }, NONE],
    [
      'a password for this machine',
      'http://127.0.0.1:3000/x',
      { GIT_PASSWORD: 'p' },
      basic('x-access-token', 'p'),
    ],
    ['a password for a path', '/srv/x.git', { GIT_PASSWORD: 'p' }, NONE],
    ['a password for a file URL', 'file:///srv/x.git', { GIT_PASSWORD: 'p' }, NONE],
  ])('the environment with %s decides about %s', async (_what, remote, env, expected) => {
    expect(await find(remote, { env })).toEqual(expected);
  });

  it('an ssh key and known hosts come from the environment', async () => {
    const env = { GIT_SSH_PRIVATE_KEY_FILE: KEY, GIT_SSH_KNOWN_HOSTS_FILE: KNOWN };
    expect(await find(SSH, { env })).toEqual({ kind: 'ssh', privateKeyFile: KEY, knownHostsFile: KNOWN });
    expect(await find(SSH, { env: { GIT_SSH_PRIVATE_KEY_FILE: KEY } })).toMatchObject({
      knownHostsFile: undefined,
    });
  });

  it('an ssh remote without a key is an error that says what to set', async () => {
    await expect(find(SSH, { env: { GIT_SSH_PRIVATE_KEY_FILE: '' } })).rejects.toMatchObject({
      code: 'credentials-missing',
      hint: expect.stringContaining('GIT_SSH_PRIVATE_KEY_FILE'),
    });
  });
});

describe('with rows', () => {
  const rows = [
    row('https://git.example', { passwordFrom: text('host') }),
    row('https://git.example/acme', {
      passwordFrom: text('acme'),
      usernameFrom: text('robot'),
      caFile: '/ca.pem',
    }),
    row('https://git.example/acme/deploy/sub', { passwordFrom: text('sub') }),
    row('http://old.example', { passwordFrom: text('clear') }),
    row('https://ca.example', { caFile: '/ca.pem' }),
    row('git@git.example:acme', { sshPrivateKeyFile: OTHER_KEY }),
  ];
  const env = { GIT_PASSWORD: 'env', GIT_SSH_PRIVATE_KEY_FILE: KEY, GIT_SSH_KNOWN_HOSTS_FILE: KNOWN };

  it.each([
    [HTTPS, { ...basic('robot', 'acme'), caFile: '/ca.pem' }],
    ['https://git.example/acme-2/x', basic('x-access-token', 'host')],
    ['https://git.example/acme/deploy/sub', basic('x-access-token', 'sub')],
    ['https://other.example/x', basic('x-access-token', 'env')],
    ['https://git.example.evil/x', basic('x-access-token', 'env')],
    ['http://old.example/x', basic('x-access-token', 'clear')],
    ['https://ca.example/x', { ...basic('x-access-token', 'env'), caFile: '/ca.pem' }],
    ['ssh://git@git.example/acme/x', { kind: 'ssh', privateKeyFile: OTHER_KEY, knownHostsFile: KNOWN }],
    ['git@git.example:other/x', { kind: 'ssh', privateKeyFile: KEY, knownHostsFile: KNOWN }],
  ])('the longest one that %s lies under decides', async (remote, expected) => {
    expect(await find(remote, { rows, env })).toEqual(expected);
  });

  it('a secret comes from a variable, a file or the row itself', async () => {
    const sources = [
      { kind: 'env', variable: 'TOKEN' } as const,
      { kind: 'file', path: TOKEN } as const,
      text('from-row'),
    ];
    const found = await Promise.all(
      sources.map((passwordFrom) =>
        find(HTTPS, { rows: [row(HTTPS, { passwordFrom })], env: { TOKEN: 'from-env' } }),
      ),
    );
    expect(found.map((login) => login.kind === 'basic' && login.password)).toEqual([
      'from-env',
      'from-file',
      'from-row',
    ]);
  });

  it.each([
    ['a variable that is not set', { kind: 'env', variable: 'GONE' } as const, 'credentials-missing'],
    ['a file that is not there', { kind: 'file', path: '/nonexistent' } as const, 'credentials-failed'],
    ['an empty file', { kind: 'file', path: file('empty', '\n') } as const, 'credentials-failed'],
    ['two lines', text('secret-1\nsecret-2'), 'credentials-failed'],
  ])('%s is an error, and shows no secret', async (_what, passwordFrom, code) => {
    const asked = find(HTTPS, { rows: [row(HTTPS, { passwordFrom })], env: { GIT_PASSWORD: 'env' } });
    const error: unknown = await asked.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('secret-');
  });

  it.each([
    ['cannot be read', '/nonexistent', /cannot be read/],
    ['is a folder', folder, /is not a file/],
    ['others can read', OPEN_KEY, /mode 0644/],
  ])('an ssh key that %s is an error', async (_what, sshPrivateKeyFile, message) => {
    mkdirSync(folder, { recursive: true });
    await expect(find(SSH, { rows: [row(SSH, { sshPrivateKeyFile })] })).rejects.toMatchObject({
      code: 'credentials-failed',
      message: expect.stringMatching(message),
    });
  });

  it('known hosts that cannot be read are an error, never a reason not to check', async () => {
    const badRows = [row(SSH, { sshPrivateKeyFile: KEY, sshKnownHostsFile: '/nonexistent' })];
    await expect(find(SSH, { rows: badRows })).rejects.toMatchObject({ code: 'credentials-failed' });
  });

  it.each([['https://git.example/acme.git'], ['https://me:pw@git.example/x'], ['nonsense']])(
    'a row for %s is refused when it is there twice or no URL',
    (url) => {
      const twice = [row(url), row('https://git.example/acme')];
      expect(() => createGitLogins({ remotes: twice, env: {}, appTokens: NO_APP_TOKENS })).toThrow(
        expect.objectContaining({ code: 'config-invalid' }),
      );
    },
  );
});

it('says that a secret of the cluster needs a cluster', async () => {
  const credentials = { kind: 'secret', namespace: 'argocd', name: 'git-login' } as const;
  await expect(find(HTTPS, { credentials })).rejects.toMatchObject({
    code: 'credentials-missing',
    message: expect.stringContaining('argocd/git-login'),
  });
});
