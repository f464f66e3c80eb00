import type { CycleCosts } from '../core/report.ts';
import type { Observer } from '../ports/observer.ts';

/** Passes every observation on and keeps the sums, so that each cycle can say what it cost. */
export function countCosts(inner: Observer): {
  readonly observer: Observer;
  readonly costs: () => CycleCosts;
} {
  let registryRequests = 0;
  let gitFetches = 0;
  let gitPushes = 0;
  return {
    observer: {
      registryRequest(event) {
        registryRequests += 1;
        inner.registryRequest(event);
      },
      registryFrozen: (event) => inner.registryFrozen(event),
      gitOperation(event) {
        if (event.kind === 'fetch') gitFetches += 1;
        else gitPushes += 1;
        inner.gitOperation(event);
      },
    },
    costs: () => ({ registryRequests, gitFetches, gitPushes }),
  };
}
