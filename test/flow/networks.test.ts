import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImageResult } from '../../src/core/report.ts';
import { startConnectProxy, type ConnectProxy } from '../helpers/connect-proxy.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld, IMPATIENT_CLOCK } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { pushTo } from '../helpers/push-image.ts';
import { forward, startStandIn, type StandIn } from '../helpers/registry-stand-in.ts';

const GIT_LOGIN = { username: 'bot', password: 'a-Secret+of/git=1' };
const PROXY_LOGIN = { username: 'walker', password: 'a-Secret+of/proxy=2' };
const ENV = {
  GIT_USERNAME: GIT_LOGIN.username,
  GIT_PASSWORD: GIT_LOGIN.password,
  PROXY_LOGIN: `${PROXY_LOGIN.username}:${PROXY_LOGIN.password}`,
};
const FILE = `images:
- name: hub.test/acme/api
  newTag: 1.0.0
- name: tired.test/acme/one
  newTag: 1.0.0
- name: tired.test/acme/two
  newTag: 1.0.0
`;

const { root, remove } = createGitRoot();
let mirror: DockerRegistry;
let proxy: ConnectProxy;
/** Asks to be left alone, until it is rested; then it is `behind`. */
let tired: StandIn;
let behind: DockerRegistry;
let rested = false;
let http: GitHttpServer;
let later = 0;
const world = createFlowWorld({ ...IMPATIENT_CLOCK, now: () => Date.now() + later });

beforeAll(async () => {
  mirror = await startDockerRegistry({ clientCertificates: true });
  await pushTo(mirror, 'cache/acme/api', '1.1.0');
  proxy = await startConnectProxy({ login: PROXY_LOGIN });
  behind = await startDockerRegistry();
  for (const path of ['acme/one', 'acme/two']) await pushTo(behind, path, '1.2.0');
  tired = await startStandIn((seen) =>
    rested ? forward(seen, behind.url) : { status: 429, headers: { 'retry-after': '3000' } },
  );
  http = await startGitHttpServer({ root, login: GIT_LOGIN });
});

afterAll(async () => {
  world.remove();
  proxy.stop();
  await Promise.all([mirror.stop(), tired.stop(), behind.stop(), http.stop()]);
  remove();
});

function outcomes(images: readonly ImageResult[]): Readonly<Record<string, string>> {
  return Object.fromEntries(images.map(({ alias, outcome, code }) => [alias ?? '', `${outcome} ${code}`]));
}

test('a mirror behind a proxy that wants certificates is used while another registry wants to be left alone', async () => {
  const remote = createRemote(root, 'apps.git', { 'app/kustomization.yaml': FILE });
  world.addApplication({
    name: 'app',
    repoURL: `${http.url}/apps.git`,
    path: 'app',
    annotations: {
      'image-list': 'one=tired.test/acme/one, two=tired.test/acme/two, api=hub.test/acme/api',
      'write-back-method': 'git',
      'write-back-target': 'kustomization',
    },
  });
  const lynceus = world.compose(
    {
      registries: [
        aRegistryConfig('https://hub.test', 'hub.test', { mirror: `${mirror.url}/cache` }),
        aRegistryConfig(mirror.url, mirror.host, {
          caData: mirror.ca,
          clientCertFile: mirror.client?.certFile,
          clientKeyFile: mirror.client?.keyFile,
          proxy: { kind: 'url', url: proxy.url, credentials: { kind: 'env', variable: 'PROXY_LOGIN' } },
        }),
        aRegistryConfig(tired.url, 'tired.test'),
      ],
    },
    ENV,
  );
  const cycle = () => lynceus.runCycle({ dryRun: false }, AbortSignal.timeout(60_000));

  expect(outcomes((await cycle()).images)).toMatchObject({
    one: 'failed registry-rate-limited',
    two: 'failed registry-rate-limited',
    api: expect.stringMatching(/^updated /) as string,
  });
  expect(readAt(remote, 'main', 'app/kustomization.yaml')).toBe(FILE.replace('1.0.0', '1.1.0'));
  // Once for each of its image repositories: a pause is for the path that asked for it.
  expect(tired.seen.length).toBe(2);
  expect(proxy.asked.every((asked) => asked.startsWith(mirror.host))).toBe(true);
  expect(await lynceus.metrics.text()).toMatch(
    /^lynceus_registry_freezes_total\{registry="tired.test",scope="path",reason="status-429"\} 2$/m,
  );

  rested = true;
  later = 3_001_000;
  expect(outcomes((await cycle()).images)).toMatchObject({
    one: expect.stringMatching(/^updated /) as string,
    two: expect.stringMatching(/^updated /) as string,
  });
  expect(world.logged.join('')).not.toContain(PROXY_LOGIN.password);
  await lynceus.close();
});
