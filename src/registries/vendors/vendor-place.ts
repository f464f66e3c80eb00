import { githubOrServerApiUrl } from '../../core/git/github-api.ts';
import type { RegistryApi } from '../../core/registry-api.ts';
import type { RegistryEndpoint } from '../../settings/registry.ts';
import { DOCKER_HUB_INTERFACE, knownInterface } from '../known.ts';

export type Vendor = Exclude<RegistryApi, 'auto' | 'distribution'>;

/** Base URLs of interfaces that are not on the registry's own host, in place of the ones that are known. */
export type InterfaceUrls = Partial<Record<'docker-hub' | 'github', string>>;

/** Where a vendor's interface is, and whether it may see the login. */
export interface VendorPlace {
  readonly vendor: Vendor;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly takesLogin: boolean;
  /** Whether it is run by whoever runs the registry: then it is reached and trusted like the registry. */
  readonly sameOperator: boolean;
}

/** Requests per second to a host that serves interfaces alone. */
const INTERFACE_LIMIT = 5;

/**
 * The interface for a registry: the one its entry names, else the one that is known of the host of its API; `undefined`
 * when there is none. A mirror of Docker Hub has logins of its own, which Docker Hub never sees.
 */
export function vendorPlace(
  { api = 'auto', apiUrl, mirror }: Pick<RegistryEndpoint, 'api' | 'apiUrl' | 'mirror'>,
  urls: InterfaceUrls = {},
): VendorPlace | undefined {
  // A mirror has its own tags.
  if (mirror !== undefined) return undefined;
  const { host } = new URL(apiUrl);
  const known = knownInterface(host);
  const vendor = api === 'auto' ? (known?.api ?? 'distribution') : api;
  switch (vendor) {
    case 'auto':
    case 'distribution':
      return undefined;
    case 'azure':
    case 'gitlab':
    case 'harbor':
    case 'quay':
      return { vendor, baseUrl: apiUrl, takesLogin: true, sameOperator: true };
    case 'github': {
      const url = urls.github ?? (known?.api === 'github' ? known.url : undefined);
      const baseUrl = url ?? enterpriseUrl(new URL(apiUrl));
      return { vendor, baseUrl, takesLogin: true, sameOperator: url === undefined };
    }
    case 'docker-hub': {
      const override = urls['docker-hub'];
      const isHub = known?.api === 'docker-hub' || override !== undefined;
      return { vendor, baseUrl: override ?? DOCKER_HUB_INTERFACE, takesLogin: isHub, sameOperator: false };
    }
  }
}

/**
 * How an interface on another host is reached: as the registry when the same operator runs it, else without what was
 * configured to trust the registry and to prove oneself to it.
 */
export function interfaceEndpoint(
  endpoint: RegistryEndpoint,
  { baseUrl, sameOperator }: VendorPlace,
): RegistryEndpoint {
  const there = { ...endpoint, apiUrl: baseUrl, limit: INTERFACE_LIMIT };
  if (sameOperator) return there;
  const nothing = undefined;
  return {
    ...there,
    insecure: false,
    caFile: nothing,
    caData: nothing,
    clientCertFile: nothing,
    clientKeyFile: nothing,
  };
}

/**
 * The REST API beside a registry of GitHub Enterprise: `containers.github.corp` has it at `github.corp/api/v3`, and with
 * data residency `containers.octocorp.ghe.com` at `api.octocorp.ghe.com` (GitHub Docs, "Working with the Container
 * registry" and "Resources in the REST API").
 */
function enterpriseUrl({ protocol, host }: URL): string {
  const main = host.replace(/^containers\./, '');
  return githubOrServerApiUrl(protocol === 'http:' ? 'http' : 'https', main);
}
