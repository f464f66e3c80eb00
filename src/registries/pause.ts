import type { HttpResponse } from '../http/message.ts';
import { isQuotaSpent, isQuotaUsedUp, restAsked } from './quota.ts';

/** What a registry wants to be spared, and for how long. */
export interface Pause {
  readonly reason: 'status-429' | 'status-503' | 'quota';
  readonly milliseconds: number;
}

/** What a registry gets that refuses without saying for how long. */
export const PAUSE_WITHOUT_TIME = 5_000;

/** A registry that names a longer time than this is asked again all the same. */
const LONGEST_PAUSE = 3_600_000;

/**
 * The pause that an answer asks for: when a quota is spent or used up, and after a 503 with `Retry-After` (RFC 9110,
 * section 15.6.4). Counter-example: a 503 that names no time may pass in a moment, and is tried again as any fault is.
 */
export function pauseAfter(answer: Pick<HttpResponse, 'status' | 'headers'>, now: number): Pause | undefined {
  const rest = restAsked(answer, now);
  if (isQuotaSpent(answer))
    return pause(answer.status === 429 ? 'status-429' : 'quota', rest ?? PAUSE_WITHOUT_TIME);
  if (answer.status === 503) return rest === undefined ? undefined : pause('status-503', rest);
  return rest === undefined || !isQuotaUsedUp(answer) ? undefined : pause('quota', rest);
}

function pause(reason: Pause['reason'], milliseconds: number): Pause {
  return { reason, milliseconds: Math.min(milliseconds, LONGEST_PAUSE) };
}
