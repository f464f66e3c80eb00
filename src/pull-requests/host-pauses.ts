import { createPathPauses, type PathPauses } from '../async/path-pauses.ts';
import { formatInstant } from '../core/instant.ts';
import type { HttpResponse, Send } from '../http/message.ts';
import { isLastRequest, isRateLimited, requestedWait } from '../http/rate-limits.ts';
import { DEFAULT_RETRY_RULES } from '../http/retry.ts';
import type { Clock } from '../ports/clock.ts';

/** What hosts and their projects asked for, by API and login. Kept from one cycle to the next. */
export interface HostPauses {
  of(key: string): PathPauses<'limit'>;
}

/** A host that asks for more is asked again after a day. */
const LONGEST_PAUSE = 86_400_000;

/** What several projects said of the host is believed for five minutes. */
const CONFIRMED = 300_000;

export function createHostPauses(): HostPauses {
  const all = new Map<string, PathPauses<'limit'>>();
  return {
    of(key) {
      const known = all.get(key) ?? createPathPauses<'limit'>(CONFIRMED);
      all.set(key, known);
      return known;
    },
  };
}

export interface PausingOptions {
  /** Of the host and login that `send` is for. */
  readonly pauses: PathPauses<'limit'>;
  /** The project that it asks for: its owner first. */
  readonly path: string;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The same `Send`, which keeps the pauses that a host asks for and answers in its place while one lasts: for the project that got the
 * answer, and for all once others confirm it. Shorter ones than a retry waits for are left to the retry. Takes answers as
 * `normalizeLimits` gives them.
 */
export function pausing(send: Send, { pauses, path, clock }: PausingOptions): Send {
  return async (request, signal) => {
    const now = clock.now();
    const pause = pauses.of(path, now);
    if (pause !== undefined) return answerOfPause(request.url, { until: pause.until, now });
    pauses.end(path, now);
    const response = await send(request, signal);
    const wait = requestedWait(response, clock.now()) ?? 0;
    if (
      wait > DEFAULT_RETRY_RULES.longestRetryAfter &&
      (isRateLimited(response) || isLastRequest(response))
    ) {
      const then = clock.now();
      pauses.add(path, { reason: 'limit', until: then + Math.min(wait, LONGEST_PAUSE) }, then);
    }
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
