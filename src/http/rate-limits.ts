import type { HttpResponse, Send } from './message.ts';
import type { Clock } from '../ports/clock.ts';
import { parseRetryAfter } from './retry.ts';

/** GitHub: without any time named, wait at least a minute. */
export const WAIT_WITHOUT_TIME = 60_000;

/** Larger numbers are a time since 1970, smaller ones seconds from now. */
const SURELY_A_TIME = 1_000_000_000;

/** The same `Send`, with every way in which hosts ask to slow down turned into a 429 with `Retry-After` in seconds. */
export function normalizeLimits(send: Send, clock: Pick<Clock, 'now'>): Send {
  return async (request, signal) => {
    const response = await send(request, signal);
    if (!isRateLimited(response)) return response;
    const wait = requestedWait(response, clock.now()) ?? WAIT_WITHOUT_TIME;
    const seconds = String(Math.max(1, Math.ceil(wait / 1000)));
    return { ...response, status: 429, headers: { ...response.headers, 'retry-after': seconds } };
  };
}

/**
 * Whether a server refuses because it wants no more requests for now: 429; or 403, as GitHub answers: its secondary limit
 * comes with `Retry-After`, or is named in the body, and the primary one with nothing left in `X-RateLimit-Remaining`
 * (docs.github.com, "Rate limits for the REST API"). A 403 alone is about the login.
 */
export function isRateLimited({ status, headers, body }: Omit<HttpResponse, 'url'>): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers['retry-after'] !== undefined ||
    isLastRequest({ headers }) ||
    /secondary rate limit/i.test(body.subarray(0, 4096).toString('utf8'))
  );
}

/** Whether this was the last request that the server takes for now. */
export function isLastRequest({ headers }: Pick<HttpResponse, 'headers'>): boolean {
  return (headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining']) === '0';
}

/**
 * For how many milliseconds a server wants no requests, by `Retry-After`, or when nothing is left by `X-RateLimit-Reset`
 * (`RateLimit-Reset` at GitLab and others): a time in seconds since 1970, or seconds from now. `undefined` when it has
 * nothing of the kind.
 */
export function requestedWait(answer: Pick<HttpResponse, 'headers'>, now: number): number | undefined {
  const { headers } = answer;
  const after = parseRetryAfter(headers['retry-after'], now);
  if (after !== undefined) return after;
  const reset = headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'] ?? '';
  if (!isLastRequest(answer) || !/^\d{1,10}$/.test(reset)) return undefined;
  const seconds = Number(reset);
  return seconds < SURELY_A_TIME ? seconds * 1000 : Math.max(0, seconds * 1000 - now);
}

/** How many requests a server still takes, as its answer says. */
export interface RequestQuota {
  readonly remaining: number;
  readonly limit: number;
}

/**
 * `RateLimit-Remaining` and `RateLimit-Limit`, with `X-` or without; Docker Hub has the time behind each number (`76;w=21600`).
 * `undefined` when one of them is missing or no number.
 */
export function quotaOf({ headers }: Pick<HttpResponse, 'headers'>): RequestQuota | undefined {
  const [remaining, limit] = ['remaining', 'limit'].map((name) => {
    const text = headers[`x-ratelimit-${name}`] ?? headers[`ratelimit-${name}`] ?? '';
    const [, digits] = /^\s*(\d{1,12})\s*(?:[;,]|$)/.exec(text) ?? [];
    return digits === undefined ? undefined : Number(digits);
  });
  return remaining === undefined || limit === undefined ? undefined : { remaining, limit };
}
