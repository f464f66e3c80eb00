import type { Config } from '../config/config.ts';
import { templateLimitsOf } from '../config/template-limits.ts';
import type { NoticeOptions } from '../core/notices/observe-context.ts';
import type { NoticeRoute } from '../core/notices/notice-route.ts';
import { parseNoticeTarget } from '../core/notices/notice-target.ts';
import { renderNotice } from '../core/notices/render-notice.ts';
import { readCheckSecret } from '../credentials/check-secret.ts';
import type { ReadSecret } from '../credentials/kube-secrets.ts';
import { proxyFromEnvironment } from '../http/proxy.ts';
import { createNotifier } from '../notifiers/create-notifier.ts';
import type { NotifierParts } from '../notifiers/notifier-parts.ts';
import type { GitLogins } from '../ports/git-logins.ts';
import type { KeptNotices } from '../ports/kept-notices.ts';
import type { Notifier, OutgoingNotice } from '../ports/notifier.ts';
import { defaultRegistryOf } from '../registries/endpoints.ts';
import type { Metrics } from '../reporters/metrics.ts';
import type { NotificationServiceRow } from '../settings/notification-service.ts';
import { VERSION } from '../version.ts';
import { hostAccess } from './compose-host-access.ts';
import { pullRequestRows } from './compose-pull-requests.ts';
import { commitPagesOf } from './compose-status-store.ts';
import type { Environment } from './environment.ts';
import { findRecipients, type ImageRecipients } from './notices/find-recipients.ts';
import { createNoticesInMemory } from './notices/notices-in-memory.ts';
import { createNoticeFeed, type NoticeFeed, type NoticeFeedOptions } from './notices/notice-feed.ts';
import { createSendQueue, type QueuedNotice, type SendQueue } from './notices/send-queue.ts';
import { tryServices, type NoticeTrial, type TriedService } from './notices/try-services.ts';
import type { ClusterReach } from './reach-cluster.ts';
import type { ApplicationServices } from './services.ts';

/** Who is notified of what; nothing is opened until there is something to send. */
export interface Notices {
  /** Absent where there is no service. */
  readonly feed?: NoticeFeed;
  /** Resolves when everything is sent that can be, or after so long. */
  sent(milliseconds: number): Promise<void>;
  /** Sends a test notice; see `tryServices`. */
  try(trial: NoticeTrial, signal: AbortSignal): Promise<readonly TriedService[]>;
  /** Drops what waits. */
  close(): Promise<void>;
}

export interface NoticeParts {
  readonly cluster: ClusterReach | undefined;
  readonly metrics: Pick<Metrics, 'notices'>;
  readonly logins: GitLogins;
}

export function composeNotices(config: Config, environment: Environment, parts: NoticeParts): Notices {
  const { notifications } = config;
  const { clock, log } = environment;
  const { metrics } = parts;
  const open = openNotifiers(config, environment, parts);
  const render = rendererOf(config, environment);
  const names = notifications.services.map(({ name }) => name);
  const trying: Pick<Notices, 'try'> = {
    try: async (trial, signal) => await tryServices(trial, { names, open, render, clock }, signal),
  };
  if (names.length === 0) return { ...NO_NOTICES, ...trying };
  for (const name of names) metrics.notices.begin(name);
  const queues = new Map(
    notifications.services.map(({ name, perMinute }): [string, SendQueue] => [
      name,
      createSendQueue({
        service: name,
        perMinute,
        open: () => open(name),
        render,
        onSettled(queued, result) {
          feed.settled(queued);
          metrics.notices.settled({ service: name, kind: queued.notice.kind, result });
        },
        onSize: (size) => metrics.notices.queued({ service: name, size }),
        clock,
        log,
      }),
    ]),
  );
  const feed = createNoticeFeed({
    kept: parts.cluster === undefined ? createNoticesInMemory() : keptIn(parts.cluster),
    routes: routesOfConfig(notifications),
    together: notifications.together,
    observe: observeOptionsOf(config),
    add: (service, queued) => queues.get(service)?.add(queued),
    services: [...queues.keys()],
    ...wayOfServices(open, render),
    clock,
    log,
  });
  return {
    feed,
    ...trying,
    sent: async (milliseconds) => await sentWithin(milliseconds, { feed, queues, clock }),
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.stop()));
      await open.close();
    },
  };
}

async function sentWithin(
  milliseconds: number,
  {
    feed,
    queues,
    clock,
  }: {
    readonly feed: NoticeFeed;
    readonly queues: ReadonlyMap<string, SendQueue>;
    readonly clock: Environment['clock'];
  },
): Promise<void> {
  const patience = new AbortController();
  const until = clock.now() + milliseconds;
  const idle = feed.idle().then(async () => {
    await Promise.all([...queues.values()].map((queue) => queue.idle(until)));
  });
  await Promise.race([idle, clock.sleep(milliseconds, patience.signal).catch(() => undefined)]);
  patience.abort();
  await feed.flush();
}

const NO_NOTICES: Omit<Notices, 'try'> = {
  sent: async () => await Promise.resolve(),
  close: async () => await Promise.resolve(),
};

/** What services take and keep; one that cannot be opened has nothing to keep. */
function wayOfServices(
  open: (name: string) => Promise<Notifier>,
  render: (queued: QueuedNotice, notifier: Notifier) => OutgoingNotice,
): Pick<NoticeFeedOptions, 'takesEach' | 'keep'> {
  const openOrNothing = async (name: string) => await open(name).catch(() => undefined);
  return {
    takesEach: async (service) => (await openOrNothing(service))?.takesEach ?? false,
    async keep(service, standing) {
      const notifier = await openOrNothing(service);
      notifier?.keep?.(standing.map((queued) => render(queued, notifier)));
    },
  };
}

function observeOptionsOf(config: Config): Omit<NoticeOptions, 'now'> {
  return {
    failingAfter: config.notifications.failingAfter,
    defaultRegistry: defaultRegistryOf(config.registries),
    argocdNamespace: config.applications.argocdNamespace,
    commitPageOf: commitPagesOf(config),
  };
}

/** The routes of the configuration. */
function routesOfConfig({ routes }: Config['notifications']): readonly NoticeRoute[] {
  return routes.map(({ to, ...route }) => ({ ...route, targets: to.map(parseNoticeTarget) }));
}

/** Title and text of a notice for a service. */
function rendererOf(
  config: Config,
  { clock, log }: Pick<Environment, 'clock' | 'log'>,
): (queued: QueuedNotice, notifier: Notifier) => OutgoingNotice {
  const limits = templateLimitsOf(config.limits, () => clock.now());
  const { templates } = config.notifications;
  const warned = new Set<string>();
  return ({ notice, recipient, texts }, { markup }) => ({
    notice,
    ...renderNotice(notice, markup, {
      texts,
      templates,
      limits,
      onFault({ line }) {
        if (!warned.has(line))
          log.warn('a template of notifications failed; the default was sent', { reason: line });
        warned.add(line);
      },
    }),
    ...(recipient === undefined ? {} : { recipient }),
  });
}

/** Opens services by name, each once; what fails is tried again. */
function openNotifiers(
  { notifications: { services }, pullRequests }: Config,
  { clock, env, registerSecret = () => undefined }: Environment,
  { cluster, logins }: Pick<NoticeParts, 'cluster' | 'logins'>,
): ((name: string) => Promise<Notifier>) & { close(): Promise<void> } {
  const readSecret: ReadSecret | undefined =
    cluster && (async (secret, signal) => await (await cluster()).secrets.read(secret, signal));
  const rowOf = pullRequestRows(pullRequests);
  const parts: Omit<NotifierParts, 'name'> = {
    async hostToken(remote, project, signal) {
      const credentials = { kind: 'repocreds', ...(project === undefined ? {} : { project }) } as const;
      const place = { remote, base: '', push: undefined, credentials };
      const asking = { rowOf, logins, env, registerSecret, what: 'statuses of commits' };
      return (await hostAccess(place, asking, signal)).login.token;
    },
    clock,
    userAgent: `lynceus/${VERSION}`,
    proxyFor: proxyFromEnvironment(env),
    async readSecret(place, signal) {
      const secret = await readCheckSecret(place, { env, readSecret }, signal);
      registerSecret(secret);
      return secret;
    },
  };
  const opened = new Map<string, Promise<Notifier>>();

  async function open(name: string): Promise<Notifier> {
    const row = services.find((one) => one.name === name);
    const known = opened.get(name) ?? createNotifier(row ?? nothing(name), parts);
    opened.set(name, known);
    try {
      return await known;
    } catch (thrown) {
      opened.delete(name);
      throw thrown;
    }
  }

  async function close(): Promise<void> {
    for (const one of opened.values()) (await one.catch(() => undefined))?.close();
  }

  return Object.assign(open, { close });
}

/** An entry of no kind, which cannot be opened. */
function nothing(name: string): NotificationServiceRow {
  return { name, perMinute: 1, annotations: false, recipients: [] };
}

/** The cluster is reached when it is read first. */
function keptIn(cluster: ClusterReach): KeptNotices {
  let inner: KeptNotices = createNoticesInMemory();
  return {
    async load(signal) {
      inner = (await cluster().catch(() => undefined))?.keptNotices ?? inner;
      return await inner.load(signal);
    },
    keep: async (standing, signal) => await inner.keep(standing, signal),
    forget: () => inner.forget(),
  };
}

/** What commands do with notices. */
export interface NoticeCommands {
  /** Waits until every notice is sent that can be, for so many milliseconds at the most. */
  noticesSent(milliseconds: number): Promise<void>;
  /** Sends a test notice to services. Throws `usage-invalid` when there is no such service. */
  tryServices(trial: NoticeTrial, signal: AbortSignal): Promise<readonly TriedService[]>;
  /** Where notices of an Application go. Throws `usage-invalid` when there is no such Application. */
  recipientsOf(application: string, signal: AbortSignal): Promise<readonly ImageRecipients[]>;
}

export function composeNoticeCommands(
  { notices, applications }: { readonly notices: Notices; readonly applications: ApplicationServices },
  config: Config,
): NoticeCommands {
  return {
    noticesSent: async (milliseconds) => await notices.sent(milliseconds),
    tryServices: async (trial, signal) => await notices.try(trial, signal),
    recipientsOf: async (application, signal) =>
      await findRecipients(
        application,
        { services: applications, routes: routesOfConfig(config.notifications) },
        signal,
      ),
  };
}
