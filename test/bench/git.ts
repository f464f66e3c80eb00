/**
 * What writing to Git costs: a whole cycle with a commit for each Application, beside one clone, commit and push for
 * each, which is really done for a few of them.
 *
 *   npm run bench -- git              100 and 10,000 files; 1, 50 and 500 Applications
 *   npm run bench -- git 10000 500    so many files and Applications
 */
import { execFile, type ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aConfig, aRegistryConfig, createFlowWorld } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, gitEnvironment, logOf } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';
import { ensureRequirements } from '../helpers/requirements.ts';
import { fleetApplication, fleetFiles } from './fleet.ts';

interface Place {
  readonly root: string;
  readonly registry: DockerRegistry;
  /** A server that lets clients leave out files, and one that does not. */
  readonly servers: readonly (readonly [name: string, server: GitHttpServer])[];
}

/** More are not done one by one: the rest is reckoned. */
const MOST_ONE_BY_ONE = 3;

export async function bench(args: readonly string[]): Promise<void> {
  const [files, applications] = args.map(Number);
  ensureRequirements();
  const registry = await startDockerRegistry();
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
  const { root, remove } = createGitRoot();
  const servers = [
    ['leaves out files', await startGitHttpServer({ root, filters: true })],
    ['gives all files', await startGitHttpServer({ root })],
  ] as const;

  const titles = [
    'files',
    'applications',
    'remote',
    'way',
    'seconds',
    'fetches',
    'pushes',
    'processes',
    'MiB',
  ];
  row(titles);
  for (const beside of files === undefined ? [100, 10_000] : [files]) {
    for (const size of applications === undefined ? [1, 50, 500] : [applications])
      await measure({ beside, size }, { root, registry, servers });
  }
  await Promise.all([registry.stop(), ...servers.map(([, server]) => server.stop())]);
  remove();
}

interface Size {
  /** Files of the remote. */
  readonly beside: number;
  /** Applications. */
  readonly size: number;
}

async function measure(size: Size, { root, registry, servers }: Place): Promise<void> {
  for (const [kind, server] of servers) {
    const cells = [String(size.beside), String(size.size), kind];
    const name = `${size.beside}-${size.size}-${server.url.split(':').at(-1)}.git`;
    const remote = makeRemote(root, name, size);
    const url = `${server.url}/${name}`;
    const world = createFlowWorld();
    for (let index = 0; index < size.size; index += 1)
      world.addApplication(fleetApplication(index, url, 'registry.test/acme/api'));
    const git = { ...aConfig(world.folder).git, history: 500 };
    const lynceus = world.compose({ git, registries: [aRegistryConfig(registry.url, 'registry.test')] });
    for (const way of ['all at once', 'nothing to do']) {
      const spent = await spending(server, async () => {
        const { costs } = await lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(600_000));
        return { fetches: costs.gitFetches, pushes: costs.gitPushes };
      });
      print([...cells, way], spent);
    }
    await lynceus.close();
    world.remove();
    if (logOf(remote, 'main').length !== size.size + 1)
      throw new Error(`not every commit arrived in ${name}`);
    await measureOneByOne(size, { cells, server, root });
  }
}

interface OneByOne {
  readonly cells: readonly string[];
  readonly server: GitHttpServer;
  readonly root: string;
}

/** Clone, edit, commit and push for each Application, with a clone of the last commit only. */
async function measureOneByOne(size: Size, { cells, server, root }: OneByOne): Promise<void> {
  const name = `one-by-one-${size.beside}-${size.size}-${server.url.split(':').at(-1)}.git`;
  makeRemote(root, name, size);
  const done = Math.min(size.size, MOST_ONE_BY_ONE);
  const folder = join(root, 'one-by-one');
  const spent = await spending(server, async () => {
    for (let index = 0; index < done; index += 1) {
      await git('.', 'clone', '--quiet', '--depth=1', `${server.url}/${name}`, folder);
      const file = join(folder, `apps/${index}/values.yaml`);
      writeFileSync(file, readFileSync(file, 'utf8').replace('1.0.0', '1.1.0'));
      await git(folder, 'commit', '--quiet', '--all', '--message=update');
      await git(folder, 'push', '--quiet');
      rmSync(folder, { recursive: true });
    }
    return { fetches: done, pushes: done };
  });
  print([...cells, done === size.size ? 'one by one' : `one by one, ${done} done`], spent);
  if (done < size.size) print([...cells, '... reckoned for all'], times(spent, size.size / done));
}

async function git(folder: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)('git', ['-C', folder, ...args], { env: gitEnvironment() });
}

function makeRemote(root: string, name: string, { beside, size }: Size): string {
  return createRemote(root, name, fleetFiles(beside, size));
}

interface Spent {
  readonly seconds: number;
  readonly fetches: number;
  readonly pushes: number;
  /** git processes that were started, without those that git starts itself. */
  readonly processes: number;
  readonly bytes: number;
}

async function spending(
  server: GitHttpServer,
  work: () => Promise<{ readonly fetches: number; readonly pushes: number }>,
): Promise<Spent> {
  let processes = 0;
  function onProcess(message: unknown): void {
    const { process: child } = message as { readonly process: ChildProcess };
    child.once('spawn', () => {
      if (/(?:^|\/)git$/.test(child.spawnfile) && child.spawnargs[1] !== 'http-backend') processes += 1;
    });
  }
  subscribe('child_process', onProcess);
  const before = server.traffic.received + server.traffic.sent;
  const started = performance.now();
  const counts = await work();
  const seconds = (performance.now() - started) / 1000;
  unsubscribe('child_process', onProcess);
  return { ...counts, seconds, processes, bytes: server.traffic.received + server.traffic.sent - before };
}

function times({ seconds, fetches, pushes, processes, bytes }: Spent, factor: number): Spent {
  return {
    seconds: seconds * factor,
    fetches: fetches * factor,
    pushes: pushes * factor,
    processes: processes * factor,
    bytes: bytes * factor,
  };
}

function print(cells: readonly string[], { seconds, fetches, pushes, processes, bytes }: Spent): void {
  const mebibytes = (bytes / 1024 / 1024).toFixed(2);
  row([...cells, seconds.toFixed(2), String(fetches), String(pushes), String(processes), mebibytes]);
}

const WIDTHS = [6, 12, 16, 20, 8, 7, 6, 9, 8];

function row(cells: readonly string[]): void {
  console.log(
    cells
      .map((cell, index) => {
        const width = WIDTHS[index] ?? 0;
        return index === 2 || index === 3 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  '),
  );
}
