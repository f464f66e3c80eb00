import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startDaemon } from '../../src/app/compose-daemon.ts';
import type { Config } from '../../src/config/config.ts';
import { APPLICATIONS, LEASES } from '../../src/kube/kube-client.ts';
import { builtProgram, start, type Running } from '../cli/built-program.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import {
  aConfig,
  applicationManifest,
  aRegistryConfig,
  createFlowWorld,
  REAL_CLOCK,
  type FlowWorld,
} from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, headOf, logOf, readAt, revertHead } from '../helpers/git-world.ts';
import { startKubeStandIn } from '../helpers/kube-stand-in/kube-stand-in.ts';
import { pushImage } from '../helpers/push-image.ts';

const PATIENCE = { timeout: 30_000, interval: 20 };
const VALUES = 'image:\n  tag: 1.0.0\n';
const SECRET = 'knock-knock';
const ENV = {
  DOCKER_WEBHOOK_SECRET: SECRET,
  DISTRIBUTION_WEBHOOK_SECRET: SECRET,
  GITHUB_WEBHOOK_SECRET: SECRET,
};

type Line = Readonly<Record<string, unknown>>;

interface Listening {
  readonly world: FlowWorld;
  readonly remote: string;
  readonly url: string;
  /** The numbers of each cycle that has ended. */
  cycles(): readonly string[];
  lines(): readonly Line[];
  send(query: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  tag(app: string): string | undefined;
}

/** Applications by name, with the image of each. */
type Apps = Readonly<Record<string, string>>;

function annotationsFor(image: string): Readonly<Record<string, string>> {
  return {
    'image-list': `api=${image}:^1`,
    'api.interval': '12h',
    'write-back-method': 'git',
    'write-back-target': 'helmvalues',
  };
}

describe('webhooks', () => {
  const { root, remove } = createGitRoot();
  let registry: DockerRegistry;
  let http: GitHttpServer;

  beforeAll(async () => {
    [registry, http] = await Promise.all([startDockerRegistry(), startGitHttpServer({ root })]);
    return async () => {
      await Promise.all([registry.stop(), http.stop()]);
      remove();
    };
  });

  /** A daemon whose schedule is not due again for an hour, and its server for webhooks. */
  async function listen(apps: Apps): Promise<Listening> {
    const world = createFlowWorld(REAL_CLOCK);
    const names = Object.keys(apps);
    const path = `${names.join('-')}.git`;
    const remote = createRemote(
      root,
      path,
      Object.fromEntries(names.map((app) => [`${app}/values.yaml`, VALUES])),
    );
    const url = `${http.url}/${path}`;
    for (const [name, image] of Object.entries(apps)) {
      world.addApplication({
        name,
        annotations: annotationsFor(image),
        repoURL: url,
        path: name,
        source: { helm: {} },
      });
      await pushImage(registry.url, pathOf(image), '1.0.0');
    }
    const settings: Partial<Config> = {
      registries: [
        aRegistryConfig(registry.url, 'registry.test'),
        aRegistryConfig('https://registry-1.docker.io', 'docker.io', { mirror: registry.url }),
        aRegistryConfig(registry.url, new URL(registry.url).host),
      ],
      schedule: { kind: 'interval', every: 3_600_000 },
    };
    const base = aConfig(world.folder, settings);
    const config = { ...base, webhooks: { ...base.webhooks, enabled: true, port: 0, tls: false } };
    const lynceus = world.compose(settings, ENV);
    const daemon = await startDaemon(lynceus, config, { env: ENV, clock: REAL_CLOCK, log: world.log });
    onTestFinished(async () => {
      await daemon.stop();
      await lynceus.close();
      world.remove();
    });
    const lines = () => world.logged.map((line) => JSON.parse(line) as Line);
    const port = lines().find(({ msg }) => msg === 'listening for webhooks')?.['port'];
    const cycles = () =>
      lines().flatMap(({ msg }) => {
        const [, numbers] = /^Processing results: (.*) images_skipped/.exec(String(msg)) ?? [];
        return numbers === undefined ? [] : [numbers];
      });
    await expect.poll(() => cycles().length, PATIENCE).toBe(1);
    return {
      world,
      remote,
      url,
      lines,
      cycles,
      tag: (app) => /tag: (\S+)/.exec(readAt(remote, 'main', `${app}/values.yaml`) ?? '')?.[1],
      send: (query, body, headers = {}) =>
        post(`http://127.0.0.1:${String(port)}/webhook?${query}`, body, headers),
    };
  }

  const hub = (repo_name: string) => ({ repository: { repo_name }, push_data: { tag: '9.9.9' } });
  const HUB = `type=docker.io&secret=${SECRET}`;

  test('write what was pushed at once, whatever its interval, and look at nothing else', async () => {
    const { send, tag, cycles } = await listen({
      quick: 'registry.test/quick/api',
      other: 'registry.test/quick/other',
    });
    for (const name of ['api', 'other']) await pushImage(registry.url, `quick/${name}`, '1.1.0');

    const answer = await send('type=distribution', notification(registry.url, 'quick/api'), {
      authorization: SECRET,
    });

    expect([answer.status, answer.text]).toEqual([200, 'Webhook received and processing']);
    await expect.poll(() => tag('quick'), PATIENCE).toBe('1.1.0');
    await expect
      .poll(cycles, PATIENCE)
      .toEqual(['applications=2 images_considered=2', 'applications=1 images_considered=1']);
    expect(tag('other')).toBe('1.0.0');
  });

  test('find an official image of Docker Hub that is looked up at a mirror, and take no version from a payload', async () => {
    const { send, tag } = await listen({ hub: 'docker.io/library/hub-image', short: 'short-image' });
    for (const name of ['hub', 'short']) await pushImage(registry.url, `library/${name}-image`, '1.2.0');

    await send(HUB, hub('library/hub-image'));
    await send(HUB, hub('library/short-image'));

    await expect.poll(() => [tag('hub'), tag('short')], PATIENCE).toEqual(['1.2.0', '1.2.0']);
  });

  test('a flood of 1,000 starts two cycles at most, and a replay writes nothing', async () => {
    const { send, tag, cycles, remote } = await listen({
      flood: 'docker.io/flood/api',
      good: 'docker.io/flood/good',
    });
    for (const name of ['api', 'good']) await pushImage(registry.url, `flood/${name}`, '1.1.0');

    const answers: unknown[] = [];
    const flood = async (): Promise<void> => {
      for (let sent = 0; sent < 50; sent += 1) answers.push((await send(HUB, hub('flood/api'))).status);
    };
    await Promise.all([...Array.from({ length: 20 }, flood), send(HUB, hub('flood/good'))]);

    expect(new Set(answers)).toEqual(new Set([200]));
    expect(answers).toHaveLength(1_000);
    await expect.poll(() => [tag('flood'), tag('good')], PATIENCE).toEqual(['1.1.0', '1.1.0']);
    const commits = logOf(remote, 'main').length;
    const before = cycles().length;
    expect(before).toBeLessThanOrEqual(3);

    await send(HUB, hub('flood/api'));
    // Whatever was left of the flood, and the replay.
    await expect.poll(() => cycles().length, PATIENCE).toBeGreaterThan(before);
    await expect.poll(() => cycles().at(-1), PATIENCE).toMatch(/^applications=[12] /);
    expect(cycles().length).toBeLessThanOrEqual(before + 2);
    expect(logOf(remote, 'main')).toHaveLength(commits);
  });

  test('of Git make a revert count at once, and our own push leads to nothing', async () => {
    const { send, tag, cycles, lines, remote, url } = await listen({ git: 'docker.io/git/api' });
    const pushed = async (): Promise<void> => {
      const body = { ref: 'refs/heads/main', after: headOf(remote, 'main'), repository: { clone_url: url } };
      const answer = await send('type=github', body, {
        'x-github-event': 'push',
        'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(JSON.stringify(body)).digest('hex')}`,
      });
      expect(answer.status).toBe(200);
    };
    await pushImage(registry.url, 'git/api', '1.1.0');
    await send(HUB, hub('git/api'));
    await expect.poll(() => tag('git'), PATIENCE).toBe('1.1.0');
    await expect.poll(() => cycles().length, PATIENCE).toBe(2);

    await pushed();
    await expect.poll(() => cycles().length, PATIENCE).toBe(3);
    expect(cycles().at(-1)).toMatch(/images_considered=0$/);

    revertHead(remote, 'main');
    await pushed();
    await expect.poll(() => cycles().length, PATIENCE).toBe(4);
    const last = lines().findLast(({ alias }) => alias === 'api');
    expect(last).toMatchObject({ outcome: 'held', code: 'rolled-back' });
    expect(tag('git')).toBe('1.0.0');
  });

  test('that reach a process that does not lead are passed on to the one that does', async () => {
    const [program, kube] = await Promise.all([builtProgram(), startKubeStandIn()]);
    const world = createFlowWorld(REAL_CLOCK);
    const processes: Running[] = [];
    onTestFinished(async () => {
      for (const { process } of processes) if (process.exitCode === null) process.kill('SIGKILL');
      await kube.stop();
      world.remove();
    });
    const remote = createRemote(root, 'standby.git', { 'shop/values.yaml': VALUES });
    await pushImage(registry.url, 'standby/api', '1.0.0');
    kube.objects.put(
      APPLICATIONS,
      applicationManifest({
        name: 'shop',
        annotations: annotationsFor('registry.test/standby/api'),
        repoURL: `${http.url}/standby.git`,
        path: 'shop',
        source: { helm: {} },
      }),
    );
    const kubeconfig = kube.kubeconfig(join(world.folder, 'kubeconfig'), { namespace: 'argocd' });
    const registries = join(world.folder, 'registries.conf');
    writeFileSync(
      registries,
      `registries:\n- name: test\n  prefix: registry.test\n  api_url: ${registry.url}\n`,
    );

    /** A process, and where it listens. */
    async function pod(name: string): Promise<{ readonly running: Running; readonly webhook: string }> {
      const config = join(world.folder, `${name}.yaml`);
      const server = '{ healthPort: 0, metricsPort: 0, address: 127.0.0.1 }';
      writeFileSync(
        config,
        `git: { cacheDirectory: ${join(world.folder, name)} }\nregistriesFile: ${registries}\nserver: ${server}\nlog: { format: json }\n`,
      );
      const argv = ['run', '--config', config, '--kubeconfig', kubeconfig, '--interval', '1h'];
      const listening = ['--enable-webhook', '--webhook-port', '0'];
      const running = start(program, [...argv, ...listening], {
        HOME: world.folder,
        LYNCEUS_LEASE_DURATION: '3s',
        ...ENV,
      });
      processes.push(running);
      let said = '';
      running.process.stdout?.on('data', (text: string) => (said += text));
      await running.says('listening for webhooks');
      const port = await vi.waitFor(() => {
        const found = /"port":(\d+)/.exec(said)?.[1];
        if (found === undefined) throw new Error('no port yet');
        return found;
      });
      return { running, webhook: `https://127.0.0.1:${port}/webhook` };
    }

    const first = await pod('first');
    await first.running.says('Processing results');
    const second = await pod('second');
    await second.running.says('somebody else leads');
    await expect
      .poll(() => kube.objects.list(LEASES, 'argocd')[0]?.metadata?.annotations, PATIENCE)
      .toMatchObject({
        'lynceus/webhooks': expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+ [0-9a-f]{64}$/),
      });
    await pushImage(registry.url, 'standby/api', '1.1.0');

    const body = notification('http://registry.test', 'standby/api');
    const wrong = await post(`${second.webhook}?type=distribution`, body, { authorization: 'wrong' });
    const answer = await post(`${second.webhook}?type=distribution`, body, { authorization: SECRET });

    expect([wrong.status, answer.status]).toEqual([401, 200]);
    expect(answer.text).toBe('Webhook received and processing');
    await expect.poll(() => readAt(remote, 'main', 'shop/values.yaml'), PATIENCE).toContain('1.1.0');

    // The next one leads: nobody is at the address in the Lease for a while, and the webhook is kept.
    await pushImage(registry.url, 'standby/api', '1.2.0');
    first.running.process.kill('SIGKILL');
    const kept = await post(`${second.webhook}?type=distribution`, body, { authorization: SECRET });
    expect(kept.status).toBe(200);
    await expect.poll(() => readAt(remote, 'main', 'shop/values.yaml'), PATIENCE).toContain('1.2.0');
  });
});

function pathOf(image: string): string {
  const path = image.replace(/^(?:registry\.test|docker\.io)\//, '');
  return path.includes('/') ? path : `library/${path}`;
}

/** What distribution sends: the host is the one that the push came to. */
function notification(url: string, repository: string): unknown {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const target = { mediaType, repository, tag: '9.9.9', url: `${url}/v2/${repository}/manifests/sha256:0` };
  return { events: [{ action: 'push', target, request: { host: new URL(url).host } }] };
}

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

/** Whatever the certificate is: it vouches for itself. */
function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const all = { 'content-type': 'application/json', ...headers };
    const sent = send(
      url,
      { method: 'POST', headers: all, rejectUnauthorized: false, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode, text }));
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}
