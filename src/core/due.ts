import type { DueFacts } from './reason.ts';

/** When an image was evaluated last, in milliseconds since 1970. */
export interface LastEvaluation {
  readonly at: number;
  /** Its policy then, as text: a policy that has changed is evaluated at once. */
  readonly policy: string;
}

/** The schedule wanders a little: what is due in less than this part of its interval is due now. */
const SLACK = 0.1;

/**
 * Why an image is not evaluated in this cycle; `undefined` when it is due. Without an interval it is due in every cycle,
 * and so is one that was never evaluated, or whose policy has changed since.
 */
export function notDue(
  interval: number | undefined,
  {
    last,
    policy,
    now,
  }: { readonly last: LastEvaluation | undefined; readonly policy: string; readonly now: number },
): DueFacts | undefined {
  if (interval === undefined || last === undefined || last.policy !== policy) return undefined;
  const waited = now - last.at;
  // A clock that was set back must not keep an image waiting.
  return waited < 0 || waited >= interval * (1 - SLACK) ? undefined : { waited, interval };
}
