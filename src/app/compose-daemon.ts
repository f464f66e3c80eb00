import { listenToAbort } from '../async/listen-to-abort.ts';
import type { Config } from '../config/config.ts';
import type { RunningServer } from '../server/server.ts';
import { createHealth, healthRulesFor, type Health } from '../server/health.ts';
import { alwaysLeading } from '../leadership/always-leading.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { CycleScope, Tick } from '../ports/tick.ts';
import { createChangeQueue } from '../triggers/changes.ts';
import { combineTriggers } from '../triggers/combine-triggers.ts';
import { createDueTimer } from '../triggers/due-timer.ts';
import { createSchedule, unscheduled, type Schedule } from '../triggers/schedule.ts';
import { createWaitingApplications } from '../triggers/waiting-applications.ts';
import type { Lynceus } from './compose.ts';
import type { Cluster } from './compose-cluster.ts';
import { runDaemon, type Daemon, type DaemonParts } from './daemon.ts';
import type { WebhookParts, Webhooks } from './compose-webhooks.ts';
import type { StatusParts } from './compose-status.ts';
import { observeLead, type ObservedLead } from './observe-lead.ts';
import { startServers } from './start-servers.ts';
import type { Environment } from './environment.ts';

/** How long a cycle may go on after the daemon was asked to stop; a pod has 10 s to end by itself. */
const GRACE = 8_000;

export interface DaemonEnvironment extends Environment {
  /** `pushes`: cycles begin only for what webhooks tell of. */
  readonly cycles?: 'scheduled' | 'pushes';
}

/**
 * Starts cycles by the schedule, for Applications of the cluster that change, and for what webhooks tell of, and answers
 * probes, scrapes and webhooks, until it is stopped. Throws `config-invalid` when a port or a certificate cannot be had or no
 * cluster is in reach, and `credentials-…` when the secret of a webhook cannot be read; then nothing is left running.
 */
export async function startDaemon(
  lynceus: Lynceus,
  config: Config,
  { cycles = 'scheduled', ...environment }: DaemonEnvironment,
): Promise<Daemon> {
  const { clock, log } = environment;
  const cluster = await lynceus.cluster?.();
  const isScheduled = cycles === 'scheduled';
  const rules = healthRulesFor(config.schedule, config.limits.cycleTime);
  const health = createHealth(
    clock,
    cluster === undefined && isScheduled ? rules : { ...rules, readyAfterFirstCycle: false },
  );
  const watching = cluster === undefined ? health : whenWatching(health, cluster);
  const parts = { health: watching, metrics: lynceus.metrics, review: cluster?.review };
  const servers = await startServers(config.server, { ...parts, ...servedIn(config, environment) });
  const lead = observeLead(cluster?.leadership ?? alwaysLeading());
  const count: WebhookParts['count'] = (request) => lynceus.metrics.webhookRequest(request);
  const status = await orClosed(
    servers,
    startStatus(lynceus, config, { ...servedIn(config, environment), ...lead, review: cluster?.review }),
  );
  const started = [...servers, ...status];
  const webhooks = await orClosed(started, startWebhooks(config, environment, { ...lead, count }));
  const schedule = isScheduled ? createSchedule(config.schedule, clock, log) : unscheduled();
  const changes = createChangeQueue({ clock });
  const unsubscribe = isScheduled ? cluster?.source.onChange((ids) => changes.add(ids)) : undefined;
  const waiting = createWaitingApplications(clock, (applications) => changes.add(applications));
  cluster?.begin();
  lynceus.status?.follow({ nextAt: () => schedule.dueAt() });
  return runDaemon({
    leadership: whenLeading(lead.leadership, lynceus),
    ticks: combineTriggers(schedule, changes, {
      pushes: webhooks?.pushes,
      due: createDueTimer(clock, () => lynceus.verification.dueAt()),
    }),
    async runCycle(tick, signal) {
      try {
        return await lynceus.runCycle({ dryRun: false, ...onlyOf(tick) }, signal);
      } finally {
        if (signal.aborted && tick.kind === 'some') webhooks?.pushes.add(tick.pushes);
      }
    },
    onCycle: onCycleOf({ health, schedule, waiting }, lynceus.metrics),
    releasers: [
      ...started.map((server) => () => server.close()),
      () => webhooks?.close(),
      () => schedule.stop(),
      () => waiting.stop(),
      () => unsubscribe?.(),
    ],
    clock,
    log,
    grace: GRACE,
  });
}

interface CycleListeners {
  readonly health: Health;
  readonly schedule: Pick<Schedule, 'dueAt'>;
  readonly waiting: Pick<ReturnType<typeof createWaitingApplications>, 'note'>;
}

function onCycleOf(
  { health, schedule, waiting }: CycleListeners,
  metrics: Lynceus['metrics'],
): DaemonParts['onCycle'] {
  return {
    begins: () => health.cycleBegins(),
    ended(ending) {
      if (ending.kind === 'early') metrics.cycleEndedEarly();
      if (ending.kind === 'reported') waiting.note(ending.report);
      health.cycleEnded(schedule.dueAt(), ending.kind !== 'early');
    },
  };
}

/** TLS is loaded only where something is served over HTTPS. */
function servedIn(config: Config, environment: Environment) {
  const { clock, log } = environment;
  const openTls = async () =>
    (await import('./open-server-tls.ts')).openServerTls(config.server, environment);
  return { clock, log, openTls };
}

/** What is started, or nothing is left running of what was started before it. */
async function orClosed<T>(
  before: readonly { readonly close: () => Promise<void> }[],
  started: Promise<T>,
): Promise<T> {
  try {
    return await started;
  } catch (thrown) {
    await Promise.all(before.map((one) => one.close()));
    throw thrown;
  }
}

/** What it needs is loaded only where the status is served, to all or to Argo CD's page. */
async function startStatus(
  { status: store }: Pick<Lynceus, 'status'>,
  config: Config,
  parts: ReturnType<typeof servedIn> & ObservedLead & Pick<StatusParts, 'review'>,
): Promise<readonly RunningServer[]> {
  if (store === undefined) return [];
  const { statusPort, extensionPort } = config.server;
  const started: RunningServer[] = [];
  if (statusPort !== 0) {
    const { composeStatus } = await import('./compose-status.ts');
    started.push(await composeStatus(config, parts, { ...parts, store }));
  }
  if (extensionPort !== 0) {
    const { composeExtension } = await import('./compose-extension.ts');
    const { reader } = store;
    started.push(await orClosed(started, composeExtension(config, parts, { ...parts, reader })));
  }
  return started;
}

/** What it needs is loaded only where webhooks are listened for. */
async function startWebhooks(
  config: Config,
  environment: Environment,
  parts: WebhookParts,
): Promise<Webhooks | undefined> {
  if (!config.webhooks.enabled) return undefined;
  const { composeWebhooks } = await import('./compose-webhooks.ts');
  return await composeWebhooks(config, environment, parts);
}

/** Whoever leads from now on knows nothing of what another one did before, and says nothing once another one leads. */
function whenLeading(
  leadership: Pick<Leadership, 'acquire' | 'release'>,
  { verification }: Pick<Lynceus, 'verification'>,
): Pick<Leadership, 'acquire' | 'release'> {
  return {
    async acquire(signal) {
      const turn = await leadership.acquire(signal);
      verification.takesLead();
      listenToAbort(turn.lost, () => verification.losesLead());
      return turn;
    },
    release: () => leadership.release(),
  };
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

/** After a push nothing that was seen before counts. */
function onlyOf(tick: Tick): { readonly only?: CycleScope; readonly fresh?: boolean } {
  return tick.kind === 'all' ? {} : { only: tick, fresh: tick.pushes.length > 0 };
}
