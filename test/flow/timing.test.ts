import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  IMPATIENT_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { createGitRoot, createRemote, headOf, logOf, readAt } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import type { Lynceus } from '../../src/app/compose.ts';
import type { Config } from '../../src/config/config.ts';
import type { CycleReport } from '../../src/core/report.ts';
import type { ApplicationId } from '../../src/core/policy.ts';

const MINUTE = 60_000;
const VALUES = 'apps/shop/values.yaml';

function cycle(lynceus: Lynceus, only?: readonly ApplicationId[]): Promise<CycleReport> {
  const scope = only === undefined ? {} : { only: { applications: only, pushes: [] } };
  const wish = { dryRun: false, ...scope };
  return lynceus.runCycle(wish, AbortSignal.timeout(60_000));
}

function outcomes({ images }: CycleReport): readonly string[] {
  return images.map(({ alias, outcome, code }) => `${alias} ${outcome} ${code}`);
}

describe('when an image is looked at, and when it is written', () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;

  beforeAll(async () => {
    registry = await startDockerRegistry();
  });

  afterAll(async () => {
    await registry.stop();
    remove();
  });

  function settings(changes: Partial<Config> = {}): Partial<Config> {
    return { registries: [aRegistryConfig(registry.url, 'registry.test')], ...changes };
  }

  /** An Application with an API and a web front, in one values file. */
  async function setUp(
    name: string,
    { annotations = {}, world }: { readonly annotations?: Record<string, string>; readonly world: FlowWorld },
  ): Promise<{ readonly remote: string; publish: (image: 'api' | 'web', tag: string) => Promise<void> }> {
    const remote = createRemote(root, `${name}.git`, {
      [VALUES]: 'api:\n  tag: 1.0.0\nweb:\n  tag: 1.0.0\n',
    });
    const publish = async (image: 'api' | 'web', tag: string): Promise<void> => {
      await pushImage(registry.url, `${name}/${image}`, tag);
    };
    for (const image of ['api', 'web'] as const) await publish(image, '1.0.0');
    world.addApplication({
      name: 'shop',
      repoURL: remote,
      path: 'apps/shop',
      annotations: {
        'image-list': `api=registry.test/${name}/api:^1,web=registry.test/${name}/web:^1`,
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
        'api.helm.image-tag': 'api.tag',
        'web.helm.image-tag': 'web.tag',
        ...annotations,
      },
    });
    return { remote, publish };
  }

  test('an interval of its own spares an image the cycles in between, and what is asked for counts at once', async () => {
    let now = Date.parse('2026-03-01T12:00:00Z');
    const world = createFlowWorld({ ...IMPATIENT_CLOCK, now: () => now });
    const annotations = { 'web.interval': '1h' };
    const { publish } = await setUp('interval', { annotations, world });
    const lynceus = world.compose(settings());

    expect(outcomes(await cycle(lynceus))).toEqual(['api current up-to-date', 'web current up-to-date']);
    await publish('web', '1.1.0');
    now += 10 * MINUTE;
    const second = await cycle(lynceus);
    expect(outcomes(second)).toEqual(['api current up-to-date', 'web skipped not-due']);
    expect(second.images[1]?.reason).toBe('evaluated 10m0s ago; its interval is 1h0m0s');
    expect(second.costs.registryRequests).toBe(1);
    now += 50 * MINUTE;
    expect(outcomes(await cycle(lynceus))).toEqual(['api current up-to-date', 'web updated newer-version']);
    await publish('web', '1.2.0');
    // A change that was only about to be written is looked after in the next cycle; then the interval counts again.
    now += MINUTE;
    expect(outcomes(await cycle(lynceus))).toEqual(['api current up-to-date', 'web updated newer-version']);
    now += MINUTE;
    expect(outcomes(await cycle(lynceus))).toEqual(['api current up-to-date', 'web current up-to-date']);
    now += MINUTE;
    expect(outcomes(await cycle(lynceus))).toEqual(['api current up-to-date', 'web skipped not-due']);
    const asked = await cycle(lynceus, [{ namespace: 'argocd', name: 'shop' }]);
    expect(outcomes(asked)).toEqual(['api current up-to-date', 'web current up-to-date']);
    await lynceus.close();
    world.remove();
  });

  test('a version is written once it is old enough, by tag, and what waits costs no request, also after a restart', async () => {
    let now = Date.parse('2026-03-01T12:00:00Z');
    const world = createFlowWorld({ ...IMPATIENT_CLOCK, now: () => now });
    const annotations = { 'web.minimum-age': '24h' };
    const { remote, publish } = await setUp('aged', { annotations, world });
    const cache = { ...aConfig(world.folder).cache, file: join(world.folder, 'cache.txt') };
    let lynceus = world.compose(settings({ cache }));

    const quiet = await cycle(lynceus);
    expect(outcomes(quiet)).toEqual(['api current up-to-date', 'web current up-to-date']);
    now += 10 * MINUTE;
    await Promise.all([publish('api', '1.1.0'), publish('web', '1.1.0')]);
    const first = await cycle(lynceus);
    expect(outcomes(first)).toEqual(['api updated newer-version', 'web held too-young']);
    expect(first.images[1]?.heldUntil).toBe(now + 24 * 60 * MINUTE);
    expect(first.images[1]?.reason).toMatch(
      /^1\.1\.0 \(sha256:\w+…\) is 0s old \(first seen 2026-03-01T12:10:00Z\), and 24h0m0s are asked; it is not written before 2026-03-02T12:10:00Z$/,
    );
    now += 60 * MINUTE;
    // An image of its own: the same digest under another tag would be as old as that one.
    await pushImage(registry.url, 'aged/web', '1.2.0', { labels: { version: '1.2.0' } });
    expect(outcomes(await cycle(lynceus))).toEqual(['api current up-to-date', 'web held too-young']);
    now += 60 * MINUTE;
    const waiting = await cycle(lynceus);
    expect(outcomes(waiting)).toEqual(['api current up-to-date', 'web held too-young']);
    expect(waiting.costs.registryRequests).toBe(quiet.costs.registryRequests);

    await lynceus.close();
    lynceus = world.compose(settings({ cache }));
    now += 22 * 60 * MINUTE;
    const second = await cycle(lynceus);
    expect(outcomes(second)).toEqual(['api current up-to-date', 'web updated newer-version']);
    expect(second.images[1]?.reason).toContain('passed over: 1.2.0 (sha256:');
    expect(readAt(remote, 'main', VALUES)).toContain('tag: 1.1.0\nweb:\n  tag: 1.1.0\n');
    expect(outcomes(await cycle(lynceus))[1]).toBe('web held too-young');
    await lynceus.close();
    world.remove();
  });

  test('the configuration asks for an age that no annotation shortens', async () => {
    let now = Date.parse('2026-03-01T12:00:00Z');
    const world = createFlowWorld({ ...IMPATIENT_CLOCK, now: () => now });
    const { publish } = await setUp('configured', { annotations: { 'web.minimum-age': '0s' }, world });
    const anybody = { projects: [], namespaces: [], applications: [] };
    const entry = { ...anybody, images: ['registry.test/*/web'], age: 60 * MINUTE };
    const { gates } = aConfig(world.folder);
    const lynceus = world.compose(settings({ gates: { ...gates, minimumAge: [entry] } }));
    await cycle(lynceus);
    await Promise.all([publish('api', '1.1.0'), publish('web', '1.1.0')]);
    expect(outcomes(await cycle(lynceus))).toEqual(['api updated newer-version', 'web held too-young']);
    now += 60 * MINUTE;
    expect(outcomes(await cycle(lynceus))).toEqual(['api current up-to-date', 'web updated newer-version']);
    await lynceus.close();
    world.remove();
  });

  test('an image that failed does not wait for its interval', async () => {
    const world = createFlowWorld();
    const { publish } = await setUp('failing', { annotations: { interval: '24h' }, world });
    const lynceus = world.compose({
      registries: [aRegistryConfig('http://127.0.0.1:9', 'registry.test')],
    });
    await publish('api', '1.1.0');

    expect((await cycle(lynceus)).images.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    expect((await cycle(lynceus)).images.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    await lynceus.close();
    world.remove();
  });

  test('a collect window writes images that come one after the other in one commit', async () => {
    const waits: number[] = [];
    let onWait: () => Promise<void> = () => Promise.resolve();
    const world = createFlowWorld({
      ...IMPATIENT_CLOCK,
      sleep: async (milliseconds) => {
        waits.push(milliseconds);
        if (milliseconds === 15_000) await onWait();
      },
    });
    const { remote, publish } = await setUp('collect', { world });
    const { writeBack } = aConfig('/nowhere');
    const lynceus = world.compose(settings({ writeBack: { ...writeBack, collect: 15_000 } }));
    await publish('api', '1.1.0');
    onWait = async () => {
      onWait = () => Promise.resolve();
      await publish('web', '1.1.0');
    };

    const report = await cycle(lynceus);

    expect(outcomes(report)).toEqual(['api updated newer-version', 'web updated newer-version']);
    expect(waits.filter((wait) => wait === 15_000)).toHaveLength(2);
    expect(logOf(remote, 'main')).toHaveLength(2);
    expect(readAt(remote, 'main', VALUES)).toBe('api:\n  tag: 1.1.0\nweb:\n  tag: 1.1.0\n');
    waits.length = 0;
    expect(outcomes(await cycle(lynceus))).toEqual(['api current up-to-date', 'web current up-to-date']);
    expect(waits).not.toContain(15_000);
    await lynceus.close();
    world.remove();
  });

  test('a collect window ends although images keep coming, and writes nothing when it is broken off', async () => {
    let tags = 1;
    let stopAt = Infinity;
    const stop = new AbortController();
    const world = createFlowWorld({
      ...IMPATIENT_CLOCK,
      sleep: async (milliseconds, signal) => {
        if (milliseconds !== 15_000) return;
        tags += 1;
        if (tags === stopAt) stop.abort();
        signal.throwIfAborted();
        await publish('api', `1.${tags}.0`);
      },
    });
    const { remote, publish } = await setUp('endless', { world });
    const { writeBack } = aConfig('/nowhere');
    const lynceus = world.compose(settings({ writeBack: { ...writeBack, collect: 15_000 } }));
    await publish('api', '1.1.0');

    expect(outcomes(await cycle(lynceus))).toContain('api updated newer-version');
    expect(tags).toBe(9);
    await publish('api', '1.100.0');
    const before = headOf(remote, 'main');
    stopAt = tags + 1;
    await expect(lynceus.runCycle({ dryRun: false }, stop.signal)).rejects.toThrow(/abort|stopped/i);
    expect(headOf(remote, 'main')).toBe(before);
    await lynceus.close();
    world.remove();
  });
});
