import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { beforeAll, describe, test } from 'vitest';
import { startDaemon } from '../../src/app/compose-daemon.ts';
import type { Config } from '../../src/config/config.ts';
import { APPLICATIONS, LEASES, type KubeObject } from '../../src/kube/kube-client.ts';
import { builtProgram, start as startProgram, type Running } from '../cli/built-program.ts';
import { startDockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  applicationManifest,
  aRegistryConfig,
  createFlowWorld,
  inCluster,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, logOf, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';

/** A cluster, a registry, a remote and the processes that a test starts; nothing is shared with the other tests. */
interface Life {
  readonly kube: KubeStandIn;
  readonly http: GitHttpServer;
  readonly world: FlowWorld;
  readonly remote: string;
  application(name: string): KubeObject;
  settings(): Partial<Config>;
  /** A process of its own, as a pod runs it. */
  start(name: string): Running;
  holder(): unknown;
}

const VALUES = 'image:\n  tag: 1.0.0\n';

/** Longer than anything here takes on a machine that does something else, too. */
const PATIENCE = { timeout: 50_000, interval: 100 };

// Most of their time these tests wait, for a schedule or a lease to run out: all of them at once.
describe.concurrent('the life of a daemon in a cluster', () => {
  const { root, remove } = createGitRoot();
  let program: string;

  beforeAll(async () => {
    program = await builtProgram();
    return remove;
  });

  async function begin(name: string, onTestFinished: (clean: () => Promise<void>) => void): Promise<Life> {
    const [kube, registry, http] = await Promise.all([
      startKubeStandIn(),
      startDockerRegistry(),
      startGitHttpServer({ root }),
    ]);
    const world = createFlowWorld(REAL_CLOCK);
    const started: Running[] = [];
    onTestFinished(async () => {
      for (const { process } of started) if (process.exitCode === null) process.kill('SIGKILL');
      await Promise.all([kube.stop(), registry.stop(), http.stop()]);
      world.remove();
    });
    const remote = createRemote(root, `${name}.git`, {
      'shop/values.yaml': VALUES,
      'late/values.yaml': VALUES,
    });
    for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });

    return {
      kube,
      http,
      world,
      remote,
      application: (app) => applicationAt(`${http.url}/${name}.git`, app),
      settings: () => ({
        ...inCluster(kubeconfig),
        registries: [aRegistryConfig(registry.url, 'registry.test')],
      }),
      start(pod) {
        const config = writeConfig({ folder: world.folder, name: pod, registryUrl: registry.url });
        const argv = ['run', '--config', config, '--kubeconfig', kubeconfig, '--interval', '1s'];
        const running = startProgram(program, argv, { HOME: world.folder, LYNCEUS_LEASE_DURATION: '3s' });
        started.push(running);
        return running;
      },
      holder() {
        const [lease] = kube.objects.list(LEASES, 'argocd');
        return (lease?.['spec'] as { readonly holderIdentity?: unknown } | undefined)?.holderIdentity;
      },
    };
  }

  test('an added Application is looked at within seconds, long before the schedule', async ({
    expect,
    onTestFinished,
  }) => {
    const { kube, world, remote, application, settings } = await begin('added', onTestFinished);
    kube.objects.put(APPLICATIONS, application('shop'));
    const lynceus = world.compose(settings());
    const config = {
      ...aConfig(world.folder, settings()),
      schedule: { kind: 'interval', every: 3_600_000 } as const,
    };
    const daemon = await startDaemon(lynceus, config, { env: {}, clock: REAL_CLOCK, log: world.log });
    await expect.poll(() => readAt(remote, 'main', 'shop/values.yaml'), PATIENCE).toContain('1.1.0');

    kube.objects.put(APPLICATIONS, application('late'));
    await expect.poll(() => readAt(remote, 'main', 'late/values.yaml'), PATIENCE).toContain('1.1.0');
    await daemon.stop();
    await lynceus.close();

    expect(logOf(remote, 'main')).toHaveLength(3);
  });

  test('a leader that is killed in mid-push is followed by its standby, and nothing is lost or done twice', async ({
    expect,
    onTestFinished,
  }) => {
    const { kube, http, remote, application, start, holder } = await begin('killed', onTestFinished);
    kube.objects.put(APPLICATIONS, application('shop'));
    const killed = new Promise<void>((resolve) => {
      http.inject('receive-pack', {
        do: 'call',
        call: () => {
          first.process.kill('SIGKILL');
          resolve();
        },
      });
    });
    const first = start('first');
    await expect.poll(holder, PATIENCE).toBeTruthy();
    const before = holder();
    start('second');
    await killed;

    await expect.poll(holder, PATIENCE).not.toBe(before);
    await expect.poll(() => readAt(remote, 'main', 'shop/values.yaml'), PATIENCE).toContain('1.1.0');

    expect(logOf(remote, 'main')).toHaveLength(2);
  });

  test('a leader that is asked to stop ends with 0 and gives the lead away at once', async ({
    expect,
    onTestFinished,
  }) => {
    const { start, holder } = await begin('stopped', onTestFinished);
    const only = start('only');
    await expect.poll(holder, PATIENCE).toBeTruthy();

    only.process.kill('SIGTERM');
    const { code } = await only.ended;

    expect(code).toBe(0);
    expect(holder() ?? '').toBe('');
  });

  test('with the API server down at the start it waits, and works as soon as it is up', async ({
    expect,
    onTestFinished,
  }) => {
    const { kube, remote, application, start } = await begin('patient', onTestFinished);
    kube.objects.put(APPLICATIONS, application('shop'));
    await kube.down();
    const patient = start('patient');
    let said = '';
    patient.process.stdout?.on('data', (text: string) => (said += text));
    await expect.poll(() => said, PATIENCE).toMatch(/cannot|unreachable|refused/);

    await kube.up();

    await expect.poll(() => readAt(remote, 'main', 'shop/values.yaml'), PATIENCE).toContain('1.1.0');
    expect(patient.process.exitCode).toBeNull();
  });
});

function applicationAt(repoURL: string, name: string): KubeObject {
  const annotations = {
    'image-list': 'api=registry.test/acme/api:^1',
    'write-back-method': 'git',
    'write-back-target': 'helmvalues',
  };
  return applicationManifest({ name, annotations, repoURL, path: name, source: { helm: {} } });
}

interface Pod {
  readonly folder: string;
  readonly name: string;
  readonly registryUrl: string;
}

function writeConfig({ folder, name, registryUrl }: Pod): string {
  const registries = join(folder, 'registries.conf');
  const config = join(folder, `${name}.yaml`);
  writeFileSync(
    registries,
    `registries:\n- name: test\n  prefix: registry.test\n  api_url: ${registryUrl}\n`,
  );
  writeFileSync(
    config,
    `git: { cacheDirectory: ${join(folder, name)} }\nregistriesFile: ${registries}\nserver: { healthPort: 0, metricsPort: 0 }\n`,
  );
  return config;
}
