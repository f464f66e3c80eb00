import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import { quoted } from '../core/quoted.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { StatusReader } from '../ports/status.ts';
import { type AccessReview, createBearerAccess } from '../server/bearer-access.ts';
import type { GetRequest, Reply, Routes } from '../server/routes.ts';
import { startServer, type RunningServer } from '../server/server.ts';
import type { ServerTls } from '../server/tls.ts';
import { confinedApplication } from '../status/confinement.ts';
import { namesThisHost } from '../status/host-check.ts';
import { OPENAPI } from '../status/openapi.ts';
import { createPassOn } from '../status/pass-on.ts';
import { problemReply } from '../status/problem-reply.ts';
import { statusRoutes } from '../status/status-routes.ts';
import type { StatusStore } from '../status/status-store.ts';
import { builtAssets } from '../web/assets.ts';
import { webRoutes } from '../web/pages.ts';
import type { Environment } from './environment.ts';
import { replicaPlaceOf } from './replica-place.ts';

/** What somebody must be allowed to `get` who reads with a token. Everybody may get `/api/*` of the API server. */
export const STATUS_ACCESS_PATH = '/lynceus/status';

export interface StatusParts {
  readonly store: Pick<StatusStore, 'reader' | 'follow'>;
  readonly leadership: Pick<Leadership, 'announce' | 'leaderPlace'>;
  /** Whether this process leads. */
  readonly leads: () => boolean;
  /** Whether the owner of a token may read a path; `undefined` where there is no cluster to ask. */
  readonly review: ((request: { token: string; path: string }) => Promise<AccessReview>) | undefined;
  readonly openTls: () => Promise<ServerTls>;
  /** Further routes at the same port, from who may see what; the pages unless given. */
  readonly routes?: (parts: StatusRouteParts) => Routes;
}

/** What routes of the status server are made with. */
export interface StatusRouteParts {
  /** What may be seen by who asks. */
  readonly readerFor: (request: GetRequest) => StatusReader;
  readonly clock: Environment['clock'];
}

/**
 * Serves the status API, and whatever else is to be read at its port. Throws `config-invalid` when the port or the certificate cannot be
 * had, and where tokens are to be reviewed and there is no cluster.
 */
export async function composeStatus(
  { server }: Pick<Config, 'server'>,
  environment: Pick<Environment, 'clock' | 'log'>,
  { store, leadership, leads, review, openTls, routes = pages }: StatusParts,
): Promise<RunningServer> {
  const { clock, log } = environment;
  const ending = new AbortController();
  const guard = server.statusAccess === 'token' ? guardOf(review, clock) : undefined;
  const tls = guard === undefined ? undefined : await openTls();
  const passOn = createPassOn({ leadership, service: 'status', clock, log, signal: ending.signal });
  const readerFor = (request: GetRequest): StatusReader =>
    store.reader.confinedTo(confinedApplication(request));
  const running = await startServer({
    address: server.address,
    port: server.statusPort,
    routes: { ...routes({ readerFor, clock }), ...statusRoutes({ readerFor, clock, document: OPENAPI }) },
    tls,
    setBy: 'server.statusPort or server.address',
    onError: (err) => log.error('a request for the status failed', { err }),
    async before(request) {
      const refused = refusalOf(request, server.statusHosts);
      if (refused !== undefined) return refused;
      if (!leads()) return await passOn(request);
      return await guard?.(request);
    },
  });
  leadership.announce('status', () => replicaPlaceOf(server.address, running.port, tls));
  // The name of the pod: its address is nobody's business.
  store.follow({ leads, leaderPlace: hostname });
  log.info('serving the status', { port: running.port, tls: tls !== undefined, access: server.statusAccess });
  return {
    port: running.port,
    async close() {
      ending.abort();
      await running.close();
    },
  };
}

function pages(parts: StatusRouteParts): Routes {
  return webRoutes({ ...parts, assets: builtAssets() });
}

/** What is wrong with a request, whoever sends it; `undefined` for nothing. */
function refusalOf(request: GetRequest, hosts: readonly string[]): Reply | undefined {
  if (!namesThisHost(request, hosts)) {
    const found = quoted(request.headers.host ?? '');
    return problemReply(421, 'usage-invalid', {
      detail: `expected the name localhost or an address, found ${found}; a name for it belongs into server.statusHosts`,
    });
  }
  try {
    confinedApplication(request);
    return undefined;
  } catch (thrown) {
    const { code, line } = asLynceusError(thrown);
    return problemReply(400, code, { detail: line });
  }
}

function guardOf(
  review: StatusParts['review'],
  clock: Environment['clock'],
): (request: GetRequest) => Promise<Reply | undefined> {
  if (review === undefined) {
    throw new LynceusError(
      'config-invalid',
      'server.statusAccess is token, and there is no cluster to ask whose a token is: Applications come from files',
      { hint: 'set server.statusAccess to open, or name no files' },
    );
  }
  const path = STATUS_ACCESS_PATH;
  const guard = createBearerAccess({ review: (token) => review({ token, path }), clock });
  return async (request) => {
    const refused = await guard(request);
    if (refused === undefined) return undefined;
    const { status, headers = {} } = refused;
    return problemReply(status, 'permission-denied', {
      detail: DENIALS[status] ?? 'it is not allowed',
      headers,
    });
  };
}

const DENIALS: Readonly<Record<number, string>> = {
  401: 'expected a bearer token that the API server knows',
  403: `the user of this token may not get ${STATUS_ACCESS_PATH}`,
  503: 'too many tokens are being asked about',
};
