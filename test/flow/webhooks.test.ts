import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startDaemon } from '../../src/app/compose-daemon.ts';
import type { Config } from '../../src/config/config.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  aRegistryConfig,
  createFlowWorld,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };
const VALUES = 'image:\n  tag: 1.0.0\n';
const ENV = {
  DOCKER_WEBHOOK_SECRET: 'knock',
  DISTRIBUTION_WEBHOOK_SECRET: 'knock',
  GITHUB_WEBHOOK_SECRET: 'knock',
};

interface Listening {
  readonly world: FlowWorld;
  /** Cycles that have ended, each with what it was about. */
  cycles(): readonly Record<string, unknown>[];
  send(query: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

describe('webhooks', () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    return async () => {
      await registry.stop();
      remove();
    };
  });

  /** Applications in files, a daemon with a schedule that is not due, and its server for webhooks. */
  async function listen(
    apps: Readonly<Record<string, string>>,
    changes: Partial<Config['webhooks']> = {},
  ): Promise<Listening & { readonly remote: string }> {
    const world = createFlowWorld(REAL_CLOCK);
    const name = `${Object.keys(apps).join('-')}.git`;
    const files = Object.fromEntries(Object.keys(apps).map((app) => [`${app}/values.yaml`, VALUES]));
    const remote = createRemote(root, name, files);
    for (const [app, image] of Object.entries(apps))
      world.addApplication({
        name: app,
        annotations: {
          'image-list': `api=${image}:^1`,
          'write-back-method': 'git',
          'write-back-target': 'helmvalues',
        },
        repoURL: `file://${remote}`,
        path: app,
        source: { helm: {} },
      });
    const settings: Partial<Config> = {
      registries: [
        aRegistryConfig(registry.url, 'registry.test'),
        aRegistryConfig('https://registry-1.docker.io', 'docker.io', { mirror: registry.url }),
        aRegistryConfig(registry.url, new URL(registry.url).host),
      ],
      schedule: { kind: 'interval', every: 3_600_000 },
    };
    const base = aConfig(world.folder, settings);
    const config = {
      ...base,
      webhooks: { ...base.webhooks, enabled: true, port: 0, tls: false, ...changes },
    };
    const lynceus = world.compose(settings, ENV);
    const daemon = await startDaemon(lynceus, config, { env: ENV, clock: REAL_CLOCK, log: world.log });
    const lines = () => world.logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    const port = lines().find(({ msg }) => msg === 'listening for webhooks')?.['port'];
    const cycles = () => lines().filter(({ msg }) => String(msg).startsWith('Processing results'));
    const stop = async () => {
      await daemon.stop();
      await lynceus.close();
      world.remove();
    };
    onTestFinished(stop);
    await expect.poll(() => cycles().length, PATIENCE).toBe(1);
    return {
      world,
      remote,
      cycles,
      stop,
      send: (query, body, headers = {}) =>
        fetch(`http://127.0.0.1:${String(port)}/webhook?${query}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }),
    };
  }

  test('a push is written at once, and nothing else is looked at', async () => {
    await pushImage(registry.url, 'quick/api', '1.0.0');
    await pushImage(registry.url, 'quick/other', '1.0.0');
    const { send, remote, cycles } = await listen({
      quick: 'registry.test/quick/api',
      other: 'registry.test/quick/other',
    });
    await pushImage(registry.url, 'quick/api', '1.1.0');
    await pushImage(registry.url, 'quick/other', '1.1.0');
    const answer = await send('type=distribution', notification(registry.url, 'quick/api', '1.1.0'), {
      authorization: 'knock',
    });
    expect([answer.status, await answer.text()]).toEqual([200, 'Webhook received and processing']);
    await expect.poll(() => readAt(remote, 'main', 'quick/values.yaml'), PATIENCE).toContain('1.1.0');
    await expect.poll(() => cycles().length, PATIENCE).toBe(2);
    expect(readAt(remote, 'main', 'other/values.yaml')).toContain('1.0.0');
  });
});

function notification(url: string, repository: string, tag: string): unknown {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const target = { mediaType, repository, tag, url: `${url}/v2/${repository}/manifests/sha256:0` };
  return { events: [{ action: 'push', target, request: { host: new URL(url).host } }] };
}
