import { describe, expect, test } from 'vitest';
import { parseGitRemote } from '../../src/core/git/remote.ts';
import type { GitCredentialSpec } from '../../src/core/policy.ts';
import { createGitLogins } from '../../src/credentials/git-logins.ts';
import type { KubeSecret } from '../../src/credentials/kube-secrets.ts';
import { asLynceusError } from '../../src/errors.ts';
import type { GitLogin } from '../../src/ports/git-logins.ts';

const { signal } = new AbortController();
const TYPE = 'argocd.argoproj.io/secret-type';
const FOR = 'argocd-image-updater.argoproj.io/login-for';
const REMOTE = 'https://git.example/acme/deploy.git';
const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\ns3cretAAAA\nBBBB==\n-----END OPENSSH PRIVATE KEY-----\n';

interface Asked {
  readonly secret: Partial<KubeSecret>;
  readonly name?: string;
  readonly remote?: string;
  readonly isOwnSource?: boolean;
  readonly project?: string;
  readonly onlyWhereNamed?: true;
}

async function find({
  secret,
  name = 'shop/git',
  remote = REMOTE,
  isOwnSource = false,
  project,
  onlyWhereNamed,
}: Asked): Promise<GitLogin> {
  const [namespace = '', plain = ''] = name.split('/');
  const fields = { password: 's3cret', sshPrivateKey: KEY, ...secret.fields };
  const read = { type: 'Opaque', labels: {}, annotations: {}, ...secret, fields };
  const nobody = () => Promise.reject(new Error('nobody asked Argo CD'));
  const logins = createGitLogins({
    remotes: [],
    env: { GIT_PASSWORD: 'env-s3cret' },
    appTokens: { get: () => Promise.resolve('s3cret'), renew: () => Promise.resolve('s3cret') },
    secrets: {
      read: () => Promise.resolve(read),
      repositories: { find: nobody, describeUnfit: nobody },
    },
  });
  const credentials: GitCredentialSpec = {
    kind: 'secret',
    namespace,
    name: plain,
    ...(project === undefined ? {} : { project }),
    ...(onlyWhereNamed && { onlyWhereNamed }),
  };
  const place = { remote: parseGitRemote(remote), base: 'main', push: undefined, isOwnSource, credentials };
  return await logins.find(place, signal);
}

async function refusal(asked: Asked): Promise<string> {
  const found = await find(asked).catch(asLynceusError);
  if (!('code' in found)) throw new Error(`got a login of the kind ${found.kind}`);
  expect(found.code).toBe('credentials-denied');
  expect(`${found.line} ${found.stack} ${JSON.stringify(found)}`).not.toMatch(/s3cret|BEGIN/);
  return `${found.message}\n${found.hint}`;
}

const OPEN = { annotations: { [FOR]: 'git.example' } };
const repository = (type: string, fields: Readonly<Record<string, string>>): Partial<KubeSecret> => ({
  labels: { [TYPE]: type },
  fields,
});

describe('git:secret: never names', () => {
  // prettier-ignore
  test.each<[what: string, name: string, secret: Partial<KubeSecret>]>([
    ['a cluster', 'argocd/prod', { labels: { [TYPE]: 'cluster' } }],
    ['a cluster in its own namespace', 'shop/prod', { labels: { [TYPE]: 'cluster' } }],
    ['a label of tomorrow', 'argocd/x', { labels: { [TYPE]: 'repository-read' } }],
    ['an empty label', 'argocd/x', { labels: { [TYPE]: '' } }],
    ["Argo CD's settings", 'argocd/argocd-secret', {}],
    ["Argo CD's Redis", 'argocd/argocd-redis', {}],
    ['the password of its administrator', 'argocd/argocd-initial-admin-secret', {}],
    ["another Argo CD's settings", 'argocd-2/argocd-secret', {}],
    ['a service account', 'shop/token', { type: 'kubernetes.io/service-account-token' }],
    ['a release of Helm', 'shop/release', { type: 'helm.sh/release.v1' }],
    ['a TLS key', 'shop/tls', { type: 'kubernetes.io/tls' }],
    ['a bootstrap token', 'kube-system/bootstrap-token-x', { type: 'bootstrap.kubernetes.io/token' }],
  ])('%s', async (_what, name, secret) => {
    expect(await refusal({ name, isOwnSource: true, secret: { ...OPEN, ...secret } })).toContain(
      `no annotation may name the Secret ${name}: it is `,
    );
  });
});

describe('a Secret with a url', () => {
  // prettier-ignore
  test.each<[what: string, secret: Partial<KubeSecret>, remote?: string, project?: string]>([
    ['a repository', repository('repository', { url: REMOTE })],
    ['a repository to write', repository('repository-write', { url: 'https://GIT.example:443/acme/deploy/' })],
    ['a repository, by its other transport', repository('repository', { url: REMOTE }), 'git@git.example:acme/deploy.git'],
    ['a template', repository('repo-creds', { url: 'https://git.example/acme' })],
    ['a template to write', repository('repo-write-creds', { url: 'https://git.example/' })],
    ['no label', { fields: { url: 'https://git.example/acme' } }],
    ['its project', repository('repository', { url: REMOTE, project: 'team' }), REMOTE, 'team'],
    ['the project that everybody is in', repository('repository', { url: REMOTE, project: 'default' })],
    ['a key', repository('repo-creds', { url: 'ssh://git@git.example' }), 'git@git.example:acme/deploy.git'],
  ])('is for what lies there: %s', async (_what, secret, remote = REMOTE, project) => {
    const found = await find({ secret, name: 'argocd/repo-1', remote, ...(project && { project }) });

    expect(['basic', 'ssh-key']).toContain(found.kind);
  });

  test('may have a name like those of Argo CD, where it is a repository', async () => {
    const secret = repository('repository', { url: REMOTE });

    expect(await find({ secret, name: 'argocd/argocd-repo-1' })).toMatchObject({ kind: 'basic' });
    expect(await refusal({ secret: { fields: { url: REMOTE } }, name: 'argocd/argocd-repo-1' })).toContain(
      'by its name',
    );
  });

  // prettier-ignore
  test.each<[what: string, secret: Partial<KubeSecret>, remote: string, why: string, project?: string]>([
    ['another host', repository('repository', { url: REMOTE }), 'https://evil.test/acme/deploy', 'its url is another one'],
    ['a host that begins alike', repository('repo-creds', { url: 'https://git.example' }), 'https://git.example.evil.test/acme/x', 'its url is'],
    ['an owner that begins alike', repository('repo-creds', { url: 'https://git.example/acme' }), 'https://git.example/acme-evil/x', 'its url is'],
    ['a repository beside it', repository('repository', { url: REMOTE }), 'https://git.example/acme/deploy-2', 'its url is'],
    ['a repository below it', repository('repository', { url: 'https://git.example/acme' }), 'https://git.example/acme/x', 'its url is'],
    ['another port', repository('repo-creds', { url: 'https://git.example' }), 'https://git.example:8443/acme/x', 'its url is'],
    ['another port of SSH', repository('repo-creds', { url: 'ssh://git@git.example' }), 'ssh://git@git.example:2222/acme/x', 'its url is'],
    ['a path up', repository('repo-creds', { url: 'https://git.example/acme' }), 'https://git.example/acme/../evil/x', 'its url is'],
    ['no label, another owner', { fields: { url: 'https://git.example/acme' } }, 'https://git.example/evil/x', 'its url is'],
    ['a url that is none', { fields: { url: 'https://u:s3cret@git.example/acme' } }, REMOTE, 'its url cannot be used (it holds a password)'],
    ['a glob', { fields: { url: 'https://*.example' } }, REMOTE, 'its url'],
    ['another project', repository('repository', { url: REMOTE, project: 'team' }), REMOTE, 'its project is another one than "shop"', 'shop'],
    ['another project than the default', repository('repo-creds', { url: 'https://git.example', project: 'team' }), REMOTE, 'another one than "default"'],
    ['another project, without a label or url', { fields: { project: 'team' } }, REMOTE, 'another one than "shop"', 'shop'],
  ])('is not for %s', async (_what, secret, remote, why, project) => {
    // Not even when it is a source, or its annotation says so.
    const asked = { secret: { ...secret, annotations: { [FOR]: 'git.example evil.test' } }, isOwnSource: true };
    const said = await refusal({ ...asked, name: 'argocd/repo-1', remote, ...(project && { project }) });

    expect(said).toContain('the login of the Secret argocd/repo-1 is not sent to ');
    expect(said).toContain(why);
  });
});

describe('a Secret with a login alone', () => {
  const SSH = 'git@git.example:acme/deploy.git';

  test.each<[what: string, asked: Asked]>([
    ['a source of the Application', { secret: {}, isOwnSource: true }],
    ['a source, from the namespace of Argo CD', { secret: {}, isOwnSource: true, name: 'argocd/git-creds' }],
    ['a host that it names', { secret: { annotations: { [FOR]: 'git.example' } } }],
    ['a host that its label names', { secret: { labels: { [FOR]: 'git.example' } }, remote: SSH }],
    ['a path that it names', { secret: { annotations: { [FOR]: 'ghcr.io, git.example/acme' } } }],
    ['a path that it names, by SSH', { secret: { annotations: { [FOR]: 'git.example/acme' } }, remote: SSH }],
    ['a URL that it names', { secret: { annotations: { [FOR]: 'https://git.example/acme/deploy' } } }],
    ['a URL of SSH', { secret: { annotations: { [FOR]: 'git@git.example:acme' } }, remote: SSH }],
    [
      'a host that it names, where it has to',
      { secret: { annotations: { [FOR]: 'git.example' } }, onlyWhereNamed: true, name: 'argocd/git-creds' },
    ],
  ])('is for %s', async (_what, asked) => {
    expect(['basic', 'ssh-key']).toContain((await find(asked)).kind);
  });

  // prettier-ignore
  test.each<[what: string, asked: Asked, line: string]>([
    ['another remote', { secret: {} }, `kubectl annotate -n shop secret git ${FOR}=git.example/acme`],
    ['another remote by SSH', { secret: {}, remote: SSH }, `${FOR}=git.example/acme`],
    ['another server', { secret: {}, remote: 'https://evil.test:8443/x' }, `${FOR}=evil.test:8443/x`],
    ['a source, where the Secret has to name it', { secret: {}, isOwnSource: true, onlyWhereNamed: true, name: 'argocd/git-creds' }, `kubectl annotate -n argocd secret git-creds ${FOR}=git.example/acme`],
    ['a source, where it names another', { secret: { annotations: { [FOR]: 'git.example/other' } }, isOwnSource: true }, `--overwrite -n shop secret git ${FOR}=git.example/other,git.example/acme`],
    ['an owner that begins alike', { secret: { annotations: { [FOR]: 'git.example/ac' } } }, 'git.example/ac,git.example/acme'],
    ['a host that begins alike', { secret: { labels: { [FOR]: 'git.example' } }, remote: 'https://git.example.evil.test/a/b' }, 'git.example,git.example.evil.test/a'],
    ['another port', { secret: { labels: { [FOR]: 'git.example' } }, remote: 'https://git.example:8443/a/b' }, 'git.example:8443/a'],
    ['another transport than its URL', { secret: { annotations: { [FOR]: 'https://git.example' } }, remote: SSH }, 'git.example/acme'],
    ['all of them', { secret: { annotations: { [FOR]: '*, *.example, https://*' } } }, `${FOR}=git.example/acme`],
    ['what a shell would run', { secret: {}, remote: 'https://git.example/$(id)/x' }, `${FOR}=HOST/PATH`],
  ])('is not for %s', async (_what, asked, line) => {
    const said = await refusal(asked);

    expect(said).toContain(' is not sent to ');
    expect(said.endsWith(line)).toBe(true);
  });
});

describe('a GitHub App in a Secret', () => {
  const fields = {
    password: '',
    githubAppID: '1',
    githubAppPrivateKey: 'k',
    githubAppEnterpriseBaseUrl: 'https://git.example/api/v3',
  };

  test('logs in on its own server', async () => {
    expect(await find({ secret: { fields }, isOwnSource: true })).toMatchObject({
      username: 'x-access-token',
    });
  });

  test.each([
    'https://git.example:8443/acme/deploy',
    'https://evil.test/acme/deploy',
    'https://git.example.evil.test/acme/deploy',
  ])('and is not sent to %s', async (remote) => {
    await expect(find({ secret: { fields }, isOwnSource: true, remote })).rejects.toMatchObject({
      code: 'credentials-failed',
      message: expect.stringContaining('is one of git.example, and ') as string,
    });
  });
});
