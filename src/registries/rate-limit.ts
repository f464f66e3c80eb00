import type { HttpResponse } from '../http/message.ts';
import { isLastRequest, isRateLimited, requestedWait, WAIT_WITHOUT_TIME } from '../http/rate-limits.ts';

/** A time in which a registry wants no requests. */
export interface Pause {
  readonly reason: 'status-429' | 'status-503' | 'quota';
  readonly milliseconds: number;
}

/** The pause after a 429 without a time. */
export const PAUSE_WITHOUT_TIME = 5_000;

/** A registry that names a longer time than this is asked again all the same. */
const LONGEST_PAUSE = 3_600_000;

/**
 * The pause that an answer asks for: when a rate limit is exceeded or used up, and after a 503 with `Retry-After` (RFC
 * 9110, section 15.6.4). A 503 that names no time may pass in a moment, and is tried again as any fault is.
 */
export function pauseAfter(answer: Omit<HttpResponse, 'url'>, now: number): Pause | undefined {
  const wait = requestedWait(answer, now);
  if (answer.status === 429) return pause('status-429', wait ?? PAUSE_WITHOUT_TIME);
  if (isRateLimited(answer)) return pause('quota', wait ?? WAIT_WITHOUT_TIME);
  if (answer.status === 503) return wait === undefined ? undefined : pause('status-503', wait);
  return wait === undefined || !isLastRequest(answer) ? undefined : pause('quota', wait);
}

function pause(reason: Pause['reason'], milliseconds: number): Pause {
  return { reason, milliseconds: Math.min(milliseconds, LONGEST_PAUSE) };
}
