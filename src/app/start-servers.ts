import type { Config } from '../config/config.ts';
import { LynceusError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import { type AccessReview, createBearerAccess } from '../server/bearer-access.ts';
import { healthRoutes, type Health } from '../server/health.ts';
import type { RouteRequest, Routes } from '../server/routes.ts';
import { startServer, type RunningServer } from '../server/server.ts';
import type { ServerTls } from '../server/tls.ts';
import { listenersOf, type Listener } from './listeners.ts';

export interface Served {
  readonly health: Health;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  readonly log: Log;
  readonly clock: { now(): number };
  /** Whether the owner of a token may read a path; undefined where there is no cluster to ask. */
  readonly review: ((request: { token: string; path: string }) => Promise<AccessReview>) | undefined;
  /** Called when something is served over HTTPS. */
  readonly openTls: () => Promise<ServerTls>;
}

const PATH = '/metrics';

/**
 * Starts what listens: probes and metrics, each at its place or both at one. Throws `config-invalid` when a port or a
 * certificate cannot be had; then nothing is left listening.
 */
export async function startServers(
  server: Config['server'],
  served: Served,
): Promise<readonly RunningServer[]> {
  const started: RunningServer[] = [];
  try {
    for (const listener of listenersOf(server)) started.push(await start(listener, served));
  } catch (thrown) {
    await Promise.all(started.map((one) => one.close()));
    throw thrown;
  }
  return started;
}

async function start(
  { address, port, probes, metrics, setBy }: Listener,
  served: Served,
): Promise<RunningServer> {
  const { health, log } = served;
  const routes: Routes = {
    ...(probes ? healthRoutes(health) : {}),
    ...(metrics === 'none' ? {} : { [PATH]: metrics === 'secure' ? secured(served) : scraped(served) }),
  };
  return await startServer({
    address,
    port,
    routes,
    setBy,
    tls: metrics === 'secure' ? await served.openTls() : undefined,
    onError: (err) => log.error('a request failed', { err }),
  });
}

function scraped({ metrics }: Served) {
  return async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() });
}

function secured(served: Served) {
  const { review, clock } = served;
  if (review === undefined) {
    throw new LynceusError(
      'config-invalid',
      'metrics over HTTPS are for those whom Kubernetes lets get /metrics, and there is no cluster to ask: Applications come from files',
      { hint: 'set server.metricsSecure (--metrics-secure) to false, or name no files' },
    );
  }
  const guard = createBearerAccess({ review: (token) => review({ token, path: PATH }), clock });
  const scrape = scraped(served);
  return async (request: RouteRequest) => (await guard(request)) ?? (await scrape());
}
