import { LynceusError } from '../errors.ts';
import type { HttpResponse } from '../http/message.ts';
import { requestedWait } from '../http/rate-limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Login } from '../ports/logins.ts';
import type { AuthorizedSend } from './oci/authorized-send.ts';

/** Docker Hub counts over the last six hours and does not send when the next pull is free: it is tried this often. */
const PAUSE = 15 * 60_000;

/**
 * The same, for registries that count pulls. Docker Hub sends with each manifest how many are left for this login
 * (`ratelimit-remaining: 0;w=21600`; Docker's documentation, "Pull usage and limits"). When none is, no manifest is asked
 * for by this login for a while; lists of tags, and digests by HEAD, are no pulls and go on.
 */
export function withinPullLimit(
  send: AuthorizedSend,
  clock: Pick<Clock, 'now'>,
  registry: string,
): AuthorizedSend {
  const spentUntil = new Map<string, number>();
  return async (kind, request, caller) => {
    const isPull = kind === 'manifest' && request.method === 'GET';
    if (!isPull) return send(kind, request, caller);
    const { login } = caller;
    const until = spentUntil.get(login.identity) ?? 0;
    if (until > clock.now()) throw spent(registry, login, until);
    const response = await send(kind, request, caller);
    if (isNoneLeft(response))
      spentUntil.set(login.identity, clock.now() + (requestedWait(response, clock.now()) ?? PAUSE));
    return response;
  };
}

function isNoneLeft({ headers }: HttpResponse): boolean {
  return /^\s*0\s*(?:;|$)/.test(headers['ratelimit-remaining'] ?? '');
}

function spent(registry: string, login: Login, until: number): LynceusError {
  const who = login.kind === 'anonymous' ? 'anybody without a login' : `the login ${login.identity}`;
  return new LynceusError(
    'registry-rate-limited',
    `${registry} has no pulls left for ${who}; manifests are asked for again at ${new Date(until).toISOString()}`,
    { hint: 'a login, or another plan, allows more pulls; tags and digests are still looked at' },
  );
}
