import { createHmac } from 'node:crypto';
import { LynceusError } from '../../errors.ts';
import { accessHeaders } from '../../http/server-access.ts';
import { parseUrl } from '../../parse-url.ts';
import type { Notifier, OutgoingNotice } from '../../ports/notifier.ts';
import type { ServiceSettings } from '../../settings/notification-service.ts';
import type { NotifierParts } from '../notifier-parts.ts';
import { plainMarkup } from '../plain-markup.ts';
import { createServiceClient, refusedByStatus } from '../service-client.ts';
import { cloudEventOf } from './cloud-event.ts';

/** In characters, each of the two texts. */
const LONGEST_TEXT = 10_000;

/**
 * Sends each notice as a CloudEvent (CloudEvents 1.0, structured content mode of the HTTP binding) by POST. Any status of 2xx is taken
 * for its receipt. There is no recipient but the URL.
 */
export function createWebhookNotifier(
  settings: ServiceSettings<'webhook'>,
  { name, clock, readSecret, ...parts }: NotifierParts,
): Notifier {
  const client = createServiceClient(settings, { name, ...parts });

  async function urlOf(signal: AbortSignal): Promise<URL> {
    const { url, urlFrom } = settings;
    const text = urlFrom === undefined ? (url ?? '') : await readSecret(urlFrom, signal);
    const parsed = parseUrl(text);
    if (parsed !== undefined && /^https?:$/.test(parsed.protocol) && !hasLogin(parsed)) return parsed;
    throw new LynceusError(
      'credentials-failed',
      `what ${urlFrom ?? name} holds is no http or https URL without a user name`,
    );
  }

  async function signed(body: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    if (settings.signatureFrom === undefined) return {};
    const secret = await readSecret(settings.signatureFrom, signal);
    return { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
  }

  return {
    name,
    markup: plainMarkup(LONGEST_TEXT),
    async send(outgoing: OutgoingNotice, signal) {
      const body = JSON.stringify(cloudEventOf(outgoing, settings.source));
      const headers = {
        ...(await accessHeaders(settings, readSecret, signal)),
        ...(await signed(body, signal)),
        'content-type': 'application/cloudevents+json; charset=utf-8',
      };
      const answer = await client.send({ method: 'POST', url: await urlOf(signal), headers, body }, signal);
      const refusal = refusedByStatus(answer, { now: clock.now() });
      if (refusal !== undefined) throw refusal;
    },
    close: () => client.close(),
  };
}

function hasLogin({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}
