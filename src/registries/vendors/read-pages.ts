import { LynceusError } from '../../errors.ts';
import { HttpFailure } from '../../http/failure.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { Log } from '../../ports/log.ts';
import type { Login } from '../../ports/logins.ts';
import type { NextPage } from '../oci/next-page.ts';
import { refuse } from '../oci/refusal.ts';
import { isRateLimited } from '../rate-limit.ts';
import type { TagEntry } from '../tag-entries.ts';

export interface EntryPage {
  readonly entries: readonly TagEntry[];
  readonly next: NextPage;
}

export interface PagedList {
  /** Without a query. */
  readonly base: URL;
  readonly queries: readonly string[];
  readonly ask: (url: URL) => Promise<HttpResponse>;
  readonly read: (response: HttpResponse) => EntryPage | undefined;
  readonly mostPages: number;
  readonly whenTooLong: 'give-up' | 'fail';
  /** Whether it is the host that serves the images, so that nothing works when it cannot be reached. */
  readonly ownHost: boolean;
  /** It has served this list before: what keeps it from that now passes. */
  readonly hasAnswered: boolean;
  readonly registry: string;
  /** `ghcr.io/acme/api`. */
  readonly name: string;
  readonly login: Login;
  readonly log: Pick<Log, 'debug' | 'warn'>;
}

const MOST_ENTRIES = 500_000;

/**
 * Every entry of a list that a vendor's interface serves page by page, or `undefined` when this interface is not for
 * us: it refuses or does not know us, it is not there or not in reach, or what it answers is no such page. Each of
 * those is seen at the first page. From then on a page that fails, or leads elsewhere or back, fails the list; so do
 * a server error and a "too many requests" even at the first, because they pass; and so does not being in reach, or
 * nonsense, from an interface that has answered before.
 */
export async function readPages(list: PagedList): Promise<readonly TagEntry[] | undefined> {
  const first = await firstPage(list);
  if (first === undefined) return undefined;
  const entries: TagEntry[] = [];
  const visited = new Set<string>();
  let { query } = first;
  let page: EntryPage = first;
  for (;;) {
    visited.add(query);
    for (const entry of page.entries) entries.push(entry);
    const { next } = page;
    if (next.kind === 'none') return entries;
    if (next.kind === 'astray') throw invalid(list, `the link to the next page ${next.why}`);
    if (visited.has(next.query))
      throw invalid(list, `the pages go in a circle after ${visited.size} of them`);
    if (visited.size === list.mostPages || entries.length > MOST_ENTRIES) return tooLong(list, visited.size);
    query = next.query;
    const response = await list.ask(new URL(query, list.base));
    if (response.status !== 200) throw failed(list, response);
    const reading = list.read(response);
    if (reading === undefined) throw notJson(list);
    page = reading;
  }
}

async function firstPage(list: PagedList): Promise<(EntryPage & { query: string }) | undefined> {
  for (const query of list.queries) {
    const response = await askFirst(list, query);
    if (response === undefined) return undefined;
    if (response.status === 400 && query !== list.queries.at(-1)) continue;
    if (response.status === 429 || response.status >= 500 || isRateLimited(response))
      throw failed(list, response);
    if (response.status !== 200) return notForUs(list, `status ${response.status}`);
    const page = list.read(response);
    if (page !== undefined) return { ...page, query };
    if (list.hasAnswered) throw notJson(list);
    return notUnderstood(list);
  }
  return undefined;
}

/** The first answer; `undefined` when there cannot be any. */
async function askFirst(list: PagedList, query: string): Promise<HttpResponse | undefined> {
  try {
    return await list.ask(new URL(query, list.base));
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

function notForUs(list: PagedList, reason: string): undefined {
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

function notUnderstood(list: PagedList): undefined {
  list.log.warn('an interface that lists tags in bulk is not understood, so the registry itself is asked', {
    image: list.name,
    host: list.base.host,
  });
  return undefined;
}

function tooLong(list: PagedList, pages: number): undefined {
  if (list.whenTooLong === 'fail') {
    throw new LynceusError(
      'registry-response-too-large',
      `${list.base.host} lists more than ${pages} pages of tags for ${list.name}`,
      { hint: 'delete old tags; a list that is cut off is never used' },
    );
  }
  list.log.warn('a list of tags in bulk has too many pages, so the registry itself is asked', {
    image: list.name,
    host: list.base.host,
    pages,
  });
  return undefined;
}

function failed({ base, registry, name, login }: PagedList, response: HttpResponse): LynceusError {
  const what = `the tags of ${name}${base.host === registry ? '' : ` at ${base.host}`}`;
  // A 403 that asks for fewer requests is no refusal of the login.
  return refuse(isRateLimited(response) ? { ...response, status: 429 } : response, { registry, what, login });
}

function notJson(list: PagedList): LynceusError {
  return invalid(list, 'expected a page of tags in JSON, found something else or only a part of it');
}

function invalid({ base, name }: PagedList, what: string): LynceusError {
  return new LynceusError(
    'registry-response-invalid',
    `${base.host}, asked for the tags of ${name}: ${what}`,
  );
}
