import type { Config } from '../config/config.ts';
import { healthRoutes, type Health } from '../server/health.ts';
import { startServer, type Routes, type RunningServer } from '../server/server.ts';
import type { Log } from '../ports/log.ts';

export interface Served {
  readonly health: Health;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  readonly log: Log;
}

/**
 * Starts what listens: probes and metrics, on two ports or on one. Throws `config-invalid` when a port cannot be
 * had; then nothing is left listening.
 */
export async function startServers(
  { address, healthPort, metricsPort }: Config['server'],
  { health, metrics, log }: Served,
): Promise<readonly RunningServer[]> {
  const scrape: Routes = {
    '/metrics': async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
  };
  const routes = new Map<number, Routes>([[healthPort, healthRoutes(health)]]);
  routes.set(metricsPort, { ...routes.get(metricsPort), ...scrape });
  routes.delete(0);
  const started: RunningServer[] = [];
  try {
    for (const [port, served] of routes) {
      const onError = (err: Error): void => log.error('a request failed', { err });
      started.push(await startServer({ address, port, routes: served, onError }));
    }
  } catch (thrown) {
    await Promise.all(started.map((server) => server.close()));
    throw thrown;
  }
  return started;
}
