import type { ApplicationId } from '../core/policy.ts';
import type { Warning } from '../core/reasons/warning.ts';

/** How the pause of an Application was changed. */
export interface ChangedPause {
  /** What it was before; `undefined` for none. */
  readonly before: string | undefined;
  /** Who may put the manifest back as it was, so that the pause ends, or comes back. */
  readonly warnings: readonly Warning[];
}

/** The pause of one Application in the cluster: its annotation `pause`. */
export interface ApplicationPauses {
  /** Sets it to a text, or takes it away with `undefined`. Throws `LynceusError`. */
  set(application: ApplicationId, text: string | undefined, signal: AbortSignal): Promise<ChangedPause>;
}
