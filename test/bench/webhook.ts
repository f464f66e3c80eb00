/**
 * How long it takes from the request of a webhook to the commit in the remote, and what a flood starts; on this machine, against
 * a real registry and real git over HTTP.
 *
 *   npm run bench -- webhook          1 and 500 Applications in one remote of 10,000 files
 *   npm run bench -- webhook 100      another number
 */
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startDaemon } from '../../src/app/compose-daemon.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aConfig, aRegistryConfig, createFlowWorld, REAL_CLOCK } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import { ensureRequirements } from '../helpers/requirements.ts';
import { fleetApplication, fleetFiles } from './fleet.ts';

const FILES = 10_000;
const ROUNDS = 7;
const FLOOD = 1_000;
const AT_ONCE = 20;
const SECRET = 'knock-knock';
const ENV = { DOCKER_WEBHOOK_SECRET: SECRET };

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
  console.log('applications  request to commit, in milliseconds             a flood of 1,000');
  for (const size of sizes.length === 0 ? [1, 500] : sizes) await measure(size, { root, http, registry });
  await Promise.all([registry.stop(), http.stop()]);
  remove();
}

async function measure(size: number, { root, http, registry }: Place): Promise<void> {
  const name = `webhook-${size}.git`;
  const remote = createRemote(root, name, fleetFiles(FILES, size));
  const world = createFlowWorld(REAL_CLOCK);
  for (let index = 0; index < size; index += 1) {
    const path = `bench-${size}/api-${index}`;
    await pushImage(registry.url, path, '1.0.0');
    world.addApplication(fleetApplication(index, `${http.url}/${name}`, `docker.io/${path}`));
  }
  const settings = {
    registries: [aRegistryConfig(registry.url, 'docker.io')],
    schedule: { kind: 'interval', every: 3_600_000 } as const,
  };
  const base = aConfig(world.folder, settings);
  const config = { ...base, webhooks: { ...base.webhooks, enabled: true, port: 0, tls: false } };
  const lynceus = world.compose(settings, ENV);
  const daemon = await startDaemon(lynceus, config, { env: ENV, clock: REAL_CLOCK, log: world.log });
  const port = Number(
    /"port":(\d+)/.exec(world.logged.find((line) => line.includes('listening')) ?? '')?.[1],
  );
  const cycles = (): number => world.logged.filter((line) => line.includes('Processing results')).length;
  await until(() => cycles() === 1);

  const times: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await pushImage(registry.url, `bench-${size}/api-0`, `1.${round}.0`);
    await wait(1_500);
    const [before, ended] = [headOf(remote), cycles()];
    const begin = performance.now();
    await send(port, `bench-${size}/api-0`);
    await until(() => headOf(remote) !== before);
    times.push(performance.now() - begin);
    await until(() => cycles() > ended);
  }
  times.sort((a, b) => a - b);

  await wait(1_500);
  const [ended, begin] = [cycles(), performance.now()];
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  await Promise.all(Array.from({ length: FLOOD }, () => send(port, `bench-${size}/api-0`, agent)));
  const answered = performance.now() - begin;
  await until(() => cycles() > ended);
  await wait(5_000);
  agent.destroy();
  const [least = 0, median = 0, most = 0] = [times[0], times[ROUNDS >> 1], times.at(-1)];
  console.log(
    `${String(size).padStart(12)}  least ${least.toFixed(0)}, median ${median.toFixed(0)}, most ${most.toFixed(0)} of ${ROUNDS}`.padEnd(
      63,
    ),
    `${cycles() - ended} cycles; all answered in ${(answered / 1_000).toFixed(1)} s`,
  );
  await daemon.stop();
  await lynceus.close();
  world.remove();
}

function headOf(remote: string): string {
  const path = join(remote, 'refs/heads/main');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(2);
}

function send(port: number, repo_name: string, agent?: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = `/webhook?type=docker.io&secret=${SECRET}`;
    const sent = request(
      { host: '127.0.0.1', port, path, method: 'POST', ...(agent && { agent }) },
      (response) => {
        response
          .resume()
          .on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error('refused'))));
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ repository: { repo_name } }));
  });
}
