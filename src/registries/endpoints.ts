import type { ImageRepository } from '../core/image/reference.ts';
import { canonicalHost, canonicalPrefix, DOCKER_HUB } from '../core/image/registry-host.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import { knownEndpoint } from './known.ts';

type Findable = Pick<RegistryEndpoint, 'prefix' | 'isDefault'>;

/**
 * The entry that an administrator wrote for this image: the longest prefix that ends at a `/` wins, however its host is
 * spelled. An entry for `docker.io` also serves names without a host; one without a prefix serves them only where there
 * is none for `docker.io`. `ghcr.io/acme` is not the start of `ghcr.io/acmex/api`.
 */
export function findEndpoint<E extends Findable>(
  endpoints: readonly E[],
  repository: ImageRepository,
): E | undefined {
  const host = canonicalHost(repository.registry);
  const image = `${host}/${repository.path}/`;
  let best: E | undefined;
  let length = 0;
  for (const endpoint of endpoints) {
    const prefix = canonicalPrefix(endpoint.prefix);
    if (prefix.length > length && image.startsWith(`${prefix}/`)) {
      best = endpoint;
      length = prefix.length;
    }
  }
  if (best !== undefined || host !== DOCKER_HUB) return best;
  return endpoints.find(({ isDefault, prefix }) => isDefault && prefix === '');
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

/** The image's path as its registry's API wants it. */
export function apiPath(
  { defaultNamespace, isDefault, prefix }: RegistryEndpoint,
  { registry, path }: ImageRepository,
): string {
  // `library/` is Docker Hub's own: another registry that stands in for it names its namespace itself, or has none.
  const standsIn = isDefault && prefix === '' && canonicalHost(registry) === DOCKER_HUB;
  const name = standsIn ? path.replace(/^library\/(?=[^/]+$)/, '') : path;
  return defaultNamespace === '' || name.includes('/') ? name : `${defaultNamespace}/${name}`;
}
