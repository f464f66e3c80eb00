import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderPatches } from '../../src/cli/render/diff.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld, IMPATIENT_CLOCK, type FlowWorld } from '../helpers/flow-world.ts';
import {
  startGitHttpServer,
  startGitSshServer,
  type GitHttpServer,
  type GitSshServer,
} from '../helpers/git-servers.ts';
import { commitTo, createGitRoot, createRemote, git, headOf, logOf, readAt } from '../helpers/git-world.ts';
import { pushArtifact, pushImage } from '../helpers/push-image.ts';

const LOGIN = { username: 'bot', password: 'a-Secret+of/git=1' };
const REGISTRY_LOGIN = { username: 'puller', password: 'a-Secret+of/registry=2' };

/** Every strategy and every kind of target, each in the shape people have it. */
const FILES: Readonly<Record<string, string>> = {
  'kustomize/kustomization.yaml': `# deployed by hand before
resources:
  - deployment.yaml
images:
  - name: registry.test/acme/api   # the API
    newTag: 1.0.0
  - name: other
    newTag: "7"
namePrefix: x-
`,
  'kustomize/deployment.yaml': 'kind: Deployment\n',
  'values/values-staging.yaml': `backend:
  image:
    repository: registry.test/acme/api
    tag: "1.0.0"    # keep the quotes

frontend:
  image:
    repository: registry.test/acme/web
    tag: v2.0
`,
  'newest/kustomization.yaml': 'images:\n- name: registry.test/acme/nightly\n  newTag: dev-1\n',
  'digest/values.yaml': 'image:\n  repository: registry.test/acme/web\n  tag: stable\n',
  'names/values.yaml': 'job:\n  image: registry.test/acme/job:2026-01-01\n',
  'parameters/.keep': '',
  'inline/.keep': '',
  'plugin/.keep': '',
};

async function pushImages(registry: DockerRegistry): Promise<{ readonly stable: string }> {
  const auth = REGISTRY_LOGIN;
  for (const tag of ['1.0.0', '1.0.1', '1.1.0', '2.0.0', '1.2.0-rc.1'])
    await pushImage(registry.url, 'acme/api', tag, { auth });
  for (const tag of ['v2.0', 'v2.1', 'v2.10']) await pushImage(registry.url, 'acme/web', tag, { auth });
  const { digest: stable } = await pushImage(registry.url, 'acme/web', 'stable', {
    auth,
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  await pushImage(registry.url, 'acme/nightly', 'dev-1', { auth, created: '2026-01-01T00:00:00Z' });
  await pushImage(registry.url, 'acme/nightly', 'dev-3', { auth, created: '2026-01-02T00:00:00Z' });
  await pushImage(registry.url, 'acme/nightly', 'dev-2', { auth, created: '2026-01-03T00:00:00Z' });
  for (const tag of ['2026-01-01', '2026-03-01', '2026-02-01'])
    await pushImage(registry.url, 'acme/job', tag, { auth });
  await pushArtifact(registry.url, 'acme/job', '2026-09-09', 'helm-chart', { auth });
  await pushArtifact(registry.url, 'acme/job', `sha256-${'a'.repeat(64)}.sig`, 'cosign-signature', { auth });
  return { stable };
}

function addApplications(world: FlowWorld, repoURL: string): void {
  const git = { 'write-back-method': 'git' };
  world.addApplication({
    name: 'kustomize',
    repoURL,
    path: 'kustomize',
    annotations: {
      ...git,
      'image-list': 'api=registry.test/acme/api:~1',
      'write-back-target': 'kustomization',
    },
  });
  world.addApplication({
    name: 'values',
    repoURL,
    path: 'values',
    annotations: {
      ...git,
      'image-list': 'backend=registry.test/acme/api:>=1.0,<1.1, frontend=registry.test/acme/web:2.x',
      'backend.helm.image-tag': 'backend.image.tag',
      'backend.helm.image-name': 'backend.image.repository',
      'frontend.helm.image-tag': 'frontend.image.tag',
      'frontend.helm.image-name': 'frontend.image.repository',
      'write-back-target': 'helmvalues:values-staging.yaml',
    },
  });
  world.addApplication({
    name: 'newest',
    repoURL,
    path: 'newest',
    annotations: {
      ...git,
      'image-list': 'n=registry.test/acme/nightly',
      'n.update-strategy': 'newest-build',
      'write-back-target': 'kustomization',
      'n.platforms': 'linux/amd64',
    },
  });
  world.addApplication({
    name: 'digest',
    repoURL,
    path: 'digest',
    annotations: {
      ...git,
      'image-list': 'w=registry.test/acme/web:stable',
      'w.update-strategy': 'digest',
      'w.platforms': 'linux/amd64',
      'w.helm.image-name': 'image.repository',
      'write-back-target': 'helmvalues',
    },
  });
  world.addApplication({
    name: 'names',
    repoURL,
    path: 'names',
    annotations: {
      ...git,
      'image-list': 'j=registry.test/acme/job',
      'j.update-strategy': 'name',
      'j.helm.image-spec': 'job.image',
      'write-back-target': 'helmvalues:/names/values.yaml',
    },
  });
  world.addApplication({
    name: 'parameters',
    repoURL,
    path: 'parameters',
    annotations: { ...git, 'image-list': 'api=registry.test/acme/api:^1' },
    source: {
      helm: {
        parameters: [
          { name: 'image.tag', value: '1.0.0' },
          { name: 'debug', value: 'true' },
        ],
      },
    },
  });
  world.addApplication({
    name: 'inline',
    repoURL,
    path: 'inline',
    annotations: {
      ...git,
      'image-list': 'api=registry.test/acme/api:^1',
      'api.kustomize.image-name': 'api-in-the-base',
    },
    source: { kustomize: { images: ['api-in-the-base=registry.test/acme/api:1.0.0'] } },
  });
  world.addApplication({
    name: 'plugin',
    repoURL,
    path: 'plugin',
    annotations: {
      ...git,
      'image-list': 'api=registry.test/acme/api:^1',
      'api.plugin.image-spec': 'API_IMAGE',
    },
    source: { plugin: { env: [{ name: 'API_IMAGE', value: 'registry.test/acme/api:1.0.0' }] } },
  });
}

describe.each(['http', 'ssh', 'path'] as const)('the main job over %s', (transport) => {
  const { root, remove } = createGitRoot();
  const world = createFlowWorld(IMPATIENT_CLOCK, { spelled: true });
  const remote = createRemote(root, 'deploy.git', FILES);
  let registry: DockerRegistry;
  let http: GitHttpServer;
  let ssh: GitSshServer;
  let stable = '';
  let env: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    registry = await startDockerRegistry({ htpasswd: REGISTRY_LOGIN });
    ({ stable } = await pushImages(registry));
    http = await startGitHttpServer({ root, login: LOGIN });
    ssh = await startGitSshServer();
    const url = { http: `${http.url}/deploy.git`, ssh: ssh.urlOf(remote), path: remote }[transport];
    env = {
      REGISTRY_LOGIN: `${REGISTRY_LOGIN.username}:${REGISTRY_LOGIN.password}`,
      GIT_USERNAME: LOGIN.username,
      GIT_PASSWORD: LOGIN.password,
      GIT_SSH_PRIVATE_KEY_FILE: ssh.privateKeyFile,
      GIT_SSH_KNOWN_HOSTS_FILE: ssh.knownHostsFile,
    };
    addApplications(world, url);
  });

  afterAll(async () => {
    await Promise.all([registry.stop(), http.stop(), ssh.stop()]);
    world.remove();
    remove();
  });

  function run(): Promise<CycleReport> {
    const credentials = { kind: 'env', variable: 'REGISTRY_LOGIN' } as const;
    return world.run(
      { registries: [aRegistryConfig(registry.url, 'registry.test', { credentials })] },
      { env },
    );
  }

  test('the first cycle brings everything up to date with one fetch and one push', async () => {
    const report = await run();

    expect(
      report.images.map(({ application, alias, outcome, code, reason }) => [
        application.name,
        alias,
        outcome,
        code,
        outcome === 'updated' ? '' : reason,
      ]),
    ).toEqual([
      ['digest', 'w', 'updated', 'digest-moved', ''],
      ['inline', 'api', 'updated', 'newer-version', ''],
      ['kustomize', 'api', 'updated', 'newer-version', ''],
      ['names', 'j', 'updated', 'newer-version', ''],
      ['newest', 'n', 'updated', 'newer-version', ''],
      ['parameters', 'api', 'updated', 'newer-version', ''],
      ['plugin', 'api', 'updated', 'newer-version', ''],
      ['values', 'backend', 'updated', 'newer-version', ''],
      ['values', 'frontend', 'updated', 'newer-version', ''],
    ]);
    expect(report.problems).toEqual([]);
    expect([report.costs.gitFetches, report.costs.gitPushes]).toEqual([1, 1]);
    expect(logOf(remote, 'main')).toHaveLength(1 + 8);
  });

  test('only the bytes that were meant have changed', () => {
    expect(readAt(remote, 'main', 'kustomize/kustomization.yaml')).toBe(
      FILES['kustomize/kustomization.yaml']?.replace('newTag: 1.0.0', 'newTag: 1.1.0'),
    );
    expect(readAt(remote, 'main', 'values/values-staging.yaml')).toBe(
      FILES['values/values-staging.yaml']?.replace('"1.0.0"', '"1.0.1"').replace('v2.0', 'v2.10'),
    );
    expect(readAt(remote, 'main', 'newest/kustomization.yaml')).toBe(
      'images:\n- name: registry.test/acme/nightly\n  newTag: dev-2\n',
    );
    expect(readAt(remote, 'main', 'digest/values.yaml')).toBe(
      `image:\n  repository: registry.test/acme/web\n  tag: stable@${stable}\n`,
    );
    expect(readAt(remote, 'main', 'names/values.yaml')).toBe(
      'job:\n  image: registry.test/acme/job:2026-03-01\n',
    );
  });

  test('override files say what Argo CD has to read, and hide nothing that the Application declares', () => {
    expect(readAt(remote, 'main', 'parameters/.argocd-source-parameters.yaml')).toBe(`helm:
  parameters:
  - name: debug
    value: "true"
    forcestring: false
  - name: image.name
    value: registry.test/acme/api
    forcestring: true
  - name: image.tag
    value: 1.1.0
    forcestring: true
`);
    expect(readAt(remote, 'main', 'inline/.argocd-source-inline.yaml')).toBe(`kustomize:
  images:
  - api-in-the-base=registry.test/acme/api:1.1.0
`);
    expect(readAt(remote, 'main', 'plugin/.argocd-source-plugin.yaml')).toBe(`plugin:
  env:
  - name: API_IMAGE
    value: registry.test/acme/api:1.1.0
`);
  });

  test('each commit is one Application and says what it did', () => {
    const [newest] = logOf(remote, 'main');

    expect(newest?.message).toBe(`build: automatic update of values

updates image acme/api tag '1.0.0' to '1.0.1'
updates image acme/web tag 'v2.0' to 'v2.10'

Lynceus-Update: app=values namespace=argocd alias=backend image=registry.test/acme/api file=values/values-staging.yaml key=backend.image.tag from=1.0.0 to=1.0.1
Lynceus-Update: app=values namespace=argocd alias=frontend image=registry.test/acme/web file=values/values-staging.yaml key=frontend.image.tag from=v2.0 to=v2.10
`);
    expect(newest?.author).toBe('argocd-image-updater <noreply@argoproj.io>');
  });

  test('the second cycle writes nothing', async () => {
    const head = headOf(remote, 'main');

    const report = await run();

    expect(report.images.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 9 }, () => 'current'));
    expect(report.costs.gitPushes).toBe(0);
    expect(headOf(remote, 'main')).toBe(head);
  });

  test('a new image is picked up by everybody whom it concerns, and by nobody else', async () => {
    await pushImage(registry.url, 'acme/api', '1.0.2', { auth: REGISTRY_LOGIN });

    const report = await run();

    expect(
      report.images
        .filter(({ outcome }) => outcome !== 'current')
        .map(({ application, alias, candidate }) => [application.name, alias, candidate?.tag]),
    ).toEqual([['values', 'backend', '1.0.2']]);
  });

  test("a human's change in another file is built upon", async () => {
    commitTo(remote, 'main', { 'README.md': 'hello\n' }, 'by hand');
    await pushImage(registry.url, 'acme/api', '1.0.3', { auth: REGISTRY_LOGIN });

    await run();

    expect(readAt(remote, 'main', 'README.md')).toBe('hello\n');
    expect(readAt(remote, 'main', 'values/values-staging.yaml')).toContain('"1.0.3"');
    expect(logOf(remote, 'main')[1]?.message).toContain('by hand');
  });

  test('a dry run says what it would do and does nothing', async () => {
    await pushImage(registry.url, 'acme/api', '1.0.4', { auth: REGISTRY_LOGIN });
    const head = headOf(remote, 'main');
    const credentials = { kind: 'env', variable: 'REGISTRY_LOGIN' } as const;

    const report = await world.run(
      { registries: [aRegistryConfig(registry.url, 'registry.test', { credentials })] },
      { env, dryRun: true },
    );

    expect(
      report.images.filter(({ outcome }) => outcome === 'update').map(({ candidate }) => candidate?.tag),
    ).toEqual(['1.0.4']);
    expect(report.diffs[0]?.diff).toContain('+    tag: "1.0.4"    # keep the quotes');
    git(remote, ['read-tree', 'main']);
    git(remote, ['apply', '--cached'], Buffer.from(renderPatches(report.diffs)));
    expect(git(remote, ['diff', '--cached', '--numstat'])).toBe('1\t1\tvalues/values-staging.yaml\n');
    expect(headOf(remote, 'main')).toBe(head);
    expect(report.costs.gitPushes).toBe(0);
  });

  test('no secret reached the log', () => {
    const secrets = [LOGIN.password, REGISTRY_LOGIN.password].flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
    ]);

    expect(world.logged.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
  });
});
