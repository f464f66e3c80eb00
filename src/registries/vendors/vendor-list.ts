import { formatRepository } from '../../core/image/reference.ts';
import { LynceusError } from '../../errors.ts';
import { HttpFailure } from '../../http/failure.ts';
import type { HttpResponse } from '../../http/message.ts';
import { isRateLimited } from '../../http/rate-limits.ts';
import type { AuthorizedResponse } from '../oci/authorized-response.ts';
import type { Caller } from '../oci/authorized-send.ts';
import type { NextPage } from '../oci/next-page.ts';
import { beyondLimit, withinPageLimit, type ListingPlace } from '../listing-bounds.ts';
import { refusalError } from '../oci/refusal.ts';
import type { TagEntry } from '../tag-entries.ts';
import type { EntriesRequest, TagEntrySource } from '../with-facts.ts';
import type { VendorApi } from './vendor-api.ts';

/** How a vendor's interface lists the tags of an image repository: what differs from vendor to vendor. */
export interface VendorList {
  /**
   * Whether it takes the place of the registry's own list: its pages go on after a name, so that no tag slips through,
   * and cost the same.
   */
  readonly complete: boolean;
  /** Where the list is, after the base URL; `undefined` when no image repository of this path can be there. */
  readonly urlPath: (path: string) => string | undefined;
  /** Queries for the first page, each with its `?`; the next one is tried where a page size is refused (400). */
  readonly queries: readonly string[];
  readonly ask: (url: URL, caller: Caller) => Promise<AuthorizedResponse>;
  /** The page in an answer; `undefined` when it is none. */
  readonly readPage: (response: HttpResponse) => EntryPage | undefined;
}

export interface EntryPage {
  readonly entries: readonly TagEntry[];
  readonly next: NextPage;
}

/** A vendor's list as a source of entries. */
export interface VendorSource extends TagEntrySource {
  /** See `VendorList`. */
  readonly complete: boolean;
}

export function createVendorSource(api: VendorApi, list: VendorList): VendorSource {
  return {
    complete: list.complete,
    read: (request, signal) => readVendorList({ api, list, request }, signal),
  };
}

/** Longer lists go without facts: more pages would use up what Docker Hub allows in a minute, GitHub in an hour. */
const MOST_PAGES_OF_FACTS = 100;

interface Reading extends VendorApi, VendorList {
  /** Without a query. */
  readonly base: URL;
  readonly caller: Caller;
  /** `ghcr.io/acme/api`. */
  readonly name: string;
  /** It has served this list before: what keeps it from that now passes. */
  readonly hasAnswered: boolean;
}

export interface VendorListRequest {
  readonly api: VendorApi;
  readonly list: VendorList;
  readonly request: EntriesRequest;
}

/**
 * Every entry of the list, page by page, or `undefined` when this interface cannot be used: it refuses or does not know
 * us, it is not there or not in reach, or what it answers is no such page. Each of those is seen at the first page. From
 * then on a page that fails, or leads elsewhere or back, fails the list; so do a server error and a "too many requests"
 * even at the first, because they pass; and so does not being in reach, or nonsense, from an interface that has answered
 * before.
 */
export async function readVendorList(
  { api, list, request }: VendorListRequest,
  signal: AbortSignal,
): Promise<readonly TagEntry[] | undefined> {
  const { repository, login } = request;
  const path = api.pathOf(repository);
  const urlPath = list.urlPath(path);
  if (urlPath === undefined) return undefined;
  return await readAllPages({
    ...api,
    ...list,
    base: new URL(`${api.baseUrl}${urlPath}`),
    caller: { path, login, signal },
    name: formatRepository(repository),
    hasAnswered: request.hasAnswered && !list.complete,
  });
}

async function readAllPages(list: Reading): Promise<readonly TagEntry[] | undefined> {
  const first = await firstPage(list);
  if (first === undefined) return undefined;
  const { tags, pages } = list.limits;
  const mostPages = list.complete ? pages : Math.min(pages, MOST_PAGES_OF_FACTS);
  const entries: TagEntry[] = [];
  const visited = new Set<string>();
  let { query } = first;
  let page: EntryPage = first;
  for (;;) {
    visited.add(query);
    for (const entry of page.entries) entries.push(entry);
    if (entries.length > tags) return tooLong(list, 'tags');
    const { next } = page;
    if (next.kind === 'none') return isCutOff(list, first) && page === first ? cutOff(list) : entries;
    if (next.kind === 'astray') throw invalid(list, `the link to the next page ${next.why}`);
    if (visited.has(next.query))
      throw invalid(list, `the pages go in a circle after ${visited.size} of them`);
    if (visited.size === mostPages) return tooLong(list, 'pages');
    query = next.query;
    const response = await ask(list, query);
    if (response.status !== 200) throw failed(list, response);
    const following = list.readPage(response);
    if (following === undefined) throw notJson(list);
    page = following;
  }
}

function ask(list: Reading, query: string): Promise<AuthorizedResponse> {
  return withinPageLimit(placeOf(list), () => list.ask(new URL(query, list.base), list.caller));
}

function placeOf({ base, name, limits }: Reading): ListingPlace {
  return { host: base.host, name, limits };
}

async function firstPage(list: Reading): Promise<(EntryPage & { query: string }) | undefined> {
  for (const query of list.queries) {
    const response = await askFirst(list, query);
    if (response === undefined) return undefined;
    if (response.status === 400 && query !== list.queries.at(-1)) continue;
    if (response.status >= 500 || isRateLimited(response)) throw failed(list, response);
    if (response.status !== 200) return notForUs(list, `status ${response.status}`);
    const page = list.readPage(response);
    if (page !== undefined) return { ...page, query };
    if (list.hasAnswered) throw notJson(list);
    return notUnderstood(list);
  }
  return undefined;
}

/** The first answer; `undefined` when there cannot be any. */
async function askFirst(list: Reading, query: string): Promise<AuthorizedResponse | undefined> {
  try {
    return await ask(list, query);
  } catch (error) {
    // A network that lets images through often lets nothing else through.
    if (list.ownHost || list.hasAnswered || !(error instanceof HttpFailure) || error.kind === 'aborted')
      throw error;
    list.log.warn('an interface that lists tags in bulk is not in reach, so the registry itself is asked', {
      image: list.name,
      reason: error.line,
    });
    return undefined;
  }
}

function notForUs(list: Reading, reason: string): undefined {
  list.log.debug(
    'an interface that lists tags in bulk is not for this login, so the registry itself is asked',
    {
      image: list.name,
      host: list.base.host,
      reason,
    },
  );
  return undefined;
}

function notUnderstood(list: Reading): undefined {
  list.log.warn('an interface that lists tags in bulk is not understood, so the registry itself is asked', {
    image: list.name,
    host: list.base.host,
  });
  return undefined;
}

/** Whether a first page is as long as it was asked for: when it names no next one, a proxy may have dropped its `Link`. */
function isCutOff(
  { complete }: Reading,
  { query, entries }: EntryPage & { readonly query: string },
): boolean {
  const size = Number(new URLSearchParams(query).get('n') ?? '0');
  return complete && size > 0 && entries.length === size;
}

function cutOff(list: Reading): undefined {
  list.log.debug('a full page of tags in bulk names no next one, so the registry itself is asked', {
    image: list.name,
    host: list.base.host,
  });
  return undefined;
}

function tooLong(list: Reading, bound: 'tags' | 'pages'): undefined {
  if (list.complete) throw beyondLimit(placeOf(list), bound);
  list.log.warn('a list of tags in bulk has too many pages, so the registry itself is asked', {
    image: list.name,
    host: list.base.host,
  });
  return undefined;
}

function failed({ base, registry, name, caller }: Reading, response: AuthorizedResponse): LynceusError {
  const what = `the tags of ${name}${base.host === registry ? '' : ` at ${base.host}`}`;
  // A 403 that asks for fewer requests is no refusal of the login.
  return refusalError(isRateLimited(response) ? { ...response, status: 429 } : response, {
    registry,
    what,
    login: caller.login,
  });
}

function notJson(list: Reading): LynceusError {
  return invalid(list, 'expected a page of tags in JSON, found something else or only a part of it');
}

function invalid({ base, name }: Reading, what: string): LynceusError {
  return new LynceusError(
    'registry-response-invalid',
    `${base.host}, asked for the tags of ${name}: ${what}`,
  );
}
