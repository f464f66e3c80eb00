import type { TagQuery } from '../core/queries.ts';
import type { TagSightings } from '../core/tags/sightings.ts';
import type { VersionAges } from '../core/tags/version-ages.ts';

/** Whose tags: two logins may be shown two lists. */
export type SightingsOwner = Pick<TagQuery, 'repository' | 'pullSecret'>;

/** Remembers when tags were first seen. All of an image repository is remembered, or nothing of it. */
export interface SightingsStore {
  /** Empty when nothing is known. */
  of(owner: SightingsOwner): TagSightings;
  keep(owner: SightingsOwner, sightings: TagSightings): void;
}

/** Remembers what tells the age of versions, of each image repository all or nothing. */
export interface AgeStore {
  /** `NO_AGES` when nothing is known. */
  of(owner: SightingsOwner): VersionAges;
  /** Whether there was room for it. */
  keep(owner: SightingsOwner, ages: VersionAges): boolean;
}
