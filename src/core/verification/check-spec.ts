/** How often a check measures and when it has decided, as the metrics of Argo Rollouts' analysis. Times are milliseconds. */
export interface CheckTiming {
  /** From when the version is healthy to the first measurement. */
  readonly delay: number;
  /** From one measurement to the next. */
  readonly interval: number;
  /** How many measurements are made; the check has passed when all of them are. */
  readonly count: number;
  /** So many may fail; one more, and the check has failed. */
  readonly failureLimit: number;
  /** So many may be inconclusive; one more, and the check is. */
  readonly inconclusiveLimit: number;
}

/** A check of the configuration, by its name. `ask` is what its adapter needs. */
export interface CheckSpec {
  readonly name: string;
  readonly timing: CheckTiming;
  readonly ask: CheckQuestion;
}

/** What a check asks, by the kind of its adapter in `checks/`. */
export type CheckQuestion =
  | {
      readonly kind: 'prometheus';
      readonly url: string;
      /** PromQL, with placeholders such as `{{application}}`. */
      readonly query: string;
      /** A comparison of the value such as `< 0.01`. */
      readonly successWhen: string;
      /** A range query over this time before the measurement, in milliseconds; absent: an instant query. */
      readonly range?: { readonly over: number; readonly step: number };
      readonly noData: 'success' | 'failure' | 'inconclusive';
      /** File or variable that holds a bearer token; absent for none. */
      readonly tokenFrom?: string;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly headers: readonly {
        readonly name: string;
        readonly value?: string;
        readonly valueFrom?: string;
      }[];
      /** Statuses that count as success. */
      readonly statuses: readonly number[];
      /** A JSON path into the answer, and the comparison that its value must fit; absent: the status alone counts. */
      readonly json?: { readonly path: string; readonly successWhen: string };
    }
  /** A Rollout or AnalysisRun of Argo Rollouts in the namespace that the Application deploys to. */
  | { readonly kind: 'analysis'; readonly resource: 'rollout' | 'analysis-run'; readonly name: string };

/** The answer of one measurement. */
export type Measurement =
  | {
      readonly kind: 'success' | 'failure';
      readonly at: number;
      /** For people, one line. */ readonly detail: string;
    }
  /** It could not be asked, or what was found decides nothing; `isUnasked` tells the two apart. */
  | {
      readonly kind: 'inconclusive';
      readonly at: number;
      readonly detail: string;
      readonly isUnasked: boolean;
    };
