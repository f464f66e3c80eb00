import type { ImageRepository } from '../core/image/reference.ts';
import type { HttpClient } from '../http/client.ts';
import { DEFAULT_RETRY_RULES, type RetryRules } from '../http/retry.ts';
import { retrying } from '../http/retrying.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Observer } from '../ports/observer.ts';
import type { Registry } from '../ports/registry.ts';
import type { RegistryEndpoint } from './endpoint.ts';
import { bulkFirst } from './bulk-first.ts';
import { conditional, createKeptAnswers, type KeptAnswers } from './conditional.ts';
import { ecrListerFor, type EcrListing } from './ecr/ecr-lister.ts';
import { apiPath, registryHost } from './endpoints.ts';
import { knownActions, knownConcurrency } from './known.ts';
import { createBudget, type Budget } from './budget.ts';
import { createEndpointClient, type EndpointClientOptions } from './endpoint-client.ts';
import { limited } from './limited.ts';
import { measured } from './measured.ts';
import { placeOf, toldOfMirror } from './mirrors.ts';
import { createAuthorizedSend, type Wire } from './oci/authorized-send.ts';
import { createRecords, type Records } from './cache/records.ts';
import { createContentCache, type ContentCache } from './oci/content-cache.ts';
import { createOciRegistry } from './oci/oci-registry.ts';
import { withinPullQuota } from './pull-quota.ts';
import { renewed, type RenewLogin } from './renewed.ts';
import { shared } from './shared.ts';
import { interfaceEndpoint, vendorPlace, type InterfaceUrls } from './vendors/vendor-place.ts';
import { withVendor } from './vendors/with-vendor.ts';

export interface RegistryOptions extends Omit<EndpointClientOptions, 'connections'> {
  /** The administrator's entries; every other host is reached as `known.ts` says. */
  readonly endpoints: readonly RegistryEndpoint[];
  readonly clock: Clock;
  readonly observer: Pick<Observer, 'registryRequest' | 'registryFrozen'>;
  /** Reads a refused login again: `renew` of `createRegistryLogins`. */
  readonly renewLogin?: RenewLogin;
  /** Where what never changes is kept; 32 MiB of memory unless said. */
  readonly records?: Records;
  readonly retry?: RetryRules;
  /** Without it private repositories of Amazon ECR are listed as any other. */
  readonly ecr?: EcrListing;
  /** Hears when a vendor's interface cannot be used; nobody unless said. */
  readonly log?: Pick<Log, 'debug' | 'warn'>;
  /** Where the interfaces of vendors are, in place of the known hosts. */
  readonly interfaceUrls?: InterfaceUrls;
}

export interface ClosableRegistry extends Registry {
  /** Ends idle connections. */
  close(): void;
}

const DEFAULT_BYTES = 32 * 1024 * 1024;

/**
 * Every registry behind one port: finds the endpoint of an image, and sends each request through retry, budget and
 * measurement. Keep it for the life of the process: tokens, connections and what is known of digests live in it.
 */
export function createRegistry(options: RegistryOptions): ClosableRegistry {
  const parts: Parts = {
    options,
    cache: createContentCache(options.records ?? createRecords(DEFAULT_BYTES)),
    answers: createKeptAnswers(),
    budgets: new Map(),
    clients: [],
  };
  const registries = new Map<string, Registry>();

  function registryAt(endpoint: RegistryEndpoint): Registry {
    const key = `${endpoint.prefix} ${endpoint.apiUrl}`;
    const known = registries.get(key);
    if (known !== undefined) return known;
    const created = connect(endpoint, parts);
    registries.set(key, created);
    return created;
  }

  async function ask<T>(
    repository: ImageRepository,
    question: (registry: Registry, repository: ImageRepository) => Promise<T>,
  ): Promise<T> {
    const place = placeOf(options.endpoints, repository);
    try {
      return await question(registryAt(place.endpoint), place.repository);
    } catch (error) {
      throw toldOfMirror(error, repository, place);
    }
  }

  const dispatching: Registry = {
    listTags: (repository, login, signal, wish) =>
      ask(repository, (registry, there) => registry.listTags(there, login, signal, wish)),
    describe: (repository, tag, needs, login, signal) =>
      ask(repository, (registry, there) => registry.describe(there, tag, needs, login, signal)),
  };
  const renewing = options.renewLogin === undefined ? dispatching : renewed(dispatching, options.renewLogin);
  return {
    ...shared(renewing),
    close() {
      for (const client of parts.clients) client.close();
    },
  };
}

interface Parts {
  readonly options: RegistryOptions;
  readonly cache: ContentCache;
  /** Lists of tags, by their entity tags. */
  readonly answers: KeptAnswers;
  /** By API host: entries for parts of one host share what it allows. */
  readonly budgets: Map<string, Budget>;
  readonly clients: HttpClient[];
}

function connect(endpoint: RegistryEndpoint, parts: Parts): Registry {
  const { clock, log = SILENT, interfaceUrls } = parts.options;
  const apiUrl = new URL(endpoint.apiUrl);
  const registry = registryHost(endpoint);
  const wire = wireTo(endpoint, registry, parts);
  const actions = knownActions(apiUrl.host);
  const authorized = createAuthorizedSend({ wire, apiUrl, clock, registry, actions });
  const send = withinPullQuota(authorized, clock, registry);
  const oci = createOciRegistry({ endpoint, send, cache: parts.cache });
  if (endpoint.api === 'distribution') return oci;
  const ecr = ecrListerFor(endpoint, { listing: parts.options.ecr, budget: budgetOf(endpoint, parts) });
  if (ecr !== undefined) return bulkFirst(oci, ecr, clock);
  const place = vendorPlace(endpoint, interfaceUrls);
  if (place === undefined) return oci;
  const ownHost = new URL(place.baseUrl).host === apiUrl.host;
  const api = {
    ...place,
    ownHost,
    registry,
    pathOf: (repository: ImageRepository) => apiPath(endpoint, repository),
    wire: ownHost ? wire : wireTo(interfaceEndpoint(endpoint, place), registry, parts),
    authorized: send,
    clock,
    log,
  };
  return withVendor(oci, place.vendor, api, { keepsOrder: endpoint.tagSortMode !== 'unsorted' });
}

const SILENT = { debug: () => undefined, warn: () => undefined };

/** Sends to the host of an endpoint, with retry, budget and measurement; counted for `registry`. */
function wireTo(endpoint: RegistryEndpoint, registry: string, parts: Parts): Wire {
  const { clock, observer, retry: rules = DEFAULT_RETRY_RULES } = parts.options;
  const connections = concurrencyAt(endpoint, parts);
  const client = createEndpointClient(endpoint, { ...parts.options, connections });
  parts.clients.push(client);
  const budget = budgetOf(endpoint, parts);
  return (kind) => {
    const counted = measured(client.send, { observer, clock, registry, kind });
    const asked = kind === 'tags' ? conditional(counted, parts.answers) : counted;
    return retrying(limited(asked, { budget, clock }), { clock, rules });
  };
}

function budgetOf(endpoint: RegistryEndpoint, { options, budgets }: Parts): Budget {
  const { host } = new URL(endpoint.apiUrl);
  const known = budgets.get(host);
  if (known !== undefined) return known;
  const { clock, endpoints, observer, retry: { longestRetryAfter } = DEFAULT_RETRY_RULES } = options;
  const limits = [endpoint, ...endpoints]
    .filter(({ apiUrl }) => new URL(apiUrl).host === host)
    .map(({ limit }) => limit);
  const strictest = Math.min(...limits.filter((limit) => limit > 0), Infinity);
  const limit = Number.isFinite(strictest) ? strictest : 0;
  const concurrency = concurrencyAt(endpoint, { options });
  const budget = createBudget({
    registry: host,
    limit,
    concurrency,
    clock,
    longestWait: longestRetryAfter,
    onFreeze: (freeze) => observer.registryFrozen({ registry: registryHost(endpoint), ...freeze }),
  });
  budgets.set(host, budget);
  return budget;
}

/** Whatever the entries of one API host say, it is the fewest; else what is known of it. */
function concurrencyAt(endpoint: RegistryEndpoint, { options }: Pick<Parts, 'options'>): number {
  const { host } = new URL(endpoint.apiUrl);
  const said = [endpoint, ...options.endpoints]
    .filter(({ apiUrl }) => new URL(apiUrl).host === host)
    .flatMap(({ concurrency }) => (concurrency === undefined ? [] : [concurrency]));
  return said.length === 0 ? knownConcurrency(host) : Math.min(...said);
}
