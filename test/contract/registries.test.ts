import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Login } from '../../src/ports/logins.ts';
import { resolveEndpoint } from '../../src/registries/endpoints.ts';
import { createRegistry, type ClosableRegistry } from '../../src/registries/index.ts';
import { knownEndpoint } from '../../src/registries/known.ts';
import { KNOWN_REGISTRIES } from '../../src/registries/known.ts';
import {
  startDockerRegistry,
  type DockerRegistry,
  type DockerRegistryOptions,
} from '../helpers/docker-registry.ts';
import { pushArtifact, pushTo, type PushedImage } from '../helpers/push-image.ts';
import { forward, pagedTags, startStandIn, type StandIn } from '../helpers/registry-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const USER = { username: 'lynceus', password: 'pass word:ü' };

interface Kind {
  readonly name: string;
  readonly options: DockerRegistryOptions;
  readonly login: Login;
  /** Puts a server in front that lists tags two a page. */
  readonly pages?: true;
}

const NOBODY: Login = { kind: 'anonymous', identity: 'anonymous' };
const SOMEBODY: Login = { kind: 'basic', identity: 'env:TEST', ...USER };

/** Every way a registry can be, each made of a real one. */
const KINDS: readonly Kind[] = [
  { name: 'open to all', options: {}, login: NOBODY },
  { name: 'open to all, asked with a login', options: {}, login: SOMEBODY },
  { name: 'with basic authentication', options: { htpasswd: USER }, login: SOMEBODY },
  { name: 'with tokens', options: { token: USER }, login: SOMEBODY },
  {
    name: 'with tokens for nobody in particular',
    options: { token: { ...USER, anonymousPull: true } },
    login: NOBODY,
  },
  {
    name: 'with tokens over TLS of a private authority',
    options: { token: USER, tls: true },
    login: SOMEBODY,
  },
  { name: 'that lists its tags page by page', options: { htpasswd: USER }, login: SOMEBODY, pages: true },
];

const TAGS = ['1.0', '1.1', '2.0', 'chart', 'latest'];

describe.each(KINDS)('a registry $name', ({ options, login, pages }) => {
  let docker: DockerRegistry;
  let front: StandIn | undefined;
  let registry: ClosableRegistry;
  let index: PushedImage;
  let statuses: number[] = [];
  const { signal } = new AbortController();

  function repository(path = 'acme/api') {
    return { registry: front?.host ?? docker.host, path };
  }

  async function costOf(ask: () => Promise<unknown>): Promise<number> {
    statuses = [];
    await ask();
    return statuses.length;
  }

  beforeAll(async () => {
    docker = await startDockerRegistry(options);
    const auth = options.htpasswd ?? options.token;
    const push = auth === undefined ? {} : { auth };
    for (const tag of ['1.0', '1.1', 'latest'])
      await pushTo(docker, 'acme/api', tag, { created: '2024-01-01T00:00:00Z', ...push });
    index = await pushTo(docker, 'acme/api', '2.0', {
      platforms: ['linux/amd64', 'linux/arm64'],
      attestations: true,
      ...push,
    });
    await pushArtifact(
      docker.url,
      'acme/api',
      'chart',
      'helm-chart',
      docker.ca === undefined ? push : { ...push, ca: docker.ca },
    );
    const list = pagedTags(TAGS, { size: 2 });
    front =
      pages === true
        ? await startStandIn((seen) =>
            seen.url.pathname === '/v2/acme/api/tags/list' && seen.headers.authorization !== undefined
              ? list(seen)
              : forward(seen, docker.url),
          )
        : undefined;
    registry = createRegistry({
      endpoints: [
        {
          ...knownEndpoint(front?.host ?? docker.host),
          apiUrl: front?.url ?? docker.url,
          limit: 0,
          caData: docker.ca,
        },
      ],
      clock: createVirtualClock(Date.now()),
      observer: { registryRequest: ({ status }) => statuses.push(status) },
      userAgent: 'lynceus/test',
    });
  });

  afterAll(async () => {
    registry.close();
    await front?.stop();
    await docker.stop();
  });

  test('lists every tag, once', async () => {
    expect([...(await registry.listTags(repository(), login, signal)).tags].toSorted()).toEqual(TAGS);
  });

  test('lists them again without asking for a login anew', async () => {
    await registry.listTags(repository(), login, signal);

    expect(await costOf(() => registry.listTags(repository(), login, signal))).toBe(pages === true ? 3 : 1);
    expect(statuses).not.toContain(401);
  });

  test('tells the digest of a tag for one request: the index, not one of its images', async () => {
    await registry.listTags(repository(), login, signal);

    const cost = await costOf(async () => {
      expect(
        await registry.describe(repository(), '2.0', { images: false, created: undefined }, login, signal),
      ).toEqual({
        digest: index.digest,
        images: undefined,
      });
    });

    expect(cost).toBe(1);
  });

  test('tells the images of a tag, the same ones each time, and then for one request', async () => {
    const ask = () =>
      registry.describe(repository(), '2.0', { images: true, created: undefined }, login, signal);
    const first = await ask();

    expect(first.images?.map(({ digest }) => digest)).toEqual(Object.values(index.images));
    expect(await costOf(async () => expect(await ask()).toEqual(first))).toBe(1);
  });

  test('tells when an image was built', async () => {
    const facts = await registry.describe(repository(), '1.0', { images: true, created: [] }, login, signal);

    expect(facts.images?.map(({ created }) => created)).toEqual([Date.parse('2024-01-01T00:00:00Z')]);
  });

  test('has no images under a tag that is a chart', async () => {
    expect(
      (await registry.describe(repository(), 'chart', { images: true, created: [] }, login, signal)).images,
    ).toEqual([]);
  });

  test('says what it does not have', async () => {
    await expect(
      registry.describe(repository(), '9.9', { images: true, created: undefined }, login, signal),
    ).rejects.toMatchObject({
      code: 'registry-not-found',
    });
    await expect(registry.listTags(repository('acme/missing'), login, signal)).rejects.toMatchObject({
      code: 'registry-not-found',
    });
  });

  test('stops when it is told to stop', async () => {
    await expect(registry.listTags(repository(), login, AbortSignal.abort())).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

describe('a known registry', () => {
  test.each(KNOWN_REGISTRIES.map((row) => [row.host, row] as const))(
    '%s is described by its row',
    (host, row) => {
      const example = host.replaceAll('*', 'acme');

      expect(row.reason).toMatch(/^[A-Z].+\.$/);
      expect(row.limit).toBeGreaterThan(0);
      expect(resolveEndpoint([], { registry: example, path: 'acme/api' })).toMatchObject({
        name: row.name,
        limit: row.limit,
        apiUrl: row.apiUrl ?? `https://${example}`,
        insecure: false,
      });
    },
  );

  test.each(KNOWN_REGISTRIES.map(({ host }) => host))(
    '%s gives way to an entry of the administrator',
    (host) => {
      const example = host.replaceAll('*', 'acme');
      const known = resolveEndpoint([], { registry: example, path: 'acme/api' });
      const mine = { ...known, name: 'mine', apiUrl: 'https://mirror.corp', limit: 1 };

      expect(resolveEndpoint([mine], { registry: example, path: 'acme/api' })).toEqual(mine);
    },
  );

  test('is in docs/registries.md with its row, and no other is', () => {
    const page = readFileSync(new URL('../../docs/registries.md', import.meta.url), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| `[^`]+` \| [^|]+ \| \d+ \| /.test(line));

    expect(rows).toEqual(
      KNOWN_REGISTRIES.map(
        ({ host, name, limit, reason }) => `| \`${host}\` | ${name} | ${limit} | ${reason} |`,
      ),
    );
  });

  test('has one row, and no other host takes it', () => {
    expect(new Set(KNOWN_REGISTRIES.map(({ host }) => host)).size).toBe(KNOWN_REGISTRIES.length);
    for (const host of ['ghcr.io.evil.example', 'evilghcr.io', 'a.b.azurecr.io', 'azurecr.io', 'ghcrxio']) {
      expect(resolveEndpoint([], { registry: host, path: 'acme/api' }).name).toBe(host);
    }
  });
});
