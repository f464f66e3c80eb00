import { parseUrl } from '../parse-url.ts';
import { COMMIT_SERVICE } from './commit-service.ts';
import { EMAIL_SERVICE } from './email-service.ts';
import { Group, key, type CheckedRows } from './keys.ts';
import { ANY_SECRET_PLACE } from './secret-place.ts';
import { SERVER_ACCESS } from './server-access.ts';
import {
  duration,
  listOfValues,
  parsed,
  RefusedValue,
  textLine,
  wholeNumber,
  YES_OR_NO,
} from './value-type.ts';

const SERVICE_NAME = textLine(
  'a name of small letters, digits and dashes',
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
);
const GLOB = textLine('a glob');
const HTTP_URL = parsed(
  textLine('an http or https URL without user name', /^https?:\/\/[^\s@]+$/),
  (text): string | RefusedValue => (parseUrl(text) === undefined ? new RefusedValue() : text),
);
/** CloudEvents 1.0, `source`: a URI-reference. */
const EVENT_SOURCE = textLine('a URI reference such as /clusters/north', /^[^\s<>"{}|\\^`]{1,500}$/);

const MINUTE = 60_000;
/** An id, or a name: Slack has them in all scripts. */
const SLACK_CHANNEL = textLine('the id or name of a channel, such as #deployments', /^[#@]?[^\s#@,]{1,80}$/);
const { caFile, timeout } = SERVER_ACCESS;
const WHERE_WEBHOOK =
  'Where the URL of the webhook is, which is a secret: `env:NAME`, `file:/path` or `secret:NAMESPACE/NAME#FIELD`';

/** What a service is reached by, by the key of its kind in an entry of `notifications.services`. */
// prettier-ignore
export const SERVICE_SETTINGS = {
  webhook: new Group({
    url: key('URL that notices are sent to, as CloudEvents in JSON', HTTP_URL),
    urlFrom: key('Where the URL is, when its path is a secret: `env:NAME`, `file:/path` or `secret:NAMESPACE/NAME#FIELD`', ANY_SECRET_PLACE),
    source: key('The `source` of the events, to tell several clusters apart', EVENT_SOURCE, { default: '/lynceus' }),
    signatureFrom: key('Where a secret is by which each request is signed, in the header `X-Hub-Signature-256`', ANY_SECRET_PLACE),
    ...SERVER_ACCESS,
  }, true),
  slack: new Group({
    webhookFrom: key('Where the URL of an incoming webhook is, which is a secret: `env:NAME`, `file:/path` or `secret:NAMESPACE/NAME#FIELD`', ANY_SECRET_PLACE),
    tokenFrom: key('Where a bot token is, in place of a webhook', ANY_SECRET_PLACE),
    channel: key('Channel that the bot posts to where a notice has no recipient', SLACK_CHANNEL),
    apiUrl: key('URL of the API, for bots in other places such as GovSlack', HTTP_URL, { default: 'https://slack.com/api' }),
    caFile,
    timeout,
  }, true),
  teams: new Group({
    webhookFrom: key(WHERE_WEBHOOK, ANY_SECRET_PLACE, { required: true }),
    caFile,
    timeout,
  }, true),
  discord: new Group({
    webhookFrom: key(WHERE_WEBHOOK, ANY_SECRET_PLACE, { required: true }),
    caFile,
    timeout,
  }, true),
  alertmanager: new Group({
    urls: key('URLs of all the Alertmanagers of a cluster of them, each without `/api/v2/alerts`', listOfValues(HTTP_URL), { required: true }),
    fireFor: key('How long the alert of what happens once lasts', duration(MINUTE, 24 * 60 * MINUTE), { default: '5m' }),
    ...SERVER_ACCESS,
  }, true),
  email: EMAIL_SERVICE,
  github: COMMIT_SERVICE,
  gitlab: COMMIT_SERVICE,
};

export type ServiceKind = keyof typeof SERVICE_SETTINGS;

export const SERVICE_KINDS = Object.keys(SERVICE_SETTINGS) as readonly ServiceKind[];

/** What is set for a service of a kind, each key checked by itself. */
export type ServiceSettings<Kind extends ServiceKind> = NonNullable<NotificationServiceRow[Kind]>;

/** An entry of `notifications.services`. */
// prettier-ignore
export const NOTIFICATION_SERVICE = {
  name: key('Name by which routes and annotations choose it', SERVICE_NAME, { required: true }),
  ...SERVICE_SETTINGS,
  perMinute: key('How many notices it is sent in a minute', wholeNumber(1, 6_000), { default: 30 }),
  annotations: key('Let annotations of Applications choose it', YES_OR_NO, { default: false }),
  recipients: key('Globs of the recipients that annotations may choose there, such as channels; without it none but the default', listOfValues(GLOB), { default: [] }),
};

/** One service, each key checked by itself; rules of the configuration see to it that it has exactly one kind. */
export type NotificationServiceRow = CheckedRows<typeof NOTIFICATION_SERVICE>;

/** Whether notices to it may name where they go there. */
export function takesRecipients({ slack, discord, email }: NotificationServiceRow): boolean {
  return slack?.tokenFrom !== undefined || (discord ?? email) !== undefined;
}
