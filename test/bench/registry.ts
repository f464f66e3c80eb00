/**
 * What asking registries costs: requests, seconds and memory, against a real registry on this machine.
 *
 *   npm run bench -- registry           1,000 Applications that share 100 image repositories; newest-build on 1,000 tags
 *   npm run bench -- registry 5000      another number of Applications, and of tags
 */
import { join } from 'node:path';
import type { Lynceus } from '../../src/app/compose.ts';
import type { CycleReport } from '../../src/core/report.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { fetchBytes } from '../helpers/fetch-bytes.ts';
import { aRegistryConfig, createFlowWorld, type FlowWorld } from '../helpers/flow-world.ts';
import { createGitRoot, createRemote } from '../helpers/git-world.ts';
import { ensureRequirements } from '../helpers/requirements.ts';
import { pushImage } from '../helpers/push-image.ts';

const REPOSITORIES = 100;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const MEBIBYTE = 1024 * 1024;

export async function bench(args: readonly string[]): Promise<void> {
  const [size = 1_000] = args.map(Number).filter((number) => number > 0);
  ensureRequirements();
  const registry = await startDockerRegistry();
  const { root, remove } = createGitRoot();
  console.log(
    'case                                      cycle            requests  seconds  MiB resident  images',
  );
  await fleet(size, { registry, root });
  await newestBuild(size, { registry, root });
  await registry.stop();
  remove();
}

interface Place {
  readonly registry: DockerRegistry;
  readonly root: string;
}

async function fleet(size: number, { registry, root }: Place): Promise<void> {
  for (let index = 0; index < REPOSITORIES; index += 1)
    await pushImage(registry.url, `fleet/${index}`, '1.0.0');
  const files = Array.from({ length: size }, (_, index) => [
    `apps/${index}/values.yaml`,
    'image:\n  tag: 1.0.0\n',
  ]);
  const remote = createRemote(root, 'fleet.git', Object.fromEntries(files) as Record<string, string>);
  const world = createFlowWorld();
  for (let index = 0; index < size; index += 1) {
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
  const lynceus = world.compose({ registries: [aRegistryConfig(registry.url, 'registry.test')] });
  const name = `${size} Applications, ${REPOSITORIES} repositories`;
  for (const cycle of ['first', 'second']) await measure(name, cycle, lynceus);
  await lynceus.close();
  world.remove();
}

async function newestBuild(size: number, { registry, root }: Place): Promise<void> {
  const path = 'acme/nightly';
  await pushImage(registry.url, path, 'build-0', { created: new Date(Date.UTC(2026, 0, 1)) });
  await addTags(size - 1, { registry, path });
  const remote = createRemote(root, 'nightly.git', {
    'app/kustomization.yaml': `images:\n- name: registry.test/${path}\n  newTag: none\n`,
  });
  const world = createFlowWorld();
  world.addApplication({
    name: 'nightly',
    repoURL: remote,
    path: 'app',
    annotations: {
      'image-list': `a=registry.test/${path}`,
      'a.update-strategy': 'newest-build',
      'a.platforms': 'linux/amd64',
      'write-back-method': 'git',
      'write-back-target': 'kustomization',
    },
  });
  const name = `newest-build on ${size} tags`;
  const first = start(world, registry, false);
  for (const cycle of ['first', 'second']) await measure(name, cycle, first);
  await first.close();
  await pushImage(registry.url, path, 'tonight', { created: new Date(Date.UTC(2026, 5, 1)) });
  const second = start(world, registry, false);
  await measure(name, 'after a restart', second);
  await second.close();
  const third = start(world, registry, true);
  await measure(`${name} that never move`, 'after a restart', third);
  await third.close();
  world.remove();
}

function start(world: FlowWorld, registry: DockerRegistry, immutableTags: boolean): Lynceus {
  return world.compose({
    cache: { file: join(world.folder, 'registries.cache'), bytes: 32 * MEBIBYTE, revalidate: 3_600_000 },
    registries: [aRegistryConfig(registry.url, 'registry.test', { immutableTags })],
  });
}

/** More tags for what `build-0` has. */
async function addTags(
  count: number,
  { registry, path }: { readonly registry: DockerRegistry; readonly path: string },
): Promise<void> {
  const headers = { accept: MANIFEST, 'content-type': MANIFEST };
  const at = (tag: string): string => `${registry.url}/v2/${path}/manifests/${tag}`;
  const { body } = await fetchBytes(at('build-0'), { headers });
  for (let index = 1; index <= count; index += 1)
    await fetchBytes(at(`build-${index}`), { method: 'PUT', headers, body });
}

async function measure(name: string, cycle: string, lynceus: Lynceus): Promise<void> {
  const report = await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(600_000));
  const columns = [
    name.padEnd(40),
    cycle.padEnd(15),
    String(report.costs.registryRequests).padStart(8),
    report.seconds.toFixed(2).padStart(7),
    (process.memoryUsage.rss() / MEBIBYTE).toFixed(0).padStart(12),
    outcomesOf(report),
  ];
  console.log(columns.join('  '));
}

function outcomesOf({ images }: CycleReport): string {
  const outcomes = new Map<string, number>();
  for (const { outcome } of images) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  return [...outcomes].map(([outcome, number]) => `${number} ${outcome}`).join(', ');
}
