import { describe, expect, test } from 'vitest';
import type { RegistryApi } from '../../../src/core/registry-api.ts';
import { interfaceEndpoint, vendorPlace } from '../../../src/registries/vendors/vendor-place.ts';
import { anEndpoint } from '../../helpers/an-endpoint.ts';

interface Row {
  readonly apiUrl: string;
  readonly api?: RegistryApi;
  readonly mirror?: string;
  /** Vendor, base URL, and whether it may see the login; `undefined` where there is no interface. */
  readonly place: readonly [string, string, boolean] | undefined;
}

const ROWS: readonly Row[] = [
  { apiUrl: 'https://ghcr.io', place: ['github', 'https://api.github.com', true] },
  { apiUrl: 'https://registry-1.docker.io', place: ['docker-hub', 'https://hub.docker.com', true] },
  { apiUrl: 'https://quay.io', place: ['quay', 'https://quay.io', true] },
  { apiUrl: 'https://acme.azurecr.io', place: ['azure', 'https://acme.azurecr.io', true] },
  { apiUrl: 'https://registry.gitlab.com', place: ['gitlab', 'https://registry.gitlab.com', true] },
  { apiUrl: 'https://registry.corp', place: undefined },
  { apiUrl: 'https://gcr.io', place: undefined },
  // Turned off, and a host that only looks alike.
  { apiUrl: 'https://ghcr.io', api: 'distribution', place: undefined },
  { apiUrl: 'https://ghcr.io.evil.example', place: undefined },
  { apiUrl: 'https://ghcr.io:8443', place: undefined },
  // A mirror has its own tags, and its logins are nobody else's business.
  { apiUrl: 'https://ghcr.io', mirror: 'https://mirror.corp', place: undefined },
  {
    apiUrl: 'https://mirror.corp',
    api: 'docker-hub',
    place: ['docker-hub', 'https://hub.docker.com', false],
  },
  // What one runs oneself.
  { apiUrl: 'https://harbor.corp', api: 'harbor', place: ['harbor', 'https://harbor.corp', true] },
  { apiUrl: 'http://127.0.0.1:5000', api: 'quay', place: ['quay', 'http://127.0.0.1:5000', true] },
  {
    apiUrl: 'https://containers.github.corp',
    api: 'github',
    place: ['github', 'https://github.corp/api/v3', true],
  },
  {
    apiUrl: 'https://containers.octocorp.ghe.com',
    api: 'github',
    place: ['github', 'https://api.octocorp.ghe.com', true],
  },
  {
    apiUrl: 'http://containers.github.corp:8080',
    api: 'github',
    place: ['github', 'http://github.corp:8080/api/v3', true],
  },
];

describe('the interface of a registry', () => {
  test.each(ROWS)('$apiUrl, $api', ({ place, apiUrl, ...entry }) => {
    const found = vendorPlace({ mirror: undefined, ...entry, apiUrl });

    expect(found && [found.vendor, found.baseUrl, found.takesLogin]).toEqual(place);
  });

  const trusting = { insecure: true, caData: 'PEM', clientCertFile: '/cert', clientKeyFile: '/key' };

  test("of somebody else is not trusted as the registry is, nor shown the registry's certificate", () => {
    const endpoint = anEndpoint('https://ghcr.io', trusting);
    const place = vendorPlace(endpoint);

    expect(place && interfaceEndpoint(endpoint, place)).toMatchObject({
      apiUrl: 'https://api.github.com',
      insecure: false,
      caData: undefined,
      clientCertFile: undefined,
      clientKeyFile: undefined,
    });
  });

  test('of the same installation is reached as the registry is', () => {
    const endpoint = anEndpoint('https://containers.github.corp', { ...trusting, api: 'github' });
    const place = vendorPlace(endpoint);

    expect(place && interfaceEndpoint(endpoint, place)).toMatchObject({
      apiUrl: 'https://github.corp/api/v3',
      ...trusting,
    });
  });
});
