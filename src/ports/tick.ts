import type { ApplicationId } from '../core/policy.ts';

/** What a cycle evaluates: everything, or only Applications that have just changed. */
export type Tick =
  { readonly kind: 'all' } | { readonly kind: 'some'; readonly applications: readonly ApplicationId[] };

/** What starts cycles: `next` resolves when one is due, and rejects with an `AbortError` when the signal is aborted. */
export interface Ticks {
  next(signal: AbortSignal): Promise<Tick>;
}
