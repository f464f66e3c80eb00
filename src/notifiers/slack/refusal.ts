import { LynceusError } from '../../errors.ts';
import type { HttpResponse } from '../../http/message.ts';

/** The name of an error in an answer; anything else is not repeated, as it may hold what was sent. */
export function namedError(text: string): string | undefined {
  return /^[a-z][a-z_]{1,60}$/.test(text) ? text : undefined;
}

const SETUP_HINTS: Readonly<Record<string, string>> = {
  invalid_auth: 'see the token of the service: a bot token begins with xoxb-',
  not_authed: 'see the token of the service: a bot token begins with xoxb-',
  token_revoked: 'install the app in the workspace again, and take its new token',
  token_expired: 'install the app in the workspace again, and take its new token',
  account_inactive: 'the bot or its workspace was removed',
  missing_scope: 'the app needs the scope chat:write, and chat:write.public for channels it is not in',
  not_in_channel: 'invite the bot to the channel, or give the app the scope chat:write.public',
  channel_not_found: 'see the name of the channel; the bot must be in a private one',
  is_archived: 'the channel is archived',
  restricted_action: 'an administrator of the workspace does not let the bot post there',
  no_permission: 'the app needs the scope chat:write',
  team_access_not_granted: 'the token is for another workspace',
};

const PASSING = [
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
];

/** Milliseconds; Slack names the time in a header that an answer of status 200 has not. */
const WAIT_OF_LIMIT = 30_000;

/**
 * What `ok: false` with this error means ("chat.postMessage", errors; names that Slack has not yet are taken for a fault of the notice), or an
 * answer with no error that could be read.
 */
export function failedPost(error: string | undefined, { url }: Pick<HttpResponse, 'url'>): LynceusError {
  if (error === undefined)
    return new LynceusError('notifier-failed', `${url.host} answers with something else than Slack does`);
  const message = `Slack does not post it: ${error}`;
  if (error === 'ratelimited' || error === 'rate_limited')
    return new LynceusError('notifier-rate-limited', message, { retryAfter: WAIT_OF_LIMIT });
  const hint = SETUP_HINTS[error];
  if (hint !== undefined) return new LynceusError('notifier-denied', message, { hint });
  return new LynceusError('notifier-failed', message, { retryable: PASSING.includes(error) });
}
