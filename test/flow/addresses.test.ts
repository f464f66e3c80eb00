import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImageResult } from '../../src/core/report.ts';
import { eventNoticesOf } from '../../src/reporters/event-notices.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, readAt } from '../helpers/git-world.ts';
import { pushTo } from '../helpers/push-image.ts';
import { startStandIn, type StandIn } from '../helpers/registry-stand-in.ts';

const { root, remove } = createGitRoot();
const world = createFlowWorld();
let docker: DockerRegistry;
/** A registry that an administrator named, and that leads elsewhere. */
let leading: StandIn;
let http: GitHttpServer;
/** Speaks, but neither TLS nor HTTP. */
let babbling: Server;
/** Nobody listens there. */
let closed: number;

beforeAll(async () => {
  docker = await startDockerRegistry();
  await pushTo(docker, 'acme/api', '1.1.0');
  leading = await startStandIn(({ url }) => {
    const [, , path] = url.pathname.split('/');
    if (path === 'redirect') return { status: 307, headers: { location: 'http://169.254.169.254/latest/' } };
    if (path === 'realm')
      return { status: 401, headers: { 'www-authenticate': 'Bearer realm="https://169.254.169.254/token"' } };
    return { status: 404 };
  });
  http = await startGitHttpServer({ root });
  babbling = createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-babble\r\n'));
  babbling.listen(0, '127.0.0.1');
  const nobody = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(babbling, 'listening'), once(nobody, 'listening')]);
  closed = (nobody.address() as AddressInfo).port;
  nobody.close();
});

afterAll(async () => {
  world.remove();
  babbling.close();
  await Promise.all([docker.stop(), leading.stop(), http.stop()]);
  remove();
});

const KUSTOMIZED = { 'write-back-method': 'git', 'write-back-target': 'kustomization' };

/** An Application with one image, in a remote of its own unless an annotation names one. */
function anApplication(
  name: string,
  image: string,
  annotations: Readonly<Record<string, string>> = {},
): string {
  const remote = createRemote(root, `${name}.git`, {
    'app/kustomization.yaml': `images:\n- name: ${image}\n  newTag: 1.0.0\n`,
  });
  world.addApplication({
    name,
    repoURL: `${http.url}/${name}.git`,
    path: 'app',
    annotations: { 'image-list': `web=${image}`, ...KUSTOMIZED, ...annotations },
  });
  return remote;
}

function resultOf(images: readonly ImageResult[], name: string): ImageResult | undefined {
  return images.find(({ application }) => application.name === name);
}

const named = () => [aRegistryConfig(docker.url, 'good.test'), aRegistryConfig(leading.url, 'leading.test')];

test('what an annotation or a server names is refused by its address, and a neighbour is updated', async () => {
  const good = anApplication('good', 'good.test/acme/api');
  // A port that is open, and in no entry.
  const { port } = new URL(http.url);
  const hidden = createRemote(root, 'hidden.git', { 'app/kustomization.yaml': 'images: []\n' });
  const attempts: Readonly<Record<string, readonly [image: string, remote?: string]>> = {
    'registry-localhost': [`localhost:${port}/acme/api`],
    'registry-address': [`127.0.0.1:${port}/acme/api`],
    'registry-decimal': [`2130706433:${port}/acme/api`],
    'registry-metadata': ['169.254.169.254/acme/api'],
    'registry-redirect': ['leading.test/redirect/api'],
    'remote-address': ['good.test/acme/api', 'http://127.0.0.1:1/hidden.git'],
    'remote-metadata': ['good.test/acme/api', 'http://169.254.169.254/latest'],
    'remote-folder': ['good.test/acme/api', hidden],
    'remote-file-url': ['good.test/acme/api', `file://${hidden}`],
  };
  for (const [name, [image, remote]] of Object.entries(attempts))
    anApplication(name, image, remote === undefined ? {} : { 'git-repository': remote });
  anApplication('realm', 'leading.test/realm/api');

  const { images } = await world.run({ registries: named() });

  for (const name of Object.keys(attempts))
    expect([name, resultOf(images, name)?.code]).toEqual([name, 'address-refused']);
  expect(resultOf(images, 'registry-localhost')?.reason).toContain(
    `registries: { name: localhost:${port}, prefix: localhost:${port}, apiUrl: https://localhost:${port} }`,
  );
  expect(resultOf(images, 'remote-address')?.reason).toContain('network.exceptions: ["127.0.0.1:1"]');
  expect(resultOf(images, 'remote-folder')?.reason).toContain(`git.remotes: { url: "file://${hidden}" }`);
  expect(resultOf(images, 'realm')).toMatchObject({
    code: 'registry-response-invalid',
    reason: expect.stringContaining('token_servers: ["https://169.254.169.254"]'),
  });
  expect(readAt(good, 'main', 'app/kustomization.yaml')).toContain('newTag: 1.1.0');
});

test('an Event tells nothing of the ports of a host that only an annotation names', async () => {
  const { port } = babbling.address() as AddressInfo;
  for (const [name, at] of [
    ['closed', closed],
    ['babbling', port],
    ['http', new URL(http.url).port],
  ] as const) {
    anApplication(`tags-${name}`, `127.0.0.1:${at}/acme/api`);
    anApplication(`git-${name}`, 'good.test/acme/api', {
      'git-repository': `http://127.0.0.1:${at}/nothing.git`,
      'git-branch': 'main',
    });
  }
  const config = { registries: named(), network: { privateAddresses: true, exceptions: ['127.0.0.0/8'] } };

  const report = await world.run(config);

  const told = new Map<string, Set<string>>();
  const logged = new Map<string, Set<string>>();
  for (const [way] of [['tags-'], ['git-']] as const) {
    const of = (name: string) => name.startsWith(way);
    const events = eventNoticesOf(report).recurring.filter(({ application }) => of(application.name));
    expect(events).toHaveLength(3);
    told.set(way, new Set(events.map(({ message }) => message.replaceAll(/:\d+/g, ':PORT'))));
    const results = report.images.filter(({ application }) => of(application.name));
    logged.set(way, new Set(results.map(({ reason }) => reason.replaceAll(/:\d+/g, ':PORT'))));
  }
  expect(told).toEqual(
    new Map([
      [
        'tags-',
        new Set([
          'web (127.0.0.1:PORT/acme/api): 127.0.0.1:PORT gives no answer of a registry; the log of Lynceus has the reason [registry-unreachable]',
        ]),
      ],
      [
        'git-',
        new Set([
          'web (good.test/acme/api): 127.0.0.1:PORT/nothing cannot be used as a remote; the log of Lynceus has the reason [git-unreachable]',
        ]),
      ],
    ]),
  );
  // The people who run it see what it was.
  expect([...logged.values()].map(({ size }) => size > 1)).toEqual([true, true]);
});
