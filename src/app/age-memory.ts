import type { TagFacts } from '../core/tags/facts.ts';
import type { AgeStore } from '../ports/sightings.ts';

/** What is remembered of versions that wait for their age. */
export interface AgeMemory {
  readonly store: AgeStore;
  /** What a registry told of them, so that it is not asked again while they wait; it may be lost. */
  readonly facts: Map<string, TagFacts>;
}
