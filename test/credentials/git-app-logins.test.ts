import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createGitLogins } from '../../src/credentials/git-logins.ts';
import type { GitRemoteRow } from '../../src/settings/git-remote.ts';
import type { GithubApp, TokenScope } from '../../src/credentials/github-app/github-app.ts';
import type { GitCredentialSpec } from '../../src/core/policy.ts';
import { createFolder } from '../kube/stand-in.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';

const { signal } = new AbortController();
const GITHUB = 'https://github.com/acme/deploy.git';
const APP = { GITHUB_APP_ID: '123', GITHUB_APP_PRIVATE_KEY: 'a-key' };

function row(url: string, githubApp: GitRemoteRow['githubApp']): GitRemoteRow {
  return {
    url,
    usernameFrom: undefined,
    passwordFrom: undefined,
    githubApp,
    sshPrivateKeyFile: undefined,
    sshKnownHostsFile: undefined,
    caFile: '/row.pem',
  };
}

function setUp(rows: readonly GitRemoteRow[], env: Readonly<Record<string, string>>) {
  const asked: { readonly app: GithubApp; readonly scope: TokenScope }[] = [];
  const logins = createGitLogins({
    remotes: rows,
    env,
    appTokens: {
      get: async (app, scope) => {
        asked.push({ app, scope });
        return 'a-token';
      },
      renew: async (_app, { refused }) => (refused === 'a-token' ? 'a-newer-token' : undefined),
    },
  });
  const credentials: GitCredentialSpec = { kind: 'repocreds' };
  const placeOf = (remote: string) => ({
    remote: parseGitRemote(remote),
    base: 'main',
    push: undefined,
    isOwnSource: true,
    credentials,
  });
  return { asked, logins, placeOf, find: (remote: string) => logins.find(placeOf(remote), signal) };
}

const TOKEN = { kind: 'basic', username: 'x-access-token', password: 'a-token' };

describe('a GitHub App of the environment', () => {
  test('logs in to the remotes of its host, by the repository', async () => {
    const { find, asked } = setUp([], APP);

    expect(await find(GITHUB)).toEqual({ ...TOKEN, caFile: undefined });
    expect(asked).toMatchObject([
      {
        app: { appId: '123', apiUrl: 'https://api.github.com' },
        scope: { owner: 'acme', repository: 'deploy' },
      },
    ]);
  });

  test('comes before GIT_PASSWORD there, and is shown to nobody else', async () => {
    const { find } = setUp([], { ...APP, GIT_PASSWORD: 'a-password' });

    expect(await find(GITHUB)).toMatchObject(TOKEN);
    for (const remote of ['https://gitlab.com/acme/deploy', 'https://github.com.evil.example/acme/deploy'])
      expect(await find(remote)).toMatchObject({ password: 'a-password' });
  });

  test('may be one of GitHub Enterprise Server, with its key in a file', async () => {
    const file = join(createFolder(), 'key.pem');
    writeFileSync(file, 'a-key\n');
    const { find, asked } = setUp([], {
      GITHUB_APP_ID: '123',
      GITHUB_APP_INSTALLATION_ID: '7',
      GITHUB_APP_PRIVATE_KEY_FILE: file,
      GITHUB_APP_BASE_URL: 'https://git.corp/api/v3',
    });

    expect(await find('https://git.corp/acme/deploy')).toMatchObject(TOKEN);
    expect(await find(GITHUB)).toMatchObject({ kind: 'none' });
    expect(asked).toMatchObject([
      { app: { installationId: '7', privateKey: 'a-key', apiUrl: 'https://git.corp/api/v3' } },
    ]);
  });

  test.each([
    [
      'half of it is missing',
      { GITHUB_APP_ID: '123' },
      'credentials-missing',
      /^the environment describes a GitHub App without GITHUB_APP_PRIVATE_KEY$/,
    ],
    [
      'its key cannot be read',
      { GITHUB_APP_ID: '123', GITHUB_APP_PRIVATE_KEY_FILE: '/nowhere' },
      'credentials-failed',
      /\/nowhere \(ENOENT\)$/,
    ],
  ])('is an error when %s', async (_what, env, code, message) => {
    await expect(setUp([], env).find(GITHUB)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('a GitHub App of a row', () => {
  const app = {
    appId: '9',
    installationId: undefined,
    privateKeyFrom: { kind: 'env', variable: 'KEY' },
    baseUrl: undefined,
  } as const;

  test('logs in before the environment, with the authority of the row', async () => {
    const { find, asked } = setUp([row('https://github.com/acme/', app)], { ...APP, KEY: 'row-key' });

    expect(await find(GITHUB)).toEqual({ ...TOKEN, caFile: '/row.pem' });
    await find('https://github.com/other/deploy');
    expect(asked.map(({ app: { appId, privateKey, route } }) => [appId, privateKey, route?.caFile])).toEqual([
      ['9', 'row-key', '/row.pem'],
      ['123', 'a-key', undefined],
    ]);
  });

  test.each([
    [
      'https://gitlab.com/acme/deploy',
      'credentials-failed',
      /is one of github\.com, and gitlab\.com\/acme\/deploy is elsewhere$/,
    ],
    ['https://github.com/acme', 'credentials-failed', /^a GitHub App cannot log in to github\.com\/acme$/],
    ['https://github.com/acme/deploy/wiki', 'credentials-failed', /cannot log in to/],
  ])('is an error for %s', async (remote, code, message) => {
    const rows = [row('https://gitlab.com', app), row('https://github.com', app)];

    await expect(setUp(rows, { KEY: 'k' }).find(remote)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  test('whose key is nowhere is an error', async () => {
    await expect(setUp([row('https://github.com', app)], {}).find(GITHUB)).rejects.toMatchObject({
      code: 'credentials-missing',
      message: expect.stringContaining('KEY, which is not set') as string,
    });
  });
});

test('a token that the remote refused is made anew, and no other login is', async () => {
  const { logins, placeOf, find } = setUp([], { ...APP, GIT_PASSWORD: 'a-password' });
  const token = await find(GITHUB);
  const password = await find('https://gitlab.com/acme/deploy');

  expect(await logins.renew?.(placeOf(GITHUB), token, signal)).toMatchObject({ password: 'a-newer-token' });
  expect(await logins.renew?.(placeOf('https://gitlab.com/acme/deploy'), password, signal)).toBeUndefined();
});
