import type { RegistryEndpoint } from '../../src/settings/registry.ts';

/** A registry that is asked as often as one likes. */
export function anEndpoint(url: string, changes: Partial<RegistryEndpoint> = {}): RegistryEndpoint {
  return {
    name: 'a test registry',
    apiUrl: url,
    prefix: new URL(url).host,
    tagSortMode: 'unsorted',
    defaultNamespace: '',
    insecure: false,
    limit: 0,
    concurrency: undefined,
    isDefault: false,
    caFile: undefined,
    caData: undefined,
    clientCertFile: undefined,
    clientKeyFile: undefined,
    proxy: { kind: 'environment' },
    mirror: undefined,
    loginToMirror: false,
    connectTimeout: undefined,
    timeout: undefined,
    ...changes,
  };
}
