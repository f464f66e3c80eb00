import { isTag } from '../../core/image/grammar.ts';
import type { TagFacts } from '../../core/tags/facts.ts';
import { LynceusError } from '../../errors.ts';
import type { HttpResponse } from '../../http/message.ts';
import { factsOf, readPushMilliseconds, type TagEntry } from '../tag-entries.ts';
import { isJsonObject, parseJsonObject, type JsonObject } from '../../http/json.ts';
import { nextPage } from './next-page.ts';
import type { RepositoryApi } from './repository-api.ts';

const MOST_PAGES = 1000;
const MOST_TAGS = 500_000;
/** Some registries send everything at once, whatever page size they are asked for. */
const LARGEST_PAGE = 32 * 1024 * 1024;

/** Page sizes to ask for: the usual maximum, a smaller one for those that refuse it, the registry's own choice. */
const PAGE_SIZES = ['?n=1000', '?n=100', ''];

export interface NamedTags {
  readonly tags: readonly string[];
  /** What the registry sent beside the names without being asked. */
  readonly facts: ReadonlyMap<string, TagFacts>;
}

/**
 * Every tag of an image repository (OCI distribution spec, "Listing Tags"), page after page. All of them or an error:
 * a page that fails fails the whole list. Texts that are no tags by the spec's grammar are left out, since nothing could
 * ever pull them.
 */
export async function listTags(api: RepositoryApi): Promise<NamedTags> {
  const tags = new Set<string>();
  const entries: TagEntry[] = [];
  const visited = new Set<string>();
  let { response, query } = await firstPage(api);
  for (;;) {
    visited.add(query);
    const page = parseJsonObject(response.body);
    for (const tag of readPage(page, api)) tags.add(tag);
    for (const entry of readGoogleManifests(page)) entries.push(entry);
    if (tags.size > MOST_TAGS) throw tooLarge(api, `more than ${MOST_TAGS} tags`);
    const next = nextQuery(response, api);
    if (next === undefined) return { tags: [...tags], facts: factsOf(entries, tags).facts };
    if (visited.has(next))
      throw invalid(api, `the list of tags goes in a circle after ${visited.size} pages`);
    if (visited.size === MOST_PAGES) throw tooLarge(api, `more than ${MOST_PAGES} pages of tags`);
    query = next;
    response = await askPage(api, query);
    if (response.status !== 200) throw refusal(api, response);
  }
}

async function firstPage(api: RepositoryApi): Promise<{ response: HttpResponse; query: string }> {
  for (const query of PAGE_SIZES) {
    const response = await askPage(api, query);
    if (response.status === 200) return { response, query };
    // A page size that is too large is a 400 in the reference registry and a 405 elsewhere.
    if (response.status !== 400 && response.status !== 405) throw refusal(api, response);
    if (query === PAGE_SIZES.at(-1)) throw refusal(api, response);
  }
  throw invalid(api, 'the list of tags has no first page');
}

function askPage(api: RepositoryApi, query: string): Promise<HttpResponse> {
  return api.ask({
    kind: 'tags',
    rest: `tags/list${query}`,
    accept: 'application/json',
    maxBytes: LARGEST_PAGE,
  });
}

function readPage(page: JsonObject | undefined, api: RepositoryApi): readonly string[] {
  const tags = page?.['tags'];
  // A repository whose tags were all deleted has `null`.
  if (tags === null) return [];
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) {
    throw invalid(
      api,
      'expected a list of tags in JSON, found something else or only a part of it',
      'see whether its api_url is that of a registry and not of a web page in front of it',
    );
  }
  return tags.filter(isTag);
}

/**
 * What Google's registries send beside the names, in the answer of `tags/list` itself: a member `manifest` with the
 * digest of every manifest, its tags and when it was uploaded (`timeUploadedMs`, a text at gcr.io and a number at
 * Artifact Registry; see `rawManifestInfo` in google/go-containerregistry, pkg/v1/google/list.go). Their own tools
 * read it. Nothing where it is missing, as at every other registry.
 */
function readGoogleManifests(page: JsonObject | undefined): readonly TagEntry[] {
  const manifests = page?.['manifest'];
  if (!isJsonObject(manifests)) return [];
  return Object.entries(manifests).flatMap(([digest, manifest]) => {
    const tags: unknown = isJsonObject(manifest) ? manifest['tag'] : undefined;
    if (!isJsonObject(manifest) || !Array.isArray(tags)) return [];
    const pushed = readPushMilliseconds(manifest['timeUploadedMs']);
    return tags.flatMap((tag: unknown) => (typeof tag === 'string' ? [{ tag, digest, pushed }] : []));
  });
}

function nextQuery(response: HttpResponse, api: RepositoryApi): string | undefined {
  const next = nextPage(response, api.apiHost);
  switch (next.kind) {
    case 'none':
      return undefined;
    case 'query':
      return next.query;
    case 'astray':
      throw invalid(api, `the link to the next page of tags ${next.why}`);
  }
}

function refusal(api: RepositoryApi, response: HttpResponse): LynceusError {
  return api.refuse(response, `the tags of ${api.name}`);
}

function invalid(api: RepositoryApi, what: string, hint?: string): LynceusError {
  return new LynceusError(
    'registry-response-invalid',
    `${api.registry}, asked for the tags of ${api.name}: ${what}`,
    hint === undefined ? {} : { hint },
  );
}

function tooLarge(api: RepositoryApi, what: string): LynceusError {
  return new LynceusError('registry-response-too-large', `${api.registry} lists ${what} for ${api.name}`, {
    hint: 'delete old tags; a list that is cut off is never used',
  });
}
