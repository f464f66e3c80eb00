import { describe, expect, test } from 'vitest';
import { parseCredentialSpec } from '../../src/core/credential-spec.ts';
import { parseImageReference, repositoryOf } from '../../src/core/image/reference.ts';
import { withBounds } from '../../src/credentials/bound-logins.ts';
import type { KubeSecret } from '../../src/credentials/kube-secrets.ts';
import { createRegistryLogins, type LoginEndpoint } from '../../src/credentials/registry-logins.ts';
import { asLynceusError } from '../../src/errors.ts';
import type { Login } from '../../src/ports/logins.ts';
import { createAppKey } from '../helpers/github-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const { signal } = new AbortController();
const TYPE = 'argocd.argoproj.io/secret-type';
const FOR = 'argocd-image-updater.argoproj.io/login-for';
const GHCR = 'ghcr.io/acme/api';
const KEY = createAppKey().pkcs1;

interface Asked {
  readonly secret: Partial<KubeSecret>;
  /** `{at}` is the name of the Secret. */
  readonly spec: string;
  readonly name?: string;
  readonly image?: string;
  readonly entry?: Partial<LoginEndpoint>;
}

const FIELDS = {
  login: 'robot:s3cret',
  token: 'robot:s3cret',
  '.dockerconfigjson': JSON.stringify({
    auths: { 'ghcr.io': { auth: btoa('robot:s3cret') }, 'evil.test': { auth: btoa('mine:mine') } },
  }),
};

async function find({ secret, spec, name = 'argocd/login', image = GHCR, entry }: Asked): Promise<Login> {
  const readSecret = () =>
    Promise.resolve({ fields: FIELDS, type: 'Opaque', labels: {}, annotations: {}, ...secret });
  const endpointOf = () =>
    entry && { name: 'an entry', prefix: 'ghcr.io', apiUrl: 'https://ghcr.io', ...entry };
  const logins = createRegistryLogins({
    endpointOf,
    dockerConfigFile: undefined,
    env: { LISTED: 'env:s3cret' },
    clock: createVirtualClock(0),
    readSecret,
    appTokens: { get: () => Promise.resolve('s3cret'), renew: () => Promise.resolve('s3cret') },
  });
  const bound = withBounds(logins, { readSecret, argocdNamespace: 'argocd', endpointOf });
  const repository = repositoryOf(parseImageReference(image));
  return await bound.find(repository, parseCredentialSpec(spec.replace('{at}', name)), signal);
}

async function refusal(asked: Asked): Promise<string> {
  const login = await find(asked).catch(asLynceusError);
  if (!('code' in login)) throw new Error(`got the login ${login.identity}`);
  expect(login.code).toBe('credentials-denied');
  expect(`${login.line} ${login.trail} ${login.stack} ${JSON.stringify(login)}`).not.toMatch(
    new RegExp(`s3cret|${btoa('robot:s3cret')}|BEGIN`),
  );
  return `${login.message}\n${login.hint}`;
}

const ANYWHERE = { annotations: { [FOR]: 'ghcr.io,evil.test' } };

// prettier-ignore
const NEVER: readonly (readonly [what: string, secret: Partial<KubeSecret>, name: string, why: string])[] = [
  ['a cluster', { labels: { [TYPE]: 'cluster' } }, 'argocd/prod', `is one of Argo CD's own (its label ${TYPE} is "cluster")`],
  ['a repository', { labels: { [TYPE]: 'repository' } }, 'argocd/repo-1', 'label'],
  ['a template of logins', { labels: { [TYPE]: 'repo-creds' } }, 'argocd/creds-1', 'label'],
  ['a repository to write', { labels: { [TYPE]: 'repository-write' } }, 'argocd/x', 'label'],
  ['a label that Argo CD may have tomorrow', { labels: { [TYPE]: 'scm-creds' } }, 'argocd/scm', 'is "scm-creds"'],
  ['a label without a value', { labels: { [TYPE]: '' } }, 'argocd/x', 'label'],
  ['one in the namespace of the tenant', { labels: { [TYPE]: 'cluster' } }, 'shop/prod', 'label'],
  ["Argo CD's settings", {}, 'argocd/argocd-secret', "is one of Argo CD's own (by its name)"],
  ['the password of its administrator', {}, 'argocd/argocd-initial-admin-secret', 'by its name'],
  ['its Redis', {}, 'argocd/argocd-redis', 'by its name'],
  ['any other of its names', {}, 'argocd/argocd-image-updater-secret', 'by its name'],
  ['another Argo CD', {}, 'argocd-2/argocd-secret', 'by its name'],
  ['a service account', { type: 'kubernetes.io/service-account-token' }, 'shop/default-token', 'is a token of a service account'],
  ['a release of Helm', { type: 'helm.sh/release.v1' }, 'shop/sh.helm.release.v1.shop.v1', 'is a release of Helm'],
  ['a bootstrap token', { type: 'bootstrap.kubernetes.io/token' }, 'kube-system/bootstrap-token-abc', 'is a token that lets machines'],
  ['a TLS key', { type: 'kubernetes.io/tls' }, 'shop/tls', 'is a private key for TLS'],
  ['what Kubernetes may have tomorrow', { type: 'kubernetes.io/vault' }, 'shop/x', 'is no login (type "kubernetes.io/vault")'],
];

describe('no annotation reads', () => {
  test.each(
    NEVER.flatMap((row) =>
      ['secret:{at}#token', 'pullsecret:{at}', 'github-app:{at}'].map((spec) => [...row, spec] as const),
    ),
  )('%s: %o %s %s %s', async (_what, secret, name, why, spec) => {
    // Not even where the Secret says that it may be sent there.
    const said = await refusal({ secret: { ...ANYWHERE, ...secret }, name, spec });

    expect(said).toContain(`no annotation may name the Secret ${name}: it `);
    expect(said).toContain(why);
  });

  test.each([
    'Opaque',
    '',
    'kubernetes.io/basic-auth',
    'kubernetes.io/dockerconfigjson',
    'example.com/login',
  ])('and one of type %j is read', async (type) => {
    expect(await find({ secret: { type }, spec: 'pullsecret:{at}' })).toMatchObject({ username: 'robot' });
  });

  test('and one whose name only begins like theirs is read, in a namespace of a tenant', async () => {
    const asked = { secret: {}, name: 'shop/argocd-ghcr', spec: 'pullsecret:{at}' };

    expect(await find(asked)).toMatchObject({ username: 'robot' });
  });
});

describe('a field of a Secret', () => {
  // prettier-ignore
  test.each<[what: string, places: Partial<KubeSecret>, image: string]>([
    ['its annotation has', { annotations: { [FOR]: 'ghcr.io' } }, GHCR],
    ['its annotation has among others', { annotations: { [FOR]: 'quay.io, https://git.example/acme\nghcr.io/acme/' } }, GHCR],
    ['its annotation has with a port', { annotations: { [FOR]: 'reg.corp:5000/team' } }, 'reg.corp:5000/team/api'],
    ['its annotation has by another name', { annotations: { [FOR]: 'https://index.docker.io' } }, 'nginx'],
    ['its label has', { labels: { [FOR]: 'ghcr.io' } }, GHCR],
    ['its label or its annotation has', { annotations: { [FOR]: 'quay.io' }, labels: { [FOR]: 'ghcr.io' } }, GHCR],
  ])('goes to the registry that %s', async (_what, secret, image) => {
    expect(await find({ secret, spec: 'secret:{at}#login', image })).toMatchObject({ password: 's3cret' });
  });

  test('goes to the registry whose entry names it too', async () => {
    const entry = { credentials: parseCredentialSpec('secret:argocd/login#login') };

    expect(await find({ secret: {}, spec: 'secret:{at}#login', entry })).toMatchObject({
      password: 's3cret',
    });
    for (const other of [
      'secret:argocd/login#token',
      'secret:argocd/login2#login',
      'pullsecret:argocd/login',
    ])
      expect(
        await refusal({
          secret: {},
          spec: 'secret:{at}#login',
          entry: { credentials: parseCredentialSpec(other) },
        }),
      ).toContain('nothing says which registry it is for');
  });

  // prettier-ignore
  test.each<[image: string, places: Partial<KubeSecret>, allow: string]>([
    ['evil.test/acme/api', {}, `kubectl annotate -n argocd secret login ${FOR}=evil.test/acme`],
    [GHCR, { annotations: { [FOR]: 'ghcr.io/acmex' } }, `kubectl annotate --overwrite -n argocd secret login ${FOR}=ghcr.io/acmex,ghcr.io/acme`],
    ['ghcr.io/acmex/api', { annotations: { [FOR]: 'ghcr.io/acme' } }, 'ghcr.io/acme,ghcr.io/acmex'],
    ['ghcr.io.evil.test/acme/api', { labels: { [FOR]: 'ghcr.io' } }, 'ghcr.io,ghcr.io.evil.test/acme'],
    ['ghcr.io:8443/acme/api', { annotations: { [FOR]: 'ghcr.io' } }, 'ghcr.io,ghcr.io:8443/acme'],
    ['localhost:5000/api', { annotations: { [FOR]: 'localhost' } }, 'localhost,localhost:5000/api'],
    ['evil.test/acme/api', { annotations: { [FOR]: '*' } }, `${FOR}=evil.test/acme`],
    ['evil.test/acme/api', { annotations: { [FOR]: '*.test, **, .*' } }, `${FOR}=evil.test/acme`],
    ['evil.test/acme/api', { annotations: { [FOR]: 'ghcr.io@evil.test http://evil.test' } }, 'evil.test/acme'],
    ['evil.test/acme/api', { annotations: { [FOR]: '' } }, 'evil.test/acme'],
    ['evil.test/acme/api', { annotations: { [FOR]: '$(id),`id`,;id' } }, `${FOR}=evil.test/acme`],
    ['evil.test/acme/api', { annotations: { 'lynceus/login-for': 'evil.test' } }, 'evil.test/acme'],
  ])('is not sent for %s with %o', async (image, secret, allow) => {
    const said = await refusal({ secret, spec: 'secret:{at}#login', image });

    expect(said).toContain(`the login of the Secret argocd/login is not sent to ${image}: `);
    expect(said.endsWith(allow)).toBe(true);
  });
});

describe('an entry of a pull secret', () => {
  test('needs no annotation, and goes to its own host alone', async () => {
    const asked = { secret: {}, spec: 'pullsecret:{at}' };

    expect(await find(asked)).toMatchObject({ username: 'robot' });
    expect(await find({ ...asked, image: 'evil.test/acme/api' })).toMatchObject({ username: 'mine' });
    await expect(find({ ...asked, image: 'ghcr.io.evil.test/acme/api' })).rejects.toMatchObject({
      code: 'credentials-missing',
    });
  });
});

describe('a GitHub App in a Secret', () => {
  const app = (baseUrl?: string): Partial<KubeSecret> => ({
    fields: {
      githubAppID: '1',
      githubAppPrivateKey: KEY,
      ...(baseUrl === undefined ? {} : { githubAppEnterpriseBaseUrl: baseUrl }),
    },
  });

  test.each([
    [undefined, GHCR],
    ['https://git.corp/api/v3', 'containers.git.corp/acme/api'],
    ['https://git.corp/api/v3', 'docker.git.corp/acme/api'],
    ['https://git.corp:8443/api/v3', 'containers.git.corp:8443/acme/api'],
    ['https://api.acme.ghe.com', 'containers.acme.ghe.com/acme/api'],
  ])('with the API %s logs in for %s', async (baseUrl, image) => {
    expect(await find({ secret: app(baseUrl), spec: 'github-app:{at}', image })).toMatchObject({
      username: 'x-access-token',
    });
  });

  test.each([
    [undefined, 'evil.test/acme/api'],
    [undefined, 'ghcr.io.evil.test/acme/api'],
    [undefined, 'ghcr.io:8443/acme/api'],
    [undefined, 'containers.github.com.evil.test/acme/api'],
    ['https://git.corp/api/v3', GHCR],
    ['https://git.corp/api/v3', 'git.corp:5000/acme/api'],
    ['https://evil.test/api/v3', GHCR],
  ])('with the API %s does not for %s, whatever its annotation says', async (baseUrl, image) => {
    const said = await refusal({ secret: { ...app(baseUrl), ...ANYWHERE }, spec: 'github-app:{at}', image });

    expect(said).toContain('its registry is ');
    expect(said).toContain('credentials: github-app:argocd/login');
  });

  test('does where the entry of the registry names it', async () => {
    const entry = { credentials: parseCredentialSpec('github-app:argocd/login') };
    const asked = { secret: app(), spec: 'github-app:{at}', image: 'registry.test/acme/api', entry };

    expect(await find(asked)).toMatchObject({ username: 'x-access-token' });
  });
});

test('what is no Secret is left to where the annotation was read', async () => {
  expect(await find({ secret: {}, spec: 'env:LISTED' })).toMatchObject({ username: 'env' });
});

test('a refusal says which login it was', async () => {
  const error = await find({ secret: {}, spec: 'secret:{at}#login' }).catch(asLynceusError);

  expect('trail' in error && error.trail).toBe('secret:argocd/login#login, named for this image');
});
