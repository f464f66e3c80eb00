import type { HttpResponse, Send } from './message.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * The same `Send`, with every way in which hosts ask to slow down turned into a 429 with `Retry-After`. GitHub answers 403:
 * its secondary limit comes with `Retry-After`, or is named in the body; the primary one with `x-ratelimit-remaining: 0` and the
 * second at which it ends (docs.github.com, "Rate limits for the REST API"). GitLab and Gitea name `ratelimit-reset`.
 */
export function normalizeLimits(send: Send, clock: Clock): Send {
  return async (request, signal) => {
    const response = await send(request, signal);
    if (!isLimited(response)) return response;
    const wait = waitOf(response, clock.now());
    return { ...response, status: 429, headers: { ...response.headers, ...wait } };
  };
}

function isLimited({ status, headers, body }: HttpResponse): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers['retry-after'] !== undefined ||
    headers['x-ratelimit-remaining'] === '0' ||
    /secondary rate limit/i.test(body.subarray(0, 4096).toString('utf8'))
  );
}

/** GitHub: without any time named, wait at least a minute. */
const DEFAULT_WAIT = '60';

function waitOf({ headers }: HttpResponse, now: number): Readonly<Record<string, string>> {
  if (headers['retry-after'] !== undefined) return {};
  const reset = headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'] ?? '';
  if (!/^\d{9,11}$/.test(reset)) return { 'retry-after': DEFAULT_WAIT };
  return { 'retry-after': String(Math.max(1, Math.ceil(Number(reset) - now / 1000))) };
}
