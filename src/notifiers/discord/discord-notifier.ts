import { LynceusError } from '../../errors.ts';
import { parseJsonObject, textField, type JsonObject } from '../../http/json.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { ServiceSettings } from '../../settings/notification-service.ts';
import { readHiddenUrl } from '../hidden-url.ts';
import type { NotifierParts } from '../notifier-parts.ts';
import { createServiceClient, refusedByStatus } from '../service-client.ts';
import { DISCORD_MARKUP } from './markup.ts';
import { discordMessage } from './message.ts';

/** Some of Discord's JSON error codes, each with what it is about. */
const MEANINGS: ReadonlyMap<unknown, string> = new Map([
  [10003, 'there is no such channel or thread'],
  [10015, 'there is no such webhook'],
  [50027, 'the token of the webhook is wrong'],
  [50035, 'the message is not as Discord wants it'],
  [220001, 'the webhook is of a forum: name a thread as the recipient'],
]);

/** Sends to Discord by a webhook, to its channel; a recipient is the id of a thread in it. */
export function createDiscordNotifier(
  settings: ServiceSettings<'discord'>,
  { name, clock, readSecret, ...parts }: NotifierParts,
): Notifier {
  const client = createServiceClient(settings, { name, ...parts });

  return {
    name,
    markup: DISCORD_MARKUP,
    async send(outgoing, signal) {
      const url = await readHiddenUrl(settings.webhookFrom, readSecret, signal);
      // Without it, what is not posted is not reported either.
      url.searchParams.set('wait', 'true');
      if (outgoing.recipient !== undefined) url.searchParams.set('thread_id', threadId(outgoing.recipient));
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(discordMessage(outgoing));
      const answer = await client.send({ method: 'POST', url, headers, body }, signal);
      const refusal = refusalOf(answer, clock.now());
      if (refusal !== undefined) throw refusal;
    },
    close: () => client.close(),
  };
}

function threadId(recipient: string): string {
  if (/^\d{1,20}$/.test(recipient)) return recipient;
  throw new LynceusError(
    'notifier-denied',
    'the recipient of a notice to Discord is the id of a thread: a number',
    {
      hint: 'turn on the developer mode of Discord and copy the id of the thread',
    },
  );
}

function refusalOf(answer: HttpResponse, now: number): LynceusError | undefined {
  const content: JsonObject = parseJsonObject(answer.body) ?? {};
  const isDone = answer.status === 204 || textField(content, 'id') !== '';
  if (answer.status >= 200 && answer.status < 300)
    return isDone
      ? undefined
      : new LynceusError(
          'notifier-failed',
          `${answer.url.host} answers with something else than Discord does`,
        );
  const seconds = content['retry_after'];
  if (answer.status === 429 && typeof seconds === 'number' && seconds >= 0)
    return refusedByStatus(withRetryAfter(answer, Math.ceil(seconds)), { now });
  const code = content['code'];
  const meaning = MEANINGS.get(code);
  const detail = typeof code === 'number' && code > 0 ? `code ${code}${meaning ? `, ${meaning}` : ''}` : '';
  return refusedByStatus(answer, { now, detail });
}

/** The body has it to the millisecond, also where a header is lost on the way. */
function withRetryAfter(answer: HttpResponse, seconds: number): HttpResponse {
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } };
}
