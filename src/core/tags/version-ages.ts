import type { AgeClock } from '../gates/age-facts.ts';
import { isBuildTime } from '../selection/check-tag.ts';

/** A digest that a tag was seen with. Times are milliseconds since 1970. */
export interface SeenDigest {
  readonly digest: string;
  readonly at: number;
  /** When it was pushed, as the registry tells it; `none`: it tells no time. Absent until it was asked. */
  readonly pushed?: number | 'none';
}

/** What is remembered of the tags of one image repository, to tell how old a version is. */
export interface VersionAges {
  /** When the tags were listed last; `undefined` for never. */
  readonly listedAt: number | undefined;
  /** Every tag that was listed last, with the time of the last listing that did not have it; `undefined` when the first one had it. */
  readonly tags: ReadonlyMap<string, number | undefined>;
  /** Of the tags whose digest was asked for. */
  readonly digests: ReadonlyMap<string, SeenDigest>;
}

export const NO_AGES: VersionAges = { listedAt: undefined, tags: new Map(), digests: new Map() };

/** Since when a version is known to exist. */
export interface KnownSince {
  readonly since: number;
  /** Whose time it is: that of the push, or that of the first sight. */
  readonly clock: AgeClock;
  /** How old it may turn out to be when the registry is asked for its push; absent when that makes no difference. */
  readonly mayBeSince?: number;
}

/**
 * The ages after one more listing. What is not listed any more is forgotten. A clock that was set back makes nothing older: what would be
 * still to come happened now.
 */
export function agesAfter(before: VersionAges, tags: readonly string[], now: number): VersionAges {
  const last = before.listedAt === undefined ? undefined : Math.min(before.listedAt, now);
  const notBefore = (time: number | undefined) => (time === undefined ? undefined : Math.min(time, now));
  const listed = new Map(
    tags.map((tag) => [tag, before.tags.has(tag) ? notBefore(before.tags.get(tag)) : last] as const),
  );
  const digests = [...before.digests].flatMap(([tag, seen]) =>
    listed.has(tag) ? [[tag, { ...seen, at: Math.min(seen.at, now) }] as const] : [],
  );
  return { listedAt: now, tags: listed, digests: new Map(digests) };
}

/** A digest that a tag was seen with, and when it was asked for. */
export interface DigestSight {
  readonly tag: string;
  readonly digest: string;
  readonly at: number;
}

/**
 * The same, once tags were seen with these digests; of tags that are not listed nothing is kept. A tag that had another digest before was
 * moved since it was listed last: its age begins anew.
 */
export function withSights(ages: VersionAges, sights: readonly DigestSight[]): VersionAges {
  const news = sights.filter(
    (sight) => ages.tags.has(sight.tag) && isNews(ages.digests.get(sight.tag), sight),
  );
  if (news.length === 0) return ages;
  const tags = new Map(ages.tags);
  const digests = new Map(ages.digests);
  for (const { tag, digest, at } of news) {
    if (digests.has(tag)) tags.set(tag, at);
    digests.set(tag, { digest, at });
  }
  return { ...ages, tags, digests };
}

/** What was asked for earlier than what is known already tells nothing of what came later. */
function isNews(before: SeenDigest | undefined, { digest, at }: DigestSight): boolean {
  return before === undefined || (before.digest !== digest && at >= before.at);
}

/** The same, once the registry was asked when these digests were pushed: tags without a time have none. */
export function withPushes(
  ages: VersionAges,
  pushOf: (tag: string, digest: string) => number | undefined,
): VersionAges {
  const digests = [...ages.digests].map(
    ([tag, seen]) => [tag, { ...seen, pushed: pushOf(tag, seen.digest) ?? knownPush(seen) }] as const,
  );
  return { ...ages, digests: new Map(digests) };
}

function knownPush({ pushed = 'none' }: SeenDigest): number | 'none' {
  return pushed;
}

/**
 * Since when the digest of a tag is known to exist; `undefined` when nothing was kept of it. What counts first is what was seen here:
 *
 * - not before the last listing without the tag, whatever the registry claims: who pushes a version may choose its time;
 * - not after the digest was first seen, under whatever tag: pushing it again does not make it younger;
 * - between the two the time that the registry tells, unless it cannot be true.
 */
export function knownSince(
  ages: VersionAges,
  { tag, digest }: { readonly tag: string; readonly digest: string },
): KnownSince | undefined {
  const { listedAt, tags, digests } = ages;
  const seen = digests.get(tag);
  if (seen?.digest !== digest) return undefined;
  const first = firstSights(ages).get(digest) ?? seen.at;
  const { pushed } = seen;
  const notBefore = tags.get(tag) ?? -Infinity;
  if (pushed === undefined && notBefore < first)
    return { since: first, clock: 'ours', mayBeSince: notBefore };
  if (typeof pushed !== 'number' || !isBuildTime(pushed, listedAt)) return { since: first, clock: 'ours' };
  const since = Math.min(Math.max(pushed, notBefore), first);
  return { since, clock: since === pushed ? 'registry' : 'ours' };
}

const FIRST_SIGHTS = new WeakMap<VersionAges, ReadonlyMap<string, number>>();

/** When each digest was seen first, under whatever tag. */
function firstSights(ages: VersionAges): ReadonlyMap<string, number> {
  const known = FIRST_SIGHTS.get(ages);
  if (known !== undefined) return known;
  const first = new Map<string, number>();
  for (const { digest, at } of ages.digests.values())
    first.set(digest, Math.min(first.get(digest) ?? at, at));
  FIRST_SIGHTS.set(ages, first);
  return first;
}
