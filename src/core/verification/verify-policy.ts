/**
 * What is done when a write fails its verification, each more than the one before. `notify`: people are told. `hold`: nothing is
 * written to the image either, until a person acts. `rollback`: what was written is taken back; where that cannot be, `hold`.
 */
export const FAILURE_ACTIONS = ['notify', 'hold', 'rollback'] as const;

export type FailureAction = (typeof FAILURE_ACTIONS)[number];

/** What is done when checks decide nothing; it never takes anything back. */
export const INCONCLUSIVE_ACTIONS = ['notify', 'hold'] as const;

export type InconclusiveAction = (typeof INCONCLUSIVE_ACTIONS)[number];

/** How a write of an image is verified. */
export interface VerifyPolicy {
  /** Names of checks in the order they were asked for, each once: `health`, and those of the configuration. */
  readonly checks: readonly string[];
  readonly onFailure: FailureAction;
}

/**
 * The check that every verification has: Argo CD syncs what was written within a deadline, and it becomes and stays healthy. The
 * others begin to measure once it is.
 */
export const HEALTH_CHECK = 'health';

/** The name under which a write fails that Argo CD never synced. */
export const SYNC_CHECK = 'sync';

/** What some rule or annotation asks of an image; what is absent it leaves to others. */
export interface VerificationRequest {
  readonly checks?: readonly string[];
  readonly onFailure?: FailureAction;
}

/**
 * All requests together: every check that one of them asks for, and the strongest action. `undefined` without a request. None
 * can take away what another asks.
 */
export function joinVerificationRequests(requests: readonly VerificationRequest[]): VerifyPolicy | undefined {
  if (requests.length === 0) return undefined;
  const named = requests.flatMap(({ checks = [] }) => checks);
  return {
    checks: [...new Set([HEALTH_CHECK, ...named])],
    onFailure: strongestAction(requests.map(({ onFailure = 'notify' }) => onFailure)),
  };
}

/** The one that does most; `notify` of none. */
export function strongestAction(actions: readonly FailureAction[]): FailureAction {
  const strengths = actions.map((action) => FAILURE_ACTIONS.indexOf(action));
  return FAILURE_ACTIONS[Math.max(0, ...strengths)] ?? 'notify';
}
