import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRegistryAnswers } from '../../src/app/decide-images.ts';
import { createHostBudgets } from '../../src/registries/host-budgets.ts';
import { createRegistryLogins } from '../../src/credentials/registry-logins.ts';
import { findEndpoint } from '../../src/registries/endpoints.ts';
import { NO_APP_TOKENS } from '../credentials/no-app-tokens.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aTracked, LINUX_AMD64 } from '../helpers/policies.ts';
import { pushTo } from '../helpers/push-image.ts';
import { json } from '../helpers/registry-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { anEndpoint } from '../helpers/an-endpoint.ts';
import { aStandIn, askAt } from './asking.ts';

const USER = { username: 'lynceus', password: 's3cret' };

const { signal } = new AbortController();

/** Lists the tags of these images as a cycle does, with the login of the entry. */
async function listed(images: readonly string[], prefix: string, apiUrl: string) {
  const endpoints = [{ ...anEndpoint(apiUrl, { prefix, limit: 1 }), ...LOGIN }];
  const { registry, clock, requests } = askAt(apiUrl, { endpoints });
  const logins = createRegistryLogins({
    endpointOf: (repository) => findEndpoint(endpoints, repository),
    dockerConfigFile: undefined,
    appTokens: NO_APP_TOKENS,
    env: { LOGIN: `${USER.username}:${USER.password}` },
    clock,
  });
  const tracked = images.map((image) => aTracked({ image }));
  const services = {
    logins,
    registry,
    sightings: { of: () => new Map(), keep: () => undefined },
    platformDefaults: LINUX_AMD64,
    revalidate: 3_600_000,
  };
  const run = { concurrency: 10, clock, onProgress: () => undefined };
  const { find } = createRegistryAnswers(tracked, services, run);
  const found = await Promise.all(
    tracked.map((image) => find(image, { application: image.application, signal })),
  );
  return { found: [...new Set(found)], requests: requests(), clock };
}

const LOGIN = { credentials: { kind: 'env', variable: 'LOGIN' }, credentialsExpire: undefined } as const;

const DOCKER_HUB = [
  'nginx',
  'library/nginx',
  'docker.io/nginx',
  'index.docker.io/library/nginx',
  'registry-1.docker.io/library/nginx',
  'Docker.IO/nginx',
  'docker.io:443/library/nginx',
];

describe('an image in several spellings', () => {
  test.each(['docker.io', 'index.docker.io', 'Registry-1.Docker.io', 'docker.io:443'])(
    'of Docker Hub is listed once, with the login and the limit of an entry for %s',
    async (prefix) => {
      const server = await aStandIn(({ headers }) =>
        headers.authorization === undefined
          ? { status: 401, headers: { 'www-authenticate': 'Basic realm="hub"' } }
          : json({ tags: ['1.27'] }),
      );

      const { found, requests, clock } = await listed(DOCKER_HUB, prefix, server.url);

      expect(found).toMatchObject([{ kind: 'listed', login: { identity: 'env:LOGIN' } }]);
      expect(requests).toEqual(['tags 401', 'tags 200']);
      // One request a second: the second of the two waits.
      expect(clock.sleeps.map(Math.round)).toEqual([1000]);
    },
  );
});

describe('a real registry', () => {
  let docker: DockerRegistry;
  beforeAll(async () => {
    docker = await startDockerRegistry({ htpasswd: USER });
    await pushTo(docker, 'acme/api', '1.0', { auth: USER });
  });
  afterAll(() => docker.stop());

  test('is asked once for one image repository, however its host and port are spelled', async () => {
    const port = new URL(docker.url).port;
    const images = ['localhost', 'LocalHost'].flatMap((host) => [
      `${host}:${port}/acme/api`,
      `${host}:${port.padStart(5, '0')}/acme/api`,
    ]);

    const { found, requests } = await listed(images, `LOCALHOST:${port}`, docker.url);

    expect(found).toMatchObject([{ kind: 'listed', listing: { tags: ['1.0'] } }]);
    expect(requests.filter((request) => request === 'tags 200')).toHaveLength(1);
  });
});

describe('the budget of a host', () => {
  const clock = createVirtualClock();
  const budgets = createHostBudgets({
    endpoints: [
      anEndpoint('https://index.docker.io', { prefix: 'docker.io/acme', limit: 2, concurrency: 1 }),
    ],
    clock,
    observer: { registryFrozen: () => undefined },
  });
  const budgetAt = (apiUrl: string) => budgets.budgetOf(anEndpoint(apiUrl));

  test.each([
    ['https://registry-1.docker.io', 'https://index.docker.io', true],
    ['https://registry-1.docker.io', 'https://Registry-1.docker.io:443', true],
    ['https://ghcr.io', 'https://GHCR.io:443/sub/path', true],
    ['https://ghcr.io', 'https://ghcr.io:8443', false],
    ['https://ghcr.io', 'https://quay.io', false],
  ])('of %s and %s: one is %s', (one, other, same) => {
    expect(budgetAt(one) === budgetAt(other)).toBe(same);
  });

  test('is that of the entries for it, by whatever name they have', () => {
    expect(budgets.concurrencyOf(anEndpoint('https://registry-1.docker.io'))).toBe(1);
    expect(budgets.concurrencyOf(anEndpoint('https://quay.io'))).toBe(3);
  });
});
