import type { ImageRepository } from '../core/image/reference.ts';
import { canonicalHost, canonicalPrefix, DOCKER_HUB } from '../core/image/registry-host.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import { knownEndpoint } from './known.ts';

type Findable = Pick<RegistryEndpoint, 'prefix' | 'isDefault'> & Partial<Pick<RegistryEndpoint, 'apiUrl'>>;

/**
 * The entry that an administrator wrote for this image: the longest prefix that ends at a `/` wins, however its host is
 * spelled. `ghcr.io/acme` is not the start of `ghcr.io/acmex/api`. A default without a prefix is for names without a host
 * alone, which no other entry is for then.
 */
export function findEndpoint<E extends Findable>(
  endpoints: readonly E[],
  repository: ImageRepository,
): E | undefined {
  const host = canonicalHost(repository.registry);
  if (host === '') return endpoints.find((endpoint) => endpoint.isDefault && prefixOf(endpoint) === '');
  const image = `${host}/${repository.path}/`;
  let best: E | undefined;
  let length = 0;
  for (const endpoint of endpoints) {
    const prefix = prefixOf(endpoint);
    const isBetter = prefix.length > length || (prefix.length === length && best?.prefix === '');
    if (isBetter && image.startsWith(`${prefix}/`)) {
      best = endpoint;
      length = prefix.length;
    }
  }
  return best;
}

/**
 * Where image names without a host belong, for `repositoryOf`: the prefix of the default, Docker Hub without a default, and
 * `''` for a default without a prefix, whose images have no host in their names and are not those of Docker Hub.
 */
export function defaultRegistryOf(endpoints: readonly Findable[]): string {
  const chosen = endpoints.find(({ isDefault }) => isDefault);
  return chosen === undefined ? DOCKER_HUB : prefixOf(chosen);
}

/** A default at Docker Hub's own API serves Docker Hub, also where nobody wrote so. */
function prefixOf({ prefix, isDefault, apiUrl }: Findable): string {
  const isHub = isDefault && prefix === '' && apiUrl !== undefined && apiHostKey({ apiUrl }) === DOCKER_HUB;
  return isHub ? DOCKER_HUB : canonicalPrefix(prefix);
}

/** Where to ask for this image: the administrator's entry, else what is known of the host, else HTTPS on it. */
export function resolveEndpoint(
  endpoints: readonly RegistryEndpoint[],
  repository: ImageRepository,
): RegistryEndpoint {
  return findEndpoint(endpoints, repository) ?? knownEndpoint(canonicalHost(repository.registry));
}

/** The registry's host as in image names; that of its API where an entry names none. */
export function registryHost({ prefix, apiUrl }: Pick<RegistryEndpoint, 'prefix' | 'apiUrl'>): string {
  return canonicalHost(prefix.split('/')[0] || new URL(apiUrl).host);
}

/** Equal exactly when two endpoints serve the same images in the same way. */
export function endpointKey({ prefix, apiUrl }: Pick<RegistryEndpoint, 'prefix' | 'apiUrl'>): string {
  return `${canonicalPrefix(prefix)} ${apiUrl}`;
}

/** The server that is asked: equal for two entries exactly when they share what it allows. */
export function apiHostKey({ apiUrl }: Pick<RegistryEndpoint, 'apiUrl'>): string {
  return canonicalHost(new URL(apiUrl).host);
}

/** The image's path as its registry's API wants it. `library/` belongs to Docker Hub's names, and is kept in others. */
export function apiPath({ defaultNamespace }: RegistryEndpoint, { path }: ImageRepository): string {
  return defaultNamespace === '' || path.includes('/') ? path : `${defaultNamespace}/${path}`;
}
