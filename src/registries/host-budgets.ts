import { DEFAULT_RETRY_RULES, type RetryRules } from '../http/retry.ts';
import type { Clock } from '../ports/clock.ts';
import type { Observer } from '../ports/observer.ts';
import { createBudget, type Budget } from './budget.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import { apiHostKey, registryHost } from './endpoints.ts';
import { knownConcurrency } from './known.ts';

/** How much each API host may be asked: entries for parts of one host share what it allows. */
export interface HostBudgets {
  budgetOf(endpoint: RegistryEndpoint): Budget;
  /** Requests at the same time. */
  concurrencyOf(endpoint: RegistryEndpoint): number;
}

export interface HostBudgetOptions {
  /** The administrator's entries. */
  readonly endpoints: readonly RegistryEndpoint[];
  readonly clock: Clock;
  readonly observer: Pick<Observer, 'registryFrozen'>;
  readonly retry?: RetryRules;
  /** For each host, in place of what its entries say. */
  readonly requestsPerSecond?: number;
}

export function createHostBudgets(options: HostBudgetOptions): HostBudgets {
  const { endpoints, clock, observer, retry = DEFAULT_RETRY_RULES } = options;
  const budgets = new Map<string, Budget>();

  /** An endpoint and all entries for its API host. */
  function sharing(endpoint: RegistryEndpoint): readonly RegistryEndpoint[] {
    const host = apiHostKey(endpoint);
    return [endpoint, ...endpoints.filter((other) => apiHostKey(other) === host)];
  }

  /** Of several entries for one API host, the fewest; else what is known of it. */
  function concurrencyOf(endpoint: RegistryEndpoint): number {
    const configured = sharing(endpoint).flatMap(({ concurrency }) => concurrency ?? []);
    return configured.length === 0 ? knownConcurrency(apiHostKey(endpoint)) : Math.min(...configured);
  }

  /** The same for requests per second, where 0 is no limit. */
  function limitOf(endpoint: RegistryEndpoint): number {
    if (options.requestsPerSecond !== undefined) return options.requestsPerSecond;
    const configured = sharing(endpoint).flatMap(({ limit }) => (limit > 0 ? [limit] : []));
    return configured.length === 0 ? 0 : Math.min(...configured);
  }

  return {
    concurrencyOf,
    budgetOf(endpoint) {
      const key = apiHostKey(endpoint);
      const known = budgets.get(key);
      if (known !== undefined) return known;
      const budget = createBudget({
        registry: new URL(endpoint.apiUrl).host,
        limit: limitOf(endpoint),
        concurrency: concurrencyOf(endpoint),
        clock,
        longestWait: retry.longestRetryAfter,
        onPause: (pause) => observer.registryFrozen({ registry: registryHost(endpoint), ...pause }),
      });
      budgets.set(key, budget);
      return budget;
    },
  };
}
