import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createArgocdRepositories } from '../../src/credentials/argocd-repositories.ts';
import { createGitLogins } from '../../src/credentials/git-logins.ts';
import type { GitRemoteRow } from '../../src/settings/git-remote.ts';
import { createKubeSecrets } from '../../src/credentials/kube-secrets.ts';
import type { GitCredentialSpec } from '../../src/core/policy.ts';
import { SECRETS } from '../../src/kube/kube-client.ts';
import type { GitLogin } from '../../src/ports/git-logins.ts';
import type { KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { NO_APP_TOKENS } from './no-app-tokens.ts';
import { errorOf } from '../helpers/thrown.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { connect, createFolder, FOREVER, startServer } from '../kube/stand-in.ts';
import { anArgocdSecret, aSecret, makePrivateKey } from './a-secret.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';

const REMOTE = 'https://git.example/acme/deploy.git';
const SSH = 'git@git.example:acme/deploy.git';
const NAMED: GitCredentialSpec = { kind: 'secret', namespace: 'shop', name: 'git' };

interface Asking {
  readonly rows?: readonly Partial<GitRemoteRow>[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly credentials?: GitCredentialSpec;
}

const EMPTY_ROW: GitRemoteRow = {
  url: 'https://git.example',
  usernameFrom: undefined,
  passwordFrom: undefined,
  sshPrivateKeyFile: undefined,
  sshKnownHostsFile: undefined,
  caFile: undefined,
};

async function find(server: KubeStandIn, remote: string, asking: Asking = {}): Promise<GitLogin> {
  const { rows = [], env = {}, credentials = { kind: 'repocreds' } } = asking;
  const kube = await connect(server);
  const clock = createVirtualClock();
  const logins = createGitLogins({
    appTokens: NO_APP_TOKENS,
    remotes: rows.map((row) => ({ ...EMPTY_ROW, ...row })),
    env,
    secrets: {
      read: createKubeSecrets({ kube, clock }).read,
      repositories: createArgocdRepositories({ kube, clock, argocdNamespace: 'argocd' }),
    },
  });
  return logins.find(
    { remote: parseGitRemote(remote), base: 'main', push: undefined, isOwnSource: true, credentials },
    FOREVER,
  );
}

/** A cluster where every place holds a login of its own. */
async function startFull(): Promise<KubeStandIn> {
  const server = await startServer();
  server.objects.put(SECRETS, anArgocdSecret('repository', 'repo', { url: REMOTE, password: 'argocd' }));
  server.objects.put(
    SECRETS,
    anArgocdSecret('repository', 'team-repo', { url: REMOTE, password: 'team', project: 'team' }),
  );
  server.objects.put(SECRETS, aSecret('shop', 'git', { username: 'u', password: 'named' }));
  return server;
}

const ROW = { passwordFrom: { kind: 'text', text: 'row' } } as const;
const ENV = { GIT_PASSWORD: 'env' };

describe('the login of a Git remote, in a cluster', () => {
  test.each([
    ['the Secret that the Application names', REMOTE, { rows: [ROW], env: ENV, credentials: NAMED }, 'named'],
    ['the row', REMOTE, { rows: [ROW], env: ENV }, 'row'],
    ["Argo CD's", REMOTE, { env: ENV }, 'argocd'],
    [
      "Argo CD's for the project",
      REMOTE,
      { env: ENV, credentials: { kind: 'repocreds', project: 'team' } as const },
      'team',
    ],
    ["Argo CD's, although a row names the authority", REMOTE, { rows: [{ caFile: '/ca.pem' }] }, 'argocd'],
    ['the environment', 'https://git.example/acme/other', { env: ENV }, 'env'],
  ])('is %s', async (_what, remote, asking, password) => {
    expect(await find(await startFull(), remote, asking)).toMatchObject({ kind: 'basic', password });
  });

  test('is none when nobody knows one', async () => {
    expect(await find(await startServer(), REMOTE)).toEqual({
      kind: 'none',
      caFile: undefined,
      lookedAt: 'Argo CD has no Secret for a Git repository',
    });
  });

  test('that nobody has says what was looked at, without a secret', async () => {
    const server = await startFull();
    server.objects.put(
      SECRETS,
      anArgocdSecret('repository', 'broken', {
        url: 'https://u:s3cret@git.example/acme/deploy',
        password: 's3cret',
      }),
    );
    const login = await find(server, 'https://git.example.org/acme/deploy');
    expect(login).toMatchObject({ kind: 'none' });
    const { message } = await errorOf(find(server, 'git@git.example:acme/other.git'));
    expect(message).toContain('there is no SSH key for git.example/acme/other');
    for (const text of [message, 'lookedAt' in login ? login.lookedAt : '']) {
      expect(text).toContain('the Secret argocd/broken has a url that cannot be used (it holds a password)');
      expect(text).not.toContain('s3cret');
    }
  });

  test('is not looked for when a row has it, or the remote is a path', async () => {
    const server = await startFull();
    await find(server, REMOTE, { rows: [ROW] });
    expect(await find(server, '/srv/git/deploy.git')).toEqual({ kind: 'none', caFile: undefined });
    expect(server.requests).toEqual([]);
  });

  test('is an SSH key as text, with the host keys that the administrator gave', async () => {
    const privateKey = makePrivateKey();
    const server = await startServer();
    server.objects.put(
      SECRETS,
      anArgocdSecret('repo-creds', 'ssh', { url: 'git@git.example:acme', sshPrivateKey: privateKey }),
    );
    const folder = createFolder();
    const known = join(folder, 'ssh_known_hosts');
    writeFileSync(known, 'git.example ssh-ed25519 AAAA\n');

    expect(await find(server, SSH)).toEqual({ kind: 'ssh-key', privateKey, knownHostsFile: undefined });
    for (const env of [{ GIT_SSH_KNOWN_HOSTS_FILE: known }, { ARGOCD_SSH_DATA_PATH: folder }])
      expect(await find(server, SSH, { env })).toEqual({
        kind: 'ssh-key',
        privateKey,
        knownHostsFile: known,
      });
  });

  test('trusts the authorities that Argo CD holds for the host, unless a row names others', async () => {
    const server = await startFull();
    const folder = createFolder();
    writeFileSync(join(folder, 'git.example'), 'PEM');
    mkdirSync(join(folder, 'folder.example'));
    const env = { ...ENV, ARGOCD_TLS_DATA_PATH: folder };
    const caFileOf = async (remote: string, asking: Asking = { env }) => {
      const login = await find(server, remote, asking);
      return login.kind === 'basic' ? login.caFile : 'no password';
    };

    expect(await caFileOf(REMOTE)).toBe(join(folder, 'git.example'));
    expect(await caFileOf('https://git.example:8443/x')).toBe(join(folder, 'git.example'));
    expect(await caFileOf('https://other.example/x')).toBeUndefined();
    expect(await caFileOf('https://folder.example/x')).toBeUndefined();
    expect(await caFileOf(REMOTE, { env, rows: [{ caFile: '/row.pem' }] })).toBe('/row.pem');
    expect(await caFileOf(REMOTE, { env, credentials: NAMED })).toBe(join(folder, 'git.example'));
  });

  test.each([
    ['that is not there', 'credentials-missing', 'there is no Secret shop/git'],
    [
      'without a login',
      'credentials-missing',
      'the Secret shop/git has no login for git.example/acme/deploy',
    ],
  ])('is an error for a named Secret %s, and none of the others', async (what, code, message) => {
    const server = await startServer();
    server.objects.put(SECRETS, anArgocdSecret('repository', 'repo', { url: REMOTE, password: 'argocd' }));
    if (what === 'without a login') server.objects.put(SECRETS, aSecret('shop', 'git', { token: 's3cret' }));

    await expect(find(server, REMOTE, { rows: [ROW], env: ENV, credentials: NAMED })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  test("is an error when what Argo CD holds cannot be used, and not the environment's", async () => {
    const server = await startServer();
    server.objects.put(SECRETS, anArgocdSecret('repository', 'app', { url: REMOTE, githubAppID: '1' }));

    await expect(find(server, REMOTE, { env: ENV })).rejects.toMatchObject({
      code: 'credentials-missing',
      message: expect.stringContaining('a GitHub App without githubAppPrivateKey') as string,
    });
  });
});

describe("who may not read Argo CD's Secrets", () => {
  test('does with the environment', async () => {
    expect(await find(await startServer({ rules: [] }), REMOTE, { env: ENV })).toMatchObject({
      password: 'env',
    });
  });

  test.each([REMOTE, SSH])('says so when there is nothing else for %s', async (remote) => {
    await expect(find(await startServer({ rules: [] }), remote)).rejects.toMatchObject({
      code: 'kube-denied',
    });
  });

  test('does not do with the environment when the API server has a fault', async () => {
    const server = await startServer();
    server.inject({ times: 100, fault: { kind: 'status', status: 500 } });

    await expect(find(server, REMOTE, { env: ENV })).rejects.toMatchObject({ code: 'kube-failed' });
  });

  test('does not do with less than the Secret that the Application names', async () => {
    const server = await startServer({ rules: [] });
    await expect(find(server, REMOTE, { env: ENV, credentials: NAMED })).rejects.toMatchObject({
      code: 'kube-denied',
    });
  });
});
