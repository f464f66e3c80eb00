import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import type { ImageRepository } from '../core/image/reference.ts';
import { canonicalHost } from '../core/image/registry-host.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import { apiHostKey, apiPath, resolveEndpoint } from './endpoints.ts';
import { lookupPlaceOf } from './mirrors.ts';

/**
 * Every name that a registry may have for an image repository, as keys: as it is written, at the mirror where it is looked
 * up, and at the host of each of these that `apiUrl` names. `docker.io/library/nginx` is also that of `registry-1.docker.io`.
 */
export function repositoryNames(
  endpoints: readonly RegistryEndpoint[],
  repository: ImageRepository,
): readonly string[] {
  const written = { ...repository, registry: canonicalHost(repository.registry) };
  const own = resolveEndpoint(endpoints, written);
  const { endpoint, repository: there } = lookupPlaceOf(endpoints, written);
  const names = [
    written,
    { registry: apiHostKey(own), path: apiPath(own, written) },
    there,
    { registry: apiHostKey(endpoint), path: apiPath(endpoint, there) },
  ];
  return [...new Set(names.map(imageRepositoryKey))];
}
