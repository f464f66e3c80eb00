import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld, type FlowWorld } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { branchesOf, createGitRoot, createRemote, headOf, readAt } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';

const VALUES = 'image:\n  tag: 1.0.0\n';
const NEW_VALUES = 'image:\n  tag: 1.1.0\n';

/** One remote and one branch, as six people write them. `%72` is an r. */
const SPELLINGS: readonly { readonly remote: (url: string) => string; readonly revision: string }[] = [
  { remote: (url) => url, revision: 'main' },
  { remote: (url) => `${url}/`, revision: 'HEAD' },
  { remote: (url) => url.replace(/\.git$/, ''), revision: 'refs/heads/main' },
  { remote: (url) => url.replace('127.0.0.1', '127.1').replace('http:', 'HTTP:'), revision: '' },
  {
    remote: (url) => url.replace('//', '//somebody@').replace(/([^/])\/([^/]+)$/, '$1//$2'),
    revision: 'main',
  },
  {
    remote: (url) => `${url.replace('repository', '%72epository').replace(/\.git$/, '')}/`,
    revision: 'HEAD',
  },
];

let registry: DockerRegistry;
let server: GitHttpServer;
let world: FlowWorld;
const { root, remove } = createGitRoot();
let count = 0;

beforeAll(async () => {
  registry = await startDockerRegistry();
  for (const tag of ['1.0.0', '1.1.0', '2.0.0']) await pushImage(registry.url, 'spelled/api', tag);
  server = await startGitHttpServer({ root });
});

afterAll(async () => {
  await server.stop();
  await registry.stop();
  remove();
});

interface Setup {
  readonly remote: string;
  readonly url: string;
}

function setUp(): Setup {
  count += 1;
  world = createFlowWorld();
  const name = `repository-${count}.git`;
  const files = SPELLINGS.map((_, index) => [`app-${index}/values.yaml`, VALUES] as const);
  const remote = createRemote(root, name, { ...Object.fromEntries(files), 'shared/values.yaml': VALUES });
  return { remote, url: `${server.url}/${name}` };
}

function add(index: number, { url }: Setup, changes: Readonly<Record<string, string>> = {}): void {
  const { remote, revision } = SPELLINGS[index] ?? { remote: (text: string) => text, revision: 'main' };
  const { name = `app-${index}`, path = `app-${index}`, ...annotations } = changes;
  world.addApplication({
    name,
    repoURL: remote(url),
    targetRevision: revision,
    path,
    source: { helm: { parameters: [] } },
    annotations: {
      'image-list': 'api=registry.test/spelled/api:1.x',
      'write-back-method': 'git',
      'write-back-target': 'helmvalues',
      ...annotations,
    },
  });
}

function run(): ReturnType<FlowWorld['run']> {
  return world.run({ registries: [aRegistryConfig(registry.url, 'registry.test')] });
}

const ALL = SPELLINGS.map((_, index) => index);

test('six spellings of one branch are one fetch and one push, and then nothing', async () => {
  const setup = setUp();
  for (const index of ALL) add(index, setup);

  const first = await run();

  expect(first.problems).toEqual([]);
  expect(first.images.map(({ outcome, reason }) => [outcome, reason])).toEqual(
    ALL.map((): unknown => ['updated', expect.any(String)]),
  );
  expect(first.costs).toMatchObject({ gitFetches: 1, gitPushes: 1 });
  for (const index of ALL) expect(readAt(setup.remote, 'main', `app-${index}/values.yaml`)).toBe(NEW_VALUES);

  const second = await run();
  expect(second.images.map(({ outcome }) => outcome)).toEqual(ALL.map(() => 'current'));
  expect(second.costs.gitPushes).toBe(0);
  world.remove();
});

test('images that want different versions at one key are refused in each spelling, and their neighbour is written', async () => {
  const setup = setUp();
  const before = headOf(setup.remote, 'main');
  for (const index of ALL) {
    add(0, setup, { name: `plain-${index}`, path: `app-${index}` });
    add(index, setup, {
      name: `other-${index}`,
      path: `app-${index}`,
      'image-list': 'api=registry.test/spelled/api:2.x',
    });
  }

  const { images } = await run();

  expect(images.map(({ outcome, code }) => [outcome, code])).toEqual(
    [...ALL, ...ALL].map(() => ['failed', 'conflicting-changes']),
  );
  expect(headOf(setup.remote, 'main')).toBe(before);
  add(3, setup, { name: 'neighbour', path: 'shared' });
  const { images: beside } = await run();
  expect(
    beside.filter(({ outcome }) => outcome === 'updated').map(({ application }) => application.name),
  ).toEqual(['neighbour']);
  expect(readAt(setup.remote, 'main', 'shared/values.yaml')).toBe(NEW_VALUES);
  world.remove();
});

test('one push branch has the changes of all spellings, and is not made anew in the next cycle', async () => {
  const setup = setUp();
  for (const index of ALL) add(index, setup, { 'git-branch': ':updates' });

  const first = await run();

  expect(first.images.map(({ outcome }) => outcome)).toEqual(ALL.map(() => 'updated'));
  for (const index of ALL)
    expect(readAt(setup.remote, 'updates', `app-${index}/values.yaml`)).toBe(NEW_VALUES);
  expect(branchesOf(setup.remote).toSorted()).toEqual(['main', 'updates']);
  const head = headOf(setup.remote, 'updates');
  const second = await run();
  expect(second.images.map(({ outcome }) => outcome)).toEqual(ALL.map(() => 'current'));
  expect(headOf(setup.remote, 'updates')).toBe(head);
  world.remove();
});

test.each([
  ['of a repository that is not there', (url: string) => url.replace('repository', 'REPOSITORY')],
  ['that leads elsewhere', (url: string) => url.replace('repository', 'nowhere')],
])('a spelling %s fails alone', async (_, misspell) => {
  const setup = setUp();
  add(0, setup);
  add(1, { ...setup, url: misspell(setup.url) });
  add(2, setup);

  const { images } = await run();

  expect(images.map(({ outcome }) => outcome)).toEqual(['updated', 'failed', 'updated']);
  expect(readAt(setup.remote, 'main', 'app-2/values.yaml')).toBe(NEW_VALUES);
  world.remove();
});

/** What its author must not be able to do to anybody else: annotation or part of the source, value, the key that is named. */
const HOSTILE: readonly (readonly [
  where: 'annotation' | 'repoURL' | 'targetRevision',
  value: string,
  key: string,
])[] = [
  ['annotation', 'git://example.com/x.git', 'git-repository'],
  ['annotation', 'deploy', 'git-repository'],
  ['annotation', 'file:///a%zz', 'git-repository'],
  ['annotation', 'https://git.example/a%zz', 'git-repository'],
  ['annotation', 'ext::sh -c id', 'git-repository'],
  ['annotation', '--upload-pack=id', 'git-repository'],
  ['annotation', 'https://user:a-secret@git.example/x', 'git-repository'],
  ['annotation', 'ssh://-oProxyCommand=id/x', 'git-repository'],
  ['annotation', 'http://[::1', 'git-repository'],
  ['repoURL', 'git://example.com/x.git', 'spec.source.repoURL'],
  ['repoURL', 'rsync://example.com/x', 'spec.source.repoURL'],
  ['repoURL', '%', 'spec.source.repoURL'],
  ['targetRevision', 'x.lock/y', 'spec.source.targetRevision'],
  ['targetRevision', '@', 'spec.source.targetRevision'],
];

test('each hostile text is named with its Application and key, and stops nobody else', async () => {
  const setup = setUp();
  add(0, setup);
  for (const [index, [where, value]] of HOSTILE.entries()) {
    const source = {
      repoURL: setup.url,
      targetRevision: 'main',
      ...(where === 'annotation' ? {} : { [where]: value }),
    };
    world.addApplication({
      name: `hostile-${index}`,
      path: 'app-1',
      source: { helm: { parameters: [] } },
      ...source,
      annotations: {
        'image-list': 'api=registry.test/spelled/api:1.x',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
        ...(where === 'annotation' ? { 'git-repository': value } : {}),
      },
    });
  }

  const report = await run();
  const lynceus = world.compose({ registries: [aRegistryConfig(registry.url, 'registry.test')] });
  const linted = await lynceus.lint(AbortSignal.timeout(30_000));
  await lynceus.close();

  const named = HOSTILE.map(([, , key], index) => `hostile-${index} ${key}`).toSorted();
  expect(
    report.images.map(({ application, outcome }) => `${application.name} ${outcome}`).toSorted(),
  ).toEqual(['app-0 updated', ...HOSTILE.map((_, index) => `hostile-${index} failed`)].toSorted());
  expect(readAt(setup.remote, 'main', 'app-0/values.yaml')).toBe(NEW_VALUES);
  for (const problems of [report.problems, linted.problems]) {
    expect(
      problems.map(({ application, key }) => `${application.name} ${key.split('/').at(-1)}`).toSorted(),
    ).toEqual(named);
    expect(JSON.stringify(problems)).not.toContain('a-secret');
  }
  world.remove();
});
