import type { Expiring } from '../async/expiring-cache.ts';
import { LynceusError } from '../errors.ts';
import { parseJsonObject, textField, type JsonObject } from '../http/json.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { Clock } from '../ports/clock.ts';

/** Bytes. */
export const LONGEST_ANSWER = 256 * 1024;

/** It becomes a header or a password, so a token with spaces, line breaks or control characters is refused. */
const TOKEN = /^[\x21-\x7e]{1,32768}$/;

/** A request for a token (RFC 6749, section 4): a form. */
export function tokenForm(url: URL, parameters: Readonly<Record<string, string>>): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
    maxBytes: LONGEST_ANSWER,
  };
}

/** A request to a metadata server. */
export function metadataRequest(url: URL, headers: Readonly<Record<string, string>>): HttpRequest {
  return { method: 'GET', url, headers, maxBytes: LONGEST_ANSWER };
}

/**
 * The `access_token` of an answer (RFC 6749, section 5.1); `undefined` when it is none. `expires_in` is seconds, which
 * some servers write as text.
 */
export function readAccessToken(
  response: HttpResponse,
  clock: Pick<Clock, 'now'>,
): Expiring<string> | undefined {
  const answer = response.status === 200 ? parseJsonObject(response.body) : undefined;
  const value = answer === undefined ? '' : textField(answer, 'access_token');
  if (answer === undefined || !TOKEN.test(value)) return undefined;
  const seconds = Number(answer['expires_in']);
  return { value, expiresAt: seconds > 0 ? clock.now() + seconds * 1000 : undefined };
}

/** A token in a field of an answer; `undefined` when there is none. */
export function tokenField(answer: JsonObject | undefined, name: string): string | undefined {
  const text = answer === undefined ? '' : textField(answer, name);
  return TOKEN.test(text) ? text : undefined;
}

/** The status of a refusal and its error code (RFC 6749, section 5.2); never its description. */
export function describeRefusal(response: HttpResponse): string {
  const error = textField(parseJsonObject(response.body) ?? {}, 'error');
  return `status ${response.status}${/^[a-z_]{1,60}$/.test(error) ? ` (${error})` : ''}`;
}

/** The error for an answer without the token that was asked for. */
export function noToken(message: string, { status }: HttpResponse, hint?: string): LynceusError {
  return new LynceusError('credentials-failed', message, {
    hint,
    retryable: status >= 500 || status === 429,
  });
}
