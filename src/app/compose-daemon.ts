import type { Config } from '../config/config.ts';
import { createHealth, healthRoutes, healthRulesFor } from '../http/health.ts';
import { startServer, type Routes, type RunningServer } from '../http/server.ts';
import { createSchedule } from '../triggers/schedule.ts';
import type { Lynceus, Surroundings } from './compose.ts';
import { runDaemon, type Daemon } from './daemon.ts';

/** How long a cycle may go on after the daemon was asked to stop; a pod has 10 s to end by itself. */
const GRACE = 8_000;

/**
 * Starts cycles by the schedule and answers probes and scrapes, until it is stopped. Throws `config-invalid` when a
 * port cannot be had; then nothing is left running.
 */
export async function startDaemon(
  lynceus: Lynceus,
  config: Config,
  { clock, log }: Surroundings,
): Promise<Daemon> {
  const health = createHealth(clock, healthRulesFor(config.schedule));
  const servers = await startServers(config, {
    health: healthRoutes(health),
    metrics: {
      '/metrics': async () => ({
        status: 200,
        contentType: lynceus.metrics.contentType,
        body: await lynceus.metrics.text(),
      }),
    },
  });
  const schedule = createSchedule(config.schedule, clock, log);
  return runDaemon({
    ticks: schedule,
    runCycle: (signal) => lynceus.runCycle({ dryRun: false }, signal),
    onCycle: {
      begins: () => health.cycleBegins(),
      ended: () => health.cycleEnded(schedule.dueAt()),
    },
    releasers: [...servers.map((server) => () => server.close()), () => schedule.stop()],
    clock,
    log,
    grace: GRACE,
  });

  async function startServers(
    { server }: Config,
    routes: { readonly health: Routes; readonly metrics: Routes },
  ): Promise<readonly RunningServer[]> {
    const { address, healthPort, metricsPort } = server;
    const wanted =
      healthPort === metricsPort
        ? [{ port: healthPort, routes: { ...routes.health, ...routes.metrics } }]
        : [
            { port: healthPort, routes: routes.health },
            { port: metricsPort, routes: routes.metrics },
          ];
    const started: RunningServer[] = [];
    try {
      for (const { port, routes: served } of wanted.filter((one) => one.port !== 0)) {
        started.push(
          await startServer({
            address,
            port,
            routes: served,
            onError: (err) => log.error('a request failed', { err }),
          }),
        );
      }
    } catch (thrown) {
      await Promise.all(started.map((one) => one.close()));
      throw thrown;
    }
    return started;
  }
}
