/**
 * How often a check measures and when it has decided, as the metrics of Argo Rollouts' analysis: `initialDelay`, `interval`,
 * `count`, `failureLimit`, `inconclusiveLimit`, `consecutiveErrorLimit`. Times are milliseconds.
 */
export interface CheckTiming {
  /** From when the version is healthy to the first measurement. */
  readonly delay: number;
  /** From one measurement to the next, also after one that could not be asked. */
  readonly interval: number;
  /** How many measurements are made, those that could not be asked not counted; the check has passed when all of them are. */
  readonly count: number;
  /** So many may fail; one more, and the check has failed. */
  readonly failureLimit: number;
  /** So many may be inconclusive, those that could not be asked not counted; one more, and the check is. */
  readonly inconclusiveLimit: number;
  /** So many in a row may have no answer; one more, and the check is inconclusive. */
  readonly consecutiveErrorLimit: number;
}

/** A check of the configuration, by its name. `ask` is what its adapter needs. */
export interface CheckSpec {
  readonly name: string;
  readonly timing: CheckTiming;
  readonly ask: CheckQuestion;
}

/** What a check asks, by the kind of its adapter in `checks/`. */
export type CheckQuestion = PrometheusQuestion | HttpQuestion | AnalysisQuestion;

export interface PrometheusQuestion extends CheckAccess {
  readonly kind: 'prometheus';
  /** Base URL; the path of the HTTP API, `/api/v1/…`, comes after it. */
  readonly url: string;
  /** PromQL, with placeholders such as `{{application}}` in strings. */
  readonly query: string;
  /** A comparison of the value such as `< 0.01`. */
  readonly successWhen: string;
  /** A range query over this time before the measurement, in milliseconds; absent: an instant query. */
  readonly range?: { readonly over: number; readonly step: number };
  /** What an answer without a value means; NaN is none. */
  readonly noData: 'success' | 'failure' | 'inconclusive';
}

export interface HttpQuestion extends CheckAccess {
  readonly kind: 'http';
  /** With placeholders in its path and query. */
  readonly url: string;
  /** `GET` when absent. */
  readonly method?: 'GET' | 'HEAD' | 'POST';
  /** JSON, with placeholders in strings. */
  readonly body?: string | undefined;
  /** Statuses that count as success. */
  readonly statuses: readonly number[];
  /** A JSON path into the answer, and the comparison that its value must fit; absent: the status alone counts. */
  readonly json?: { readonly path: string; readonly successWhen: string };
}

/** AnalysisRuns or a Rollout of Argo Rollouts in the namespace that the Application deploys to, by name or by labels. */
export interface AnalysisQuestion {
  readonly kind: 'analysis';
  readonly resource: 'rollout' | 'analysis-run';
  /** With placeholders. */
  readonly name?: string | undefined;
  /** A label selector with placeholders; of several AnalysisRuns the newest counts. */
  readonly labels?: string | undefined;
}

/** How a server is asked. Secrets are named by their place: `env:NAME`, `file:/path` or `secret:NAMESPACE/NAME#FIELD`. */
export interface CheckAccess {
  readonly tokenFrom?: string | undefined;
  readonly usernameFrom?: string | undefined;
  readonly passwordFrom?: string | undefined;
  readonly headers?: readonly CheckHeader[];
  readonly caFile?: string | undefined;
  readonly clientCertFile?: string | undefined;
  readonly clientKeyFile?: string | undefined;
  /** Milliseconds for one answer. */
  readonly timeout?: number | undefined;
}

/** A header with its value, or the place of it. */
export interface CheckHeader {
  readonly name: string;
  readonly value?: string | undefined;
  readonly valueFrom?: string | undefined;
}

/** The answer of one measurement. */
export type Measurement =
  | {
      readonly kind: 'success' | 'failure';
      readonly at: number;
      /** For people, one line. */
      readonly detail: string;
    }
  | {
      readonly kind: 'inconclusive';
      readonly at: number;
      readonly detail: string;
      /** There is no answer; else there is one that decides nothing. */
      readonly isUnasked: boolean;
      /** There is none yet, and nothing is wrong: an AnalysisRun that still runs. Only with `isUnasked`. */
      readonly isPending?: boolean;
    };
