import { LynceusError } from '../errors.ts';
import { createHttpClient, type HttpClient } from '../http/client.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { parseRetryAfter } from '../http/retry.ts';
import { accessCertificates, accessTimeouts, type ServerAccess } from '../http/server-access.ts';
import type { NotifierParts } from './notifier-parts.ts';

/** Sends requests to a service, each once: who calls it tries again. */
export interface ServiceClient {
  /**
   * The answer, of whatever status. Throws `notifier-unreachable` when there is none.
   */
  send(request: Omit<HttpRequest, 'maxBytes' | 'redirects'>, signal: AbortSignal): Promise<HttpResponse>;
  close(): void;
}

const CODES = {
  unreachable: 'notifier-unreachable',
  tooLarge: 'notifier-failed',
  invalid: 'notifier-failed',
} as const;
const HINTS = { untrusted: 'see its certificate, and caFile of the service' };
/** What services answer is short. */
const LARGEST_ANSWER = 64 * 1024;
const CONNECTIONS = 2;

/** The path of a URL is often a secret, so failures name its host alone. */
export function createServiceClient(
  access: Pick<ServerAccess, 'caFile' | 'clientCertFile' | 'clientKeyFile' | 'timeout'>,
  { name, userAgent, proxyFor }: Pick<NotifierParts, 'name' | 'userAgent' | 'proxyFor'>,
  { largestAnswer = LARGEST_ANSWER }: { readonly largestAnswer?: number } = {},
): ServiceClient {
  const client: HttpClient = createHttpClient({
    userAgent,
    codes: CODES,
    hints: HINTS,
    proxyFor,
    nameOf: ({ host }) => host,
    connections: CONNECTIONS,
    secureContext: accessCertificates(access, { code: 'notifier-failed', whose: `the service ${name}` }),
    ...accessTimeouts(access),
  });
  return {
    // A notice that is posted elsewhere by a redirect becomes a GET: it would be lost without a word.
    send: (request, signal) =>
      client.send({ ...request, redirects: 'none', maxBytes: largestAnswer }, signal),
    close: () => client.close(),
  };
}

/**
 * What an answer means where the service has no say of its own: 401, 403, 404 and 410 that it must be set up otherwise, 408, 425, 429 and
 * 5xx that the same may succeed later, any other that this notice cannot be sent. `detail` is what it says itself, one line; it is foreign.
 */
export function refusedByStatus(
  { status, headers, url }: HttpResponse,
  { now, detail = '' }: { readonly now: number; readonly detail?: string },
): LynceusError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const message = `${url.host} answers with status ${status}${detail === '' ? '' : `: ${detail}`}`;
  const retryAfter = parseRetryAfter(headers['retry-after'], now);
  if (status === 429) return new LynceusError('notifier-rate-limited', message, { retryAfter });
  if ([401, 403, 404, 410].includes(status))
    return new LynceusError('notifier-denied', message, { hint: 'see the URL and the login of the service' });
  const retryable = status >= 500 || status === 408 || status === 425;
  return new LynceusError('notifier-failed', message, { retryable, ...(retryable ? { retryAfter } : {}) });
}
