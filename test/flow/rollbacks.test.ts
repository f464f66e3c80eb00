import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport, ImageResult } from '../../src/core/report.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  IMPATIENT_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import {
  commitTo,
  createGitRoot,
  createRemote,
  headOf,
  readAt,
  revertHead,
  type WorldFiles,
} from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import { forward, json, startStandIn } from '../helpers/registry-stand-in.ts';

const LOGIN = { username: 'bot', password: 'another-Secret=4' };
const ENV = { GIT_USERNAME: LOGIN.username, GIT_PASSWORD: LOGIN.password };

const VALUES = 'apps/shop/values.yaml';
const OVERRIDE = 'apps/shop/.argocd-source-shop.yaml';
const KUSTOMIZATION = 'apps/shop/kustomization.yaml';

describe('a rollback by a person', () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;
  let http: GitHttpServer;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    http = await startGitHttpServer({ root, login: LOGIN });
    for (const tag of ['1.0.0', '1.1.0', '1.2.0']) await pushImage(registry.url, 'acme/api', tag);
    for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/web', tag);
    await pushImage(registry.url, 'acme/moving', 'main', { created: '2026-01-01T00:00:00Z' });
  });

  afterAll(async () => {
    await Promise.all([registry.stop(), http.stop()]);
    remove();
  });

  interface Shop {
    readonly world: FlowWorld;
    readonly remote: string;
    cycle(changes?: Partial<Config>): Promise<CycleReport>;
  }

  function createShop(
    name: string,
    files: WorldFiles,
    annotations: Readonly<Record<string, string>>,
    source: Readonly<Record<string, unknown>> = { helm: {} },
  ): Shop {
    const remote = createRemote(root, name, files);
    const world = createFlowWorld(IMPATIENT_CLOCK, { spelled: true });
    const repoURL = `${http.url}/${name}`;
    world.addApplication({
      name: 'shop',
      repoURL,
      path: 'apps/shop',
      source,
      annotations: { 'write-back-method': 'git', ...annotations },
    });
    const registries = [aRegistryConfig(registry.url, 'registry.test')];
    return { world, remote, cycle: (changes) => world.run({ registries, ...changes }, { env: ENV }) };
  }

  function endings(report: CycleReport): readonly string[] {
    return report.images.map(({ outcome, code }: ImageResult) => `${outcome} ${code}`);
  }

  test('holds, says who did it where, and ends with a newer version', async () => {
    const { world, remote, cycle } = createShop(
      'revert.git',
      { [VALUES]: 'image:\n  tag: 1.0.0   # ours\nweb:\n  tag: 1.0.0\n' },
      {
        'image-list': 'api=registry.test/acme/web:^1',
        'write-back-target': 'helmvalues',
      },
    );

    expect(endings(await cycle())).toEqual(['updated newer-version']);
    const sha = revertHead(remote, 'main');
    const held = await cycle();

    expect(held.images[0]).toMatchObject({
      outcome: 'held',
      code: 'rolled-back',
      reason: `rolled back from 1.1.0 to 1.0.0 by A Human in ${sha.slice(0, 7)}; 1.1.0 and older are not written again`,
      current: { tag: '1.0.0' },
      candidate: { tag: '1.1.0' },
    });
    expect(held.costs.gitPushes).toBe(0);
    expect(endings(await cycle())).toEqual(['held rolled-back']);
    expect(headOf(remote, 'main')).toBe(sha);

    await pushImage(registry.url, 'acme/web', '1.1.1');
    expect(endings(await cycle())).toEqual(['updated newer-version']);
    expect(readAt(remote, 'main', VALUES)).toBe('image:\n  tag: 1.1.1   # ours\nweb:\n  tag: 1.0.0\n');
    expect(endings(await cycle())).toEqual(['current up-to-date']);
    world.remove();
  });

  test.each(['newest-build', 'newest-pushed', 'alphabetical', 'semver'])(
    'is not made by %s where a registry lists less than it has',
    async (strategy) => {
      const path = `acme/${strategy}`;
      const days = ['0.1.1', '0.1.2', '0.1.3'];
      for (const [index, tag] of days.entries())
        await pushImage(registry.url, path, tag, { created: new Date(Date.UTC(2026, 0, index + 1)) });
      await pushImage(registry.url, `${path}-web`, '1.0.0');
      let hidden: readonly string[] = [];
      const replica = await startStandIn(async (seen) => {
        if (seen.target.startsWith(`/v2/${path}/tags/list`))
          return json({ name: path, tags: days.filter((tag) => !hidden.includes(tag)) });
        const isHidden = hidden.some((tag) => seen.target === `/v2/${path}/manifests/${tag}`);
        return isHidden
          ? { status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' }
          : await forward(seen, registry.url);
      });
      const { world, remote, cycle } = createShop(
        `lists-less-${strategy}.git`,
        { [VALUES]: 'api:\n  tag: 0.1.2\nweb:\n  tag: 0.9.0\n' },
        {
          'image-list': `api=replica.test/${path}, web=replica.test/${path}-web`,
          'api.update-strategy': strategy,
          'api.platforms': 'linux/amd64',
          'api.helm.image-tag': 'api.tag',
          'web.helm.image-tag': 'web.tag',
          'write-back-target': 'helmvalues',
        },
      );
      const registries = [aRegistryConfig(replica.url, 'replica.test')];

      hidden = ['0.1.2', '0.1.3'];
      const first = await cycle({ registries });
      expect(endings(first)).toEqual(['held downgrade', 'updated newer-version']);
      expect(first.images[0]?.reason).toContain('allow-downgrade');
      hidden = [];
      expect(endings(await cycle({ registries }))).toEqual(['updated newer-version', 'current up-to-date']);
      hidden = ['0.1.3'];
      expect(endings(await cycle({ registries }))).toEqual(['held downgrade', 'current up-to-date']);

      expect(readAt(remote, 'main', VALUES)).toBe('api:\n  tag: 0.1.3\nweb:\n  tag: 1.0.0\n');
      await replica.stop();
      world.remove();
    },
  );

  test('is told for each image of an Application by itself', async () => {
    const { world, remote, cycle } = createShop(
      'one-of-two.git',
      { [VALUES]: 'api:\n  tag: 1.0.0\nweb:\n  tag: 1.0.0\n' },
      {
        'image-list': 'api=registry.test/acme/api:1.0.x, web=registry.test/acme/api:1.1.x',
        'api.helm.image-tag': 'api.tag',
        'web.helm.image-tag': 'web.tag',
        'write-back-target': 'helmvalues',
      },
    );
    expect(endings(await cycle())).toEqual(['current up-to-date', 'updated newer-version']);
    commitTo(remote, 'main', { [VALUES]: 'api:\n  tag: 0.9.0\nweb:\n  tag: debug\n' }, 'debug');

    const report = await cycle();

    expect(endings(report)).toEqual(['updated newer-version', 'held rolled-back']);
    expect(report.images[1]?.reason).toContain('changed by hand from 1.1.0 to debug by A Human in ');
    expect(readAt(remote, 'main', VALUES)).toBe('api:\n  tag: 1.0.0\nweb:\n  tag: debug\n');
    world.remove();
  });

  test('of the first write into an override file holds as well', async () => {
    const { world, remote, cycle } = createShop(
      'first-write.git',
      { 'apps/shop/.keep': '' },
      { 'image-list': 'api=registry.test/acme/api:~1.1' },
    );
    expect(endings(await cycle())).toEqual(['updated first-write']);
    revertHead(remote, 'main');
    expect(readAt(remote, 'main', OVERRIDE)).toBeUndefined();

    expect(endings(await cycle())).toEqual(['held rolled-back']);
    expect(readAt(remote, 'main', OVERRIDE)).toBeUndefined();
    world.remove();
  });

  test('of a digest holds until the tag moves on', async () => {
    const { world, remote, cycle } = createShop(
      'digest.git',
      { [KUSTOMIZATION]: 'images:\n  - name: registry.test/acme/moving\n    newTag: main\n' },
      {
        'image-list': 'm=registry.test/acme/moving:main',
        'm.update-strategy': 'digest',
        'write-back-target': 'kustomization',
      },
      { kustomize: {} },
    );
    expect(endings(await cycle())).toEqual(['updated digest-moved']);
    revertHead(remote, 'main');
    expect(endings(await cycle())).toEqual(['held rolled-back']);

    await pushImage(registry.url, 'acme/moving', 'main', { created: '2026-02-01T00:00:00Z' });
    expect(endings(await cycle())).toEqual(['updated digest-moved']);
    world.remove();
  });

  test.each([
    ['never-hold', 'updated newer-version'],
    ['until-released', 'held rolled-back'],
  ])('with the rule %s ends as %s, also for a newer version', async (rollback, ending) => {
    const annotations = (constraint: string) => ({
      'image-list': `api=registry.test/acme/api:${constraint}`,
      'write-back-target': 'helmvalues',
      rollback,
    });
    const shop = createShop(`${rollback}.git`, { [VALUES]: 'image:\n  tag: 1.0.0\n' }, annotations('~1.1'));
    expect(endings(await shop.cycle())).toEqual(['updated newer-version']);
    revertHead(shop.remote, 'main');
    shop.world.addApplication({
      name: 'shop',
      repoURL: `${http.url}/${rollback}.git`,
      path: 'apps/shop',
      annotations: { 'write-back-method': 'git', ...annotations('^1') },
    });

    expect(endings(await shop.cycle())).toEqual([ending]);
    shop.world.remove();
  });

  test('outlives many commits, another name of the file, and the updater before', async () => {
    const annotations = {
      'image-list':
        'api=registry.test/acme/api:~1.1, web=registry.test/acme/web:1.1.0, moving=registry.test/acme/moving:main',
      'api.helm.image-tag': 'api.tag',
      'web.helm.image-tag': 'web.tag',
      'moving.helm.image-tag': 'moving.tag',
      'moving.update-strategy': 'digest',
      'write-back-target': 'helmvalues',
    };
    const values = (api: string, web: string) =>
      `api:\n  tag: ${api}\nweb:\n  tag: ${web}\nmoving:\n  tag: none\n`;
    const real = 'real/shop/values.yaml';
    const { world, remote, cycle } = createShop(
      'long-ago.git',
      { [real]: values('1.0.0', '1.0.0'), 'apps/shop': { content: '../real/shop', mode: '120000' } },
      { ...annotations, 'moving.hold': 'later', 'web.hold': 'later' },
    );
    const { git } = aConfig(world.folder);
    const short = { git: { ...git, history: 2 } };
    const before = "build: automatic update of shop\n\nupdates image acme/web tag '1.0.0' to '1.1.0'\n";
    const peer = 'argocd-image-updater <noreply@argoproj.io>';
    commitTo(remote, 'main', { [real]: values('1.0.0', '1.1.0') }, before, peer);
    commitTo(remote, 'main', { [real]: values('1.0.0', '1.0.0') }, 'web 1.1.0 loses orders');
    expect(endings(await cycle(short))).toEqual(['updated newer-version', 'held pinned', 'held pinned']);
    revertHead(remote, 'main');
    for (let count = 0; count < 6; count += 1) commitTo(remote, 'main', { 'notes.txt': `${count}` }, 'notes');
    world.addApplication({
      name: 'shop',
      repoURL: `${http.url}/long-ago.git`,
      path: 'real/shop',
      source: { helm: {} },
      annotations: { 'write-back-method': 'git', ...annotations },
    });

    const report = await cycle(short);

    expect(endings(report)).toEqual(['held rolled-back', 'held rolled-back', 'updated newer-version']);
    expect(report.images.map(({ reason }) => reason.split(' by ')[0])).toEqual([
      'rolled back from 1.1.0 to 1.0.0',
      'rolled back from 1.1.0 to 1.0.0',
      expect.any(String),
    ]);
    world.remove();
  });

  test('is not seen without trailers', async () => {
    const { world, remote, cycle } = createShop(
      'no-trailers.git',
      { [VALUES]: 'image:\n  tag: 1.0.0\n' },
      { 'image-list': 'api=registry.test/acme/api:~1.1', 'write-back-target': 'helmvalues' },
    );
    const { git } = aConfig(world.folder);
    const without = { git: { ...git, trailers: false } };
    expect(endings(await cycle(without))).toEqual(['updated newer-version']);
    revertHead(remote, 'main');

    expect(endings(await cycle(without))).toEqual(['updated newer-version']);
    world.remove();
  });

  test.each([
    [VALUES, 'image:\n  tag: 1.0.0', ' # lynceus: hold audit', '\n', 'helmvalues'],
    [
      KUSTOMIZATION,
      'images:\n',
      '  # lynceus: hold audit\n',
      '  - name: registry.test/acme/api\n    newTag: 1.0.0\n',
      'kustomization',
    ],
  ])('a comment in %s holds until it goes', async (path, before, comment, after, target) => {
    const { world, remote, cycle } = createShop(
      `pin-${target}.git`,
      { [path]: before + comment + after },
      { 'image-list': 'api=registry.test/acme/api:^1', 'write-back-target': target },
    );
    const report = await cycle();
    expect(endings(report)).toEqual(['held pinned']);
    expect(report.images[0]?.reason).toBe(
      'pinned by a comment beside the value: "audit"; 1.2.0 is not written',
    );

    commitTo(remote, 'main', { [path]: before + after });
    expect(endings(await cycle())).toEqual(['updated newer-version']);
    world.remove();
  });

  test('a lower version is not written unless somebody allows it', async () => {
    const annotations = {
      'image-list': 'api=registry.test/acme/api:<1.2',
      'write-back-target': 'helmvalues',
    };
    const { world, remote, cycle } = createShop(
      'lower.git',
      { [VALUES]: 'image:\n  tag: 1.2.0\n' },
      annotations,
    );
    const report = await cycle();
    expect(endings(report)).toEqual(['held downgrade']);
    expect(report.images[0]?.reason).toContain('1.1.0 is lower than 1.2.0');

    world.addApplication({
      name: 'shop',
      repoURL: `${http.url}/lower.git`,
      path: 'apps/shop',
      annotations: { 'write-back-method': 'git', ...annotations, 'api.allow-downgrade': 'true' },
    });
    expect(endings(await cycle())).toEqual(['updated newer-version']);
    expect(readAt(remote, 'main', VALUES)).toBe('image:\n  tag: 1.1.0\n');
    world.remove();
  });
});
