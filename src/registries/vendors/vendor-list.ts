import { formatRepository } from '../../core/image/reference.ts';
import type { HttpResponse } from '../../http/message.ts';
import type { Caller } from '../oci/authorized-send.ts';
import type { TagEntry } from '../tag-entries.ts';
import type { EntriesRequest, TagEntrySource } from '../with-facts.ts';
import { readPages, type EntryPage } from './read-pages.ts';
import type { VendorApi } from './vendor-api.ts';

/** How a vendor's interface lists the tags of an image repository: what differs from vendor to vendor. */
export interface VendorList {
  /**
   * Whether it takes the place of the registry's own list: its pages go on after a name, so that no tag slips through,
   * and cost the same.
   */
  readonly complete: boolean;
  /** Where the list is, after the base URL; `undefined` when no such image repository can be there. */
  readonly pathOf: (path: string) => string | undefined;
  /** Queries for the first page, each with its `?`; the next one is tried where a page size is refused (400). */
  readonly queries: readonly string[];
  readonly ask: (url: URL, caller: Caller) => Promise<HttpResponse>;
  /** The page in an answer; `undefined` when it is none. `apiHost` is where links may lead. */
  readonly readPage: (response: HttpResponse, apiHost: string) => EntryPage | undefined;
}

/** A list of names that is too long is an error; facts that would cost too much are done without. */
const COMPLETE = { mostPages: 1000, whenTooLong: 'fail' } as const;

/** 10,000 tags: more would use up what Docker Hub allows in a minute, and much of GitHub's quota of an hour. */
const FACTS_ALONE = { mostPages: 100, whenTooLong: 'give-up' } as const;

/** A vendor's list as a source of entries, and whether it is complete. */
export interface VendorSource extends TagEntrySource {
  readonly complete: boolean;
}

export function createVendorSource(api: VendorApi, list: VendorList): VendorSource {
  return {
    complete: list.complete,
    read: (request, signal) => readVendorList({ api, list, request }, signal),
  };
}

export interface VendorListRequest {
  readonly api: VendorApi;
  readonly list: VendorList;
  readonly request: EntriesRequest;
}

export async function readVendorList(
  { api, list, request }: VendorListRequest,
  signal: AbortSignal,
): Promise<readonly TagEntry[] | undefined> {
  const { repository, login, hasAnswered } = request;
  const path = api.pathOf(repository);
  const listPath = list.pathOf(path);
  if (listPath === undefined) return undefined;
  const apiHost = new URL(api.baseUrl).host;
  return await readPages({
    ...api,
    ...(list.complete ? COMPLETE : FACTS_ALONE),
    base: new URL(`${api.baseUrl}${listPath}`),
    queries: list.queries,
    ask: (url) => list.ask(url, { path, login, signal }),
    read: (response) => list.readPage(response, apiHost),
    name: formatRepository(repository),
    login,
    hasAnswered: hasAnswered && !list.complete,
  });
}
