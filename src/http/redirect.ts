import type { HttpRequest, HttpResponse } from './message.ts';
import { parseUrl } from '../parse-url.ts';

export type NextStep =
  | { readonly kind: 'here' }
  | { readonly kind: 'follow'; readonly request: HttpRequest }
  | { readonly kind: 'refuse'; readonly reason: string };

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Headers that describe what is wanted. Any other may prove who we are, and goes only to the origin it was meant for. */
const PLAIN_HEADERS = new Set(['accept', 'accept-encoding', 'if-none-match', 'range']);

/** Whether a method only reads: it has no body, and may be sent to where it is redirected. */
export function isReading(method: HttpRequest['method']): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Where an answer sends the request on (RFC 9110, section 15.4). Registries serve blobs from storage hosts, so another
 * host is normal; it gets only headers that describe what is wanted. From `https` to `http` is refused, even on one host.
 */
export function nextStep(request: HttpRequest, response: Pick<HttpResponse, 'status' | 'headers'>): NextStep {
  const location = response.headers['location'];
  if (!REDIRECTS.has(response.status) || location === undefined || !isReading(request.method))
    return { kind: 'here' };
  if (request.redirects === 'none') return { kind: 'here' };
  const url = parseUrl(location, request.url);
  if (url === undefined) return { kind: 'refuse', reason: 'redirects to something that is not a URL' };
  if (url.protocol !== 'https:' && url.protocol !== request.url.protocol) {
    return { kind: 'refuse', reason: `redirects from ${request.url.protocol} to ${url.protocol}` };
  }
  if (request.redirects === 'same-host' && url.host !== request.url.host)
    return { kind: 'refuse', reason: `redirects to another host, ${url.host}, which is not asked` };
  url.username = '';
  url.password = '';
  const headers = url.origin === request.url.origin ? request.headers : onlyPlain(request.headers);
  return { kind: 'follow', request: { ...request, url, headers } };
}

function onlyPlain(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => PLAIN_HEADERS.has(name.toLowerCase())),
  );
}
