import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PLAIN } from '../../src/cli/render/style.ts';
import { renderExplanation } from '../../src/cli/render/explanation.ts';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport } from '../../src/core/report.ts';
import type { ImageExplanation } from '../../src/core/status/image-explanation.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { statusOfReport } from '../../src/core/status/status-of-report.ts';
import { aRegistryConfig, createFlowWorld, type FlowWorld } from '../helpers/flow-world.ts';
import { createGitRoot, createRemote, revertHead } from '../helpers/git-world.ts';
import { pushArtifact, pushImage } from '../helpers/push-image.ts';

interface Row {
  readonly name: string;
  readonly list: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly has: string;
  /** What became of tags. */
  readonly codes: Readonly<Record<string, string>>;
  /** A part of what would give another answer. */
  readonly needed?: string;
}

const ROWS: readonly Row[] = [
  {
    name: 'constraint',
    list: 'a=r.test/acme/web:^1.2',
    annotations: { 'a.ignore-tags': '*-debug, 1.3.0' },
    has: '1.2.0',
    codes: {
      '2.1.0': 'outside-constraint',
      '2.0.0': 'outside-constraint',
      '1.5.0-rc.1': 'prerelease',
      '1.4.0': 'chosen',
      '1.3.1-debug': 'ignored',
      '1.3.0': 'ignored',
      '1.2.0': 'lower',
      '1.1.0': 'outside-constraint',
      latest: 'no-version',
    },
    needed: 'the constraint ^1.2 excludes 2.1.0 and 1 more: write ^2 to allow 2.1.0',
  },
  {
    name: 'allowed',
    list: 'a=r.test/acme/web',
    annotations: { 'a.allow-tags': 'regexp:^1\\.' },
    has: '1.4.0',
    codes: { '2.1.0': 'not-allowed', '1.4.0': 'chosen', '1.3.0': 'older', '1.5.0-rc.1': 'prerelease' },
    needed: 'allow-tags regexp:^1\\. does not match 2.1.0 and 1 more: write an expression that does',
  },
  {
    name: 'platform',
    list: 'a=r.test/acme/arm',
    annotations: { 'a.platforms': 'linux/amd64' },
    has: '1.0.0',
    codes: { '1.2.0': 'unfit', '1.1.0': 'chosen', '1.0.0': 'lower', '1.3.0': 'unfit' },
    needed: '1.2.0 offers linux/arm64; linux/amd64 is required: push an image for that, or set platforms',
  },
  {
    name: 'builds',
    list: 'a=r.test/acme/builds:main-*',
    annotations: { 'a.update-strategy': 'newest-build', 'a.platforms': 'linux/amd64' },
    has: 'main-a',
    codes: { 'main-b': 'chosen', 'main-a': 'lower', 'dev-c': 'other-pattern' },
    needed: 'the pattern main-* behind the image does not match dev-c: write one that does',
  },
  {
    name: 'followed',
    list: 'a=r.test/acme/web:latest',
    annotations: { 'a.update-strategy': 'digest', 'a.platforms': 'linux/amd64' },
    has: 'latest',
    codes: { latest: 'chosen', '2.1.0': 'not-followed' },
  },
  {
    name: 'held',
    list: 'a=r.test/acme/web',
    annotations: { 'a.hold': 'until Monday' },
    has: '1.2.0',
    codes: { '2.1.0': 'chosen', '1.2.0': 'lower' },
    needed: 'to end what holds it: remove the annotation hold',
  },
  {
    name: 'promoted',
    list: 'a=r.test/acme/web',
    annotations: { 'a.promote-from': 'held', 'a.promote-when': 'written' },
    has: '1.1.0',
    codes: { '2.1.0': 'not-promoted', '1.2.0': 'chosen', '1.1.0': 'not-promoted' },
  },
  {
    name: 'rolled-back',
    list: 'a=r.test/acme/web',
    has: '1.4.0',
    codes: { '2.1.0': 'chosen', '2.0.0': 'lower', '1.4.0': 'lower' },
    needed: 'to end what holds it: lynceus release argocd/rolled-back a',
  },
  {
    name: 'young',
    list: 'a=r.test/acme/web',
    annotations: { 'a.minimum-age': '24h' },
    has: '1.2.0',
    codes: { '2.1.0': 'turned-away', '2.0.0': 'turned-away', '1.2.0': 'chosen' },
    needed: 'to end what holds it: wait until 20',
  },
  { name: 'good', list: 'a=r.test/acme/good', has: '1.0.0', codes: { '1.1.0': 'chosen', '1.0.0': 'lower' } },
];

let registry: DockerRegistry;
let world: FlowWorld;
let config: Partial<Config>;
let removeRoot: () => void;
let report: CycleReport;

beforeAll(async () => {
  registry = await startDockerRegistry();
  const { url } = registry;
  for (const tag of [
    '1.1.0',
    '1.2.0',
    '1.3.0',
    '1.3.1-debug',
    '1.4.0',
    '1.5.0-rc.1',
    '2.0.0',
    '2.1.0',
    'latest',
  ])
    await pushImage(url, 'acme/web', tag);
  for (const tag of ['1.0.0', '1.1.0']) {
    await pushImage(url, 'acme/arm', tag);
    await pushImage(url, 'acme/good', tag);
  }
  await pushImage(url, 'acme/arm', '1.2.0', { platform: 'linux/arm64' });
  await pushArtifact(url, 'acme/arm', '1.3.0', 'helm-chart');
  for (const [tag, created] of [
    ['main-a', '2026-01-01'],
    ['main-b', '2026-01-02'],
    ['dev-c', '2026-01-03'],
  ] as const)
    await pushImage(url, 'acme/builds', tag, { created: `${created}T00:00:00Z` });
  const { root, remove } = createGitRoot();
  removeRoot = remove;
  world = createFlowWorld();
  const remote = createRemote(
    root,
    'deploy.git',
    Object.fromEntries(ROWS.map(({ name, has }) => [`${name}/values.yaml`, valuesOf(has)])),
  );
  config = { registries: [aRegistryConfig(url, 'r.test')] };
  const add = ({ name, list, annotations }: Row): void =>
    world.addApplication({
      name,
      repoURL: remote,
      path: name,
      annotations: {
        'image-list': list,
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
        ...annotations,
      },
    });
  ROWS.filter(({ name }) => name === 'rolled-back').forEach(add);
  await world.run(config);
  revertHead(remote, 'main');
  ROWS.filter(({ name }) => name !== 'rolled-back').forEach(add);
  world.addApplication({
    name: 'broken',
    repoURL: remote,
    path: 'broken',
    annotations: { 'image-list': 'a=r.test/acme/web', 'a.update-strategy': 'strange' },
  });
  report = await world.run(config, { dryRun: true });
});

afterAll(async () => {
  world.remove();
  removeRoot();
  await registry.stop();
});

function valuesOf(tag: string): string {
  return `image:\n  tag: ${tag}\n`;
}

async function explain(name: string, most = 50): Promise<ImageExplanation> {
  const lynceus = world.compose(config);
  try {
    return await lynceus.explainImage({ application: name, image: 'a', most }, AbortSignal.timeout(60_000));
  } finally {
    await lynceus.close();
  }
}

describe('a status without a daemon', () => {
  async function status(application: string | undefined): Promise<ReturnType<typeof statusOfReport>> {
    const lynceus = world.compose(config);
    try {
      const found = await lynceus.evaluate({ application }, AbortSignal.timeout(60_000));
      return statusOfReport(found, { sort: 'name' }, { at: 0, version: '1' });
    } finally {
      await lynceus.close();
    }
  }

  test('has every image as the cycle found it', async () => {
    const { images, status: overview } = await status(undefined);
    expect(images.map(({ application, outcome, code }) => [application, outcome, code])).toEqual(
      report.images
        .map(({ application, outcome, code }) => [application.name, outcome, code])
        .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    );
    expect(overview).toMatchObject({ applications: ROWS.length + 1, problems: 2 });
  });

  test('of one Application has its images alone, with what is promoted from them', async () => {
    const { images, stories } = await status('argocd/held');
    expect(images.map(({ id }) => id)).toEqual(['argocd/held/a']);
    expect(stories).toMatchObject([
      { image: { code: 'pinned', policy: { hold: 'until Monday' } }, changes: [] },
    ]);
    await expect(status('hled')).rejects.toThrow('there is no Application "hled"');
  });
});

describe('an image is explained as the cycle decides it', () => {
  test.each(ROWS)('$name', async ({ name, codes, needed }) => {
    const explanation = await explain(name);
    if (process.env['SHOW'] === '1')
      process.stdout.write(`\n${renderExplanation(explanation, PLAIN, 100)}\n`);
    const found = new Map(explanation.tags.map(({ tag, code }) => [tag, code]));
    expect(Object.keys(codes).map((tag) => [tag, found.get(tag)])).toEqual(Object.entries(codes));
    const inCycle = report.images.find(({ application }) => application.name === name);
    expect([explanation.outcome, explanation.code, explanation.candidate?.tag]).toEqual([
      inCycle?.outcome,
      inCycle?.code,
      inCycle?.candidate?.tag,
    ]);
    if (needed !== undefined) expect(explanation.needed.join('\n')).toContain(needed);
  });
});
