import type { Sighting, TagSightings } from '../../core/tags/sightings.ts';
import type { SightingsOwner, SightingsStore } from '../../ports/sightings.ts';
import type { Records } from './records.ts';

/** How the keys of these records begin, and no others do. */
export const SIGHTING_KEY = 'seen ';

/** By time, since most tags of an image repository are seen first in one listing. */
type Kept = readonly (readonly [at: number, tags: Readonly<Record<string, string>>])[];

/**
 * One record for all of an image repository: if a part of it could be lost alone, an old tag would seem to be one that
 * was just pushed.
 */
export function createSightingsStore(records: Records): SightingsStore {
  return {
    of(owner) {
      const text = records.get(recordKey(owner));
      return text === undefined ? new Map() : sightingsFrom(text);
    },
    keep(owner, sightings) {
      records.set(recordKey(owner), JSON.stringify(keptOf(sightings)));
    },
  };
}

/** A part of the file's format: with another key all would count as seen for the first time. */
function recordKey({ repository, pullSecret }: SightingsOwner): string {
  return SIGHTING_KEY + JSON.stringify([repository.registry, repository.path, pullSecret ?? null]);
}

function keptOf(sightings: TagSightings): Kept {
  const byTime = new Map<number, [string, string][]>();
  for (const [tag, { at, digest = '' }] of sightings) {
    const tags = byTime.get(at);
    if (tags === undefined) byTime.set(at, [[tag, digest]]);
    else tags.push([tag, digest]);
  }
  // In an order of its own, so that one that the registry lists otherwise is no change.
  return [...byTime]
    .toSorted(([a], [b]) => a - b)
    .map(([at, tags]) => [at, Object.fromEntries(tags.toSorted(([a], [b]) => (a < b ? -1 : 1)))]);
}

function sightingsFrom(text: string): TagSightings {
  const sightings = new Map<string, Sighting>();
  for (const [at, tags] of JSON.parse(text) as Kept) {
    for (const [tag, digest] of Object.entries(tags))
      sightings.set(tag, { at, digest: digest === '' ? undefined : digest });
  }
  return sightings;
}
