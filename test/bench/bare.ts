/**
 * What a cycle costs beside the bare work that it cannot do without: the same requests to the registry, one fetch, one
 * fast-import of the same commits and one push. The program is the built one, with the
 * flags of the container (FLAGS='' for none), from the start of its process to its end. Cycle and bare work take turns, so that both have the
 * same machine; the ratio is of the medians.
 *
 *   npm run bench -- bare               500 Applications, 5 rounds
 *   npm run bench -- bare 5000 3        so many Applications and rounds
 *   npm run bench -- bare 500 5 100     ... that share 100 image repositories; without it each has its own
 *   PROFILE=folder npm run bench -- bare     ... and writes a CPU profile of each cycle to the folder
 *   npm run bench -- bare 500 5 500 whole   ... with a remote that leaves no files out of a fetch
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import pLimit from 'p-limit';
import { stringify } from 'yaml';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { createFlowWorld, type FlowWorld } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, gitEnvironment, logOf } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import { ensureRequirements } from '../helpers/requirements.ts';
import type { BareWork, RecordedRequest } from './bare-work.ts';
import { fleetApplication, fleetFiles } from './fleet.ts';

const FILES = 10_000;
const HISTORY = 500;
/** As the program asks a registry that it knows nothing of. */
const CONCURRENCY = 10;
const { FLAGS = '--max-semi-space-size=2 --optimize-for-size', PROFILE } = process.env;

interface Place {
  readonly root: string;
  readonly server: GitHttpServer;
  readonly registry: DockerRegistry;
  readonly world: FlowWorld;
  readonly size: number;
  readonly filters: boolean;
}

export async function bench(args: readonly string[]): Promise<void> {
  const [size = 500, rounds = 5, repositories] = args.map(Number);
  const filters = args[3] !== 'whole';
  ensureRequirements();
  execFileSync('node', ['.ci/build.mjs']);
  const registry = await startDockerRegistry();
  const { root, remove } = createGitRoot();
  const server = await startGitHttpServer({ root, filters });
  const world = createFlowWorld();
  const place = { root, server, registry, world, size, filters };
  await fill(place, repositories || size);
  console.log(`${size} Applications, ${repositories || size} image repositories, ${FILES} files`);
  // The first round records the requests and the commits, and does not count.
  const recorded = await record(place);
  console.log(`${recorded.requests.length} requests`);
  row(['round', 'cycle s', 'CPU s', 'MiB', 'bare s', 'CPU s', 'requests', 'git', 'ratio', 'of CPU']);
  const cycles: Run[] = [];
  const bares: BareRun[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const cycle = await runProgram(place);
    const bare = await runBareWork(place, recorded);
    cycles.push(cycle);
    bares.push(bare);
    print(String(round), cycle, bare);
  }
  print(
    'median',
    medians(cycles, ['seconds', 'cpu', 'mebibytes']),
    medians(bares, ['seconds', 'cpu', 'requests', 'git']),
  );
  await Promise.all([registry.stop(), server.stop()]);
  world.remove();
  remove();
}

async function fill({ root, server, registry, world, size }: Place, repositories: number): Promise<void> {
  const limit = pLimit(CONCURRENCY);
  const pushes = Array.from({ length: repositories }, (_, index) =>
    limit(async () => {
      for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, `acme/api-${index}`, tag);
    }),
  );
  await Promise.all(pushes);
  createRemote(root, 'first.git', fleetFiles(FILES, size));
  for (let index = 0; index < size; index += 1)
    world.addApplication(
      fleetApplication(index, `${server.url}/fleet.git`, `registry.test/acme/api-${index % repositories}`),
    );
  const config = {
    applications: { paths: [join(world.folder, 'applications')] },
    git: {
      cacheDirectory: join(world.folder, 'cache'),
      history: HISTORY,
      remotes: [{ url: `${server.url}/` }],
    },
    // On a machine with other work it may take longer than usual.
    limits: { remoteTime: '30m', cycleTime: '60m', hostTime: '30m' },
    registriesFile: '',
    registries: [
      {
        name: 'test',
        apiUrl: registry.url,
        prefix: 'registry.test',
        limit: 10_000,
        concurrency: CONCURRENCY,
      },
    ],
    server: { healthPort: 0, metricsPort: 0 },
  };
  writeFileSync(join(world.folder, 'lynceus.yaml'), stringify(config));
}

interface Recorded {
  readonly requests: readonly RecordedRequest[];
  /** File with what fast-import reads: the commits that the cycle made. */
  readonly commits: string;
  /** Hashes of the files that it changed, as they were. */
  readonly files: readonly string[];
}

async function record(place: Place): Promise<Recorded> {
  const { world, root, size } = place;
  const file = join(world.folder, 'requests');
  const hook = resolve('test/bench/record-requests.mjs');
  await runProgram(place, { NODE_OPTIONS: `--import=${hook}`, RECORD_REQUESTS: file });
  const remote = join(root, 'fleet.git');
  const made = logOf(remote, 'main').length - 1;
  if (made !== size) throw new Error(`expected ${size} commits, found ${made}`);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const first = execFileSync('git', ['-C', join(root, 'first.git'), 'rev-parse', 'main'], {
    encoding: 'utf8',
  });
  const stream = execFileSync(
    'git',
    [
      '-C',
      remote,
      'fast-export',
      '--use-done-feature',
      '--reference-excluded-parents',
      `${first.trim()}..refs/heads/main`,
    ],
    { maxBuffer: 2 ** 30, env: gitEnvironment() },
  );
  const tree = execFileSync('git', ['-C', join(root, 'first.git'), 'ls-tree', '-r', 'main', 'apps/'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const files = [...tree.matchAll(/^\d+ blob ([0-9a-f]+)/gm)].map(([, hash = '']) => hash);
  const commits = join(world.folder, 'commits');
  writeFileSync(commits, stream);
  return { requests: lines.map((line) => JSON.parse(line) as RecordedRequest), commits, files };
}

/** A remote that nobody has written to yet, and a cache without a clone. */
function renew({ root, world }: Place): void {
  const remote = join(root, 'fleet.git');
  rmSync(remote, { recursive: true, force: true });
  cpSync(join(root, 'first.git'), remote, { recursive: true });
  rmSync(join(world.folder, 'cache'), { recursive: true, force: true });
}

interface Run {
  readonly seconds: number;
  /** Of the process and everything that it started, in seconds. */
  readonly cpu: number;
  /** The most that the process or one of its children had in memory. */
  readonly mebibytes: number;
  readonly text: string;
}

async function runProgram(place: Place, env: Readonly<Record<string, string>> = {}): Promise<Run> {
  renew(place);
  const config = join(place.world.folder, 'lynceus.yaml');
  const flags = FLAGS.split(' ').filter((flag) => flag !== '');
  const profile = PROFILE === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(PROFILE)}`];
  const program = [...flags, ...profile, resolve('dist/lynceus.js'), 'run', '--once', '--config', config];
  return await timed(program, { HOME: place.world.folder, UV_THREADPOOL_SIZE: '32', ...env });
}

async function timed(program: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> {
  const started = performance.now();
  const child = spawn('/usr/bin/time', ['--format', 'cost %U %S %M', 'node', ...program], {
    env: { ...gitEnvironment(), PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk));
  const [code] = (await once(child, 'close')) as [number];
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${program.join(' ')} failed:\n${text.slice(-4_000)}`);
  const [, user, system, kibibytes] = /cost (\S+) (\S+) (\S+)/.exec(text) ?? [];
  return { seconds, cpu: Number(user) + Number(system), mebibytes: Number(kibibytes) / 1024, text };
}

interface BareRun extends Omit<Run, 'text' | 'mebibytes'> {
  /** Seconds of the requests alone, and of git alone. */
  readonly requests: number;
  readonly git: number;
}

/** The bare work, in a process of its own as well. */
async function runBareWork(place: Place, recorded: Recorded): Promise<BareRun> {
  renew(place);
  const { server, world, filters } = place;
  const folder = join(world.folder, 'bare.git');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const work: BareWork = {
    ...recorded,
    folder,
    url: `${server.url}/fleet.git`,
    history: HISTORY,
    filters,
    concurrency: CONCURRENCY,
  };
  const file = join(world.folder, 'bare-work.json');
  writeFileSync(file, JSON.stringify(work));
  const { seconds, cpu, text } = await timed([resolve('test/bench/bare-work.ts'), file], {});
  const [, requests, git] = /requests (\S+) git (\S+)/.exec(text) ?? [];
  return { seconds, cpu, requests: Number(requests), git: Number(git) };
}

function print(name: string, cycle: Omit<Run, 'text'>, bare: BareRun): void {
  const { seconds, cpu, mebibytes } = cycle;
  const figures = [bare.seconds, bare.cpu, bare.requests, bare.git, seconds / bare.seconds, cpu / bare.cpu];
  const own = [fixed(seconds), fixed(cpu), String(Math.round(mebibytes))];
  row([name, ...own, ...figures.map(fixed)]);
}

function medians<K extends string>(
  runs: readonly Readonly<Record<K, number>>[],
  keys: readonly K[],
): Record<K, number> {
  const middle = (key: K): number => {
    const sorted = runs.map((run) => run[key]).toSorted((a, b) => a - b);
    const [low = 0, high = low] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
    return (low + high) / 2;
  };
  return Object.fromEntries(keys.map((key) => [key, middle(key)])) as Record<K, number>;
}

function fixed(figure: number): string {
  return figure.toFixed(2);
}

function row(cells: readonly string[]): void {
  console.log(cells.map((cell) => cell.padStart(8)).join('  '));
}
