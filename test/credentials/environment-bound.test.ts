import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseGitRemote } from '../../src/core/git/remote.ts';
import type { GitPlace } from '../../src/core/policy.ts';
import { createArgocdRepositories } from '../../src/credentials/argocd-repositories.ts';
import { createGitLogins } from '../../src/credentials/git-logins.ts';
import { asLynceusError } from '../../src/errors.ts';
import { SECRETS, type KubeObject } from '../../src/kube/kube-client.ts';
import type { GitLogin } from '../../src/ports/git-logins.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { connect, FOREVER, startServer } from '../kube/stand-in.ts';
import { anArgocdSecret } from './a-secret.ts';

const REMOTE = 'https://git.example/acme/deploy.git';
const SSH = 'git@git.example:acme/deploy.git';
const folder = mkdtempSync(join(tmpdir(), 'lynceus-environment-'));
const KEY = join(folder, 'id');
writeFileSync(KEY, '-----BEGIN OPENSSH PRIVATE KEY-----\ns3cret\n', { mode: 0o600 });

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PASSWORD = { GIT_USERNAME: 'lynceus', GIT_PASSWORD: 's3cret' };
const APP = { GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: 'k' };

interface Asked {
  readonly remote?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly loginFor?: readonly string[];
  readonly place?: Partial<GitPlace>;
  /** Secrets of Argo CD; absent means no cluster. */
  readonly argocd?: readonly KubeObject[];
  readonly rows?: readonly string[];
}

async function find(asked: Asked): Promise<GitLogin> {
  const { remote = REMOTE, env = PASSWORD, loginFor = [], place = {}, argocd, rows = [] } = asked;
  const server = argocd && (await startServer());
  for (const secret of argocd ?? []) server?.objects.put(SECRETS, secret);
  const secrets = server && {
    read: () => Promise.resolve(undefined),
    repositories: createArgocdRepositories({
      kube: await connect(server),
      clock: createVirtualClock(),
      argocdNamespace: 'argocd',
    }),
  };
  const logins = createGitLogins({
    remotes: rows.map((url) => ({ url })),
    env,
    loginFor,
    secrets,
    appTokens: { get: () => Promise.resolve('s3cret-token'), renew: () => Promise.resolve(undefined) },
  });
  const where = { remote: parseGitRemote(remote), base: 'main', push: undefined };
  return await logins.find({ ...where, credentials: { kind: 'repocreds' }, ...place }, FOREVER);
}

const OWN = { isOwnSource: true } as const;
const KEY_ENV = { GIT_SSH_PRIVATE_KEY_FILE: KEY };
const project = (name: string) => ({ credentials: { kind: 'repocreds', project: name } }) as const;

describe('the login of the environment', () => {
  // prettier-ignore
  test.each<[what: string, asked: Asked]>([
    ['a source of the Application', { place: OWN }],
    ['a source, in a cluster', { place: OWN, argocd: [] }],
    ['a source by SSH', { place: OWN, remote: SSH, env: KEY_ENV }],
    ['a source on GitHub', { place: OWN, remote: 'https://github.com/acme/x', env: APP }],
    ['what Argo CD has a repository for', { argocd: [anArgocdSecret('repository', 'r', { url: REMOTE })] }],
    ['what Argo CD has a template for', { argocd: [anArgocdSecret('repo-creds', 'r', { url: 'https://git.example/acme' })] }],
    ['what is listed', { loginFor: ['https://git.example/acme'] }],
    ['what is listed, with a GitHub App', { remote: 'https://github.com/acme/x', env: APP, loginFor: ['https://github.com/acme/'] }],
    ['what is listed for SSH', { remote: SSH, env: KEY_ENV, loginFor: ['https://other.example', 'ssh://git@git.example'] }],
    ['a source by SSH, where a list is for https alone', { place: OWN, remote: SSH, env: KEY_ENV, loginFor: ['https://other.example'] }],
    ['what an entry leaves to it', { rows: ['https://git.example'] }],
  ])('is for %s', async (_what, asked) => {
    expect(['basic', 'ssh']).toContain((await find(asked)).kind);
  });

  // prettier-ignore
  test.each<[what: string, asked: Asked, why: string]>([
    ['what only an annotation names', {}, 'it is no source of the Application, and Argo CD has no Secret for it; an administrator may add https://git.example/acme/deploy.git to git.loginFor'],
    ['what only an annotation names, in a cluster', { argocd: [anArgocdSecret('repository', 'r', { url: 'https://git.example/other' })] }, 'it is no source'],
    ['what only an annotation names, for a GitHub App', { remote: 'https://github.com/acme/x', env: APP }, 'it is no source'],
    ['what only an annotation names, for a key', { remote: SSH, env: KEY_ENV }, 'an administrator may add git@git.example:acme/deploy.git to git.loginFor'],
    ['this machine', { remote: 'http://127.0.0.1:3000/x' }, 'it is no source'],
    ['a repository that a project made', { place: project('team'), argocd: [anArgocdSecret('repository', 'r', { url: REMOTE, project: 'team' })] }, 'it is no source'],
    ['a template of another project', { place: project('shop'), argocd: [anArgocdSecret('repo-creds', 'r', { url: REMOTE, project: 'team' })] }, 'it is no source'],
    ['a source that is not listed', { place: OWN, loginFor: ['https://git.example/other'] }, 'git.loginFor has git.example/other'],
    ['an owner that begins alike', { place: OWN, remote: 'https://git.example/acme-evil/x', loginFor: ['https://git.example/acme'] }, 'git.loginFor has git.example/acme;'],
    ['a host that begins alike', { place: OWN, remote: 'https://git.example.evil.test/acme/x', loginFor: ['https://git.example'] }, 'git.loginFor has'],
    ['another port', { place: OWN, remote: 'https://git.example:8443/acme/x', loginFor: ['https://git.example'] }, 'git.loginFor has'],
    ['another port for a key', { place: OWN, remote: 'ssh://git@git.example:2222/x', env: KEY_ENV, loginFor: ['ssh://git@git.example'] }, 'git.loginFor has'],
  ])('is not for %s', async (_what, asked, why) => {
    const found = await find(asked).catch(asLynceusError);

    const said = 'code' in found ? found.message : 'lookedAt' in found ? found.lookedAt : '';
    if ('code' in found) expect(found.code).toBe('credentials-denied');
    else expect(found.kind).toBe('none');
    expect(said).toContain('the login of the environment is not sent to ');
    expect(said).toContain(why);
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });

  test('is not spoken of where there is none', async () => {
    expect(await find({ env: {} })).toEqual({ kind: 'none', caFile: undefined });
  });

  test('of GitHub is for its own port alone', async () => {
    const env = { ...APP, GITHUB_APP_BASE_URL: 'https://git.example/api/v3' };

    expect(await find({ place: OWN, env })).toMatchObject({ password: 's3cret-token' });
    expect(await find({ place: OWN, env, remote: 'https://git.example:8443/acme/x' })).toMatchObject({
      kind: 'none',
    });
  });
});

describe('a repository that a project made', () => {
  const template = anArgocdSecret('repo-creds', 'github', {
    url: 'https://git.example',
    githubAppID: '1',
    githubAppPrivateKey: 'k',
    githubAppEnterpriseBaseUrl: 'https://git.example/api/v3',
  });

  test.each([
    { githubAppEnterpriseBaseUrl: 'https://evil.test/api/v3' },
    { proxy: 'http://evil.test:3128' },
    { tlsClientCertData: 'x' },
    { username: 'x' },
  ])('and names %j sends the login of a template as the template says', async (fields) => {
    const made = anArgocdSecret('repository', 'made', { url: REMOTE, project: 'team', ...fields });
    const asked: unknown[] = [];
    const server = await startServer();
    for (const secret of [template, made]) server.objects.put(SECRETS, secret);
    const logins = createGitLogins({
      remotes: [],
      env: {},
      secrets: {
        read: () => Promise.resolve(undefined),
        repositories: createArgocdRepositories({
          kube: await connect(server),
          clock: createVirtualClock(),
          argocdNamespace: 'argocd',
        }),
      },
      appTokens: {
        get: (app) => {
          asked.push(app);
          return Promise.resolve('s3cret-token');
        },
        renew: () => Promise.resolve(undefined),
      },
    });
    const place = { remote: parseGitRemote(REMOTE), base: 'main', push: undefined, ...project('team') };

    expect(await logins.find(place, FOREVER)).toEqual({
      kind: 'basic',
      username: 'x-access-token',
      password: 's3cret-token',
      caFile: undefined,
    });
    expect(asked).toMatchObject([
      { apiUrl: 'https://git.example/api/v3', installationId: undefined, route: { caFile: undefined } },
    ]);
    expect(JSON.stringify(asked)).not.toContain('evil.test');
  });
});
