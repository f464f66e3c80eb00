import { didYouMean } from '../core/did-you-mean.ts';
import { parseNoticeTarget } from '../core/notices/notice-target.ts';
import { noticeTemplateFault } from '../core/notices/render-notice.ts';
import type { TemplateLimits } from '../core/plan/template/meter.ts';
import {
  SERVICE_KINDS,
  takesRecipients,
  type NotificationServiceRow,
} from '../settings/notification-service.ts';
import { shownValue } from '../settings/value-type.ts';
import type { ConfigFile } from './config.ts';
import { checkServerAccess } from './server-access-rules.ts';

/** Adds what is wrong with a key below `notifications`. */
type AddNotificationFault = (path: readonly (string | number)[], message: string) => void;

interface NotificationRules extends Pick<ConfigFile['notifications'], 'services' | 'routes' | 'templates'> {
  /** Whether `services` has the names of all that are written: one with a fault may have any. */
  readonly areNamed: boolean;
}

/** The rules on several keys of services and routes. */
export function checkNotifications(
  { services, routes, templates, areNamed }: NotificationRules,
  limits: TemplateLimits,
  add: AddNotificationFault,
): void {
  const names = new Map<string, number>();
  for (const [index, service] of services.entries()) {
    const addOf: AddNotificationFault = (path, message) => add(['services', index, ...path], message);
    // A key that was wrong by itself is left out of its entry.
    const { name }: { readonly name?: string } = service;
    const other = name === undefined ? undefined : names.get(name);
    if (other !== undefined) addOf(['name'], `is the name of notifications.services[${other}] too`);
    if (name !== undefined) names.set(name, index);
    checkServiceKind(service, addOf);
    checkWebhook(service, addOf);
    checkSlack(service, addOf);
    checkAlertmanager(service, addOf);
    checkRecipients(service, addOf);
    checkEmail(service, addOf);
    for (const kind of ['github', 'gitlab'] as const) checkCommitService(kind, service[kind], addOf);
  }
  checkRoutes({ routes, services }, areNamed ? [...names.keys()] : undefined, add);
  for (const [list, entries] of Object.entries({ routes, templates }))
    for (const [index, { title, text }] of entries.entries())
      for (const [key, template] of Object.entries({ title, text })) {
        const wrong = template === undefined ? undefined : noticeTemplateFault(template, limits);
        if (wrong !== undefined) add([list, index, key], wrong);
      }
}

function checkServiceKind(service: NotificationServiceRow, add: AddNotificationFault): void {
  const [first, second] = SERVICE_KINDS.filter((kind) => service[kind] !== undefined);
  if (first === undefined) add([], `is reached by nothing; expected one of ${SERVICE_KINDS.join(', ')}`);
  if (first !== undefined && second !== undefined)
    add([second], `stands beside ${first}; make two services of them`);
}

function checkWebhook({ webhook }: NotificationServiceRow, add: AddNotificationFault): void {
  if (webhook === undefined) return;
  if ((webhook.url === undefined) === (webhook.urlFrom === undefined))
    add(['webhook'], 'expected one of url and urlFrom');
  checkServerAccess(webhook, (path, message) => add(['webhook', ...path], message));
}

function checkSlack({ slack }: NotificationServiceRow, add: AddNotificationFault): void {
  if (slack === undefined) return;
  const { webhookFrom, tokenFrom, channel } = slack;
  if ((webhookFrom === undefined) === (tokenFrom === undefined))
    add(['slack'], 'expected one of webhookFrom and tokenFrom');
  if (webhookFrom !== undefined && channel !== undefined)
    add(['slack', 'channel'], 'is for a bot; a webhook posts to the channel that it was made for');
  if (tokenFrom !== undefined && webhookFrom === undefined && channel === undefined)
    add(['slack', 'channel'], 'is missing; a bot posts to a channel');
}

function checkAlertmanager({ alertmanager }: NotificationServiceRow, add: AddNotificationFault): void {
  if (alertmanager === undefined) return;
  // A key that was wrong by itself is left out of its entry.
  const { urls }: { readonly urls?: readonly string[] } = alertmanager;
  if (urls?.length === 0) add(['alertmanager', 'urls'], 'expected at least one URL');
  checkServerAccess(alertmanager, (path, message) => add(['alertmanager', ...path], message));
}

function checkRecipients(service: NotificationServiceRow, add: AddNotificationFault): void {
  if (takesRecipients(service) || (service.recipients ?? []).length === 0) return;
  add(['recipients'], 'is of no use: the service has no recipients to choose from');
}

function checkCommitService(
  kind: 'github' | 'gitlab',
  service: NotificationServiceRow[typeof kind],
  add: AddNotificationFault,
): void {
  if (service === undefined) return;
  checkServerAccess({ ...service, tokenFrom: undefined, headers: [] }, (path, message) =>
    add([kind, ...path], message),
  );
  if (service.statuses === false && service.deployments === false)
    add([kind, 'statuses'], 'is false, and so is deployments: nothing would be said');
}

function checkEmail({ email }: NotificationServiceRow, add: AddNotificationFault): void {
  if (email === undefined) return;
  checkServerAccess({ ...email, headers: [] }, (path, message) => add(['email', ...path], message));
  if (email.encryption === 'none' && email.passwordFrom !== undefined)
    add(
      ['email', 'passwordFrom'],
      'would be sent without encryption; set encryption to starttls or implicit',
    );
}

function checkRoutes(
  { routes, services }: Pick<ConfigFile['notifications'], 'services' | 'routes'>,
  known: readonly string[] | undefined,
  add: AddNotificationFault,
): void {
  for (const [index, route] of routes.entries()) {
    const { to }: { readonly to?: readonly string[] } = route;
    if (to?.length === 0) add(['routes', index, 'to'], 'expected at least one service');
    for (const [place, text] of (to ?? []).entries()) {
      const { service, recipient } = parseNoticeTarget(text);
      const found = services.find(({ name }) => name === service);
      if (found !== undefined && recipient !== undefined && !takesRecipients(found))
        add(
          ['routes', index, 'to', place],
          `names a recipient, of which ${service} has none to choose from; expected ${service}`,
        );
      if (known === undefined || known.includes(service)) continue;
      const near = didYouMean(service, known);
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      const all = known.length === 0 ? 'there is none' : known.join(', ');
      add(
        ['routes', index, 'to', place],
        `expected the name of a service (${all}), found ${shownValue(service)}${hint}`,
      );
    }
  }
}
