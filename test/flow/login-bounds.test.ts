import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCredentialSpec } from '../../src/core/credential-spec.ts';
import { parseRegistryPrefix } from '../../src/core/image/registry-prefix.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { APP_PROJECTS, APPLICATIONS, EVENTS, SECRETS } from '../../src/kube/kube-client.ts';
import { anArgocdSecret, aSecret } from '../credentials/a-secret.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  applicationManifest,
  aRegistryConfig,
  createFlowWorld,
  inCluster,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { createAppKey, startGithub, type GithubStandIn } from '../helpers/github-stand-in.ts';
import { anAppProject, startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';
import { startStandIn, type StandIn } from '../helpers/registry-stand-in.ts';
import { aRule } from '../core/permissions/a-rule.ts';

/** Whatever must not be seen by a tenant has this in it. */
const SECRET = 's3cret';
const REGISTRY = { username: 'puller', password: `registry-${SECRET}` };
const GIT = { username: 'lynceus', password: `git-${SECRET}` };
const FOR = 'argocd-image-updater.argoproj.io/login-for';
const KEY = createAppKey();
const OLD = 'image:\n  tag: 1.0.0\n';
const NEW = 'image:\n  tag: 1.1.0\n';

interface Tenant {
  /** Without the prefix. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where its source is: `evil` is the tenant's own server. */
  readonly source?: 'evil';
  readonly project?: string;
}

const AT_EVIL = { 'image-list': 'api=evil.test/acme/api:1.x' };

/** Each with the code that its image ends with. */
const ATTEMPTS: Readonly<Record<string, readonly [Tenant, code: string]>> = {
  'a cluster': [
    { annotations: { ...AT_EVIL, 'api.pull-secret': 'secret:argocd/prod#config' } },
    'credentials-denied',
  ],
  'a service account': [
    { annotations: { ...AT_EVIL, 'api.pull-secret': 'secret:argocd/token#token' } },
    'credentials-denied',
  ],
  'a repository as a login to a registry': [
    { annotations: { ...AT_EVIL, 'api.pull-secret': 'secret:argocd/team-b#password' } },
    'credentials-denied',
  ],
  'a field for another registry': [
    { annotations: { ...AT_EVIL, 'api.pull-secret': 'secret:argocd/field#login' } },
    'credentials-denied',
  ],
  'a field that an entry names for another registry': [
    { annotations: { ...AT_EVIL, 'api.pull-secret': 'secret:argocd/entry#login' } },
    'credentials-denied',
  ],
  'a pull secret for another registry': [
    { annotations: { ...AT_EVIL, 'api.pull-secret': 'pullsecret:argocd/docker' } },
    'credentials-missing',
  ],
  'a GitHub App': [
    { annotations: { ...AT_EVIL, 'api.pull-secret': 'github-app:argocd/app' } },
    'credentials-denied',
  ],
  'a GitHub App without a rule': [
    { annotations: { ...AT_EVIL, 'api.pull-secret': 'github-app:argocd/app-2' } },
    'permission-denied',
  ],
  'a variable that is listed for another registry': [
    { annotations: { ...AT_EVIL, 'api.pull-secret': 'env:REGISTRY_LOGIN' } },
    'credentials-denied',
  ],
  'a variable that is not listed': [
    { annotations: { ...AT_EVIL, 'api.pull-secret': 'env:GIT_PASSWORD' } },
    'credentials-denied',
  ],
  'the deploy token of another project': [
    { source: 'evil', annotations: { 'write-back-method': 'git:secret:argocd/team-b' } },
    'credentials-denied',
  ],
  'a cluster as a login to Git': [
    { source: 'evil', annotations: { 'write-back-method': 'git:secret:argocd/prod' } },
    'credentials-denied',
  ],
  'a Secret for Git that names another remote': [
    { source: 'evil', annotations: { 'write-back-method': 'git:secret:argocd/git-named' } },
    'credentials-denied',
  ],
  'a Secret for Git to another remote': [
    {
      annotations: { 'write-back-method': 'git:secret:argocd/git', 'git-repository': '{evil}/other.git' },
    },
    'credentials-denied',
  ],
  'the password of the environment': [
    { annotations: { 'git-repository': '{evil}/other.git' } },
    'git-denied',
  ],
  'the password of the environment, to a source that is not listed': [{ source: 'evil' }, 'git-denied'],
  'an App by a repository of its own project': [{ project: 'team-a' }, 'newer-version'],
};

/** Who is served in the same cycle, by logins of the same kinds. */
const NEIGHBOURS: Readonly<Record<string, Tenant>> = {
  'a pull secret': { annotations: { 'api.pull-secret': 'pullsecret:argocd/docker' } },
  'a field for its registry': { annotations: { 'api.pull-secret': 'secret:argocd/field#login' } },
  'a field that its entry names': { annotations: { 'api.pull-secret': 'secret:argocd/entry#login' } },
  'a listed variable': { annotations: { 'api.pull-secret': 'env:REGISTRY_LOGIN' } },
  'the login of the entry': {},
  'a Secret for its source': { annotations: { 'write-back-method': 'git:secret:argocd/git' } },
  'a Secret that names its remote': { annotations: { 'write-back-method': 'git:secret:argocd/git-named' } },
  "a repository of Argo CD's": { annotations: { 'write-back-method': 'git:secret:argocd/repository' } },
};

const { root, remove } = createGitRoot();
const remotes = new Map<string, string>();
let kube: KubeStandIn;
let registry: DockerRegistry;
let git: GitHttpServer;
let github: GithubStandIn;
let evil: StandIn;
let world: FlowWorld;
let report: CycleReport;

beforeAll(async () => {
  github = await startGithub({
    appId: '1',
    publicKey: KEY.publicKey,
    installations: [
      { id: 7, owner: 'apps', kind: 'org', repositories: ['of-project'], permissions: { contents: 'write' } },
    ],
    now: Date.now,
  });
  [kube, registry, git, evil] = await Promise.all([
    startKubeStandIn(),
    startDockerRegistry({ htpasswd: REGISTRY }),
    startGitHttpServer({
      root,
      accepts: ({ username, password }) =>
        (username === GIT.username && password === GIT.password) || github.isGood(password),
    }),
    startStandIn(() => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="evil"' } })),
  ]);
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag, { auth: REGISTRY });
  world = createFlowWorld(REAL_CLOCK);
  for (const secret of secrets()) kube.objects.put(SECRETS, secret);
  for (const name of ['team-a', 'team-b']) kube.objects.put(APP_PROJECTS, anAppProject(name));
  Object.entries(ATTEMPTS).forEach(([what, [tenant]], index) => put(`bad-${index}`, what, tenant));
  Object.entries(NEIGHBOURS).forEach(([what, tenant], index) => put(`good-${index}`, what, tenant));
  report = await world.run(settings(), {
    env: {
      GIT_USERNAME: GIT.username,
      GIT_PASSWORD: GIT.password,
      REGISTRY_LOGIN: `${REGISTRY.username}:${REGISTRY.password}`,
    },
  });
});

afterAll(async () => {
  await Promise.all([kube.stop(), registry.stop(), git.stop(), github.stop(), evil.stop()]);
  world.remove();
  remove();
});

function secrets() {
  const login = `${REGISTRY.username}:${REGISTRY.password}`;
  const app = {
    githubAppID: '1',
    githubAppPrivateKey: KEY.pkcs1,
    githubAppEnterpriseBaseUrl: github.apiUrl,
  };
  const open = { annotations: { [FOR]: 'evil.test' } };
  const docker = { 'registry.test': { auth: btoa(login) } };
  return [
    aSecret(
      'argocd',
      'prod',
      { config: `x:${SECRET}`, password: SECRET },
      { ...open, labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
    ),
    aSecret(
      'argocd',
      'token',
      { token: `x:${SECRET}` },
      { ...open, type: 'kubernetes.io/service-account-token' },
    ),
    anArgocdSecret('repository', 'team-b', { url: `${git.url}/team-b.git`, project: 'team-b', ...GIT }),
    aSecret('argocd', 'field', { login }, { annotations: { [FOR]: 'registry.test/acme' } }),
    aSecret('argocd', 'entry', { login }),
    aSecret('argocd', 'unbound', { login }),
    aSecret('argocd', 'docker', { '.dockerconfigjson': JSON.stringify({ auths: docker }) }),
    aSecret('argocd', 'app', app),
    aSecret('argocd', 'app-2', app),
    aSecret('argocd', 'git', GIT),
    aSecret('argocd', 'git-named', GIT, { annotations: { [FOR]: `ghcr.io, ${new URL(git.url).host}` } }),
    anArgocdSecret('repo-creds', 'repository', { url: `${git.url}/good`, ...GIT }),
    // An administrator's App for all below, and a repository that a tenant made for its own project.
    anArgocdSecret('repo-creds', 'apps', { url: `${git.url}/apps`, ...app }),
    anArgocdSecret('repository', 'of-project', {
      url: `${git.url}/apps/of-project.git`,
      project: 'team-a',
      githubAppEnterpriseBaseUrl: `${evil.url}/api/v3`,
      proxy: evil.url,
    }),
  ];
}

function put(name: string, what: string, { annotations = {}, source, project }: Tenant): void {
  const path = project === 'team-a' ? 'apps/of-project' : `good/${name}`;
  if (source === undefined) remotes.set(what, createRemote(root, `${path}.git`, { 'app/values.yaml': OLD }));
  const wish = applicationManifest({
    name,
    repoURL: `${source === undefined ? git.url : evil.url}/${path}.git`,
    path: 'app',
    source: { helm: { valueFiles: ['values.yaml'] } },
    annotations: Object.fromEntries(
      Object.entries({
        'image-list': 'api=registry.test/acme/api:1.x',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues:values.yaml',
        ...annotations,
      }).map(([key, value]) => [key, value.replace('{evil}', evil.url)]),
    ),
  });
  const spec = { ...(wish['spec'] as object), ...(project === undefined ? {} : { project }) };
  kube.objects.put(APPLICATIONS, { ...wish, spec });
}

function settings() {
  const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
  const { permissions, git: defaults } = aConfig(world.folder);
  return {
    ...inCluster(kubeconfig),
    // So that nothing but the logins is in the way.
    network: { privateAddresses: true, exceptions: [evil.host, github.host] },
    git: { ...defaults, loginFor: [git.url] },
    permissions: {
      ...permissions,
      rules: [aRule({ logins: ['github-app:argocd/app'] })],
      environment: [
        {
          name: 'REGISTRY_LOGIN',
          registries: [parseRegistryPrefix('registry.test/acme')].flatMap((one) => one ?? []),
        },
      ],
    },
    registries: [
      aRegistryConfig(registry.url, 'registry.test', {
        credentials: parseCredentialSpec('secret:argocd/entry#login'),
      }),
      aRegistryConfig(evil.url, 'evil.test'),
    ],
  };
}

const codeOf = (name: string) => report.images.find(({ application }) => application.name === name)?.code;

describe('a login is never sent to the server of a tenant:', () => {
  test.each(Object.entries(ATTEMPTS).map(([what, [, code]], index) => [what, code, `bad-${index}`]))(
    '%s ends with %s',
    (_what, code, name) => {
      expect(codeOf(name)).toBe(code);
    },
  );

  test('whatever was tried, it has seen none', () => {
    const sent = evil.seen.map(({ headers, body }) => `${headers.authorization ?? ''} ${body}`);
    const decoded = sent.map((text) => Buffer.from(text.split(' ')[1] ?? '', 'base64').toString());

    // It was asked, without a login.
    expect(evil.seen.length).toBeGreaterThan(0);
    expect(sent.filter((text) => text.trim() !== '')).toEqual([]);
    expect(decoded.join()).not.toContain(SECRET);
  });

  test('and the one of the environment says which URL would allow it', () => {
    const said = report.images.filter(({ code }) => code === 'git-denied').map(({ reason }) => reason);

    expect(said).toHaveLength(2);
    for (const reason of said)
      expect(reason).toMatch(
        /the login of the environment is not sent to .* may add http:.*\.git to git\.loginFor/,
      );
  });

  test('and no report, log or Event has one', () => {
    const events = JSON.stringify(kube.objects.list(EVENTS, undefined));

    expect(events).toContain('credentials-denied');
    expect(JSON.stringify(report) + world.logged.join() + events).not.toMatch(
      new RegExp(`${SECRET}|${btoa(`${REGISTRY.username}:${REGISTRY.password}`)}|PRIVATE KEY`),
    );
  });
});

test('a person at the command line is bound by nothing of it', async () => {
  const lynceus = world.compose(settings(), {});
  const request = {
    image: 'registry.test/acme/api:1.x',
    strategy: 'semver',
    allowTags: undefined,
    ignoreTags: [],
  };

  const tested = await lynceus.testImage(
    { ...request, platforms: [], credentials: 'secret:argocd/unbound#login' },
    AbortSignal.timeout(60_000),
  );
  await lynceus.close();

  expect(tested).toMatchObject({ candidate: '1.1.0', login: { identity: 'secret:argocd/unbound#login' } });
});

describe('in the same cycle it is served who has', () => {
  test.each(Object.keys(NEIGHBOURS).map((what, index) => [what, `good-${index}`]))('%s', (what, name) => {
    expect([name, codeOf(name)]).toEqual([name, 'newer-version']);
    expect(readAt(remotes.get(what) ?? '', 'main', 'app/values.yaml')).toBe(NEW);
  });
});
