import type { ApplicationId } from '../core/policy.ts';
import type { CheckSpec, Measurement } from '../core/verification/check-spec.ts';

/** What is measured: one write of one Application, with the values that a query may name. */
export interface CheckSubject {
  readonly application: ApplicationId;
  /** The namespace that it deploys to; `''` when its manifest names none. */
  readonly destinationNamespace: string;
  /** Whether it deploys to the cluster that Lynceus runs in; what is in another one cannot be asked for. */
  readonly isInOwnCluster: boolean;
  /** The commit that is verified. */
  readonly commit: string;
  /** When it was committed, in milliseconds since 1970; what is older says nothing of it. */
  readonly writtenAt: number;
  /** What it wrote; a question that names an image is asked for each of them. `tag` is `''` where only a digest was written. */
  readonly images: readonly { readonly alias: string; readonly image: string; readonly tag: string }[];
}

/** Measures by the checks of the configuration. */
export interface Checks {
  /**
   * One measurement at `at`, in milliseconds since 1970; asked again with the same time, a check whose `isReplayable` says so gives the
   * same answer. What cannot be asked is a measurement that is inconclusive; only an abort throws.
   */
  measure(check: CheckSpec, subject: CheckSubject, at: number, signal: AbortSignal): Promise<Measurement>;
  isReplayable(check: CheckSpec): boolean;
  /** What would be asked, one line for people each. Throws `template-invalid` for a placeholder without a value. */
  questionsOf(check: CheckSpec, subject: CheckSubject, at: number): readonly string[];
}
