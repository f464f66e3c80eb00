import { isDigest } from '../core/image/grammar.ts';
import type { TagFacts } from '../core/tags/facts.ts';

/** What an interface told about one tag, as it stood there. */
export interface ToldTag {
  readonly tag: string;
  /** `''` when it was not told. */
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly pushed: number | undefined;
}

export interface ReadFacts {
  readonly facts: ReadonlyMap<string, TagFacts>;
  /** Tags of the list of which nothing was told, or two things: they moved while it was read. */
  readonly unclear: readonly string[];
}

/** The facts in what was told, of the tags of a list. A tag that was told without a digest has none, and that is clear. */
export function factsOf(told: readonly ToldTag[], tags: Iterable<string>): ReadFacts {
  const digests = new Map<string, Set<string>>();
  const pushes = new Map<string, number | undefined>();
  for (const { tag, digest, pushed } of told) {
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

/**
 * A time as RFC 3339 has it, in milliseconds since 1970. `undefined` for anything else, and for `0001-01-01T00:00:00Z`,
 * which programs in Go write for "never".
 */
export function toldTime(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined;
  return atLeastOne(Date.parse(text));
}

/** A number of milliseconds since 1970, or a text that holds one. */
export function toldMilliseconds(value: unknown): number | undefined {
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return atLeastOne(Number(value));
  return typeof value === 'number' ? atLeastOne(value) : undefined;
}

function atLeastOne(milliseconds: number): number | undefined {
  return Number.isSafeInteger(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}
