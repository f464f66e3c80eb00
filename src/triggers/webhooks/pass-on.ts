import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { LynceusError } from '../../errors.ts';
import { parseUrl } from '../../parse-url.ts';
import type { ReceivedWebhook, WebhookReply } from './answer-webhook.ts';

/** Where another process of ours listens for webhooks. */
export interface WebhookPlace {
  /** `https://10.1.2.3:8082` or `http://…`. */
  readonly origin: string;
  /** SHA-256 of its certificate in hexadecimal digits; `''` without TLS. */
  readonly fingerprint: string;
}

/** As the Lease holds it: the origin, and with TLS the fingerprint behind a blank. */
export function formatWebhookPlace({ origin, fingerprint }: WebhookPlace): string {
  return fingerprint === '' ? origin : `${origin} ${fingerprint}`;
}

/** `undefined` for what is no such text: somebody else may have written it. */
export function parseWebhookPlace(text: string): WebhookPlace | undefined {
  const [, origin = '', , fingerprint = ''] =
    /^((https?):\/\/[^\s/?#@]+)(?: ([0-9a-f]{64}))?$/.exec(text) ?? [];
  const url = parseUrl(origin);
  if (url === undefined || (url.protocol === 'https:') !== (fingerprint !== '')) return undefined;
  return { origin, fingerprint };
}

/** Says that a webhook was passed on, so that nobody passes it on again. */
const PASSED_ON = 'x-lynceus-passed-on';

export function wasPassedOn({ headers }: Pick<ReceivedWebhook, 'headers'>): boolean {
  return headers[PASSED_ON] !== undefined;
}

/** Headers that belong to one connection (RFC 9110, section 7.6.1), and those that are made anew. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const LONGEST_REPLY = 16 * 1024;

/**
 * Sends a webhook to another process as it came, its secret included: over TLS only to who has the certificate of the
 * fingerprint. Throws `leader-unreachable`, never with the secret, when there is no answer within `timeout` milliseconds.
 */
export function passWebhookOn(
  { origin, fingerprint }: WebhookPlace,
  { headers, query, body }: ReceivedWebhook,
  { timeout }: { readonly timeout: number },
): Promise<WebhookReply> {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
  const options: RequestOptions = {
    method: 'POST',
    path: `/webhook?${query.toString()}`,
    agent: false,
    timeout,
    signal: AbortSignal.timeout(timeout),
    headers: {
      ...(Object.fromEntries(kept) as Record<string, string | string[]>),
      [PASSED_ON]: '1',
      'content-length': body.length,
    },
  };
  return new Promise((resolve, reject) => {
    const fail = (thrown: Error): void =>
      reject(
        new LynceusError(
          'leader-unreachable',
          `the leader at ${origin} cannot be reached: ${thrown.message}`,
        ),
      );
    const onAnswer = (response: IncomingMessage): void => void readReply(response).then(resolve, fail);
    const url = new URL(origin);
    if (fingerprint === '') {
      httpRequest(url, options, onAnswer).on('error', fail).end(body);
      return;
    }
    const sent = httpsRequest(url, { ...options, rejectUnauthorized: false }, onAnswer);
    sent.on('error', fail);
    // Nothing may be written before it is known who is there.
    sent.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        const found = (socket as TLSSocket).getPeerX509Certificate()?.fingerprint256 ?? '';
        if (plainDigits(found) === fingerprint) sent.end(body);
        else sent.destroy(new Error('its certificate is another than the Lease says'));
      });
    });
  });
}

/** Node.js writes `AB:CD:…`. */
function plainDigits(found: string): string {
  return found.replaceAll(':', '').toLowerCase();
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
