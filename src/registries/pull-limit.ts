import { createPathPauses, type PathPauses } from '../async/path-pauses.ts';
import { DOCKER_HUB } from '../core/image/registry-host.ts';
import { LynceusError } from '../errors.ts';
import type { HttpResponse } from '../http/message.ts';
import { requestedWait } from '../http/rate-limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Login } from '../ports/logins.ts';
import type { AuthorizedSend } from './oci/authorized-send.ts';

/** Docker Hub counts over the last six hours and does not send when the next pull is free: it is tried this often. */
const PAUSE = 15 * 60_000;

/** A registry that names a longer time than this is asked again all the same. */
const LONGEST_PAUSE = 3_600_000;

/**
 * The same, for registries that count pulls. Docker Hub sends with each manifest how many are left for this login
 * (`ratelimit-remaining: 0;w=21600`; Docker's documentation, "Pull usage and limits"). When none is, no manifest is asked
 * for by this login for a while; lists of tags, and digests by HEAD, are no pulls and go on. Of another registry it is
 * believed for the path that was asked for, and for the login once others confirm it.
 */
export function withinPullLimit(
  send: AuthorizedSend,
  clock: Pick<Clock, 'now'>,
  registry: string,
): AuthorizedSend {
  const spent = new Map<string, PathPauses<'pulls'>>();
  return async (kind, request, caller) => {
    const isPull = kind === 'manifest' && request.method === 'GET';
    if (!isPull) return send(kind, request, caller);
    const { login, path } = caller;
    const pauses = spent.get(login.identity) ?? createPathPauses<'pulls'>(PAUSE);
    spent.set(login.identity, pauses);
    const pause = pauses.of(path, clock.now());
    if (pause !== undefined) throw noneLeft(registry, login, pause.until);
    const response = await send(kind, request, caller);
    if (isNoneLeft(response)) {
      const now = clock.now();
      const wait = Math.min(requestedWait(response, now) ?? PAUSE, LONGEST_PAUSE);
      pauses.add(registry === DOCKER_HUB ? '' : path, { reason: 'pulls', until: now + wait }, now);
    }
    return response;
  };
}

function isNoneLeft({ headers }: HttpResponse): boolean {
  return /^\s*0\s*(?:;|$)/.test(headers['ratelimit-remaining'] ?? '');
}

function noneLeft(registry: string, login: Login, until: number): LynceusError {
  const who = login.kind === 'anonymous' ? 'anybody without a login' : `the login ${login.identity}`;
  return new LynceusError(
    'registry-rate-limited',
    `${registry} has no pulls left for ${who}; manifests are asked for again at ${new Date(until).toISOString()}`,
    { hint: 'a login, or another plan, allows more pulls; tags and digests are still looked at' },
  );
}
