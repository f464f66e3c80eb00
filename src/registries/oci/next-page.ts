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
export function nextPage(response: HttpResponse, apiHost: string): NextPage {
  return nextPageAt(nextTarget(response.headers['link']), response.url, apiHost);
}

/**
 * The query of the next page. Only the query is taken: the page is one of the list that was asked for, at the place
 * that was asked, even where the link names the wrong scheme or path, as behind some proxies and on GitHub. A link to
 * another host than the asked one is never followed.
 */
export function nextPageAt(target: string | undefined, from: URL, apiHost: string): NextPage {
  if (target === undefined) return { kind: 'none' };
  const next = parseUrl(target, from);
  if (next === undefined) return { kind: 'astray', why: 'is not a URL' };
  if (![from.host, apiHost].includes(next.host) || !/^https?:$/.test(next.protocol))
    return { kind: 'astray', why: `leads to another host, ${next.host}` };
  return next.search === ''
    ? { kind: 'astray', why: 'names no page' }
    : { kind: 'query', query: next.search };
}
