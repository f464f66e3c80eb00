import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Login } from '../../src/ports/logins.ts';
import { resolveEndpoint } from '../../src/registries/endpoints.ts';
import { buildRegistry, type ClosableRegistry } from '../../src/registries/build-registry.ts';
import { knownEndpoint } from '../../src/registries/known.ts';
import { DEFAULT_REGISTRY_LIMIT } from '../../src/core/registry-api.ts';
import { KNOWN_REGISTRIES } from '../../src/registries/known.ts';
import {
  startDockerRegistry,
  type DockerRegistry,
  type DockerRegistryOptions,
} from '../helpers/docker-registry.ts';
import { pushArtifact, pushTo, type PushedImage } from '../helpers/push-image.ts';
import {
  forward,
  pagedTags,
  startStandIn,
  type Handler,
  type Seen,
  type StandIn,
} from '../helpers/registry-stand-in.ts';
import {
  azureTags,
  dockerHubTags,
  githubVersions,
  gitlabTags,
  harborArtifacts,
  quayTags,
  type MakeVendor,
} from '../helpers/vendor-stand-ins.ts';
import type { Vendor } from '../../src/registries/vendors/vendor-place.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const USER = { username: 'lynceus', password: 'pass word:ü' };

interface Kind {
  readonly name: string;
  readonly options: DockerRegistryOptions;
  readonly login: Login;
  /** Puts a server in front that lists tags two a page. */
  readonly pages?: true;
  /** Puts a server in front, or beside it, that has the interface of a vendor, two entries a page. */
  readonly vendor?: { readonly api: Vendor; readonly make: MakeVendor; readonly beside?: true };
  /** Requests of a listing whose login is known. */
  readonly listing?: number;
}

const NOBODY: Login = { kind: 'anonymous', identity: 'anonymous' };
const SOMEBODY: Login = { kind: 'basic', identity: 'env:TEST', ...USER };
const TOKEN: Login = { kind: 'basic', identity: 'env:TOKEN', username: 'somebody', password: 'ghp_0123' };

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
  {
    name: 'that lists its tags page by page',
    options: { htpasswd: USER },
    login: SOMEBODY,
    pages: true,
    listing: 3,
  },
  // Five tags name three manifests, and GitHub has a version for each image behind an index as well. The names are one
  // request more where the interface numbers its pages.
  {
    name: 'of GitHub',
    options: {},
    login: TOKEN,
    vendor: { api: 'github', make: githubVersions(), beside: true },
    listing: 4,
  },
  {
    name: 'of Docker Hub',
    options: {},
    login: NOBODY,
    vendor: { api: 'docker-hub', make: dockerHubTags(), beside: true },
    listing: 4,
  },
  { name: 'of Quay', options: {}, login: NOBODY, vendor: { api: 'quay', make: quayTags() }, listing: 4 },
  {
    name: 'of Harbor',
    options: {},
    login: NOBODY,
    vendor: { api: 'harbor', make: harborArtifacts() },
    listing: 3,
  },
  {
    name: 'of Azure',
    options: { token: { ...USER, anonymousPull: true } },
    login: NOBODY,
    vendor: { api: 'azure', make: azureTags() },
    listing: 3,
  },
  {
    name: 'of GitLab',
    options: { token: USER },
    login: SOMEBODY,
    vendor: { api: 'gitlab', make: gitlabTags() },
    listing: 3,
  },
];

const TAGS = ['1.0', '1.1', '2.0', 'chart', 'latest'];

describe.each(KINDS)('a registry $name', ({ options, login, pages, vendor, listing = 1 }) => {
  let docker: DockerRegistry;
  let front: StandIn | undefined;
  let beside: StandIn | undefined;
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
    const pushed = new Map<string, PushedImage>();
    for (const tag of ['1.0', '1.1', 'latest'])
      pushed.set(tag, await pushTo(docker, 'acme/api', tag, { created: '2024-01-01T00:00:00Z', ...push }));
    index = await pushTo(docker, 'acme/api', '2.0', {
      platforms: ['linux/amd64', 'linux/arm64'],
      attestations: true,
      ...push,
    });
    const chart = await pushArtifact(
      docker.url,
      'acme/api',
      'chart',
      'helm-chart',
      docker.ca === undefined ? push : { ...push, ca: docker.ca },
    );
    pushed.set('2.0', index).set('chart', chart);
    const told = TAGS.map((tag) => ({
      tag,
      digest: pushed.get(tag)?.digest ?? '',
      pushed: '2024-02-02T00:00:00Z',
    }));
    if (pages === true) front = await startStandIn(inFrontOf(docker, pagedTags(TAGS, { size: 2 })));
    if (vendor !== undefined) {
      const { takes, handler } = vendor.make('acme/api', told, 2);
      if (vendor.beside === true) beside = await startStandIn(handler);
      else front = await startStandIn(inFrontOf(docker, handler, takes));
    }
    registry = buildRegistry({
      endpoints: [
        {
          ...knownEndpoint(front?.host ?? docker.host),
          apiUrl: front?.url ?? docker.url,
          limit: 0,
          caData: docker.ca,
          api: vendor?.api ?? 'auto',
        },
      ],
      ...(vendor === undefined || beside === undefined
        ? {}
        : { interfaceUrls: { [vendor.api]: beside.url } }),
      clock: createVirtualClock(Date.now()),
      observer: {
        registryRequest: ({ status }) => statuses.push(status),
        registryFrozen: () => undefined,
      },
      userAgent: 'lynceus/test',
    });
  });

  afterAll(async () => {
    registry.close();
    await front?.stop();
    await beside?.stop();
    await docker.stop();
  });

  test('lists every tag, once', async () => {
    expect(
      [...(await registry.listTags({ repository: repository(), login }, signal)).tags].toSorted(),
    ).toEqual(TAGS);
  });

  test('tells of each tag what it says when it is asked for it, or nothing', async () => {
    const { facts } = await registry.listTags({ repository: repository(), login }, signal);

    expect([...facts.keys()].toSorted()).toEqual(vendor === undefined ? [] : TAGS);
    for (const [tag, { digest }] of facts) {
      const needs = { images: false, created: undefined };
      expect(
        (await registry.describe({ repository: repository(), login, reference: tag, needs }, signal)).digest,
      ).toBe(digest);
    }
  });

  test('tells the same of a digest as of its tag', async () => {
    const needs = { images: true, created: [] };
    const byTag = await registry.describe(
      { repository: repository(), login, reference: '2.0', needs },
      signal,
    );

    expect(
      await registry.describe({ repository: repository(), login, reference: byTag.digest, needs }, signal),
    ).toEqual(byTag);
  });

  test('lists them again without asking for a login anew', async () => {
    await registry.listTags({ repository: repository(), login }, signal);

    expect(await costOf(() => registry.listTags({ repository: repository(), login }, signal))).toBe(listing);
    expect(statuses).not.toContain(401);
  });

  test('tells the digest of a tag for one request: the index, not one of its images', async () => {
    await registry.listTags({ repository: repository(), login }, signal);

    const cost = await costOf(async () => {
      expect(
        await registry.describe(
          { repository: repository(), login, reference: '2.0', needs: { images: false, created: undefined } },
          signal,
        ),
      ).toEqual({
        digest: index.digest,
        images: undefined,
      });
    });

    expect(cost).toBe(1);
  });

  test('tells the images of a tag, the same ones each time, and then for one request', async () => {
    const ask = () =>
      registry.describe(
        { repository: repository(), login, reference: '2.0', needs: { images: true, created: undefined } },
        signal,
      );
    const first = await ask();

    expect(first.images?.map(({ digest }) => digest)).toEqual(Object.values(index.images));
    expect(await costOf(async () => expect(await ask()).toEqual(first))).toBe(1);
  });

  test('tells when an image was built', async () => {
    const facts = await registry.describe(
      { repository: repository(), login, reference: '1.0', needs: { images: true, created: [] } },
      signal,
    );

    expect(facts.images?.map(({ created }) => created)).toEqual([Date.parse('2024-01-01T00:00:00Z')]);
  });

  test('has no images under a tag that is a chart', async () => {
    expect(
      (
        await registry.describe(
          { repository: repository(), login, reference: 'chart', needs: { images: true, created: [] } },
          signal,
        )
      ).images,
    ).toEqual([]);
  });

  test('says what it does not have', async () => {
    await expect(
      registry.describe(
        { repository: repository(), login, reference: '9.9', needs: { images: true, created: undefined } },
        signal,
      ),
    ).rejects.toMatchObject({
      code: 'registry-not-found',
    });
    await expect(
      registry.listTags({ repository: repository('acme/missing'), login }, signal),
    ).rejects.toMatchObject({
      code: 'registry-not-found',
    });
  });

  test('stops when it is told to stop', async () => {
    await expect(
      registry.listTags({ repository: repository(), login }, AbortSignal.abort()),
    ).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

/** A real registry behind a server that answers some requests itself, once whoever asks has shown who he is. */
function inFrontOf(docker: DockerRegistry, handler: Handler, takes = isTagList): Handler {
  return async (seen) => {
    if (!takes(seen)) return forward(seen, docker.url);
    // What the registry would answer to a list of tags, it answers to this as well.
    const target = '/v2/acme/api/tags/list';
    const asked = await forward({ ...seen, target }, docker.url);
    return 'status' in asked && asked.status === 401 ? asked : handler(seen);
  };
}

function isTagList({ url }: Seen): boolean {
  return url.pathname === '/v2/acme/api/tags/list';
}

describe('a known registry', () => {
  test.each(KNOWN_REGISTRIES.map((row) => [row.host, row] as const))(
    '%s is described by its row',
    (host, row) => {
      const example = host.replaceAll('*', 'acme');

      expect(row.reason).toMatch(/^[A-Z].+\.$/);
      const { limit = DEFAULT_REGISTRY_LIMIT } = row;
      expect(limit).toBeGreaterThan(0);
      expect(resolveEndpoint([], { registry: example, path: 'acme/api' })).toMatchObject({
        name: row.name,
        limit,
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
        ({ host, name, limit = DEFAULT_REGISTRY_LIMIT, reason }) =>
          `| \`${host}\` | ${name} | ${limit} | ${reason} |`,
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
