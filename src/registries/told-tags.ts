import { isDigest, isTag } from '../core/image/grammar.ts';
import type { TagFacts } from '../core/tags/facts.ts';

/** What an interface told about one tag, as it stood there. */
export interface ToldTag {
  readonly tag: string;
  /** `''` when it was not told. */
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly pushed: number | undefined;
}

/**
 * The facts in what was told, of the tags in `known` or of all. A tag without a digest has none, and neither has one
 * that was told twice with different digests: it moved while the list was read.
 */
export function factsOf(
  told: readonly ToldTag[],
  known?: ReadonlySet<string>,
): ReadonlyMap<string, TagFacts> {
  const facts = new Map<string, TagFacts>();
  const moved = new Set<string>();
  for (const { tag, digest, pushed } of told) {
    if (known?.has(tag) === false || !isTag(tag) || !isDigest(digest)) continue;
    const before = facts.get(tag);
    if (before !== undefined && before.digest !== digest) moved.add(tag);
    facts.set(tag, { digest, images: undefined, ...(pushed === undefined ? {} : { pushed }) });
  }
  for (const tag of moved) facts.delete(tag);
  return facts;
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
