import { formatCredentialSpec } from '../../core/credential-spec.ts';
import { imageRepositoryKey } from '../../core/identity/image-repository.ts';
import { joinKey } from '../../core/identity/key.ts';
import { groupBy } from '../../core/plan/group-by.ts';
import { NO_AGES, type SeenDigest, type VersionAges } from '../../core/tags/version-ages.ts';
import type { AgeStore, SightingsOwner } from '../../ports/sightings.ts';
import type { Records } from './records.ts';
import { SIGHTING_KEY } from './sightings.ts';

/** Tags by the time of the last listing without them, since most are there from the first listing on. */
type KeptAges = readonly [
  listedAt: number | null,
  tags: readonly (readonly [notBefore: number | null, tags: readonly string[]])[],
  digests: readonly (readonly [tag: string, digest: string, at: number, pushed?: SeenDigest['pushed']])[],
];

/** How far behind the file may be with the time of the last listing, in milliseconds: the file is not written anew for each. */
const LISTING_STEP = 600_000;

/** One record for all of an image repository, as for sightings. */
export function createAgeStore(records: Records): AgeStore {
  const stamped = new Map<string, number>();
  return {
    of(owner) {
      const text = records.get(recordKey(owner));
      return text === undefined ? NO_AGES : agesFrom(text);
    },
    keep(owner, ages) {
      const key = recordKey(owner);
      const { listedAt = 0 } = ages;
      const before = records.get(key);
      const isOnlyListed =
        before !== undefined && sameButListing(before, ages) && isNear(listedAt, stamped.get(key));
      records[isOnlyListed ? 'replace' : 'set'](key, JSON.stringify(keptOf(ages)));
      if (!isOnlyListed) stamped.set(key, listedAt);
      return records.get(key) !== undefined;
    },
  };
}

function isNear(listedAt: number, stamp: number | undefined): boolean {
  return stamp !== undefined && Math.abs(listedAt - stamp) < LISTING_STEP;
}

function sameButListing(text: string, ages: VersionAges): boolean {
  const [listedAt] = JSON.parse(text) as KeptAges;
  return JSON.stringify(keptOf({ ...ages, listedAt: listedAt ?? undefined })) === text;
}

function recordKey({ repository, pullSecret }: SightingsOwner): string {
  return (
    SIGHTING_KEY +
    joinKey('ages', imageRepositoryKey(repository), pullSecret && formatCredentialSpec(pullSecret))
  );
}

function keptOf({ listedAt, tags, digests }: VersionAges): KeptAges {
  const byTime = [...groupBy([...tags], ([, notBefore]) => String(notBefore))].map(
    ([, group]) => [group[0]?.[1] ?? null, group.map(([tag]) => tag).toSorted(byText)] as const,
  );
  return [
    listedAt ?? null,
    byTime.toSorted(([a], [b]) => (a ?? 0) - (b ?? 0)),
    [...digests]
      .map(([tag, { digest, at, pushed }]) =>
        pushed === undefined ? ([tag, digest, at] as const) : ([tag, digest, at, pushed] as const),
      )
      .toSorted(([a], [b]) => byText(a, b)),
  ];
}

/** In an order of its own, so that tags that the registry lists in another one are no change. */
function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function agesFrom(text: string): VersionAges {
  const [listedAt, tags, digests] = JSON.parse(text) as KeptAges;
  return {
    listedAt: listedAt ?? undefined,
    tags: new Map(tags.flatMap(([notBefore, group]) => group.map((tag) => [tag, notBefore ?? undefined]))),
    digests: new Map(
      digests.map(([tag, digest, at, pushed]) => [
        tag,
        pushed === undefined ? { digest, at } : { digest, at, pushed },
      ]),
    ),
  };
}
