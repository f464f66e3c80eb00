import type { CheckQuestion, CheckSpec, PrometheusQuestion } from '../../src/core/verification/check-spec.ts';
import { createChecks, type ChecksOptions } from '../../src/checks/create-checks.ts';
import type { CheckSubject } from '../../src/ports/checks.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { onTestFinished } from 'vitest';

export const NOON = Date.parse('2026-01-01T12:00:00Z');
export const NEVER = new AbortController().signal;

/** A check that is measured once. */
export function aCheck(ask: CheckQuestion, name = 'slo'): CheckSpec {
  return {
    name,
    timing: {
      delay: 0,
      interval: 60_000,
      count: 1,
      failureLimit: 0,
      inconclusiveLimit: 0,
      consecutiveErrorLimit: 4,
    },
    ask,
  };
}

export function aQuery(changes: Partial<PrometheusQuestion>): PrometheusQuestion {
  return {
    kind: 'prometheus',
    url: 'http://127.0.0.1:1',
    query: 'up',
    successWhen: '== 1',
    noData: 'inconclusive',
    timeout: 10_000,
    ...changes,
  };
}

/** What was written for the Application `argocd/shop`. */
export function aSubject(changes: Partial<CheckSubject> = {}): CheckSubject {
  return {
    application: { namespace: 'argocd', name: 'shop' },
    destinationNamespace: 'shop',
    isInOwnCluster: true,
    commit: '0123456789abcdef0123456789abcdef01234567',
    writtenAt: NOON - 600_000,
    images: [{ alias: 'api', image: 'ghcr.io/acme/api', tag: '1.4.2' }],
    ...changes,
  };
}

/** Secrets by their places: `env:TOKEN`. */
export function theChecks(
  secrets: Readonly<Record<string, string>> = {},
  options: Partial<ChecksOptions> = {},
): ReturnType<typeof createChecks> {
  const checks = createChecks({
    clock: createVirtualClock(NOON),
    userAgent: 'lynceus/test',
    kube: undefined,
    observer: { checkMeasured: () => undefined },
    proxyFor: () => undefined,
    readSecret: async (place) => await Promise.resolve(secrets[place] ?? ''),
    ...options,
  });
  onTestFinished(() => checks.close());
  return checks;
}
