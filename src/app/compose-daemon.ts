import type { Config } from '../config/config.ts';
import { createHealth, healthRulesFor, type Health } from '../server/health.ts';
import { alwaysLeading } from '../leadership/always-leading.ts';
import type { CycleScope, Tick } from '../ports/tick.ts';
import { createChangeQueue } from '../triggers/changes.ts';
import { combineTriggers } from '../triggers/combine-triggers.ts';
import { createSchedule } from '../triggers/schedule.ts';
import type { Lynceus } from './compose.ts';
import type { Cluster } from './compose-cluster.ts';
import { runDaemon, type Daemon } from './daemon.ts';
import { startServers } from './start-servers.ts';
import type { Environment } from './environment.ts';

/** How long a cycle may go on after the daemon was asked to stop; a pod has 10 s to end by itself. */
const GRACE = 8_000;

/**
 * Starts cycles by the schedule, and for Applications of the cluster that change, and answers probes and scrapes,
 * until it is stopped. Throws `config-invalid` when a port cannot be had or no cluster is in reach; then nothing is
 * left running.
 */
export async function startDaemon(
  lynceus: Lynceus,
  config: Config,
  { clock, log }: Environment,
): Promise<Daemon> {
  const cluster = await lynceus.cluster?.();
  const rules = healthRulesFor(config.schedule, config.limits.cycleTime);
  const health = createHealth(
    clock,
    cluster === undefined ? rules : { ...rules, readyAfterFirstCycle: false },
  );
  const watching = cluster === undefined ? health : whenWatching(health, cluster);
  const servers = await startServers(config.server, { health: watching, metrics: lynceus.metrics, log });
  const schedule = createSchedule(config.schedule, clock, log);
  const changes = createChangeQueue({ clock });
  const unsubscribe = cluster?.source.onChange((ids) => changes.add(ids));
  cluster?.begin();
  return runDaemon({
    leadership: cluster?.leadership ?? alwaysLeading(),
    ticks: combineTriggers(schedule, changes),
    runCycle: (tick, signal) => lynceus.runCycle({ dryRun: false, ...onlyOf(tick) }, signal),
    onCycle: {
      begins: () => health.cycleBegins(),
      ended(ending) {
        if (ending.kind === 'early') lynceus.metrics.cycleEndedEarly();
        health.cycleEnded(schedule.dueAt(), ending.kind !== 'early');
      },
    },
    releasers: [
      ...servers.map((server) => () => server.close()),
      () => schedule.stop(),
      () => unsubscribe?.(),
    ],
    clock,
    log,
    grace: GRACE,
  });
}

/** In a cluster a process is ready once it knows the Applications, leader or not. */
function whenWatching(health: Health, { source }: Cluster): Health {
  let known = false;
  source.ready().then(
    () => (known = true),
    () => undefined,
  );
  return {
    ...health,
    ready: () =>
      known ? health.ready() : { ok: false, reason: 'the Applications of the cluster are not known yet' },
  };
}

function onlyOf(tick: Tick): { readonly only?: CycleScope } {
  return tick.kind === 'all' ? {} : { only: tick };
}
