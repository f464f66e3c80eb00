import { formatInstant } from '../core/instant.ts';
import type { HttpResponse, Send } from '../http/message.ts';
import { isLastRequest, isRateLimited, requestedWait } from '../http/rate-limits.ts';
import { DEFAULT_RETRY_RULES } from '../http/retry.ts';
import type { Clock } from '../ports/clock.ts';

/** Until when hosts want no requests, in milliseconds since 1970, by API and login. Kept from one cycle to the next. */
export type HostPauses = Map<string, number>;

/** A host that asks for more is asked again after a day. */
const LONGEST_PAUSE = 86_400_000;

export interface PausingOptions {
  readonly pauses: HostPauses;
  /** Of the host and login that `send` is for. */
  readonly key: string;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The same `Send`, which keeps the pauses that a host asks for and answers in its place while one lasts. Shorter ones than a
 * retry waits for are left to the retry. Takes answers as `normalizeLimits` gives them.
 */
export function pausing(send: Send, { pauses, key, clock }: PausingOptions): Send {
  return async (request, signal) => {
    const now = clock.now();
    const until = pauses.get(key) ?? 0;
    if (until > now) return answerOfPause(request.url, { until, now });
    pauses.delete(key);
    const response = await send(request, signal);
    const wait = requestedWait(response, clock.now()) ?? 0;
    if (wait > DEFAULT_RETRY_RULES.longestRetryAfter && (isRateLimited(response) || isLastRequest(response)))
      pauses.set(key, clock.now() + Math.min(wait, LONGEST_PAUSE));
    return response;
  };
}

function answerOfPause(
  url: URL,
  { until, now }: { readonly until: number; readonly now: number },
): HttpResponse {
  const message = `the host asked for a pause until ${formatInstant(until)}`;
  const headers = { 'retry-after': String(Math.ceil((until - now) / 1000)) };
  return { status: 429, headers, body: Buffer.from(JSON.stringify({ message })), url };
}
