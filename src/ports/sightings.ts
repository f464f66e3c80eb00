import type { Sightings } from '../core/tags/sightings.ts';

/** Remembers when tags were first seen. All of an image repository is remembered, or nothing of it. */
export interface SightingsStore {
  /** `key` is that of the query. Empty when nothing is known. */
  of(key: string): Sightings;
  keep(key: string, sightings: Sightings): void;
}
