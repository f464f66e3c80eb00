import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRegistryLogins } from '../../src/credentials/registry-logins.ts';
import { withMirrors } from '../../src/credentials/with-mirrors.ts';
import type { ImageRepository } from '../../src/core/image/reference.ts';
import type { RegistryEndpoint } from '../../src/settings/registry.ts';
import { findEndpoint } from '../../src/registries/endpoints.ts';
import { knownEndpoint } from '../../src/registries/known.ts';
import { lookupPlaceOf } from '../../src/registries/mirrors.ts';
import { NO_APP_TOKENS } from '../credentials/no-app-tokens.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { pushTo } from '../helpers/push-image.ts';
import { json } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { anEndpoint } from '../helpers/an-endpoint.ts';
import { ANONYMOUS, aStandIn, askAt, basicLogin, EVERYTHING } from './asking.ts';

const MIRROR_USER = { username: 'mirror-user', password: 'mirror-s3cret' };
const { signal } = new AbortController();

function entry(changes: Partial<RegistryEndpoint>): RegistryEndpoint {
  return { ...knownEndpoint('docker.io'), name: 'Docker Hub', ...changes };
}

describe('the place of an image', () => {
  const own = anEndpoint('https://api.mirror.test', { prefix: 'mirror.test', concurrency: 2 });
  const rows: readonly (readonly [string, Partial<RegistryEndpoint>, ImageRepository, string, string])[] = [
    ['its registry', {}, { registry: 'docker.io', path: 'acme/api' }, 'docker.io/acme/api', 'https://registry-1.docker.io'],
    ['a mirror', { mirror: 'https://m.test' }, { registry: 'docker.io', path: 'acme/api' }, 'm.test/acme/api', 'https://m.test'],
    ['a folder of a mirror', { mirror: 'https://m.test:8443/a/b' }, { registry: 'docker.io', path: 'acme/api' }, 'm.test:8443/a/b/acme/api', 'https://m.test:8443'],
    ['a mirror, with its namespace', { mirror: 'https://m.test/hub' }, { registry: 'docker.io', path: 'nginx' }, 'm.test/hub/library/nginx', 'https://m.test'],
    ['a mirror without TLS', { mirror: 'http://m.test/hub' }, { registry: 'docker.io', path: 'acme/api' }, 'm.test/hub/acme/api', 'http://m.test'],
    ['a mirror with an entry of its own', { mirror: 'https://mirror.test/hub' }, { registry: 'docker.io', path: 'acme/api' }, 'mirror.test/hub/acme/api', 'https://api.mirror.test'],
    ['its registry, when another has a mirror', { mirror: 'https://m.test' }, { registry: 'ghcr.io', path: 'acme/api' }, 'ghcr.io/acme/api', 'https://ghcr.io'],
  ]; // prettier-ignore

  test.each(rows)('is %s', (_which, changes, repository, name, apiUrl) => {
    const place = lookupPlaceOf([entry(changes), own], repository);

    expect([`${place.repository.registry}/${place.repository.path}`, place.endpoint.apiUrl]).toEqual([
      name,
      apiUrl,
    ]);
  });

  test('is not the mirror of a mirror', () => {
    const second = { ...own, mirror: 'https://third.test' };

    expect(
      lookupPlaceOf([entry({ mirror: 'https://mirror.test' }), second], {
        registry: 'docker.io',
        path: 'a/b',
      }).endpoint.apiUrl,
    ).toBe('https://api.mirror.test');
  });
});

describe('a mirror', () => {
  let docker: DockerRegistry;

  beforeAll(async () => {
    docker = await startDockerRegistry({ token: MIRROR_USER, tls: true });
    await pushTo(docker, 'hub/library/nginx', '1.27', { auth: MIRROR_USER, platforms: ['linux/amd64'] });
  });

  afterAll(() => docker.stop());

  function ask(changes: Partial<RegistryEndpoint>, env: Readonly<Record<string, string>>) {
    const endpoints = [
      { ...entry({ mirror: `${docker.url}/hub`, ...changes }), ...loginAt('HUB') },
      { ...anEndpoint(docker.url, { caData: docker.ca }), ...loginAt('MIRROR') },
    ];
    const asking = askAt(docker.url, { endpoints });
    const named = createRegistryLogins({
      endpointOf: (repository) => findEndpoint(endpoints, repository),
      dockerConfigFile: undefined,
      appTokens: NO_APP_TOKENS,
      env,
      clock: createVirtualClock(),
    });
    const logins = withMirrors(named, (repository) => {
      const { mirrorOf, repository: there } = lookupPlaceOf(endpoints, repository);
      return mirrorOf && { repository: there, takesLogin: mirrorOf.loginToMirror };
    });
    return { ...asking, logins };
  }

  const NGINX = { registry: 'docker.io', path: 'nginx' };

  test('is asked for tags, manifests and blobs, with the login for its own host', async () => {
    const { registry, logins, requests } = ask({}, { HUB: 'hub-user:hub-s3cret', MIRROR: MIRROR });
    const login = await logins.find(NGINX, { kind: 'env', variable: 'HUB' }, signal);

    expect(login.identity).toBe('env:MIRROR');
    expect(login.why).toMatch(/; the image is looked up at the mirror 127\.0\.0\.1:\d+$/);
    expect((await registry.listTags({ repository: NGINX, login }, signal)).tags).toEqual(['1.27']);
    const facts = await registry.describe(
      { repository: NGINX, login, reference: '1.27', needs: EVERYTHING },
      signal,
    );
    expect(facts.images).toHaveLength(1);
    expect(requests()).toContain('blob 200');
  });

  test('gets the login of the registry where the entry says so', async () => {
    const { registry, logins } = ask({ loginToMirror: true }, { HUB: MIRROR });
    const login = await logins.find(NGINX, undefined, signal);

    expect(login.identity).toBe('env:HUB');
    expect((await registry.listTags({ repository: NGINX, login }, signal)).tags).toEqual(['1.27']);
  });

  const faults: readonly (readonly [string, { readonly path?: string; readonly env?: Readonly<Record<string, string>> }, string, RegExp])[] = [
    ['without the image', { path: 'elsewhere' }, 'registry-not-found', /does not know the tags of \S+\/hub\/elsewhere: status 404 .*\(docker.io\/elsewhere is looked up there by `mirror` of the entry Docker Hub/],
    ['that refuses', { env: { MIRROR: 'mirror-user:wrong' } }, 'registry-denied', /to the login env:MIRROR: .*where the login for the host of the mirror counts\)$/],
  ]; // prettier-ignore

  test.each(faults)(
    '%s says whose mirror it is',
    async (_which, { path = 'nginx', env = { MIRROR } }, code, message) => {
      const { registry, logins } = ask({ defaultNamespace: '' }, env);
      const image = { registry: 'docker.io', path };

      const error = await errorOf(
        registry.listTags({ repository: image, login: await logins.find(image, undefined, signal) }, signal),
      );

      expect([error.code, error.line]).toEqual([code, expect.stringMatching(message)]);
      expect(error.trail).toMatch(/^env:MIRROR, .*looked up at the mirror/);
    },
  );
});

describe('somebody who is only a mirror', () => {
  test('never hears of the login of the registry, nor the registry of anything', async () => {
    const mirror = await aStandIn(() => ({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="a"' },
    }));
    const hub = await aStandIn(() => json({ tags: [] }));
    const endpoints = [
      entry({ apiUrl: hub.url, mirror: `${mirror.url}/hub`, defaultNamespace: '' }),
      anEndpoint(mirror.url),
    ];
    const { registry } = askAt(hub.url, { endpoints });
    const logins = withMirrors(
      {
        find: (repository) =>
          Promise.resolve(
            repository.registry === 'docker.io' ? basicLogin('hub-user', 'hub-s3cret') : ANONYMOUS,
          ),
        renew: () => Promise.resolve(undefined),
      },
      (repository) => {
        const { mirrorOf, repository: there } = lookupPlaceOf(endpoints, repository);
        return mirrorOf && { repository: there, takesLogin: mirrorOf.loginToMirror };
      },
    );
    const image = { registry: 'docker.io', path: 'acme/api' };

    const login = await logins.find(image, { kind: 'env', variable: 'HUB' }, signal);
    expect((await errorOf(registry.listTags({ repository: image, login }, signal))).code).toBe(
      'registry-denied',
    );

    expect(mirror.lines()).toEqual(['GET /v2/hub/acme/api/tags/list?n=1000']);
    expect(mirror.seen[0]?.headers).not.toHaveProperty('authorization');
    expect(hub.seen).toEqual([]);
  });
});

const MIRROR = `${MIRROR_USER.username}:${MIRROR_USER.password}`;

function loginAt(variable: string) {
  return { credentials: { kind: 'env', variable }, credentialsExpire: undefined } as const;
}
