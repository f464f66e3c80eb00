import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { beforeAll, describe, test, type ExpectStatic } from 'vitest';
import { APPLICATIONS, CONFIG_MAPS, type KubeObject } from '../../src/kube/kube-client.ts';
import { RESULTS_CONFIG_MAP } from '../../src/kube/permissions.ts';
import { builtProgram, start as startProgram, type Running } from '../cli/built-program.ts';
import { createArgoCd } from '../helpers/argo-cd.ts';
import { startDockerRegistry } from '../helpers/docker-registry.ts';
import { applicationManifest, createFlowWorld, REAL_CLOCK } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, headOf, logOf, readAt } from '../helpers/git-world.ts';
import { startKubeStandIn, type KubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';
import { createShiftedClock, type ShiftedClock } from '../helpers/shifted-clock.ts';

const VALUES = 'image:\n  tag: 1.0.0   # ours\n';
const MINUTE = 60_000;
const PATIENCE = { timeout: 40_000, interval: 50 };
const NAMES = ['shop', 'blog'] as const;

/** What a check asks of the Applications: `shop` never works. */
interface Service {
  readonly url: string;
  /** Called with the number of each measurement of `shop`, before it is answered. */
  onMeasured: (number: number) => void;
  close(): Promise<void>;
}

async function startService(): Promise<Service> {
  let measured = 0;
  const server: Server = createServer((request, response) => {
    const isBroken = request.url === '/shop';
    if (isBroken) service.onMeasured((measured += 1));
    response.writeHead(isBroken ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: Service = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onMeasured: () => undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return service;
}

interface Story {
  readonly kube: KubeStandIn;
  readonly http: GitHttpServer;
  readonly service: Service;
  readonly time: ShiftedClock;
  readonly remote: string;
  start(): Running;
  /** Argo CD deploys what Git has now, and everything becomes healthy. */
  deploy(): void;
  versions(): readonly (string | undefined)[];
  rollbacks(): number;
}

// Each waits for what processes do: all of them at once.
describe.concurrent('a process that is killed while it watches what it wrote', () => {
  const { root, remove } = createGitRoot();
  let program: string;

  beforeAll(async () => {
    program = await builtProgram();
    return remove;
  });

  async function begin(name: string, onTestFinished: (clean: () => Promise<void>) => void): Promise<Story> {
    const [kube, registry, http, service] = await Promise.all([
      startKubeStandIn(),
      startDockerRegistry(),
      startGitHttpServer({ root }),
      startService(),
    ]);
    const world = createFlowWorld(REAL_CLOCK);
    const started: Running[] = [];
    onTestFinished(async () => {
      for (const { process } of started) if (process.exitCode === null) process.kill('SIGKILL');
      await Promise.all([kube.stop(), registry.stop(), http.stop(), service.close()]);
      world.remove();
    });
    const clockFolder = join(world.folder, 'clock');
    mkdirSync(clockFolder);
    const time = createShiftedClock(clockFolder);
    const argoCd = createArgoCd(kube, time);
    const remote = createRemote(
      root,
      `${name}.git`,
      Object.fromEntries(NAMES.map((one) => [`${one}/values.yaml`, VALUES])),
    );
    for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
    for (const one of NAMES) kube.objects.put(APPLICATIONS, application(`${http.url}/${name}.git`, one));
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    const config = writeConfig(world.folder, { registryUrl: registry.url, serviceUrl: service.url });
    const deploy = (): void => {
      for (const one of NAMES) argoCd.sync(one, headOf(remote, 'main') ?? '');
      kube.watches.sendBookmarks();
    };
    deploy();
    return {
      kube,
      http,
      service,
      time,
      remote,
      deploy,
      start() {
        const argv = ['run', '--config', config, '--kubeconfig', kubeconfig, '--interval', '1s'];
        const flags = ['--leader-election', 'false'];
        const running = startProgram(program, [...argv, ...flags], { HOME: world.folder, ...time.env });
        started.push(running);
        return running;
      },
      versions: () =>
        NAMES.map((one) => readAt(remote, 'main', `${one}/values.yaml`)?.match(/tag: (\S+)/)?.[1]),
      rollbacks: () =>
        logOf(remote, 'main').filter(({ message }) => message.includes('Lynceus-Rollback:')).length,
    };
  }

  /** Until it is so, minutes pass: what is watched needs its time. */
  async function pass(story: Story, isSo: () => boolean, expect: ExpectStatic): Promise<void> {
    await expect
      .poll(() => {
        story.time.advance(10_000);
        story.kube.watches.sendBookmarks();
        return isSo();
      }, PATIENCE)
      .toBe(true);
  }

  interface Step {
    readonly name: string;
    /** Calls `kill` when it is time. */
    readonly plan: (story: Story, kill: () => void) => void;
  }

  const STEPS: readonly Step[] = [
    {
      name: 'at its first measurement',
      plan: ({ service }, kill) => (service.onMeasured = (n) => n === 1 && kill()),
    },
    {
      name: 'at the measurement that decides',
      plan: ({ service }, kill) => (service.onMeasured = (n) => n === 3 && kill()),
    },
    {
      name: 'at the push of the rollback',
      plan: ({ http, service }, kill) => {
        service.onMeasured = (n) => {
          if (n === 3) http.inject('receive-pack', { do: 'call', call: kill });
        };
      },
    },
    {
      name: 'when the end is to be kept',
      plan: ({ kube, service }, kill) => {
        service.onMeasured = (n) => {
          if (n !== 3) return;
          for (const verb of ['create', 'update'] as const)
            kube.inject({ match: { resource: 'configmaps', verb }, fault: { kind: 'before', run: kill } });
        };
      },
    },
  ];

  for (const [index, { name, plan }] of STEPS.entries()) {
    test(`${name} leaves it to the next one to take it back, once`, async ({ expect, onTestFinished }) => {
      const story = await begin(`killed-${index}`, onTestFinished);
      let isKilled = false;
      plan(story, () => {
        isKilled = true;
        first.process.kill('SIGKILL');
      });
      const first = story.start();
      await expect.poll(story.versions, PATIENCE).toEqual(['1.1.0', '1.1.0']);
      story.deploy();
      await pass(story, () => isKilled, expect);

      story.start();
      await pass(story, () => story.rollbacks() > 0, expect);
      story.deploy();
      await pass(story, () => kept(story.kube).includes('verified'), expect);
      const end = story.time.now() + 10 * MINUTE;
      await pass(story, () => story.time.now() > end, expect);

      expect(story.versions()).toEqual(['1.0.0', '1.1.0']);
      expect(readAt(story.remote, 'main', 'shop/values.yaml')).toBe(VALUES);
      expect(story.rollbacks()).toBe(1);
      expect(logOf(story.remote, 'main')).toHaveLength(4);
    });
  }
});

/** What is kept of ends. */
function kept(kube: KubeStandIn): string {
  return JSON.stringify(kube.objects.get(CONFIG_MAPS, 'argocd', RESULTS_CONFIG_MAP) ?? {});
}

function application(repoURL: string, name: string): KubeObject {
  const manifest = applicationManifest({
    name,
    repoURL,
    path: name,
    source: { helm: {} },
    annotations: {
      'image-list': 'api=registry.test/acme/api:^1',
      'write-back-method': 'git',
      'write-back-target': 'helmvalues',
      verify: 'answers',
      'on-failure': 'rollback',
    },
  });
  return { ...manifest, spec: { ...(manifest['spec'] as object), syncPolicy: { automated: {} } } };
}

function writeConfig(
  folder: string,
  { registryUrl, serviceUrl }: { readonly registryUrl: string; readonly serviceUrl: string },
): string {
  const registries = join(folder, 'registries.conf');
  const config = join(folder, 'lynceus.yaml');
  writeFileSync(
    registries,
    stringify({ registries: [{ name: 'test', prefix: 'registry.test', api_url: registryUrl }] }),
  );
  const settings = {
    git: { cacheDirectory: join(folder, 'clones') },
    registriesFile: registries,
    server: { healthPort: 0, metricsPort: 0 },
    verification: {
      healthyFor: '1m',
      checks: [
        {
          name: 'answers',
          delay: '30s',
          interval: '30s',
          count: 4,
          failureLimit: 2,
          http: { url: `${serviceUrl}/{{application}}` },
        },
      ],
    },
  };
  writeFileSync(config, stringify(settings));
  return config;
}
