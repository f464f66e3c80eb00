import type { Config } from '../config/config.ts';
import type { Checks } from '../ports/checks.ts';
import type { Environment } from './environment.ts';
import type { ClusterReach } from './reach-cluster.ts';
import type { WatchServices } from './services.ts';
import { createResultsInMemory } from './verification/results-in-memory.ts';
import { createVerifier } from './verification/verifier.ts';

/** How what was written is watched. */
export function composeVerification(
  { verification }: Config,
  { clock }: Environment,
  cluster: ClusterReach | undefined,
): WatchServices {
  const { syncDeadline, healthDeadline, healthyFor, healthFailureLimit, onInconclusive } = verification;
  const results = createResultsInMemory();
  const hasStatus = cluster !== undefined;
  const verifier = createVerifier({
    clock,
    results,
    checks: NO_CHECKS,
    specs: [],
    health: { syncDeadline, healthDeadline, healthyFor, failureLimit: healthFailureLimit },
    onInconclusive,
    hasStatus,
  });
  return { results, verifier, onInconclusive, hasStatus };
}

const NO_CHECKS: Checks = {
  measure: (_check, _subject, at) =>
    Promise.resolve({ kind: 'inconclusive', at, detail: 'there are no checks', isUnasked: true }),
  isReplayable: () => false,
};
