import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CycleReport } from '../../src/core/report.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld, type FlowWorld } from '../helpers/flow-world.ts';
import { createGitRoot, createRemote } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import { forward, startStandIn, type Seen, type StandIn } from '../helpers/registry-stand-in.ts';

const APPLICATIONS = 1_000;
const REPOSITORIES = 100;

function count(seen: readonly Seen[], what: RegExp): number {
  return seen.filter(({ method, target }) => what.test(`${method} ${target}`)).length;
}

function outcomesOf({ images }: CycleReport): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome } of images) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

describe('a fleet that shares image repositories', () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;
  let front: StandIn;
  let broken: (seen: Seen) => boolean = () => false;
  let world: FlowWorld;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    // One image repository stands behind all of them.
    front = await startStandIn((seen) => {
      if (broken(seen)) return { reset: 'half-way' };
      const target = seen.target.replace(/^\/v2\/fleet\/\d+\//, '/v2/fleet/');
      return forward({ ...seen, target }, registry.url);
    });
    await pushImage(registry.url, 'fleet', '1.0.0');
    const files: Record<string, string> = {};
    for (let index = 0; index < APPLICATIONS; index += 1)
      files[`apps/${index}/values.yaml`] = 'image:\n  tag: 1.0.0\n';
    const remote = createRemote(root, 'fleet.git', files);
    world = createFlowWorld();
    for (let index = 0; index < APPLICATIONS; index += 1) {
      world.addApplication({
        name: `app-${index}`,
        repoURL: remote,
        path: `apps/${index}`,
        annotations: {
          'image-list': `a=registry.test/fleet/${index % REPOSITORIES}:^1`,
          'write-back-method': 'git',
          'write-back-target': 'helmvalues',
        },
      });
    }
  });

  afterAll(async () => {
    world.remove();
    await Promise.all([front.stop(), registry.stop()]);
    remove();
  });

  test('asks for each list of tags once, whatever the number of Applications, and for nothing else', async () => {
    const lynceus = world.compose({ registries: [aRegistryConfig(front.url, 'registry.test')] });
    const cycle = (): Promise<CycleReport> =>
      lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(170_000));

    // A list that breaks off in the middle is no list: its Applications are left alone, the others go on.
    broken = ({ target }) => target.startsWith('/v2/fleet/7/tags');
    const first = await cycle();
    const failed = first.images.filter(({ outcome }) => outcome === 'failed');
    expect(outcomesOf(first)).toEqual({ current: 990, failed: 10 });
    expect(new Set(failed.map(({ image }) => image))).toEqual(new Set(['registry.test/fleet/7']));

    broken = () => false;
    const before = front.seen.length;
    const second = await cycle();
    const asked = front.seen.slice(before);
    expect(outcomesOf(second)).toEqual({ current: APPLICATIONS });
    expect(count(asked, /^GET \S+\/tags\/list/)).toBe(REPOSITORIES);
    expect(asked).toHaveLength(REPOSITORIES);
    expect(second.costs).toMatchObject({ gitFetches: 0, gitPushes: 0 });
    await lynceus.close();
  });
});
