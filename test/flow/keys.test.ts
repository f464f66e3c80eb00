import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { aRule } from '../core/permissions/a-rule.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  REAL_CLOCK,
  type ApplicationWish,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';

const VALUES = `api:
  tag: 1.0.0
feature:
  enabled: true
replicas: 3
spec:
  source:
    targetRevision: v1.0.0
jobs:
  build:
    steps:
      - run: ""
        uses: actions/checkout@v4
service: {url: "https://acme.example/1.0.0", address: 10.0.0.1}
commit: 4c0f1d2a4c0f1d2a4c0f1d2a4c0f1d2a4c0f1d2a
`;
const OWNED = `${VALUES}extra:\n  tag: 1.0.0\n`;

let registry: DockerRegistry;
let server: GitHttpServer;
let world: FlowWorld;
let remote: string;
let repoURL: string;
const { root, remove } = createGitRoot();
let count = 0;

beforeAll(async () => {
  registry = await startDockerRegistry();
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'keys/api', tag);
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
  remote = createRemote(root, `keys-${count}.git`, { 'shop/values.yaml': OWNED, 'good/values.yaml': VALUES });
  repoURL = `${server.url}/keys-${count}.git`;
});

afterEach(() => world.remove());

function add(name: string, annotations: ApplicationWish['annotations'], path = name): void {
  world.addApplication({
    name,
    repoURL,
    path,
    targetRevision: 'main',
    annotations: { 'write-back-method': 'git', 'write-back-target': 'helmvalues', ...annotations },
  });
}

/** A cycle in an installation for one namespace, that asks for no rules. */
async function run(changes: Partial<Config> = {}): Promise<CycleReport> {
  return await world.run({ registries: [aRegistryConfig(registry.url, 'registry.test')], ...changes });
}

const API = 'registry.test/keys/api:1.x';

function codesOf({ images }: CycleReport): Readonly<Record<string, string>> {
  return Object.fromEntries(
    images.map(({ application, alias, code }) => [`${application.name}/${alias}`, code]),
  );
}

describe('keys of a values file', () => {
  const FOREIGN: readonly (readonly [alias: string, annotation: string, key: string])[] = [
    ['flag', 'helm.image-tag', 'feature.enabled'],
    ['number', 'helm.image-tag', 'replicas'],
    ['revision', 'helm.image-tag', 'spec.source.targetRevision'],
    ['command', 'helm.image-tag', 'jobs.build.steps[0].run'],
    ['made', 'helm.image-tag', 'jobs.build.steps[0].shell'],
    ['action', 'helm.image-spec', 'jobs.build.steps[0].uses'],
    ['link', 'helm.image-spec', 'service.url'],
    ['address', 'helm.image-tag', 'service.address'],
    ['commit', 'helm.image-tag', 'commit'],
  ];

  test('that are not about an image stay, and the image beside them is written', async () => {
    const list = ['api', ...FOREIGN.map(([alias]) => alias)].map((alias) => `${alias}=${API}`);
    const annotations = Object.fromEntries(FOREIGN.map(([alias, key, path]) => [`${alias}.${key}`, path]));
    add('shop', { 'image-list': list.join(', '), 'api.helm.image-tag': 'api.tag', ...annotations });

    const report = await run({ writeBack: { ...aConfig(world.folder).writeBack, createMissing: true } });

    expect(codesOf(report)).toEqual({
      'shop/api': 'newer-version',
      ...Object.fromEntries(FOREIGN.map(([alias]) => [`shop/${alias}`, 'permission-denied'])),
    });
    expect(readAt(remote, 'main', 'shop/values.yaml')).toBe(OWNED.replace('tag: 1.0.0', 'tag: 1.1.0'));
  });

  test('are written by the rules that lynceus permissions prints, and so is the text of a template', async () => {
    add('shop', {
      'image-list': `flag=${API}, text=${API}`,
      'flag.helm.image-tag': 'feature.enabled',
      'text.helm.image-tag': 'jobs.build.steps[0].run',
      'text.helm.value-template': 'make TAG={tag}',
    });
    add('good', { 'image-list': `api=${API}`, 'api.helm.image-tag': 'api.tag' });
    const settings = { registries: [aRegistryConfig(registry.url, 'registry.test')] };
    const lynceus = world.compose(settings);
    const { rules } = await lynceus.permissions(AbortSignal.timeout(60_000));
    await lynceus.close();

    const before = await run();
    const after = await run({
      permissions: { rules: rules.map((rule) => aRule(rule)), environment: [], written: true },
    });

    const refused = { 'shop/flag': 'permission-denied', 'shop/text': 'permission-denied' };
    const written = { 'shop/flag': 'newer-version', 'shop/text': 'newer-version' };
    expect(codesOf(before)).toEqual({ 'good/api': 'newer-version', ...refused });
    expect(readAt(remote, 'main', 'shop/values.yaml')).toBe(
      OWNED.replace('enabled: true', 'enabled: 1.1.0').replace('run: ""', 'run: "make TAG=1.1.0"'),
    );
    expect(codesOf(after)).toEqual({ 'good/api': 'up-to-date', ...written });
  });
});

describe('a key of two Applications', () => {
  test.each<readonly [string, ApplicationWish['annotations']]>([
    [
      'wants an older version',
      { 'image-list': 'x=registry.test/keys/api:1.0.x', 'x.helm.image-tag': 'api.tag' },
    ],
    ['holds it', { 'image-list': `x=${API}`, 'x.helm.image-tag': 'api.tag', 'x.hold': 'mine' }],
    ['fails', { 'image-list': 'x=registry.test/keys/none', 'x.helm.image-tag': 'api.tag' }],
  ])('is written for the one whose source has it, whatever another %s', async (_, annotations) => {
    add('shop', { 'image-list': `api=${API}`, 'api.helm.image-tag': 'api.tag' });
    add('a-stranger', { ...annotations, 'write-back-target': 'helmvalues:/shop/values.yaml' }, 'good');
    add('good', { 'image-list': `api=${API}`, 'api.helm.image-tag': 'api.tag' });

    const report = await run();

    expect(codesOf(report)).toMatchObject({ 'shop/api': 'newer-version', 'good/api': 'newer-version' });
    expect(readAt(remote, 'main', 'shop/values.yaml')).toBe(OWNED.replace('tag: 1.0.0', 'tag: 1.1.0'));
  });

  test('is not written for another one while its owner holds it', async () => {
    add('shop', { 'image-list': `api=${API}`, 'api.helm.image-tag': 'api.tag', 'api.hold': 'audit' });
    const strange = {
      'image-list': `x=${API}, y=${API}`,
      'x.helm.image-tag': '"api"."tag"',
      'y.helm.image-tag': 'extra.tag',
      'write-back-target': 'helmvalues:/shop/values.yaml',
    };
    add('a-stranger', strange, 'good');

    const report = await run();

    expect(codesOf(report)).toEqual({
      'a-stranger/x': 'conflicting-changes',
      'a-stranger/y': 'newer-version',
      'shop/api': 'pinned',
    });
    expect(report.images[0]?.reason).toContain('the own source of argocd/shop (api), which wants 1.0.0');
    expect(readAt(remote, 'main', 'shop/values.yaml')).toBe(
      OWNED.replace('extra:\n  tag: 1.0.0', 'extra:\n  tag: 1.1.0'),
    );
  });
});
