import type { HttpResponse } from '../../http/message.ts';
import { nextTarget } from '../../http/link.ts';
import { parseUrl } from '../../parse-url.ts';

export type NextPage =
  | { readonly kind: 'none' }
  /** With its `?`. */
  | { readonly kind: 'query'; readonly query: string }
  /** Not to be followed; `why` ends the sentence "the link to the next page …". */
  | { readonly kind: 'astray'; readonly why: string };

/** Where the `Link` header of a page leads (RFC 8288), see `nextPageAt`. */
export function nextPage(response: HttpResponse): NextPage {
  return nextPageAt(nextTarget(response.headers['link']), response.url);
}

/**
 * The query of the next page. Only the query is taken: the page is one of the list that was asked for, at the place
 * that was asked, even where the link names the wrong scheme, host, port or path, as it does behind many proxies. So a
 * link never decides who is asked.
 */
export function nextPageAt(target: string | undefined, from: URL): NextPage {
  if (target === undefined) return { kind: 'none' };
  const next = parseUrl(target, from);
  if (next === undefined) return { kind: 'astray', why: 'is not a URL' };
  if (!/^https?:$/.test(next.protocol)) return { kind: 'astray', why: `begins with ${next.protocol}` };
  return next.search === ''
    ? { kind: 'astray', why: 'names no page' }
    : { kind: 'query', query: next.search };
}
