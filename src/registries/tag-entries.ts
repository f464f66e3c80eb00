import { isDigest, isTag } from '../core/image/grammar.ts';
import type { TagFacts, TagListing } from '../core/tags/facts.ts';
import { textField, type JsonObject } from '../http/json.ts';

/** One tag in a list that has more than names, as it stands there. */
export interface TagEntry {
  readonly tag: string;
  /** `''` when there is none. */
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly pushed: number | undefined;
}

export interface EntryFacts {
  readonly facts: ReadonlyMap<string, TagFacts>;
  /** Tags without an entry, or with entries of two digests: they moved while the list was read. */
  readonly unclear: readonly string[];
}

/** The facts in the entries, of these tags. A tag whose entry has no digest has no facts, and that is clear. */
export function factsOf(entries: readonly TagEntry[], tags: Iterable<string>): EntryFacts {
  const digests = new Map<string, Set<string>>();
  const pushes = new Map<string, number | undefined>();
  for (const { tag, digest, pushed } of entries) {
    const known = digests.get(tag);
    if (known === undefined) digests.set(tag, new Set([digest]));
    else known.add(digest);
    pushes.set(tag, pushed);
  }
  const facts = new Map<string, TagFacts>();
  const unclear: string[] = [];
  for (const tag of tags) {
    const [digest = '', ...others] = digests.get(tag) ?? [];
    const pushed = pushes.get(tag);
    if (!digests.has(tag) || others.length > 0) unclear.push(tag);
    else if (isDigest(digest))
      facts.set(tag, { digest, images: undefined, ...(pushed === undefined ? {} : { pushed }) });
  }
  return { facts, unclear };
}

/** The listing that all entries together are; texts that are no tags are left out. */
export function listingOf(entries: readonly TagEntry[]): TagListing {
  const tags = new Set(entries.flatMap(({ tag }) => (isTag(tag) ? [tag] : [])));
  return { tags: [...tags], order: 'unordered', facts: factsOf(entries, tags).facts };
}

/** The entries of objects that each have one tag as their `name`; `undefined` when one of them has none. */
export function readNamedEntries(
  objects: readonly JsonObject[],
  pushedOf: (object: JsonObject) => number | undefined,
  digestField = 'digest',
): readonly TagEntry[] | undefined {
  if (!objects.every((object) => textField(object, 'name') !== '')) return undefined;
  return objects.map((object) => ({
    tag: textField(object, 'name'),
    digest: textField(object, digestField),
    pushed: pushedOf(object),
  }));
}

/**
 * A time as RFC 3339 has it, in milliseconds since 1970. `undefined` for anything else, and for `0001-01-01T00:00:00Z`,
 * which programs in Go write for "never".
 */
export function readPushTime(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined;
  return atLeastOne(Date.parse(text));
}

/** A number of milliseconds since 1970, or a text that holds one. */
export function readPushMilliseconds(value: unknown): number | undefined {
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return atLeastOne(Number(value));
  return typeof value === 'number' ? atLeastOne(value) : undefined;
}

function atLeastOne(milliseconds: number): number | undefined {
  return Number.isSafeInteger(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}
