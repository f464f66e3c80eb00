import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Config } from '../../src/config/config.ts';
import { renderRules } from '../../src/cli/render/rules.ts';
import type { PermissionRule } from '../../src/core/permissions/permission-rule.ts';
import { APP_PROJECTS, APPLICATIONS } from '../../src/kube/kube-client.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  applicationManifest,
  aRegistryConfig,
  createFlowWorld,
  inCluster,
  REAL_CLOCK,
  type ApplicationWish,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, headOf, readAt } from '../helpers/git-world.ts';
import { anAppProject, startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';
import { aRule } from '../core/permissions/a-rule.ts';

const OLD = 'image:\n  tag: 1.0.0\n';
const NEW = 'image:\n  tag: 1.1.0\n';
const FILES = {
  'good/values.yaml': OLD,
  'team/values.yaml': OLD,
  'team/extra.yaml': OLD,
  'other/values.yaml': OLD,
  'team/link.yaml': { content: '../other/values.yaml', mode: '120000' },
  'team/.argocd-source.yaml': 'helm:\n  parameters:\n    - name: image.tag\n      value: 1.0.0\n',
} as const;

let registry: DockerRegistry;
let server: GitHttpServer;
let world: FlowWorld;
let apps: string;
let config: string;
let urls: { readonly apps: string; readonly config: string };
const { root, remove } = createGitRoot();
let count = 0;

beforeAll(async () => {
  registry = await startDockerRegistry();
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'fenced/api', tag);
  server = await startGitHttpServer({ root });
});

afterAll(async () => {
  await server.stop();
  await registry.stop();
  remove();
});

beforeEach(() => {
  count += 1;
  world = createFlowWorld(REAL_CLOCK);
  apps = createRemote(root, `apps-${count}.git`, FILES);
  config = createRemote(root, `config-${count}.git`, { 'envs/prod.yaml': OLD });
  urls = { apps: `${server.url}/apps-${count}.git`, config: `${server.url}/config-${count}.git` };
});

afterEach(() => world.remove());

type Wish = Partial<ApplicationWish>;

function wish(name: string, { annotations = {}, ...changes }: Wish = {}): ApplicationWish {
  return {
    name,
    repoURL: urls.apps,
    path: name,
    targetRevision: 'main',
    source: { helm: { valueFiles: ['values.yaml'] } },
    annotations: {
      'image-list': 'api=registry.test/fenced/api:1.x',
      'write-back-method': 'git',
      'write-back-target': 'helmvalues',
      ...annotations,
    },
    ...changes,
  };
}

/** What a tenant of the namespace `team` asks for, the code it ends with when that is not granted. */
const ASKED: readonly [string, (names: typeof urls) => Wish, string][] = [
  [
    'another remote',
    (names) => ({
      annotations: { 'git-repository': names.config, 'write-back-target': 'helmvalues:/envs/prod.yaml' },
    }),
    'permission-denied',
  ],
  [
    'a branch of its remote that it does not follow',
    () => ({ annotations: { 'git-branch': 'production' } }),
    'permission-denied',
  ],
  [
    'a file of another folder',
    () => ({ annotations: { 'write-back-target': 'helmvalues:/other/values.yaml' } }),
    'permission-denied',
  ],
  [
    'a link into another folder',
    () => ({
      source: { helm: { valueFiles: ['link.yaml'] } },
      annotations: { 'write-back-target': 'helmvalues:link.yaml' },
    }),
    'permission-denied',
  ],
  [
    'a value file that it does not list',
    () => ({ annotations: { 'write-back-target': 'helmvalues:extra.yaml' } }),
    'permission-denied',
  ],
  [
    'the override file of all',
    () => ({ annotations: { 'write-back-target': 'helmvalues:/team/.argocd-source.yaml' } }),
    'permission-denied',
  ],
];

const settings = (changes: Partial<Config> = {}): Partial<Config> => ({
  registries: [aRegistryConfig(registry.url, 'registry.test')],
  // The server is on this machine, so that only an entry, or a source, makes it one that may be called.
  git: { ...aConfig(world.folder).git, remotes: [{ url: server.url }] },
  ...changes,
});

describe('Applications outside of the namespace of Argo CD', () => {
  test('get what is their own, and for the rest the rule that allows it', async () => {
    world.addApplication(wish('good', { namespace: 'team' }));
    for (const [index, [, ask]] of ASKED.entries())
      world.addApplication(wish(`bad-${index}`, { path: 'team', namespace: 'team', ...merged(ask(urls)) }));
    const before = headOf(config, 'main');

    const report = await world.run(settings());

    expect(
      Object.fromEntries(report.images.map(({ application, code }) => [application.name, code])),
    ).toEqual({
      good: 'newer-version',
      ...Object.fromEntries(ASKED.map(([, , code], index) => [`bad-${index}`, code])),
    });
    expect(readAt(apps, 'main', 'good/values.yaml')).toBe(NEW);
    for (const path of ['other/values.yaml', 'team/extra.yaml', 'team/values.yaml'])
      expect(readAt(apps, 'main', path)).toBe(OLD);
    expect(headOf(config, 'main')).toBe(before);
    for (const { code, reason } of report.images)
      if (code === 'permission-denied')
        expect(reason).toMatch(/permissions\.rules: \{projects: \[default\], namespaces: \[team\], /);
  });

  test('are served by the rules that the command prints, and by no others', async () => {
    for (const [index, [, ask]] of ASKED.slice(0, 5).entries())
      world.addApplication(wish(`bad-${index}`, { path: 'team', namespace: 'team', ...merged(ask(urls)) }));
    const lynceus = world.compose(settings());
    const needed = await lynceus.permissions(AbortSignal.timeout(60_000));
    await lynceus.close();
    const printed = parse(renderRules(needed)) as { permissions: { rules: Partial<PermissionRule>[] } };
    const rules = printed.permissions.rules.map(aRule);

    const report = await world.run(settings({ permissions: { rules, written: true, environment: [] } }));

    // The branch `production` is not there, and one file has five owners now.
    expect(report.images.map(({ code }) => code)).not.toContain('permission-denied');
    expect(readAt(config, 'main', 'envs/prod.yaml')).toBe(NEW);
    expect(readAt(apps, 'main', 'team/extra.yaml')).toBe(NEW);
    expect(readAt(apps, 'main', 'other/values.yaml')).toBe(NEW);
  });
});

function merged({ annotations, ...changes }: Wish): Wish {
  return annotations === undefined ? changes : { ...changes, annotations };
}

test('in the namespace of Argo CD alone all of it is open, but the override file of all', async () => {
  for (const [index, [, ask]] of ASKED.entries())
    world.addApplication(wish(`app-${index}`, { path: 'team', ...merged(ask(urls)) }));

  const report = await world.run(settings());

  expect(report.images.map(({ code }) => code)).toEqual([
    'newer-version',
    'git-branch-missing',
    'newer-version',
    // The link leads to the file of the one before it.
    'already-proposed',
    'newer-version',
    'permission-denied',
  ]);
});

test('a branch that another Application follows is never pushed beside the base', async () => {
  const before = headOf(apps, 'main');
  world.addApplication(wish('good'));
  world.addApplication(wish('evil', { path: 'team', annotations: { 'git-branch': 'main:production' } }));
  world.addApplication(
    wish('sly', { path: 'team', annotations: { 'git-branch': 'main:{{ "production" }}' } }),
  );
  world.addApplication({ ...wish('victim', { targetRevision: 'production' }), annotations: {} });

  const report = await world.run(settings());

  expect(report.images.map(({ application, code }) => [application.name, code])).toEqual([
    ['evil', 'permission-denied'],
    ['good', 'newer-version'],
    ['sly', 'permission-denied'],
  ]);
  expect(headOf(apps, 'main')).not.toBe(before);
});

describe('AppProjects', () => {
  test('beside the Applications in files are honoured', async () => {
    world.addText(
      'projects.yaml',
      [
        project('shop', { sourceRepos: [urls.apps] }),
        project('narrow', { sourceRepos: ['*', `!${urls.apps}`] }),
        project('broken', { sourceRepos: 5 }),
      ].join('\n---\n'),
    );
    world.addApplication(wish('good', { project: 'shop' }));
    world.addApplication(
      wish('config', {
        project: 'shop',
        path: 'team',
        annotations: { 'git-repository': urls.config, 'write-back-target': 'helmvalues:/envs/prod.yaml' },
      }),
    );
    world.addApplication(wish('narrow', { project: 'narrow', path: 'team' }));
    world.addApplication(wish('broken', { project: 'broken', path: 'team' }));
    world.addApplication(wish('missing', { project: 'missing', path: 'team' }));
    world.addApplication(wish('outside', { project: 'shop', path: 'team', namespace: 'team' }));
    world.addApplication(wish('of-default', { path: 'other' }));

    const report = await world.run(settings());

    expect(
      Object.fromEntries(report.images.map(({ application, code }) => [application.name, code])),
    ).toEqual({
      good: 'newer-version',
      'of-default': 'newer-version',
      config: 'project-denied',
      narrow: 'project-denied',
      broken: 'project-denied',
      missing: 'project-denied',
      outside: 'project-denied',
    });
    expect(readAt(apps, 'main', 'team/values.yaml')).toBe(OLD);
    expect(readAt(apps, 'main', 'good/values.yaml')).toBe(NEW);
  });

  let kube: KubeStandIn | undefined;
  afterEach(async () => {
    await kube?.stop();
    kube = undefined;
  });

  const DENIED = [
    { apiGroups: ['argoproj.io'], resources: ['applications'], verbs: ['list', 'watch', 'get', 'patch'] },
    {
      apiGroups: ['argocd-image-updater.argoproj.io'],
      resources: ['imageupdaters'],
      verbs: ['list', 'watch'],
    },
    { apiGroups: [''], resources: ['secrets', 'events'], verbs: ['get', 'list', 'create', 'patch'] },
  ];

  test.each<[string, readonly string[], boolean, string]>([
    ['that may be read', ['argocd', 'team'], true, 'newer-version'],
    ['that may not, in several namespaces', ['argocd', 'team'], false, 'project-denied'],
    ['that may not, in one namespace', ['argocd'], false, 'newer-version'],
  ])('of a cluster %s', async (_, names, isReadable, code) => {
    kube = await startKubeStandIn(isReadable ? {} : { rules: DENIED });
    kube.objects.put(APPLICATIONS, applicationManifest(wish('good')));
    const cluster = inCluster(kube.kubeconfig(`${world.folder}/kubeconfig`, { namespace: 'argocd' }));
    const applications = { ...cluster.applications, namespaces: { kind: 'list', names } } as const;

    const report = await world.run(settings({ ...cluster, applications }));

    expect(report.images.map((image) => image.code)).toEqual([code]);
    const warned = world.logged.filter((line) => line.includes('AppProjects cannot be read'));
    expect(warned).toHaveLength(isReadable ? 0 : 1);
    if (!isReadable) expect(warned[0]).toContain('appprojects');
    const open = world.logged.filter((line) => line.includes('permissions are open'));
    expect(open).toHaveLength(names.length === 1 ? 1 : 0);
  });

  test('of a cluster that change count with the next cycle', async () => {
    kube = await startKubeStandIn();
    kube.objects.put(APPLICATIONS, applicationManifest(wish('good', { project: 'shop' })));
    const cluster = inCluster(kube.kubeconfig(`${world.folder}/kubeconfig`, { namespace: 'argocd' }));
    const lynceus = world.compose(settings(cluster));
    const cycle = async () => {
      const { images } = await lynceus.runCycle({ dryRun: true }, AbortSignal.timeout(60_000));
      return images.map((image) => image.code);
    };
    try {
      expect(await cycle()).toEqual(['project-denied']);
      kube.objects.put(APP_PROJECTS, anAppProject('shop', { sourceRepos: [urls.apps] }));
      await expect.poll(cycle).toEqual(['newer-version']);
      kube.objects.put(APP_PROJECTS, anAppProject('shop', { sourceRepos: [urls.config] }));
      await expect.poll(cycle).toEqual(['project-denied']);
    } finally {
      await lynceus.close();
    }
  });
});

function project(name: string, spec: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata: { name }, spec });
}
