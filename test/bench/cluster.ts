/**
 * What the built program takes with many Applications in a cluster: memory, the first cycle, and a cycle in which nothing is
 * to do. Applications have a status as Argo CD writes it, with 30 resources each. Run `npm run build` before.
 *
 *   npm run bench -- cluster                 5,000 Applications of 100 image repositories in one remote, 100 ImageUpdater
 *                                            resources, with the flags of the container
 *   npm run bench -- cluster 500 3 0 FILE    another number, of quiet cycles, of resources, another build
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { APPLICATIONS, IMAGE_UPDATERS } from '../../src/kube/kube-client.ts';
import { applicationManifest } from '../helpers/flow-world.ts';
import { startGitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { startStandIn } from '../helpers/registry-stand-in.ts';
import { CONTAINER_FLAGS, cpuOf, PROGRAM } from './program.ts';

const REPOSITORIES = 100;
const RESOURCES = 30;

export async function bench([
  size = '5000',
  cycles = '5',
  updaters = '100',
  program = PROGRAM,
]: readonly string[]): Promise<void> {
  const { root, remove } = createGitRoot();
  const kube = await startKubeStandIn();
  const http = await startGitHttpServer({ root });
  const registry = await startStandIn(() => ({
    status: 200,
    body: JSON.stringify({ tags: ['1.0.0', '0.9.0'] }),
  }));
  fill(kube, { size: Number(size), repoURL: `${http.url}/fleet.git` });
  for (let index = 0; index < Number(updaters); index += 1) addUpdater(kube, index);
  const files = Array.from(
    { length: Number(size) },
    (_, index) => [`apps/${index}/values.yaml`, VALUES] as const,
  );
  createRemote(root, 'fleet.git', Object.fromEntries(files));
  const config = join(root, 'lynceus.yaml');
  writeFileSync(
    config,
    [
      `registries: [{ name: local, prefix: registry.test, apiUrl: '${registry.url}', limit: 10000 }]`,
      'schedule: { interval: 1s }',
      'limits: { remoteTime: 10m, cycleTime: 20m }',
      `git: { cacheDirectory: ${join(root, 'cache')} }`,
      'server: { healthPort: 0, metricsPort: 0 }',
    ].join('\n'),
  );
  const kubeconfig = kube.kubeconfig(join(root, 'kubeconfig'), { namespace: 'argocd' });
  const child = spawn(
    process.execPath,
    [
      ...CONTAINER_FLAGS,
      program,
      'run',
      '--config',
      config,
      '--kubeconfig',
      kubeconfig,
      '--logformat',
      'json',
    ],
    {
      env: {
        PATH: process.env['PATH'],
        HOME: root,
        UV_THREADPOOL_SIZE: '32',
        NODE_OPTIONS: process.env['BENCH_NODE_OPTIONS'],
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  console.log('cycle    seconds  CPU seconds  MiB resident  most MiB  registry requests  fetches  images');
  let done = 0;
  let before = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('Processing results')) continue;
    const cycle = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const cpu = cpuOf(child.pid ?? 0) / 1000;
    print(done === 0 ? 'first' : 'quiet', { cycle, cpu: cpu - before, pid: child.pid ?? 0 });
    before = cpu;
    done += 1;
    if (done > Number(cycles)) break;
  }
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  await Promise.all([kube.stop(), http.stop(), registry.stop()]);
  remove();
}

const VALUES = 'image:\n  tag: 1.0.0\n';

function fill(
  kube: KubeStandIn,
  { size, repoURL }: { readonly size: number; readonly repoURL: string },
): void {
  for (let index = 0; index < size; index += 1) {
    const name = `app-${index}`;
    const image = `registry.test/fleet/${index % REPOSITORIES}`;
    const manifest = applicationManifest({
      name,
      repoURL,
      path: `apps/${index}`,
      images: [`${image}:1.0.0`],
      annotations: {
        'image-list': `a=${image}:^1`,
        'write-back-method': 'git',
        'write-back-target': 'helmvalues',
      },
    });
    const { status } = manifest as { readonly status?: Readonly<Record<string, unknown>> };
    const { source } = manifest['spec'] as { readonly source: unknown };
    kube.objects.put(APPLICATIONS, { ...manifest, status: { ...status, ...aStatus(name, source) } });
  }
}

/** One for the Applications whose number ends with its own. */
function addUpdater(kube: KubeStandIn, index: number): void {
  kube.objects.put(IMAGE_UPDATERS, {
    apiVersion: 'argocd-image-updater.argoproj.io/v1alpha1',
    kind: 'ImageUpdater',
    metadata: { name: `images-${index}`, namespace: 'argocd' },
    spec: {
      applicationRefs: [
        { namePattern: `app-*${String(index).padStart(2, '0')}`, useAnnotations: true },
        // Those with fewer digits.
        ...(index < 10 ? [{ namePattern: `app-${index}`, useAnnotations: true }] : []),
      ],
    },
  });
}

/** The parts that make most of an Application. */
function aStatus(name: string, source: unknown): Readonly<Record<string, unknown>> {
  const resources = Array.from({ length: RESOURCES }, (_, index) => ({
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    namespace: 'shop',
    name: `${name}-part-${index}`,
    status: 'Synced',
    health: { status: 'Healthy' },
  }));
  return {
    resources,
    history: Array.from({ length: 10 }, (_, id) => ({
      id,
      revision: 'a'.repeat(40),
      deployedAt: '2026-01-01T00:00:00Z',
      source,
    })),
    operationState: {
      phase: 'Succeeded',
      finishedAt: '2026-01-01T00:00:00Z',
      operation: { sync: { revision: 'a'.repeat(40) } },
      syncResult: { resources, revision: 'a'.repeat(40), source },
    },
    sync: { status: 'Synced', revision: 'a'.repeat(40), comparedTo: { source } },
    health: { status: 'Healthy', lastTransitionTime: '2026-01-01T00:00:00Z' },
  };
}

interface Measured {
  readonly cycle: Readonly<Record<string, unknown>>;
  readonly cpu: number;
  readonly pid: number;
}

function print(name: string, { cycle, cpu, pid }: Measured): void {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (key: string): string => {
    const [, kibibytes = '0'] = new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status) ?? [];
    return (Number(kibibytes) / 1024).toFixed(0);
  };
  console.log(
    [
      name.padEnd(7),
      Number(cycle['seconds']).toFixed(2).padStart(8),
      cpu.toFixed(2).padStart(12),
      mebibytes('VmRSS').padStart(13),
      mebibytes('VmHWM').padStart(9),
      String(cycle['registry_requests']).padStart(18),
      String(cycle['git_fetches']).padStart(8),
      `${JSON.stringify(cycle['msg'] ?? cycle['message'])}`,
    ].join(' '),
  );
}
