import type { ApplicationHealth } from '../deployment/deployment.ts';
import type { VerificationEvent } from './verification-state.ts';

/** What Argo CD says of a write. Times are milliseconds since 1970. */
export type ObservedWrite =
  /** It is not what runs. */
  | { readonly stage: 'written' }
  | {
      readonly stage: 'synced' | 'healthy';
      readonly syncedAt: number;
      readonly health: ApplicationHealth;
      /** Since when it has this health with what was written; `undefined` when that is not known. */
      readonly since: number | undefined;
    };

/**
 * The events that an observation stands for. `since` is where Argo CD does not say how long it has been so: 0, when it may have been
 * so before the write.
 */
export function observedEvents(observed: ObservedWrite, since: number): readonly VerificationEvent[] {
  if (observed.stage === 'written') return [];
  const synced = { kind: 'synced', at: observed.syncedAt } as const;
  const from = { since: observed.since ?? since };
  if (observed.stage === 'healthy') return [synced, { kind: 'healthy', ...from }];
  return [synced, { kind: observed.health === 'degraded' ? 'degraded' : 'unhealthy', ...from }];
}
