import { LynceusError } from '../errors.ts';
import type { Notifier } from '../ports/notifier.ts';
import type {
  NotificationServiceRow,
  ServiceKind,
  ServiceSettings,
} from '../settings/notification-service.ts';
import type { NotifierParts } from './notifier-parts.ts';

type NotifierFactories = {
  readonly [Kind in ServiceKind]: () => Promise<
    (settings: ServiceSettings<Kind>, parts: NotifierParts) => Notifier
  >;
};

/** How a service of each kind is made; only what is used is loaded. */
const FACTORIES: NotifierFactories = {
  webhook: async () => (await import('./webhook/webhook-notifier.ts')).createWebhookNotifier,
  slack: async () => (await import('./slack/slack-notifier.ts')).createSlackNotifier,
  teams: async () => (await import('./teams/teams-notifier.ts')).createTeamsNotifier,
  discord: async () => (await import('./discord/discord-notifier.ts')).createDiscordNotifier,
  alertmanager: async () =>
    (await import('./alertmanager/alertmanager-notifier.ts')).createAlertmanagerNotifier,
  email: async () => (await import('./email/email-notifier.ts')).createEmailNotifier,
  github: async () => (await import('./github/github-notifier.ts')).createGithubNotifier,
  gitlab: async () => (await import('./gitlab/gitlab-notifier.ts')).createGitlabNotifier,
};

/** The service of an entry of `notifications.services`. It sends nothing by itself. */
export async function createNotifier(
  row: NotificationServiceRow,
  parts: Omit<NotifierParts, 'name'>,
): Promise<Notifier> {
  for (const kind of Object.keys(FACTORIES) as readonly ServiceKind[]) {
    const notifier = await open(kind, row, { ...parts, name: row.name });
    if (notifier !== undefined) return notifier;
  }
  throw new LynceusError('internal', `the service ${row.name} is of no kind`);
}

async function open<Kind extends ServiceKind>(
  kind: Kind,
  row: NotificationServiceRow,
  parts: NotifierParts,
): Promise<Notifier | undefined> {
  const settings = row[kind] as ServiceSettings<Kind> | undefined;
  return settings === undefined ? undefined : (await FACTORIES[kind]())(settings, parts);
}
