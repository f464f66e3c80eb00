import type { DueFacts } from './reasons/reason.ts';

/** The schedule wanders a little: what is due in less than this part of its interval is due now. */
const SLACK = 0.1;

/**
 * Why an image is not evaluated in this cycle; `undefined` when it is due. Without an interval it is due in every cycle,
 * and so is one that was never evaluated (`evaluatedAt` in milliseconds since 1970).
 */
export function notDue(
  interval: number | undefined,
  { evaluatedAt, now }: { readonly evaluatedAt: number | undefined; readonly now: number },
): DueFacts | undefined {
  if (interval === undefined || evaluatedAt === undefined) return undefined;
  const waited = now - evaluatedAt;
  // A clock that was set back must not keep an image waiting.
  return waited < 0 || waited >= interval * (1 - SLACK) ? undefined : { waited, interval };
}
