import type { Config } from '../config/config.ts';
import { specsOf } from '../config/check-specs.ts';
import type { Checks } from '../ports/checks.ts';
import type { WriteResults } from '../ports/write-results.ts';
import type { Environment } from './environment.ts';
import type { ClusterReach } from './reach-cluster.ts';
import type { WatchServices } from './verification/watch-services.ts';
import { createResultsInMemory } from './verification/results-in-memory.ts';
import { createVerifier } from './verification/verifier.ts';

/** How what was written is watched. */
export function composeVerification(
  config: Config,
  { clock }: Environment,
  { cluster, checks }: { readonly cluster: ClusterReach | undefined; readonly checks: Checks },
): WatchServices {
  const { syncDeadline, healthDeadline, healthyFor, healthFailureLimit, onInconclusive } =
    config.verification;
  const results = cluster === undefined ? createResultsInMemory() : resultsIn(cluster);
  const hasStatus = cluster !== undefined;
  const verifier = createVerifier({
    clock,
    results,
    checks,
    specs: specsOf(config),
    health: { syncDeadline, healthDeadline, healthyFor, failureLimit: healthFailureLimit },
    onInconclusive,
    hasStatus,
  });
  return { results, verifier, onInconclusive, hasStatus };
}

/** The cluster is reached when they are read first. */
function resultsIn(cluster: ClusterReach): WriteResults {
  let inner = createResultsInMemory();
  return {
    async load(signal) {
      inner = (await cluster()).results;
      await inner.load(signal);
    },
    of: (application) => inner.of(application),
    all: () => inner.all(),
    keep: (results) => inner.keep(results),
    retain: (applications) => inner.retain(applications),
    flush: (signal) => inner.flush(signal),
    forget: () => inner.forget(),
  };
}
