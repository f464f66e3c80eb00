import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { ApplicationWish } from '../helpers/flow-world.ts';
import type { GitHttpServer } from '../helpers/git-servers.ts';
import { createRemote } from '../helpers/git-world.ts';
import { fetchBytes } from '../helpers/fetch-bytes.ts';
import { pushImage } from '../helpers/push-image.ts';

const TAGS = 1_000;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export interface HostileServers {
  readonly registries: readonly { readonly prefix: string; readonly url: string }[];
  /** A Git server that never says anything. */
  readonly silent: string;
  stop(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What the registry of each prefix does with every request. */
const REGISTRIES: Readonly<Record<string, Answer>> = {
  'endless.test': (request, response) => void slowPage(request, response),
  'silent-1.test': () => undefined,
  'silent-2.test': () => undefined,
  'busy.test': (_request, response) => void response.writeHead(429, { 'retry-after': '86400' }).end('{}'),
  'huge.test': (_request, response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(`{"tags":["${'1'.repeat(20_000_000)}"]}`),
  'deep.test': (_request, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end('['.repeat(2_000_000)),
  'broken.test': (request) => void request.socket.destroy(),
};

export async function startHostileServers(): Promise<HostileServers> {
  const entries = await Promise.all(
    Object.entries(REGISTRIES).map(async ([prefix, answer]) => ({ prefix, ...(await start(answer)) })),
  );
  const silent = await start(() => undefined);
  return {
    registries: [
      ...entries.map(({ prefix, url }) => ({ prefix, url })),
      { prefix: 'refused.test', url: 'http://127.0.0.1:9' },
    ],
    silent: silent.url,
    async stop() {
      await Promise.all([...entries, silent].map((one) => one.stop()));
    },
  };
}

/** Twenty Applications, each of which is in the way in its own manner. */
export async function hostileApplications({
  root,
  http,
  registryUrl,
  servers,
}: {
  readonly root: string;
  readonly http: GitHttpServer;
  readonly registryUrl: string;
  readonly servers: HostileServers;
}): Promise<readonly ApplicationWish[]> {
  await pushManyTags(registryUrl, 'hostile/nightly');
  const zeros = Buffer.alloc(200 * 1024 * 1024);
  createRemote(root, 'hostile-zeros.git', { 'app/values.yaml': zeros, 'app/more.yaml': zeros });
  const brackets = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
  createRemote(root, 'hostile.git', {
    'app/values.yaml': 'image:\n  tag: 1.0.0\n',
    'app/huge.yaml': `image:\n  tag: 1.0.0\n${'# nothing\n'.repeat(3_000_000)}`,
    'app/deep.yaml': `image:\n  tag: 1.0.0\nx: ${brackets}\n`,
    'app/wide.yaml': `image:\n  tag: 1.0.0\nx: [${'[],'.repeat(690_000)}]\n`,
    'app/alias.yaml': `image:\n  tag: 1.0.0\na: &a 1\nx: [${'*a,'.repeat(600_000)}]\n`,
  });
  const own = `${http.url}/hostile.git`;
  const images = Array.from({ length: 1_000 }, (_, index) => `i${index}=registry.test/none/${index}`).join();
  const ways: readonly (readonly [annotations: Readonly<Record<string, string>>, repoURL?: string])[] = [
    [image('endless.test/a')],
    [image('endless.test/b')],
    [image('silent-1.test/a')],
    [image('silent-1.test/b')],
    [image('silent-2.test/a')],
    [image('busy.test/a')],
    [image('huge.test/a')],
    [image('deep.test/a')],
    [image('broken.test/a')],
    [image('refused.test/a')],
    [{ 'image-list': images }],
    [{ 'image-list': 'a=registry.test/hostile/nightly', 'a.update-strategy': 'newest-build' }],
    [
      {
        'image-list': 'a=registry.test/beside/0',
        'git-branch': 'main:{{ $s := "aaaa" }}{{ range 60 }}{{ $s = print $s $s }}{{ end }}x',
      },
    ],
    [{ 'image-list': 'a=registry.test/beside/0', 'write-back-target': 'helmvalues:huge.yaml' }],
    [{ 'image-list': 'a=registry.test/beside/0', 'write-back-target': 'helmvalues:deep.yaml' }],
    [{ 'image-list': 'a=registry.test/beside/0', 'write-back-target': 'helmvalues:wide.yaml' }],
    [{ 'image-list': 'a=registry.test/beside/0', 'write-back-target': 'helmvalues:alias.yaml' }],
    [image('registry.test/beside/0'), `${servers.silent}/a.git`],
    [image('registry.test/beside/0'), `${servers.silent}/b.git`],
    [image('registry.test/beside/0'), `${http.url}/hostile-zeros.git`],
  ];
  return ways.map(([annotations, repoURL = own], index) => {
    const file = (annotations['write-back-target'] ?? '').split(':')[1];
    return {
      name: `hostile-${index}`,
      namespace: 'team-hostile',
      repoURL,
      path: 'app',
      ...(file === undefined ? {} : { source: { helm: { valueFiles: [file] } } }),
      annotations: { 'write-back-method': 'git', 'write-back-target': 'helmvalues', ...annotations },
    };
  });
}

function image(name: string): Readonly<Record<string, string>> {
  return { 'image-list': `a=${name}:^1` };
}

async function slowPage({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const next = Number(searchParams.get('last') ?? 0) + 1;
  await wait(500);
  response.writeHead(200, {
    'content-type': 'application/json',
    link: `<${pathname}?last=${next}>; rel="next"`,
  });
  response.end(JSON.stringify({ tags: [`0.0.${next}`] }));
}

async function start(answer: Answer): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer(answer);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function pushManyTags(registryUrl: string, path: string): Promise<void> {
  await pushImage(registryUrl, path, 'build-0', { created: new Date(Date.UTC(2026, 0, 1)) });
  const headers = { accept: MANIFEST, 'content-type': MANIFEST };
  const at = (tag: string): string => `${registryUrl}/v2/${path}/manifests/${tag}`;
  const { body } = await fetchBytes(at('build-0'), { headers });
  for (let index = 1; index < TAGS; index += 1)
    await fetchBytes(at(`build-${index}`), { method: 'PUT', headers, body });
}
