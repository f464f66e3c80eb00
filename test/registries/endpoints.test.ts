import { describe, expect, test } from 'vitest';
import type { RegistryEndpoint } from '../../src/settings/registry.ts';
import { parseImageReference, repositoryOf } from '../../src/core/image/reference.ts';
import { apiPath, defaultRegistryOf, findEndpoint, resolveEndpoint } from '../../src/registries/endpoints.ts';
import { anEndpoint } from '../helpers/an-endpoint.ts';

function entry(name: string, prefix: string, changes: Partial<RegistryEndpoint> = {}): RegistryEndpoint {
  return anEndpoint(`https://${name}.example`, { name, prefix, ...changes });
}

const ENTRIES = [
  entry('github', 'ghcr.io'),
  entry('acme', 'ghcr.io/acme'),
  entry('acme-team', 'GHCR.io/acme/team'),
  entry('port', 'localhost:5000'),
  entry('harbor', 'harbor.corp', { isDefault: true }),
];

function repository(image: string) {
  const slash = image.indexOf('/');
  return { registry: image.slice(0, slash), path: image.slice(slash + 1) };
}

describe('the endpoint of an image', () => {
  test.each([
    ['ghcr.io/other/api', 'github'],
    ['ghcr.io/acme/api', 'acme'],
    ['ghcr.io/acme', 'acme'],
    ['ghcr.io/acmex/api', 'github'],
    ['ghcr.io/acme/team/api', 'acme-team'],
    ['ghcr.io/acme/teamx/api', 'acme'],
    ['GHCR.IO/acme/api', 'acme'],
    ['ghcr.io:443/acme/api', 'acme'],
    ['ghcr.io:80/acme/api', 'ghcr.io:80'],
    ['localhost:5000/api', 'port'],
    ['localhost:50001/api', 'localhost:50001'],
    ['localhost/api', 'localhost'],
    ['ghcr.io.evil.example/acme/api', 'ghcr.io.evil.example'],
    ['docker.io/library/nginx', 'Docker Hub'],
    ['quay.io/acme/api', 'Quay.io'],
  ])('%s is %s', (image, name) => {
    expect(resolveEndpoint(ENTRIES, repository(image)).name).toBe(name);
    expect(resolveEndpoint(ENTRIES.toReversed(), repository(image)).name).toBe(name);
  });

  test.each(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'Docker.io:443'])(
    'is the entry for %s where no host was written',
    (prefix) => {
      const entries = [entry('hub', prefix), entry('fallback', '', { isDefault: true })];

      expect(resolveEndpoint(entries, repository('docker.io/library/nginx')).name).toBe('hub');
    },
  );

  test('is the default without a prefix only where no host was written', () => {
    const entries = [entry('fallback', '', { isDefault: true })];

    expect(resolveEndpoint(entries, { registry: '', path: 'nginx' }).name).toBe('fallback');
    expect(resolveEndpoint(entries, repository('docker.io/library/nginx')).name).toBe('Docker Hub');
    expect(resolveEndpoint(entries, repository('index.docker.io/acme/api')).name).toBe('Docker Hub');
    expect(resolveEndpoint(entries, repository('quay.io/acme/api')).name).toBe('Quay.io');
    expect(resolveEndpoint([entry('no-default', '')], repository('docker.io/library/nginx')).name).toBe(
      'Docker Hub',
    );
  });

  test('is HTTPS on its host when nobody said anything, also on this machine', () => {
    expect(resolveEndpoint([], repository('reg.corp:5000/api'))).toMatchObject({
      apiUrl: 'https://reg.corp:5000',
      limit: 20,
      insecure: false,
    });
    expect(resolveEndpoint([], repository('localhost:5000/api')).apiUrl).toBe('https://localhost:5000');
  });

  test('keeps whatever else an entry holds', () => {
    const entries = [{ prefix: 'ghcr.io', isDefault: false, credentials: 'env:GHCR' }];

    expect(findEndpoint(entries, repository('ghcr.io/acme/api'))?.credentials).toBe('env:GHCR');
    expect(findEndpoint(entries, repository('quay.io/acme/api'))).toBeUndefined();
  });
});

describe('the path at the API', () => {
  const fallback = entry('fallback', '', { isDefault: true });
  test.each([
    ['docker.io/library/nginx', resolveEndpoint([], repository('docker.io/library/nginx')), 'library/nginx'],
    ['docker.io/acme/api', resolveEndpoint([], repository('docker.io/acme/api')), 'acme/api'],
    ['quay.io/nginx', entry('quay', 'quay.io', { defaultNamespace: 'acme' }), 'acme/nginx'],
    ['quay.io/nginx', entry('quay', 'quay.io'), 'nginx'],
    ['ghcr.io/acme/api', entry('part', 'ghcr.io/acme'), 'acme/api'],
    ['/nginx', fallback, 'nginx'],
    ['/library/nginx', fallback, 'library/nginx'],
    ['/nginx', { ...fallback, defaultNamespace: 'proxy' }, 'proxy/nginx'],
    ['/library/nginx', { ...fallback, defaultNamespace: 'proxy' }, 'library/nginx'],
    ['/library/a/b', fallback, 'library/a/b'],
  ])('of %s at %o is %s', (image, endpoint, expected) => {
    expect(apiPath(endpoint, repository(image))).toBe(expected);
  });
});

describe('an image as it is written, with a default registry', () => {
  const fallback = entry('fallback', '', { isDefault: true });
  const proxy = { ...fallback, defaultNamespace: 'proxy' };
  const hub = entry('hub', 'docker.io');
  const atHub = anEndpoint('https://registry-1.docker.io', { name: 'at hub', prefix: '', isDefault: true });
  const harbor = entry('harbor', 'harbor.corp/hub', { isDefault: true });

  // prettier-ignore
  test.each<readonly [string, readonly RegistryEndpoint[], string, string]>([
    // Written without a host: the default, as it stands there.
    ['nginx', [fallback], 'fallback', 'nginx'],
    ['library/nginx', [fallback], 'fallback', 'library/nginx'],
    ['x/y', [fallback], 'fallback', 'x/y'],
    ['nginx', [proxy], 'fallback', 'proxy/nginx'],
    ['library/nginx', [proxy], 'fallback', 'library/nginx'],
    ['x/y', [hub, fallback], 'fallback', 'x/y'],
    ['nginx', [harbor], 'harbor', 'hub/nginx'],
    // Written with the host of Docker Hub: Docker Hub.
    ['docker.io/x/y', [fallback], 'Docker Hub', 'x/y'],
    ['docker.io/nginx', [fallback], 'Docker Hub', 'library/nginx'],
    ['index.docker.io/library/nginx', [proxy], 'Docker Hub', 'library/nginx'],
    ['registry-1.docker.io/x/y', [fallback, hub], 'hub', 'x/y'],
    ['docker.io/x/y', [harbor], 'Docker Hub', 'x/y'],
    // Nobody says otherwise: Docker Hub, too.
    ['x/y', [], 'Docker Hub', 'x/y'],
    ['nginx', [hub], 'hub', 'library/nginx'],
    // The default is Docker Hub itself.
    ['nginx', [atHub], 'at hub', 'library/nginx'],
    ['docker.io/x/y', [atHub], 'at hub', 'x/y'],
    ['docker.io/x/y', [atHub, hub], 'hub', 'x/y'],
    ['x/y', [hub, atHub], 'hub', 'x/y'],
    // Any other host is asked itself.
    ['quay.io/x/y', [fallback], 'Quay.io', 'x/y'],
    ['fallback.example/x/y', [fallback], 'fallback.example', 'x/y'],
  ])('%s is asked at the right one: %#', (text, endpoints, name, path) => {
    const image = repositoryOf(parseImageReference(text), defaultRegistryOf(endpoints));
    const endpoint = resolveEndpoint(endpoints, image);

    expect([endpoint.name, apiPath(endpoint, image)]).toEqual([name, path]);
  });
});
