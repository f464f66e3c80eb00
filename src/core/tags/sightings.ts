/** When one tag was first seen with the digest that it has. */
export interface Sighting {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `undefined` until it was requested. */
  readonly digest: string | undefined;
}

/** Of every tag of one image repository, as it was listed last. */
export type TagSightings = ReadonlyMap<string, Sighting>;

export interface ObservedTags {
  /** Every tag that was listed. */
  readonly tags: readonly string[];
  /** As far as they are known. */
  readonly digests: ReadonlyMap<string, string>;
  /** When they were listed. */
  readonly at: number;
}

/**
 * The sightings after one more listing. A tag is seen for the first time when it was not listed before, or has another
 * digest than before. What is not listed any more is forgotten. All new tags of one listing have one time, and it is
 * never before any earlier one, whatever the clock does. A tag that was listed all along, and whose digest is requested
 * later because a filter now accepts it, was seen when it was listed first.
 */
export function updateSightings(before: TagSightings, { tags, digests, at }: ObservedTags): TagSightings {
  let now = at;
  for (const { at: earlier } of before.values()) now = Math.max(now, earlier);
  return new Map(tags.map((tag) => [tag, seeOne(before.get(tag), digests.get(tag), now)]));
}

function seeOne(before: Sighting | undefined, digest: string | undefined, now: number): Sighting {
  if (before === undefined) return { at: now, digest };
  if (digest === undefined || digest === before.digest) return before;
  return { at: before.digest === undefined ? before.at : now, digest };
}
