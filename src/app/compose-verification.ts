import type { Config } from '../config/config.ts';
import { specsOf } from '../config/check-specs.ts';
import type { Checks } from '../ports/checks.ts';
import type { Environment } from './environment.ts';
import type { ClusterReach } from './reach-cluster.ts';
import type { WatchServices } from './services.ts';
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
  const results = createResultsInMemory();
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
