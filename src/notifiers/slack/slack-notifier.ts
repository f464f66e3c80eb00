import type { LynceusError } from '../../errors.ts';
import { parseJsonObject, textField } from '../../http/json.ts';
import type { HttpResponse } from '../../http/message.ts';
import { accessHeaders } from '../../http/server-access.ts';
import type { Notifier, OutgoingNotice } from '../../ports/notifier.ts';
import type { ServiceSettings } from '../../settings/notification-service.ts';
import { readHiddenUrl } from '../hidden-url.ts';
import type { NotifierParts } from '../notifier-parts.ts';
import { createServiceClient, refusedByStatus } from '../service-client.ts';
import { SLACK_MARKUP } from './markup.ts';
import { slackMessage } from './message.ts';
import { failedPost, namedError } from './refusal.ts';

const HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/**
 * Sends to Slack: by an incoming webhook to the channel that it was made for, or as a bot by `chat.postMessage` to the recipient or
 * `channel`, each an id or a name.
 */
export function createSlackNotifier(
  settings: ServiceSettings<'slack'>,
  { name, clock, readSecret, ...parts }: NotifierParts,
): Notifier {
  const client = createServiceClient(settings, { name, ...parts });
  const { webhookFrom, tokenFrom, apiUrl } = settings;

  async function post(outgoing: OutgoingNotice, signal: AbortSignal): Promise<HttpResponse> {
    const message = slackMessage(outgoing);
    if (webhookFrom !== undefined) {
      const url = await readHiddenUrl(webhookFrom, readSecret, signal);
      return await client.send(
        { method: 'POST', url, headers: HEADERS, body: JSON.stringify(message) },
        signal,
      );
    }
    const channel = outgoing.recipient ?? settings.channel;
    const url = new URL(`${apiUrl.replace(/\/+$/, '')}/chat.postMessage`);
    const headers = { ...HEADERS, ...(await accessHeaders({ tokenFrom }, readSecret, signal)) };
    const body = JSON.stringify({ channel, ...message });
    return await client.send({ method: 'POST', url, headers, body }, signal);
  }

  /** An incoming webhook answers `ok`; the API with an object, of status 200 also where it failed. */
  function refusal(answer: HttpResponse): LynceusError | undefined {
    const now = clock.now();
    const text = answer.body.toString('utf8').trim();
    if (webhookFrom !== undefined) {
      const error = namedError(text);
      if (answer.status !== 200 || text === 'ok')
        return refusedByStatus(answer, error === undefined ? { now } : { now, detail: error });
      return failedPost(error, answer);
    }
    const content = parseJsonObject(answer.body);
    if (answer.status === 200 && content?.['ok'] === true) return undefined;
    const error = namedError(content === undefined ? '' : textField(content, 'error'));
    if (answer.status === 200) return failedPost(error, answer);
    return refusedByStatus(answer, error === undefined ? { now } : { now, detail: error });
  }

  return {
    name,
    markup: SLACK_MARKUP,
    async send(outgoing, signal) {
      const refused = refusal(await post(outgoing, signal));
      if (refused !== undefined) throw refused;
    },
    close: () => client.close(),
  };
}
