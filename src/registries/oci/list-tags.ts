import { isTag } from '../../core/image/grammar.ts';
import type { TagFacts } from '../../core/tags/facts.ts';
import { LynceusError } from '../../errors.ts';
import { beyondLimit, pageBytes, withinPageLimit, type ListingPlace } from '../listing-bounds.ts';
import { factsOf, type TagEntry } from '../tag-entries.ts';
import type { AuthorizedResponse } from './authorized-response.ts';
import { nextPage } from './next-page.ts';
import { createPageOrder, type EndingPage, type PageOrder, type PageStep } from './page-order.ts';
import type { RepositoryApi } from './repository-api.ts';
import { readTagPage, type TagPage } from './tag-page.ts';

/** Page sizes to ask for: the usual maximum, a smaller one for those that refuse it, the registry's own choice. */
const PAGE_SIZES = [1000, 100, undefined];

/** How registries answer a query that they do not know. A page size that is too large is a 400 in the reference registry. */
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([400, 405]);

/** The same for a query that nobody promised to answer. */
const NO_SUCH_PAGE: ReadonlySet<number> = new Set([400, 404, 405, 416, 422, 501]);

export interface NamedTags {
  readonly tags: readonly string[];
  /** What the registry sent beside the names without being asked. */
  readonly facts: ReadonlyMap<string, TagFacts>;
}

/**
 * Every tag of an image repository (OCI distribution spec, "Listing Tags"), page after page. All of them or an error:
 * a page that fails fails the whole list. Texts that are no tags by the spec's grammar are left out, since nothing could
 * ever pull them. `pageSize` is how many to ask for at a time.
 */
export async function listTags(api: RepositoryApi, pageSize?: number | 'none'): Promise<NamedTags> {
  const first = await firstPage(api, pageSizes(pageSize));
  const { size } = first;
  const names = new Set<string>();
  const entries: TagEntry[] = [];
  const visited = new Set<string>();
  const order = createPageOrder();
  let step: PageStep = { kind: 'first', query: first.query };
  let response: AuthorizedResponse | undefined = first.response;
  for (;;) {
    visited.add(step.query);
    const page = response === undefined ? NOTHING : readPage(response, api);
    const before = names.size;
    for (const name of page.names) names.add(name);
    for (const entry of page.entries) entries.push(entry);
    if (names.size > api.limits.tags) throw beyondLimit(placeOf(api), 'tags');
    const refused = response === undefined;
    const ending = { step, page, refused, fresh: names.size - before, known: names.size, size };
    const next = nextStep(response, ending, { order, api });
    if (next === undefined) return withFacts(names, entries);
    if (visited.has(next.query) || goesInCircles(next, ending)) throw inCircle(api, visited.size);
    if (visited.size === api.limits.pages) throw beyondLimit(placeOf(api), 'pages');
    step = next;
    response = await laterPage(api, step);
  }
}

const NOTHING: TagPage = { names: [], count: 0, entries: [] };

function withFacts(names: ReadonlySet<string>, entries: readonly TagEntry[]): NamedTags {
  const tags = [...names].filter(isTag);
  return { tags, facts: factsOf(entries, tags).facts };
}

interface FirstPage {
  readonly response: AuthorizedResponse;
  readonly query: string;
  readonly size: number | undefined;
}

function pageSizes(chosen: number | 'none' | undefined): readonly (number | undefined)[] {
  if (chosen === undefined) return PAGE_SIZES;
  return chosen === 'none' ? [undefined] : [chosen, undefined];
}

async function firstPage(api: RepositoryApi, sizes: readonly (number | undefined)[]): Promise<FirstPage> {
  for (const size of sizes) {
    const query = size === undefined ? '' : `?n=${size}`;
    const response = await askPage(api, query);
    if (response.status === 200) return { response, query, size };
    if (size === undefined || !NOT_UNDERSTOOD.has(response.status)) throw refusal(api, response);
  }
  throw invalid(api, 'the list of tags has no first page');
}

/** `undefined` when the registry does not know what nobody promised: tags after a name, or all of them. */
async function laterPage(
  api: RepositoryApi,
  { kind, query }: PageStep,
): Promise<AuthorizedResponse | undefined> {
  const response = await askPage(api, query);
  if (response.status === 200) return response;
  if (kind !== 'link' && NO_SUCH_PAGE.has(response.status)) return undefined;
  throw refusal(api, response);
}

function askPage(api: RepositoryApi, query: string): Promise<AuthorizedResponse> {
  const list = { rest: `tags/list${query}`, accept: 'application/json', maxBytes: pageBytes(api.limits) };
  return withinPageLimit(placeOf(api), () => api.ask({ kind: 'tags', ...list }));
}

function placeOf({ registry, name, limits }: RepositoryApi): ListingPlace {
  return { host: registry, name, limits };
}

function readPage(response: AuthorizedResponse, api: RepositoryApi): TagPage {
  const page = readTagPage(response.body);
  if (page !== undefined) return page;
  throw invalid(
    api,
    'expected a list of tags in JSON, found something else or only a part of it',
    'see whether its api_url is that of a registry and not of a web page in front of it',
  );
}

function nextStep(
  response: AuthorizedResponse | undefined,
  ending: EndingPage,
  { order, api }: { readonly order: PageOrder; readonly api: RepositoryApi },
): PageStep | undefined {
  const next = response === undefined ? { kind: 'none' as const } : nextPage(response);
  switch (next.kind) {
    case 'query':
      return { kind: 'link', query: next.query };
    case 'astray':
      throw invalid(api, `the link to the next page of tags ${next.why}`);
    case 'none': {
      const step = order.after(ending);
      if (step === 'unclear') throw unclear(api, ending.known);
      return step;
    }
  }
}

/** A page that repeats what is known and leads on: its link has no effect, or another one than it should. */
function goesInCircles({ kind }: PageStep, { page, fresh }: EndingPage): boolean {
  return kind === 'link' && fresh === 0 && page.names.length > 0;
}

function refusal(api: RepositoryApi, response: AuthorizedResponse): LynceusError {
  return api.refuse(response, `the tags of ${api.name}`);
}

function inCircle(api: RepositoryApi, pages: number): LynceusError {
  return invalid(
    api,
    `the list of tags goes in a circle after ${pages} pages`,
    'the links of its pages have no effect where it is asked: see its api_url, and a proxy in front of it',
  );
}

function unclear(api: RepositoryApi, known: number): LynceusError {
  return invalid(
    api,
    `its pages name no next one, and what it sends for the tags after a page is not the rest, so there may be more than the ${known} tags that were found`,
    'have it send Link headers, or set page_size of its entry to more than it has tags',
  );
}

function invalid(api: RepositoryApi, what: string, hint?: string): LynceusError {
  return new LynceusError(
    'registry-response-invalid',
    `${api.registry}, asked for the tags of ${api.name}: ${what}`,
    hint === undefined ? {} : { hint },
  );
}
