import type { IncomingMessage } from 'node:http';
import type { ReplicaPlace } from '../../core/replica-place.ts';
import { askReplica, OF_THE_CONNECTION, PASSED_ON, unreachable } from '../../http/ask-replica.ts';
import type { ReceivedWebhook, WebhookReply } from './answer-webhook.ts';

export function wasPassedOn({ headers }: Pick<ReceivedWebhook, 'headers'>): boolean {
  return headers[PASSED_ON] !== undefined;
}

const LONGEST_REPLY = 16 * 1024;

/**
 * Sends a webhook to another process as it came, its secret included: over TLS only to who has the certificate of the
 * fingerprint. Throws `leader-unreachable`, never with the secret, when there is no answer within `timeout` milliseconds.
 */
export async function passWebhookOn(
  place: ReplicaPlace,
  { headers, query, body }: ReceivedWebhook,
  { timeout }: { readonly timeout: number },
): Promise<WebhookReply> {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
  const response = await askReplica(
    place,
    {
      method: 'POST',
      path: `/webhook?${query.toString()}`,
      timeout,
      signal: AbortSignal.timeout(timeout),
      headers: {
        ...(Object.fromEntries(kept) as Record<string, string | string[]>),
        [PASSED_ON]: '1',
        'content-length': body.length,
      },
    },
    body,
  );
  return await readReply(response).catch((thrown: Error) => {
    throw unreachable(place.origin, thrown);
  });
}

async function readReply(response: IncomingMessage): Promise<WebhookReply> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LONGEST_REPLY) chunks.push(chunk);
  }
  const retry = response.headers['retry-after'];
  return {
    status: response.statusCode ?? 502,
    ...(retry === undefined ? {} : { headers: { 'Retry-After': retry } }),
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
