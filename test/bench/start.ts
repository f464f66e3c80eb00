/**
 * How long the built program takes from its start to its first request to a registry, with the Applications in a
 * cluster, and what it loads until then. Run `npm run build` before.
 *
 *   npm run bench -- start            15 starts of dist/lynceus.js, with the flags of the container
 *   npm run bench -- start 40 FILE    another number, of another build
 */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { APPLICATIONS, LEASES } from '../../src/kube/kube-client.ts';
import { applicationManifest } from '../helpers/flow-world.ts';
import { startGitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { startStandIn, type StandIn } from '../helpers/registry-stand-in.ts';
import { CONTAINER_FLAGS, cpuOf, PROGRAM, residentOf } from './program.ts';

interface Place {
  readonly folder: string;
  readonly program: string;
  readonly kube: KubeStandIn;
  readonly registry: StandIn;
  readonly argv: readonly string[];
}

/** What one start took until the first request to a registry. */
interface Start {
  readonly seconds: number;
  /** Until the first request to the API server. */
  readonly cluster: number;
  /** Of the process and the programs that it waited for. */
  readonly cpu: number;
  readonly resident: number;
}

export async function bench([runs = '15', program = PROGRAM]: readonly string[]): Promise<void> {
  const { root, remove } = createGitRoot();
  const kube = await startKubeStandIn({ tls: true });
  const http = await startGitHttpServer({ root });
  const registry = await startStandIn(() => ({
    status: 200,
    body: JSON.stringify({ name: 'acme/api', tags: ['1.0.0'] }),
  }));
  createRemote(root, 'shop.git', { 'shop/values.yaml': 'image:\n  tag: 1.0.0\n' });
  kube.objects.put(
    APPLICATIONS,
    applicationManifest({
      name: 'shop',
      repoURL: `${http.url}/shop.git`,
      path: 'shop',
      annotations: {
        'image-list': 'a=registry.test/acme/api:^1',
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
      },
    }),
  );
  const kubeconfig = kube.kubeconfig(join(root, 'kubeconfig'), { namespace: 'argocd' });
  const config = join(root, 'lynceus.yaml');
  writeFileSync(
    config,
    `registries: [{ name: local, prefix: registry.test, apiUrl: '${registry.url}' }]\nnetwork: { privateAddresses: true }\n`,
  );
  const argv = [
    'run',
    '--config',
    config,
    '--kubeconfig',
    kubeconfig,
    '--health-port',
    '0',
    '--metrics-port',
    '0',
  ];
  const place: Place = { folder: root, program, kube, registry, argv };

  await start(place, 0);
  const starts: Start[] = [];
  for (let index = 1; index <= Number(runs); index += 1) starts.push(await start(place, index));
  print(starts);
  await printLoaded(place);

  await Promise.all([kube.stop(), http.stop(), registry.stop()]);
  remove();
}

async function start(place: Place, index: number): Promise<Start> {
  const { kube, registry } = place;
  const asked = registry.seen.length;
  const kubeAsked = kube.requests.length;
  const begin = performance.now();
  const child = launch(place, { GIT_CACHE: String(index) });
  let cluster = 0;
  while (registry.seen.length === asked) {
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}`);
    if (cluster === 0 && kube.requests.length > kubeAsked) cluster = performance.now() - begin;
    await wait(1);
  }
  const seconds = performance.now() - begin;
  const found = { seconds, cluster, cpu: cpuOf(child.pid ?? 0), resident: residentOf(child.pid ?? 0) };
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  // The next one would wait until it has expired.
  kube.objects.delete(LEASES, 'argocd', 'lynceus');
  return found;
}

function launch({ folder, program, argv }: Place, env: Readonly<Record<string, string>>) {
  return spawn(process.execPath, [...CONTAINER_FLAGS, program, ...argv], {
    env: { PATH: process.env['PATH'], HOME: folder, UV_THREADPOOL_SIZE: '32', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function print(starts: readonly Start[]): void {
  console.log('until the first request            median    best   worst');
  const row = (name: string, values: readonly number[]): void => {
    const sorted = values.toSorted((a, b) => a - b);
    const cells = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)];
    console.log([name.padEnd(32), ...cells.map((cell) => (cell ?? 0).toFixed(0).padStart(7))].join(' '));
  };
  row(
    'to the API server, ms',
    starts.map(({ cluster }) => cluster),
  );
  row(
    'to a registry, ms',
    starts.map(({ seconds }) => seconds),
  );
  row(
    'to a registry, CPU ms',
    starts.map(({ cpu }) => cpu),
  );
  row(
    'to a registry, MiB resident',
    starts.map(({ resident }) => resident),
  );
}

/** Which files of the build were loaded: one more start, which writes what V8 knows of each. */
async function printLoaded(place: Place): Promise<void> {
  const asked = place.registry.seen.length;
  const folder = join(place.folder, 'coverage');
  const child = launch(place, { NODE_V8_COVERAGE: folder });
  while (place.registry.seen.length === asked) await wait(1);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  const loaded = readdirSync(folder).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      readonly result: readonly { readonly url: string }[];
    };
    return result.flatMap(({ url }) => (url.startsWith('file:') ? [fileURLToPath(url)] : []));
  });
  const bytes = loaded.map((path) => statSync(path).size);
  const sum = bytes.reduce((a, b) => a + b, 0);
  console.log(`files of the build that were loaded: ${loaded.length}, ${(sum / 1024).toFixed(0)} KiB`);
  for (const path of loaded.toSorted((a, b) => statSync(b).size - statSync(a).size))
    console.log(
      `  ${(statSync(path).size / 1024).toFixed(0).padStart(6)} KiB  ${path.slice(place.program.lastIndexOf('/') + 1)}`,
    );
}
