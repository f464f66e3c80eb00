import type { ImageRepository } from '../../core/image/reference.ts';
import { LISTING_LIMITS, type ListingLimits } from '../../core/listing-limits.ts';
import { formatRepository } from '../../core/image/reference.ts';
import type { Login } from '../../ports/logins.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Registry } from '../../ports/registry.ts';
import type { SignatureSource } from '../../ports/signatures.ts';
import type { RegistryEndpoint } from '../../settings/registry.ts';
import { apiPath, registryHost } from '../endpoints.ts';
import type { AuthorizedSend } from './authorized-send.ts';
import { createFlights } from '../../async/flights.ts';
import type { ContentCache } from './content-cache.ts';
import type { ContentFlights } from './content.ts';
import { describeTag } from './describe-tag.ts';
import { listTags } from './list-tags.ts';
import { signaturesIn } from './signatures.ts';
import { createRepositoryApi, type RepositoryApi } from './repository-api.ts';

export interface OciRegistryOptions {
  readonly endpoint: RegistryEndpoint;
  readonly send: AuthorizedSend;
  readonly cache: ContentCache;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits?: ListingLimits | undefined;
}

const ORDERS = {
  unsorted: 'unordered',
  'latest-first': 'latest-first',
  'latest-last': 'latest-last',
} as const;

/** A registry that speaks the OCI distribution spec, or Docker's Registry HTTP API V2 before it. */
export function createOciRegistry({
  endpoint,
  send,
  cache,
  clock,
  limits = LISTING_LIMITS,
}: OciRegistryOptions): Registry & SignatureSource {
  const registry = registryHost(endpoint);

  const flights: ContentFlights = { manifests: createFlights(), configs: createFlights() };

  function apiOf(repository: ImageRepository, login: Login, signal: AbortSignal): RepositoryApi {
    const path = apiPath(endpoint, repository);
    return createRepositoryApi({
      send,
      apiUrl: endpoint.apiUrl,
      registry,
      name: formatRepository(repository),
      path,
      login,
      limits,
      signal,
    });
  }

  return {
    async listTags({ repository, login }, signal) {
      const listed = await listTags(apiOf(repository, login, signal), endpoint.pageSize);
      return { ...listed, order: ORDERS[endpoint.tagSortMode] };
    },
    describe({ repository, login, reference, needs, remembered = false }, signal) {
      const { immutableTags = false } = endpoint;
      const source = {
        api: apiOf(repository, login, signal),
        cache,
        flights,
        clock,
        immutableTags,
        remembered,
      };
      return describeTag(source, reference, needs);
    },
    signaturesIn({ repository, login, ...asked }, signal) {
      return signaturesIn(apiOf(repository, login, signal), asked);
    },
  };
}
