/**
 * How long a cycle takes and what it costs, on this machine, against a real registry and real git over HTTP.
 *
 *   npm run bench -- cycle          1, 50 and 500 Applications in one remote
 *   npm run bench -- cycle 1000     another number
 */
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote } from '../helpers/git-world.ts';
import { ensureRequirements } from '../helpers/requirements.ts';
import { pushImage } from '../helpers/push-image.ts';
import type { CycleReport } from '../../src/core/report.ts';

const FILES_BESIDE = 10_000;
interface Place {
  readonly root: string;
  readonly http: GitHttpServer;
  readonly registry: DockerRegistry;
}

export async function bench(args: readonly string[]): Promise<void> {
  const sizes = args.map(Number).filter((size) => size > 0);
  ensureRequirements();
  const registry = await startDockerRegistry();
  const { root, remove } = createGitRoot();
  const http = await startGitHttpServer({ root });
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);

  console.log('applications  cycle         seconds  fetches  pushes  registry requests  images');
  for (const size of sizes.length === 0 ? [1, 50, 500] : sizes) await measure(size, { root, http, registry });

  await Promise.all([registry.stop(), http.stop()]);
  remove();
}

async function measure(size: number, { root, http, registry }: Place): Promise<void> {
  const name = `fleet-${size}.git`;
  const files: Record<string, string> = {};
  for (let index = 0; index < FILES_BESIDE; index += 1)
    files[`other/${index % 100}/${index}.yaml`] = `index: ${index}\n`;
  for (let index = 0; index < size; index += 1) files[`apps/${index}/values.yaml`] = 'image:\n  tag: 1.0.0\n';
  createRemote(root, name, files);
  const world = createFlowWorld();
  for (let index = 0; index < size; index += 1) {
    world.addApplication({
      name: `app-${index}`,
      repoURL: `${http.url}/${name}`,
      path: `apps/${index}`,
      annotations: {
        'image-list': 'a=registry.test/acme/api:^1',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
      },
    });
  }
  const lynceus = world.compose({ registries: [aRegistryConfig(registry.url, 'registry.test')] });
  for (const cycle of ['all to update', 'nothing to do']) {
    print(size, cycle, await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(600_000)));
  }
  await lynceus.close();
  world.remove();
}

function print(size: number, cycle: string, { seconds, costs, images }: CycleReport): void {
  const outcomes = new Map<string, number>();
  for (const { outcome } of images) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const columns = [
    String(size).padStart(12),
    cycle.padEnd(13),
    seconds.toFixed(2).padStart(7),
    String(costs.gitFetches).padStart(7),
    String(costs.gitPushes).padStart(6),
    String(costs.registryRequests).padStart(17),
    [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', '),
  ];
  console.log(columns.join('  '));
}
