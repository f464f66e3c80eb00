import { LISTING_LIMITS, type ListingLimits } from '../core/listing-limits.ts';
import type { ImageRepository } from '../core/image/reference.ts';
import type { HttpClient } from '../http/client.ts';
import { DEFAULT_RETRY_RULES } from '../http/retry.ts';
import { retrying } from '../http/retrying.ts';
import type { Log } from '../ports/log.ts';
import type { Observer } from '../ports/observer.ts';
import type { Registry, RepositoryAccess } from '../ports/registry.ts';
import type { SignatureSource } from '../ports/signatures.ts';
import { bulkFirst } from './bulk-first.ts';
import { createRecords, type Records } from './cache/records.ts';
import { conditional, createResponseCache, type ResponseCache } from './conditional.ts';
import { ecrListerFor, type EcrListing } from './ecr/ecr-lister.ts';
import { createEndpointClient, type EndpointClientOptions } from './endpoint-client.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import { apiPath, endpointKey, registryHost } from './endpoints.ts';
import { createHostBudgets, type HostBudgetOptions, type HostBudgets } from './host-budgets.ts';
import { knownActions, knownTokenServer } from './known.ts';
import { limited } from './limited.ts';
import { withLoginRenewal, type RenewLogin } from './login-renewal.ts';
import { measured } from './measured.ts';
import { explainMirror, lookupPlaceOf } from './mirrors.ts';
import { explainNearEntry } from './near-entry.ts';
import { createAuthorizedSend, type Wire } from './oci/authorized-send.ts';
import { createContentCache, type ContentCache } from './oci/content-cache.ts';
import { createOciRegistry } from './oci/oci-registry.ts';
import { withholdNetwork } from './withhold-network.ts';
import { withinPullLimit } from './pull-limit.ts';
import { shared } from './shared.ts';
import { interfaceEndpoint, vendorPlace, type InterfaceUrls } from './vendors/vendor-place.ts';
import { withVendor } from './vendors/with-vendor.ts';

/** `endpoints` are the administrator's entries; every other host is reached as in `known.ts`. */
export interface RegistryOptions extends EndpointClientOptions, HostBudgetOptions {
  readonly observer: Pick<Observer, 'registryRequest' | 'registryFrozen'>;
  /** Reads a refused login again: `renew` of `createRegistryLogins`. */
  readonly renewLogin?: RenewLogin;
  /** Where what never changes is kept; 32 MiB of memory unless set. */
  readonly records?: Records;
  /** Bounds of lists of tags. */
  readonly limits?: ListingLimits;
  /** Without it private repositories of Amazon ECR are listed as any other. */
  readonly ecr?: EcrListing;
  /** Where it is logged that a vendor's interface cannot be used; nowhere unless given. */
  readonly log?: Pick<Log, 'debug' | 'warn'>;
  /** Where the interfaces of vendors are, in place of the known hosts. */
  readonly interfaceUrls?: InterfaceUrls;
}

export interface ClosableRegistry extends Registry, SignatureSource {
  /** Ends idle connections. */
  close(): void;
}

const DEFAULT_BYTES = 32 * 1024 * 1024;

/**
 * Every registry behind one port. Keep it for the life of the process: tokens, connections and what is known of digests
 * live in it. What is asked goes down through these layers, each with the interface of the one below it:
 *
 *     shared             equal requests at the same time are one
 *     withLoginRenewal   a refused login is read again and tried once more
 *     routed             the endpoint of the image, or its mirror, is found
 *     withVendor         listings with facts from the vendor's interface (ECR: bulkFirst)
 *     createOciRegistry  the OCI distribution protocol: from here on there are HTTP requests
 *     withinPullLimit    no manifest is asked for when no pulls are left
 *     authorizedSend     tokens and passwords, as the registry asks for them
 *     retrying           what may pass is tried again
 *     limited            requests per second, at the same time, and pauses of the host
 *     conditional        lists of tags that have not changed cost no bytes
 *     measured           each attempt is counted
 *     HttpClient         certificates, proxy, timeouts
 */
export function buildRegistry(options: RegistryOptions): ClosableRegistry {
  const parts: Parts = {
    options,
    cache: createContentCache(options.records ?? createRecords(DEFAULT_BYTES)),
    answers: createResponseCache(),
    budgets: createHostBudgets(options),
    clients: [],
  };
  const inner = routed(options.endpoints, (endpoint) => registryAt(endpoint, parts));
  const renewing = options.renewLogin === undefined ? inner : withLoginRenewal(inner, options.renewLogin);
  return {
    ...shared(renewing),
    signaturesIn: (request, signal) => renewing.signaturesIn(request, signal),
    close() {
      for (const client of parts.clients) client.close();
    },
  };
}

/** What is behind one endpoint. Vendors have no interface of their own for signatures. */
type OciRegistry = Registry & SignatureSource;

interface Parts {
  readonly options: RegistryOptions;
  readonly cache: ContentCache;
  /** Lists of tags, by their entity tags. */
  readonly answers: ResponseCache;
  readonly budgets: HostBudgets;
  readonly clients: HttpClient[];
}

/** Sends each request to the registry of its image's endpoint, which is made when it is first needed. */
function routed(
  endpoints: readonly RegistryEndpoint[],
  create: (endpoint: RegistryEndpoint) => OciRegistry,
): OciRegistry {
  const registries = new Map<string, OciRegistry>();

  function registryOf(endpoint: RegistryEndpoint): OciRegistry {
    const key = endpointKey(endpoint);
    const registry = registries.get(key) ?? create(endpoint);
    registries.set(key, registry);
    return registry;
  }

  async function route<R extends RepositoryAccess, T>(
    request: R,
    ask: (registry: OciRegistry, request: R) => Promise<T>,
  ): Promise<T> {
    const place = lookupPlaceOf(endpoints, request.repository);
    try {
      return await ask(registryOf(place.endpoint), { ...request, repository: place.repository });
    } catch (error) {
      const explained = explainNearEntry(
        explainMirror(error, request.repository, place),
        endpoints,
        place.mirrorOf === undefined ? request.repository : place.repository,
      );
      throw withholdNetwork(explained, endpoints, request.repository);
    }
  }

  return {
    listTags: (request, signal) => route(request, (registry, there) => registry.listTags(there, signal)),
    describe: (request, signal) => route(request, (registry, there) => registry.describe(there, signal)),
    signaturesIn: (request, signal) =>
      route(request, (registry, there) => registry.signaturesIn(there, signal)),
  };
}

/** The registry behind one endpoint: the OCI protocol, and what the interface of a vendor adds to it. */
function registryAt(endpoint: RegistryEndpoint, parts: Parts): OciRegistry {
  const { options, budgets, cache } = parts;
  const { clock, log = SILENT, limits = LISTING_LIMITS } = options;
  const registry = registryHost(endpoint);
  const apiUrl = new URL(endpoint.apiUrl);
  const wire = wireTo(endpoint, registry, parts);
  const actions = knownActions(apiUrl.host);
  const tokenServers = [...(endpoint.tokenServers ?? []), ...[knownTokenServer(apiUrl.host) ?? []].flat()];
  const authorized = createAuthorizedSend({ wire, apiUrl, clock, registry, tokenServers, actions });
  const send = withinPullLimit(authorized, clock, registry);
  const oci = createOciRegistry({ endpoint, send, cache, clock, limits });
  if (endpoint.api === 'distribution') return oci;
  const ecr = ecrListerFor(endpoint, { listing: options.ecr, budget: budgets.budgetOf(endpoint), limits });
  if (ecr !== undefined) return { ...oci, ...bulkFirst(oci, ecr, clock) };
  const place = vendorPlace(endpoint, options.interfaceUrls);
  if (place === undefined) return oci;
  const ownHost = new URL(place.baseUrl).host === apiUrl.host;
  const api = {
    ...place,
    ownHost,
    registry,
    pathOf: (repository: ImageRepository) => apiPath(endpoint, repository),
    wire: ownHost ? wire : wireTo(interfaceEndpoint(endpoint, place), registry, parts),
    authorized: send,
    limits,
    clock,
    log,
  };
  const listing = withVendor(oci, {
    vendor: place.vendor,
    api,
    keepsOrder: endpoint.tagSortMode !== 'unsorted',
  });
  return { ...oci, ...listing };
}

const SILENT = { debug: () => undefined, warn: () => undefined };

/** Sends HTTP requests of each kind to the host of an endpoint; they count for `registry`. */
function wireTo(
  endpoint: RegistryEndpoint,
  registry: string,
  { options, budgets, clients, answers }: Parts,
): Wire {
  const { clock, observer, retry: rules = DEFAULT_RETRY_RULES } = options;
  const budget = budgets.budgetOf(endpoint);
  const client = createEndpointClient(endpoint, options, budgets.concurrencyOf(endpoint));
  clients.push(client);
  return (kind, path) => {
    const counted = measured(client.send, { observer, clock, registry, kind });
    const asked = kind === 'tags' ? conditional(counted, answers) : counted;
    return retrying(limited(asked, { budget, clock, path }), { clock, rules });
  };
}
