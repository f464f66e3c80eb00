import type { ImageRepository } from '../../core/image/reference.ts';
import { formatRepository } from '../../core/image/reference.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Login } from '../../ports/logins.ts';
import type { Registry } from '../../ports/registry.ts';
import type { RegistryEndpoint } from '../endpoint.ts';
import { apiPath } from '../endpoints.ts';
import { knownActions } from '../known.ts';
import { createAuthorizedSend, type Wire } from './authorized-send.ts';
import type { ContentCache } from './content-cache.ts';
import { describeTag } from './describe-tag.ts';
import { listTags } from './list-tags.ts';
import { createRepositoryApi, type RepositoryApi } from './repository-api.ts';

export interface OciRegistryOptions {
  readonly endpoint: RegistryEndpoint;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly cache: ContentCache;
}

const ORDERS = {
  unsorted: 'unordered',
  'latest-first': 'latest-first',
  'latest-last': 'latest-last',
} as const;

/** A registry that speaks the OCI distribution spec, or Docker's Registry HTTP API V2 before it. */
export function createOciRegistry({ endpoint, wire, clock, cache }: OciRegistryOptions): Registry {
  const apiUrl = new URL(endpoint.apiUrl);
  const registry = endpoint.prefix.split('/')[0] || apiUrl.host;
  const send = createAuthorizedSend({ wire, apiUrl, clock, registry, actions: knownActions(apiUrl.host) });

  function apiOf(repository: ImageRepository, login: Login, signal: AbortSignal): RepositoryApi {
    const path = apiPath(endpoint, repository);
    return createRepositoryApi({
      send,
      apiUrl: endpoint.apiUrl,
      registry,
      name: formatRepository(repository),
      path,
      login,
      signal,
    });
  }

  return {
    async listTags(repository, login, signal) {
      const tags = await listTags(apiOf(repository, login, signal));
      return { tags, order: ORDERS[endpoint.tagSortMode], facts: new Map() };
    },
    describe(repository, tag, needs, login, signal) {
      return describeTag({ api: apiOf(repository, login, signal), cache }, tag, needs);
    },
  };
}
