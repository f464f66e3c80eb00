import type { ApplicationId } from '../core/policy.ts';

/** Asks Argo CD to compare an Application now instead of at its next turn. Throws `LynceusError`. */
export interface SyncRequester {
  refresh(application: ApplicationId, signal: AbortSignal): Promise<void>;
}
