import type { HttpResponse } from '../http/message.ts';
import { parseRetryAfter } from '../http/retry.ts';

type Answer = Pick<HttpResponse, 'status' | 'headers'>;

/** A time in which a registry wants no requests. */
export interface Pause {
  readonly reason: 'status-429' | 'status-503' | 'quota';
  readonly milliseconds: number;
}

/** The pause after a refusal without a time. */
export const PAUSE_WITHOUT_TIME = 5_000;

/** A registry that names a longer time than this is asked again all the same. */
const LONGEST_PAUSE = 3_600_000;

/** Larger numbers are a time since 1970, smaller ones seconds from now. */
const SURELY_A_TIME = 1_000_000_000;

/**
 * The pause that an answer asks for: when a rate limit is exceeded or used up, and after a 503 with `Retry-After` (RFC
 * 9110, section 15.6.4). A 503 that names no time may pass in a moment, and is tried again as any fault is.
 */
export function pauseAfter(answer: Answer, now: number): Pause | undefined {
  const wait = requestedWait(answer, now);
  if (isRateLimited(answer))
    return pause(answer.status === 429 ? 'status-429' : 'quota', wait ?? PAUSE_WITHOUT_TIME);
  if (answer.status === 503) return wait === undefined ? undefined : pause('status-503', wait);
  return wait === undefined || !isLastRequest(answer) ? undefined : pause('quota', wait);
}

function pause(reason: Pause['reason'], milliseconds: number): Pause {
  return { reason, milliseconds: Math.min(milliseconds, LONGEST_PAUSE) };
}

/**
 * Whether a server refuses because it wants no more requests for now: 429; or 403 with a `Retry-After` or with nothing
 * left in `X-RateLimit-Remaining`, as GitHub does ("Rate limits for the REST API", "Exceeding the rate limit"). A 403
 * alone is about the login.
 */
export function isRateLimited(answer: Answer): boolean {
  if (answer.status === 429) return true;
  return answer.status === 403 && (answer.headers['retry-after'] !== undefined || isLastRequest(answer));
}

/** Whether this was the last request that the server takes for now. */
function isLastRequest({ headers }: Answer): boolean {
  return (headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining']) === '0';
}

/**
 * For how many milliseconds a server wants no requests, by `Retry-After`, or when nothing is left by `X-RateLimit-Reset`
 * (`RateLimit-Reset` at GitLab and others): a time in seconds since 1970, or seconds from now. `undefined` when it has
 * nothing of the kind.
 */
export function requestedWait(answer: Answer, now: number): number | undefined {
  const after = parseRetryAfter(answer.headers['retry-after'], now);
  if (after !== undefined) return after;
  const reset = answer.headers['x-ratelimit-reset'] ?? answer.headers['ratelimit-reset'] ?? '';
  if (!isLastRequest(answer) || !/^\d{1,10}$/.test(reset)) return undefined;
  const seconds = Number(reset);
  return seconds < SURELY_A_TIME ? seconds * 1000 : Math.max(0, seconds * 1000 - now);
}
