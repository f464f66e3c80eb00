import type { TagLookup } from './check-tag.ts';
import { newest } from './check-tag.ts';

/** How long what a registry told of a tag may count without being asked again, and what time it is. */
export interface Remembering {
  /** Milliseconds. */
  readonly revalidate: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A round is over a little before the time that every tag must have been looked at, so that it fits whole cycles. */
const ROUND = 0.9;

/** How many of the newest are looked at in every cycle: tags that are moved again and again are among them. */
const LEADERS = 10;

/**
 * The tags whose turn it is: of those that were asked for earlier and are not in front, the ones for which that is longest ago. As many as
 * belong to the time since the last cycle, so that all are asked in `revalidate` without being asked at once; and each
 * that would be older than that before the next cycle comes, if it takes as long to come as this one did.
 */
export function tagsInTurn(
  facts: ReadonlyMap<string, TagLookup>,
  inFront: readonly string[],
  { revalidate, now }: Remembering,
): readonly string[] {
  const all = rememberedTags(facts);
  const asked = all.filter(({ tag }) => !inFront.includes(tag)).toSorted((a, b) => a.askedAt - b.askedAt);
  const elapsed = now - all.reduce((latest, { askedAt }) => Math.max(latest, askedAt), 0);
  // A clock that was set back: nothing is known of how long ago it was.
  if (elapsed < 0) return asked.map(({ tag }) => tag);
  const share = Math.ceil((asked.length * elapsed) / (revalidate * ROUND));
  const late = asked.filter(({ askedAt }) => now - askedAt > revalidate - elapsed).length;
  return asked.slice(0, Math.max(share, late)).map(({ tag }) => tag);
}

/**
 * The tags on which the decision rests and that were asked for earlier: the one that was chosen, the one in force, and the
 * newest, any of which could have been moved.
 */
export function tagsInFront(
  facts: ReadonlyMap<string, TagLookup>,
  named: readonly (string | undefined)[],
  { now }: Pick<Remembering, 'now'>,
): readonly string[] {
  const newestFirst = [...facts]
    .map(([tag, lookup]) => ({ tag, time: timeOf(lookup, now) }))
    .toSorted((a, b) => b.time - a.time)
    .slice(0, LEADERS);
  const tags = new Set([...named, ...newestFirst.map(({ tag }) => tag)]);
  return rememberedTags(facts).flatMap(({ tag }) => (tags.has(tag) ? [tag] : []));
}

function rememberedTags(
  facts: ReadonlyMap<string, TagLookup>,
): readonly { readonly tag: string; readonly askedAt: number }[] {
  return [...facts].flatMap(([tag, lookup]) =>
    lookup.kind === 'known' && lookup.facts.askedAt !== undefined
      ? [{ tag, askedAt: lookup.facts.askedAt }]
      : [],
  );
}

/** By which the newest is found: the push, the first sight, or the build. */
function timeOf(lookup: TagLookup, now: number): number {
  if (lookup.kind === 'unknown') return -Infinity;
  const { pushed, firstSeen, images = [] } = lookup.facts;
  return pushed ?? firstSeen ?? newest(images, now) ?? -Infinity;
}
