import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDaemon } from '../../src/app/compose-daemon.ts';
import { APPLICATIONS, LEASES, type KubeObject } from '../../src/kube/kube-client.ts';
import { buildProgram } from '../cli/built-program.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
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

const PREFIX = 'argocd-image-updater.argoproj.io/';

describe('the life of a daemon in a cluster', () => {
  const { root, remove } = createGitRoot();
  const children: ChildProcess[] = [];
  let kube: KubeStandIn;
  let registry: DockerRegistry;
  let http: GitHttpServer;
  let world: FlowWorld;
  let remote: string;
  let program: string;

  beforeAll(async () => {
    const built = await buildProgram();
    program = built.script;
    return () => {
      built.remove();
      remove();
    };
  });

  beforeEach(async () => {
    [kube, registry, http] = await Promise.all([
      startKubeStandIn(),
      startDockerRegistry(),
      startGitHttpServer({ root }),
    ]);
    world = createFlowWorld(REAL_CLOCK);
    remote = createRemote(root, `life-${children.length}-${Date.now()}.git`, {
      'shop/values.yaml': 'image:\n  tag: 1.0.0\n',
      'late/values.yaml': 'image:\n  tag: 1.0.0\n',
    });
    for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
  });

  afterEach(async () => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    await Promise.all([kube.stop(), registry.stop(), http.stop()]);
    world.remove();
  });

  function application(name: string): KubeObject {
    const annotations = {
      'image-list': 'api=registry.test/acme/api:^1',
      'write-back-method': 'git',
      'write-back-target': 'helmvalues',
    };
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        name,
        namespace: 'argocd',
        annotations: Object.fromEntries(
          Object.entries(annotations).map(([key, value]) => [PREFIX + key, value]),
        ),
      },
      spec: {
        project: 'default',
        source: {
          repoURL: `${http.url}/${remote.split('/').at(-1)}`,
          path: name,
          targetRevision: 'main',
          helm: {},
        },
      },
    };
  }

  function settings() {
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    return { ...inCluster(kubeconfig), registries: [aRegistryConfig(registry.url, 'registry.test')] };
  }

  /** A process of its own, as a pod runs it. */
  function start(name: string): ChildProcess {
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    const registries = join(world.folder, 'registries.conf');
    const config = join(world.folder, `${name}.yaml`);
    writeFileSync(
      registries,
      `registries:\n- name: test\n  prefix: registry.test\n  api_url: ${registry.url}\n`,
    );
    writeFileSync(
      config,
      `git: { cacheDirectory: ${join(world.folder, name)} }\nregistriesFile: ${registries}\nserver: { healthPort: 0, metricsPort: 0 }\n`,
    );
    const child = spawn(
      process.execPath,
      [program, 'run', '--config', config, '--kubeconfig', kubeconfig, '--interval', '1s'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'] ?? '', HOME: world.folder, LYNCEUS_LEASE_DURATION: '3s' },
      },
    );
    children.push(child);
    return child;
  }

  function holder(): unknown {
    const [lease] = kube.objects.list(LEASES, 'argocd');
    return (lease?.['spec'] as { readonly holderIdentity?: unknown } | undefined)?.holderIdentity;
  }

  test('an added Application is looked at within seconds, long before the schedule', async () => {
    kube.objects.put(APPLICATIONS, application('shop'));
    const lynceus = world.compose(settings());
    const config = {
      ...aConfig(world.folder, settings()),
      schedule: { kind: 'interval', every: 3_600_000 } as const,
    };
    const daemon = await startDaemon(lynceus, config, { env: {}, clock: REAL_CLOCK, log: world.log });
    await expect
      .poll(() => readAt(remote, 'main', 'shop/values.yaml'), { timeout: 10_000 })
      .toContain('1.1.0');

    kube.objects.put(APPLICATIONS, application('late'));
    await expect
      .poll(() => readAt(remote, 'main', 'late/values.yaml'), { timeout: 10_000 })
      .toContain('1.1.0');
    await daemon.stop();
    await lynceus.close();

    expect(logOf(remote, 'main')).toHaveLength(3);
  });

  test(
    'a leader that is killed in mid-push is followed by its standby, and nothing is lost or done twice',
    { timeout: 60_000 },
    async () => {
      kube.objects.put(APPLICATIONS, application('shop'));
      const killed = new Promise<void>((resolve) => {
        http.inject('receive-pack', {
          do: 'call',
          call: () => {
            first.kill('SIGKILL');
            resolve();
          },
        });
      });
      const first = start('first');
      await expect.poll(holder, { timeout: 10_000 }).toBeTruthy();
      const before = holder();
      start('second');
      await killed;
      const at = Date.now();

      await expect.poll(holder, { timeout: 20_000, interval: 100 }).not.toBe(before);
      const handedOver = Date.now() - at;
      await expect
        .poll(() => readAt(remote, 'main', 'shop/values.yaml'), { timeout: 15_000 })
        .toContain('1.1.0');

      expect(handedOver).toBeLessThan(8_000);
      expect(logOf(remote, 'main')).toHaveLength(2);
    },
  );

  test('a leader that is asked to stop ends with 0 and gives the lead away at once', async () => {
    const only = start('only');
    await expect.poll(holder, { timeout: 10_000 }).toBeTruthy();

    only.kill('SIGTERM');
    const [code] = (await once(only, 'exit')) as [number | null];

    expect(code).toBe(0);
    expect(holder() ?? '').toBe('');
  });

  test('with the API server down at the start it waits, and works as soon as it is up', async () => {
    kube.objects.put(APPLICATIONS, application('shop'));
    await kube.down();
    const patient = start('patient');
    let said = '';
    patient.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await expect.poll(() => said, { timeout: 10_000 }).toMatch(/cannot|unreachable|refused/);

    await kube.up();

    await expect
      .poll(() => readAt(remote, 'main', 'shop/values.yaml'), { timeout: 20_000 })
      .toContain('1.1.0');
    expect(patient.exitCode).toBeNull();
  });
});
