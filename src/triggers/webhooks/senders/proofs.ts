import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookRequest } from '../sender.ts';

/*
 * How a sender proves that it knows a secret. Every comparison takes as long for a good guess as for a bad one, and an
 * empty secret is never known.
 */

/**
 * Whether both texts are equal and not empty. Digests are compared, so that the time tells nothing of the length either. What a
 * sender writes into a header as UTF-8 comes out of Node.js as Latin-1, so that both readings count.
 */
export function isSecret(given: string | undefined, secret: string): boolean {
  const text = given ?? '';
  const wanted = digestOf(secret);
  const asSent = timingSafeEqual(digestOf(text), wanted);
  const asUtf8 = timingSafeEqual(digestOf(Buffer.from(text, 'latin1')), wanted);
  return (asSent || asUtf8) && secret !== '';
}

/** `?secret=`, for senders that can be told nothing but a URL. */
export function knowsByQuery({ query }: WebhookRequest, secret: string): boolean {
  return isSecret(query.get('secret') ?? undefined, secret);
}

/**
 * `?secret=`, `X-Webhook-Secret`, or `Authorization`, as it is, after `Bearer`, or as the password of any user: for senders
 * that can be given headers, and sign nothing.
 */
export function knowsSecret(request: WebhookRequest, secret: string): boolean {
  const { headers, query } = request;
  const authorization = headers['authorization'];
  const given = [
    query.get('secret') ?? undefined,
    headers['x-webhook-secret'],
    authorization,
    bearerToken(request),
    basicPassword(authorization),
  ];
  return given.map((text) => isSecret(text, secret)).includes(true);
}

/** The token of `Authorization: Bearer`; `undefined` where there is none. */
export function bearerToken({ headers }: WebhookRequest): string | undefined {
  return /^bearer +(\S.*)$/i.exec(headers['authorization'] ?? '')?.[1];
}

/** Whether this is the HMAC-SHA256 of the body, in hexadecimal digits, after `prefix` if one is given. */
export function isSignature(
  given: string | undefined,
  { body }: Pick<WebhookRequest, 'body'>,
  { secret, prefix = '' }: { readonly secret: string; readonly prefix?: string },
): boolean {
  const wanted = createHmac('sha256', secret).update(body).digest('hex');
  const text = given ?? '';
  const signature = text.startsWith(prefix) ? text.slice(prefix.length) : '';
  return isSecret(signature.toLowerCase(), wanted) && secret !== '';
}

/**
 * Whether the headers sign the body as "Standard Webhooks" has it: `webhook-signature` is a list of `v1,BASE64`, the
 * HMAC-SHA256 of `ID.TIMESTAMP.BODY`. A secret that begins with `whsec_` is a key in Base64.
 */
export function isStandardSignature({ headers, body }: WebhookRequest, secret: string): boolean {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  if (key.length === 0) return false;
  const signed = `${headers['webhook-id'] ?? ''}.${headers['webhook-timestamp'] ?? ''}.`;
  const wanted = createHmac('sha256', key).update(signed).update(body).digest('base64');
  const given = (headers['webhook-signature'] ?? '').split(' ', 10);
  return given.map((text) => isSecret(text, `v1,${wanted}`)).includes(true);
}

function basicPassword(authorization: string | undefined): string | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const login = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = login.indexOf(':');
  return colon < 0 ? undefined : login.slice(colon + 1);
}

function digestOf(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest();
}
