import { afterAll, beforeAll, expect, test } from 'vitest';
import { prefixed } from '../helpers/annotations.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aConfig, aRegistryConfig, createFlowWorld } from '../helpers/flow-world.ts';
import { commitTo, createBranch, createGitRoot, createRemote, logOf, readAt } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';

let registry: DockerRegistry;
let digest = '';
beforeAll(async () => {
  registry = await startDockerRegistry();
  for (const name of ['acme/api', 'acme/web'])
    for (const tag of ['1.0.0', '1.2.0']) {
      const pushed = await pushImage(registry.url, name, tag);
      if (name === 'acme/web') ({ digest } = pushed);
    }
  await pushImage(registry.url, 'acme/job', '1.20');
});
afterAll(() => registry.stop());

const KIND = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' };
const LIST = { 'write-back-method': 'git', 'image-list': 'api=r.test/acme/api:1.x, web=r.test/acme/web:1.x' };

function manifests(tag: string): string {
  const one = (alias: string) =>
    `kind: Deployment\nspec:\n  image: r.test/acme/${alias}:${tag} # {"$lynceus": "shop/${alias}"}\n`;
  return `# plain manifests\n${one('api')}---\n${one('web')}`;
}

async function withWorld<T>(
  run: (world: ReturnType<typeof createFlowWorld>, root: string) => Promise<T>,
): Promise<T> {
  const world = createFlowWorld();
  const { root, remove } = createGitRoot();
  try {
    return await run(world, root);
  } finally {
    world.remove();
    remove();
  }
}

function cycleOf(world: ReturnType<typeof createFlowWorld>, folders?: string) {
  const { git } = aConfig(world.folder);
  // A folder that is no source of the Application is a remote by an entry alone.
  const remotes = folders === undefined ? [] : [{ url: `file://${folders}` }];
  return world.run({ registries: [aRegistryConfig(registry.url, 'r.test')], git: { ...git, remotes } });
}

test('plain manifests: marked values are written, equal is done, and what a person takes back stays', () =>
  withWorld(async (world, root) => {
    const remote = createRemote(root, 'deploy.git', { 'apps/all.yaml': manifests('1.0.0') });
    const annotations = { ...LIST, 'write-back-target': 'markers:all.yaml' };
    world.addApplication({ name: 'shop', repoURL: remote, path: 'apps', annotations });

    await cycleOf(world);
    expect(readAt(remote, 'main', 'apps/all.yaml')).toBe(manifests('1.2.0'));
    expect(logOf(remote, 'main')).toHaveLength(2);

    await cycleOf(world);
    expect(logOf(remote, 'main')).toHaveLength(2);

    const back = manifests('1.2.0').replace('api:1.2.0', 'api:1.0.0');
    commitTo(remote, 'main', { 'apps/all.yaml': back });
    const report = await cycleOf(world);
    expect(readAt(remote, 'main', 'apps/all.yaml')).toBe(back);
    expect(report.images.map(({ alias, code }) => [alias, code])).toEqual([
      ['api', 'rolled-back'],
      ['web', 'up-to-date'],
    ]);
  }));

test('two images of one Application go to two remotes, branches and kinds of file', () =>
  withWorld(async (world, root) => {
    const values = `web:\n  image: 'r.test/acme/web:1.0.0@sha256:${'0'.repeat(64)}'\n`;
    const remote = createRemote(root, 'deploy.git', { 'all.yaml': manifests('1.0.0') });
    const other = createRemote(root, 'values.git', { 'web.yaml': values });
    createBranch(other, 'prod');
    const annotations = {
      ...LIST,
      'write-back-target': 'markers:/all.yaml',
      'web.git-repository': other,
      'web.git-branch': 'prod',
      'web.write-back-target': 'helmvalues:/web.yaml',
      'web.helm.image-spec': 'web.image',
      'web.helm.value-template': '{name}:{tag}@{digest}',
    };
    world.addApplication({ name: 'shop', repoURL: remote, path: '.', annotations });

    await cycleOf(world, root);
    await cycleOf(world, root);

    expect(readAt(remote, 'main', 'all.yaml')).toBe(manifests('1.0.0').replace('api:1.0.0', 'api:1.2.0'));
    expect(readAt(other, 'prod', 'web.yaml')).toBe(`web:\n  image: 'r.test/acme/web:1.2.0@${digest}'\n`);
    expect(readAt(other, 'main', 'web.yaml')).toBe(values);
    expect([logOf(remote, 'main').length, logOf(other, 'prod').length]).toEqual([2, 2]);
  }));

test('what is written without effect is written, and a warning names what wins; its neighbour has none', () =>
  withWorld(async (world, root) => {
    const values = 'api: {tag: 1.0.0}\nweb: {tag: 1.0.0}\n';
    const leftOver = 'shop/.argocd-source-shop.yaml';
    const remote = createRemote(root, 'deploy.git', {
      'shop/values.yaml': values,
      'shop/prod.yaml': 'web: {tag: 1.0.0}\n',
      [leftOver]: 'helm: {parameters: [{name: api.tag, value: 1.0.0}]}\n',
      'other/values.yaml': values,
    });
    const keys = { 'api.helm.image-tag': 'api.tag', 'web.helm.image-tag': 'web.tag' };
    const annotations = { ...LIST, ...keys, 'write-back-target': 'helmvalues' };
    const source = { helm: { valueFiles: ['prod.yaml'] } };
    world.addApplication({ name: 'shop', repoURL: remote, path: 'shop', annotations, source });
    world.addApplication({ name: 'other', repoURL: remote, path: 'other', annotations });

    const report = await cycleOf(world);
    expect(report.images.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 4 }, () => 'updated'));
    expect(readAt(remote, 'main', 'shop/values.yaml')).toBe(values.replaceAll('1.0.0', '1.2.0'));
    const warned = (code: string, key: string, by: string) => [
      { code, message: expect.stringContaining(`at ${key} has no effect: ${by} sets it, too`) as string },
    ];
    expect(
      report.images.map(({ application, alias, warnings }) => [application.name, alias, warnings]),
    ).toEqual([
      ['other', 'api', undefined],
      ['other', 'web', undefined],
      ['shop', 'api', warned('overridden', 'api.tag', leftOver)],
      ['shop', 'web', warned('overridden', 'web.tag', 'shop/prod.yaml')],
    ]);
    const lines = world.logged.filter((line) => line.includes('image has a warning'));
    expect(lines).toHaveLength(2);
    expect(report.costs.gitFetches).toBe(1);
  }));

test('one file may hold an image by its key and another by its marker', () =>
  withWorld(async (world, root) => {
    const text = (tag: string) => `web: {tag: ${tag}}\napi: ${tag} # {"$lynceus": "shop/api:tag"}\n`;
    const remote = createRemote(root, 'deploy.git', { 'v.yaml': text('1.0.0') });
    const annotations = {
      ...LIST,
      'api.write-back-target': 'markers:/v.yaml',
      'web.write-back-target': 'helmvalues:/v.yaml',
      'web.helm.image-tag': 'web.tag',
    };
    world.addApplication({ name: 'shop', repoURL: remote, path: '.', annotations });

    await cycleOf(world);

    expect(readAt(remote, 'main', 'v.yaml')).toBe(text('1.2.0'));
    expect(logOf(remote, 'main')).toHaveLength(2);
  }));

test('a chart from a registry is written in the source that its value file names', () =>
  withWorld(async (world, root) => {
    const text = (tag: string) => `web: {tag: ${tag}}\n`;
    const remote = createRemote(root, 'values.git', { 'envs/prod.yaml': text('1.0.0') }, 'prod');
    const annotations = {
      'write-back-method': 'git',
      'image-list': 'web=r.test/acme/web:1.x',
      'write-back-target': 'helmvalues:$values/envs/prod.yaml',
      'web.helm.image-tag': 'web.tag',
    };
    const helm = { valueFiles: ['$values/envs/prod.yaml'] };
    const sources = [
      { repoURL: 'https://charts.test', chart: 'web', targetRevision: '4.2.0', helm },
      { repoURL: remote, targetRevision: 'prod', ref: 'values' },
    ];
    const metadata = { name: 'shop', namespace: 'argocd', annotations: prefixed(annotations) };
    world.addText('shop.json', JSON.stringify({ ...KIND, metadata, spec: { sources } }));

    await cycleOf(world);

    expect(readAt(remote, 'prod', 'envs/prod.yaml')).toBe(text('1.2.0'));
    expect(logOf(remote, 'prod')).toHaveLength(2);
  }));

test('a values file pulls what was chosen: names, registries, digests, quotes, several keys, and the key of another', () =>
  withWorld(async (world, root) => {
    const before = [
      'api: {repository: nginx, tag: latest}',
      'worker: {repository: r.test/acme/api, tag: 1.0.0}',
      `web: {registry: docker.io, repository: nginx, tag: 1.0.0, digest: "sha256:${'0'.repeat(64)}"}`,
      'jobs: [{name: clean, tag: 1}, {name: mail, tag: 1.20}]',
      'image: {repository: redis, tag: 7.0.0}',
      '',
    ].join('\n');
    const after = [
      'api: {repository: r.test/acme/api, tag: 1.2.0}',
      'worker: {repository: r.test/acme/api, tag: 1.2.0}',
      `web: {registry: r.test, repository: acme/web, tag: 1.2.0, digest: "${digest}"}`,
      'jobs: [{name: clean, tag: 1}, {name: mail, tag: "1.20"}]',
      'image: {repository: redis, tag: 7.0.0}',
      '',
    ].join('\n');
    const remote = createRemote(root, 'deploy.git', { 'values.yaml': before });
    const annotations = {
      'write-back-method': 'git',
      'image-list':
        'api=r.test/acme/api:1.x, web=r.test/acme/web:1.x, job=r.test/acme/job, cache=r.test/acme/cache:1.x',
      'write-back-target': 'helmvalues:/values.yaml',
      'api.helm.image-name': 'api.repository, worker.repository',
      'api.helm.image-tag': 'api.tag, worker.tag',
      'web.helm.image-registry': 'web.registry',
      'web.helm.image-name': 'web.repository',
      'web.helm.image-tag': 'web.tag',
      'job.update-strategy': 'alphabetical',
      'job.helm.image-tag': 'jobs[name=mail].tag',
    };
    world.addApplication({ name: 'shop', repoURL: remote, path: '.', annotations });

    const first = await cycleOf(world);
    expect(first.images.map(({ alias, code }) => [alias, code])).toEqual([
      ['api', 'newer-version'],
      ['web', 'newer-version'],
      ['job', 'rewritten'],
      ['cache', 'other-image'],
    ]);
    expect(readAt(remote, 'main', 'values.yaml')).toBe(after);

    const second = await cycleOf(world);
    expect(second.images.map(({ code }) => code)).toEqual([
      'up-to-date',
      'up-to-date',
      'up-to-date',
      'other-image',
    ]);
    expect(logOf(remote, 'main')).toHaveLength(2);
  }));
