import type { HttpResponse } from '../http/message.ts';
import { parseRetryAfter } from '../http/retry.ts';

type Answer = Pick<HttpResponse, 'status' | 'headers'>;

/** Larger numbers are a time since 1970, smaller ones seconds from now. */
const SURELY_A_TIME = 1_000_000_000;

/**
 * Whether a server refuses because it wants no more requests for now: 429; or 403 with a `Retry-After` or with nothing
 * left in `X-RateLimit-Remaining`, as GitHub does ("Rate limits for the REST API", "Exceeding the rate limit").
 * Counter-example: a 403 alone is about the login.
 */
export function isQuotaSpent(answer: Answer): boolean {
  if (answer.status === 429) return true;
  return answer.status === 403 && (answer.headers['retry-after'] !== undefined || isQuotaUsedUp(answer));
}

/** Whether this was the last request that the server takes for now. */
export function isQuotaUsedUp({ headers }: Answer): boolean {
  return (headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining']) === '0';
}

/**
 * For how many milliseconds a server wants to be left alone, by `Retry-After`, or when nothing is left by
 * `X-RateLimit-Reset` (`RateLimit-Reset` at GitLab and others): a time in seconds since 1970, or seconds from now.
 * `undefined` when it says nothing of the kind.
 */
export function restAsked(answer: Answer, now: number): number | undefined {
  const after = parseRetryAfter(answer.headers['retry-after'], now);
  if (after !== undefined) return after;
  const reset = answer.headers['x-ratelimit-reset'] ?? answer.headers['ratelimit-reset'] ?? '';
  if (!isQuotaUsedUp(answer) || !/^\d{1,10}$/.test(reset)) return undefined;
  const seconds = Number(reset);
  return seconds < SURELY_A_TIME ? seconds * 1000 : Math.max(0, seconds * 1000 - now);
}
