/**
 * What hostile tenants cost the others: good Applications alone, and beside twenty that do what they can to be in the way,
 * against a real registry and real git over HTTP. The latency is the time from a tag being pushed to its commits.
 *
 *   npm run bench -- hostile            200 good Applications for 100 cycles
 *   npm run bench -- hostile 20 50      20 cycles, 50 good Applications
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Lynceus } from '../../src/app/compose.ts';
import { startDockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { ensureRequirements } from '../helpers/requirements.ts';
import { pushImage } from '../helpers/push-image.ts';
import { hostileApplications, startHostileServers, type HostileServers } from './hostile-tenants.ts';

const MEBIBYTE = 1024 * 1024;
/** Good Applications share so many remotes and image repositories. */
const REMOTES = 4;
const REPOSITORIES = 20;
/** The limits that a hostile tenant runs into, short so that the figures are there in minutes. */
const LIMITS = { listingTime: 3_000, remoteTime: 10_000, hostTime: 5_000 };

interface Place {
  readonly root: string;
  readonly http: GitHttpServer;
  readonly registryUrl: string;
  readonly servers: HostileServers;
}

export async function bench(args: readonly string[]): Promise<void> {
  const [cycles = 100, good = 200] = args.map(Number).filter((number) => number > 0);
  ensureRequirements();
  setFlagsFromString('--expose_gc');
  const registry = await startDockerRegistry();
  const servers = await startHostileServers();
  const { root, remove } = createGitRoot();
  const http = await startGitHttpServer({ root });
  const place = { root, http, registryUrl: registry.url, servers };
  for (const name of ['alone', 'beside'])
    for (let index = 0; index < REPOSITORIES; index += 1)
      await pushImage(registry.url, `${name}/${index}`, '1.0.0');
  const hostile = await hostileApplications(place);
  const runs = [openRun('alone', { good, hostile: [] }, place), openRun('beside', { good, hostile }, place)];
  const memory: number[] = [];
  console.log(`${good} good Applications, ${cycles} cycles; hostile ones: ${hostile.length}`);
  // By turns, so that both have the same of what else the machine does.
  for (let cycle = 0; cycle <= cycles; cycle += 1) {
    for (const run of runs) await run.cycle(cycle);
    memory.push(residentAfterCollection());
  }
  console.log(HEADINGS.join('  '));
  for (const run of runs) console.log(run.line());
  const [alone, beside] = runs;
  for (const part of [0.5, 0.95])
    console.log(
      `latency, ${part * 100} of 100: ${((beside?.latency(part) ?? 0) / (alone?.latency(part) ?? 1)).toFixed(2)} times that of the good ones alone`,
    );
  const settled = Math.min(9, memory.length - 1);
  console.log(
    `MiB resident after cycle ${settled}: ${memory[settled]?.toFixed(0)}, after the last: ${memory.at(-1)?.toFixed(0)}`,
  );
  for (const run of runs) await run.close();
  await Promise.all([registry.stop(), http.stop(), servers.stop()]);
  remove();
}

interface Wanted {
  readonly good: number;
  readonly hostile: Awaited<ReturnType<typeof hostileApplications>>;
}

interface Run {
  /** Pushes a tag and runs a cycle; the first one, 0, clones everything and does not count. */
  cycle(number: number): Promise<void>;
  /** Seconds within which this part of all tags had their commits. */
  latency(part: number): number;
  line(): string;
  close(): Promise<void>;
}

const HEADINGS = [
  'run     ',
  'latency s: median',
  '95 of 100',
  'worst',
  'without commits',
  'cycle s',
  'registry requests',
  'fetches',
  'pushes',
  'processes',
];

function openRun(name: string, wanted: Wanted, place: Place): Run {
  const { world, remotes } = createWorld(name, wanted, place);
  const lynceus = composeWith(world, place);
  const latencies: number[] = [];
  const seconds: number[] = [];
  const costs = { registryRequests: 0, gitFetches: 0, gitPushes: 0, processes: 0 };
  let missing = 0;

  function latency(part: number): number {
    const sorted = latencies.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  }

  return {
    async cycle(number) {
      const repository = number % REPOSITORIES;
      const tag = `1.1.${number}`;
      await pushImage(place.registryUrl, `${name}/${repository}`, tag);
      const counted = countProcesses();
      const pushed = performance.now();
      const seen = arrivals(remotes, { repository, tag, good: wanted.good });
      const report = await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(600_000));
      const arrived = await seen.stop();
      const processes = counted.stop();
      // What the world keeps of the log is no memory of the program.
      (world.logged as string[]).length = 0;
      if (number === 0) return;
      if (arrived === undefined) missing += 1;
      latencies.push(((arrived ?? performance.now()) - pushed) / 1000);
      seconds.push(report.seconds);
      costs.registryRequests += report.costs.registryRequests;
      costs.gitFetches += report.costs.gitFetches;
      costs.gitPushes += report.costs.gitPushes;
      costs.processes += processes;
    },
    latency,
    line() {
      const cells = [
        name.padEnd(8),
        ...[0.5, 0.95, 1].map((part) => latency(part).toFixed(2)),
        String(missing),
        (seconds.reduce((sum, one) => sum + one, 0) / seconds.length).toFixed(2),
        ...Object.values(costs).map(String),
      ];
      return cells.map((cell, index) => cell.padStart(HEADINGS[index]?.length ?? 0)).join('  ');
    },
    async close() {
      await lynceus.close();
      world.remove();
    },
  };
}

function createWorld(
  name: string,
  { good, hostile }: Wanted,
  { root, http }: Place,
): { readonly world: FlowWorld; readonly remotes: readonly string[] } {
  const world = createFlowWorld(REAL_CLOCK);
  const remotes = Array.from({ length: REMOTES }, (_, remote) => {
    const files = Array.from(
      { length: good },
      (__, index) => [`apps/${index}/values.yaml`, 'image:\n  tag: 1.0.0\n'] as const,
    );
    return createRemote(root, `${name}-${remote}.git`, Object.fromEntries(files));
  });
  for (let index = 0; index < good; index += 1) {
    world.addApplication({
      name: `good-${index}`,
      namespace: `team-${index % 5}`,
      repoURL: `${http.url}/${name}-${index % REMOTES}.git`,
      path: `apps/${index}`,
      annotations: {
        'image-list': `a=registry.test/${name}/${index % REPOSITORIES}:^1`,
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
      },
    });
  }
  for (const one of hostile) world.addApplication(one);
  return { world, remotes };
}

function composeWith(world: FlowWorld, { registryUrl, servers }: Place): Lynceus {
  const { limits, git } = aConfig(world.folder);
  return world.compose({
    limits: { ...limits, ...LIMITS },
    git: { ...git, timeout: 10_000 },
    registries: [
      aRegistryConfig(registryUrl, 'registry.test'),
      ...servers.registries.map(({ prefix, url }) => aRegistryConfig(url, prefix)),
    ],
  });
}

interface Expected {
  readonly repository: number;
  readonly tag: string;
  readonly good: number;
}

/** When the last of the good Applications of an image repository has its commit; `undefined` when the cycle is over before. */
function arrivals(
  remotes: readonly string[],
  { repository, tag, good }: Expected,
): { readonly stop: () => Promise<number | undefined> } {
  const waiting = new Set(
    Array.from({ length: good }, (_, index) => index).filter((index) => index % REPOSITORIES === repository),
  );
  let arrived: number | undefined;
  let over = false;
  const look = (): void => {
    for (const index of waiting) {
      const text = readAt(remotes[index % REMOTES] ?? '', 'main', `apps/${index}/values.yaml`);
      if (text?.includes(`tag: ${tag}`) === true) waiting.delete(index);
    }
    if (waiting.size === 0) arrived ??= performance.now();
  };
  async function watch(): Promise<void> {
    while (!over && arrived === undefined) {
      look();
      await wait(25);
    }
  }
  const watching = watch();
  return {
    async stop() {
      over = true;
      await watching;
      look();
      return arrived;
    },
  };
}

function countProcesses(): { readonly stop: () => number } {
  let processes = 0;
  function onProcess(message: unknown): void {
    const { process: child } = message as { readonly process: ChildProcess };
    child.once('spawn', () => {
      if (!child.spawnfile.endsWith('git-http-backend')) processes += 1;
    });
  }
  subscribe('child_process', onProcess);
  return {
    stop() {
      unsubscribe('child_process', onProcess);
      return processes;
    },
  };
}

function residentAfterCollection(): number {
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage.rss() / MEBIBYTE;
}
