import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld } from '../helpers/flow-world.ts';
import { createGitRoot, createRemote, logOf, readAt } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';

interface Row {
  readonly name: string;
  readonly list: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly has: string;
  /** What the target has in the end, `DIGEST` for that of `acme/web:main`; absent when it stays as it is. */
  readonly gets?: string;
  readonly code: string;
}

const OF_TARGET = { 'a.update-strategy': 'digest', 'a.platforms': 'linux/amd64' };

const ROWS: readonly Row[] = [
  {
    name: 'by-number',
    list: 'builds',
    annotations: { 'a.order': 'numeric', 'a.allow-tags': 'regexp:^build-([0-9]+)$' },
    has: 'build-26',
    gets: 'build-226',
    code: 'newer-version',
  },
  {
    name: 'no-step-down',
    list: 'builds',
    annotations: { 'a.order': 'numeric', 'a.allow-tags': 'regexp:^build-([0-9]+)$' },
    has: 'build-1000',
    code: 'downgrade',
  },
  {
    name: 'four-numbers',
    list: 'web:~1.2',
    annotations: { 'a.order': 'calver', 'a.allow-tags': 'regexp:^([0-9]+(?:[.][0-9]+){3})$' },
    has: '1.2.3.4',
    gets: '1.2.3.10',
    code: 'newer-version',
  },
  {
    name: 'pattern',
    list: 'builds:dev-*',
    annotations: { 'a.update-strategy': 'newest-build', 'a.platforms': 'linux/amd64' },
    has: 'dev-a',
    gets: 'dev-b',
    code: 'newer-version',
  },
  {
    name: 'its-own-tag',
    list: 'web',
    annotations: OF_TARGET,
    has: 'main',
    gets: 'main@DIGEST',
    code: 'digest-moved',
  },
  { name: 'no-tag', list: 'web', annotations: OF_TARGET, has: '""', code: 'constraint-invalid' },
  { name: 'equal', list: 'equals', has: '1.2.0', code: 'up-to-date' },
  { name: 'equal-and-gone', list: 'equals', has: '1.2', gets: 'v1.2.0', code: 'newer-version' },
  { name: 'good', list: 'web:1.2', has: '1.2.0', gets: '1.2.1', code: 'newer-version' },
];

let registry: DockerRegistry;
let digest = '';
beforeAll(async () => {
  registry = await startDockerRegistry();
  for (const tag of ['build-9', 'build-26', 'build-226', 'release-900'])
    await pushImage(registry.url, 'acme/builds', tag);
  for (const [tag, created] of Object.entries({
    'dev-a': '2026-01-01',
    'dev-b': '2026-01-02',
    rc: '2026-01-03',
  }))
    await pushImage(registry.url, 'acme/builds', tag, { created: `${created}T00:00:00Z` });
  for (const tag of ['1.2.3.4', '1.2.3.10', '1.2.3.9', '2.0.0.0', '1.2.0', '1.2.1'])
    await pushImage(registry.url, 'acme/web', tag);
  for (const tag of ['1.2.0', 'v1.2.0']) await pushImage(registry.url, 'acme/equals', tag);
  ({ digest } = await pushImage(registry.url, 'acme/web', 'main'));
});
afterAll(() => registry.stop());

function valuesOf(tag: string): string {
  return `image:\n  tag: ${tag}\n`;
}

test('each image is chosen by its own rule, and the second cycle writes nothing', async () => {
  const { root, remove } = createGitRoot();
  const world = createFlowWorld();
  const remote = createRemote(
    root,
    'deploy.git',
    Object.fromEntries(ROWS.map(({ name, has }) => [`${name}/values.yaml`, valuesOf(has)])),
  );
  for (const { name, list, annotations } of ROWS)
    world.addApplication({
      name,
      repoURL: remote,
      path: name,
      annotations: {
        'image-list': `a=r.test/acme/${list}`,
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
        ...annotations,
      },
    });
  const cycle = () => world.run({ registries: [aRegistryConfig(registry.url, 'r.test')] });

  const report = await cycle();
  const codes = new Map(report.images.map(({ application, code }) => [application.name, code]));
  expect(ROWS.map(({ name }) => [name, codes.get(name)])).toEqual(ROWS.map(({ name, code }) => [name, code]));
  const expected = ROWS.map(({ has, gets = has }) => valuesOf(gets.replace('DIGEST', digest)));
  expect(ROWS.map(({ name }) => readAt(remote, 'main', `${name}/values.yaml`))).toEqual(expected);

  const commits = logOf(remote, 'main').length;
  const again = await cycle();
  expect(logOf(remote, 'main')).toHaveLength(commits);
  expect(again.images.filter(({ outcome }) => outcome === 'updated')).toEqual([]);

  world.remove();
  remove();
});
