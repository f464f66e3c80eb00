import { incomplete, type Decision, type SelectionInput } from './decision.ts';
import { isHidden, type TagLookup } from './check-tag.ts';
import type { PresentVersion } from './step-back.ts';
import type { StrategyRule, TagRefusal } from '../strategies/strategy.ts';
import type { TagNeeds } from '../tags/facts.ts';
import type { FilterMiss } from '../tags/filter.ts';

/**
 * A version is chosen in steps: each either decides, or names the tags for which more facts are needed. The caller
 * fetches just those and takes the next step. Nothing here waits, and the same facts give the same decision.
 */
export type SelectionStep =
  | { readonly kind: 'need'; readonly tags: readonly string[]; readonly needs: TagNeeds }
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      /** See `TagCounts`. */
      readonly newer?: number;
    };

/** How a version is searched for: step by step, and in which order. */
export interface Search {
  readonly step: Stepper;
  /** The tags that may be chosen, best first, as far as these facts tell; also those that are no image for it. */
  lineUp(facts: ReadonlyMap<string, TagLookup>): readonly PlacedTag[];
}

/** A tag in its place of the order. */
export interface PlacedTag {
  readonly tag: string;
  /** By which it has its place, in milliseconds since 1970; absent where its name decides. */
  readonly time?: number;
}

/** What leaves a tag out of a search before anything is asked of it. */
export type TagRemoval =
  /** It belongs to another image: a signature, an attestation. */
  | { readonly kind: 'supplementary' }
  | FilterMiss
  /** See `SelectionInput.turnedAway`. */
  | { readonly kind: 'passed-over' }
  | TagRefusal;

export type Stepper = (facts: ReadonlyMap<string, TagLookup>) => SelectionStep;

/** What one search for a version is given. */
export interface TagSearch {
  readonly input: SelectionInput;
  readonly rule: StrategyRule;
  /** Those that passed the filters. */
  readonly tags: readonly string[];
  readonly present: PresentVersion | undefined;
}

/** How many tags may be rejected before the search ends, for repositories full of images for other platforms. */
export const MOST_REJECTED = 100;

/** Behind a version in force that is the one to have there is none. */
export function decided(
  decision: Decision,
  newer: number | undefined = decision.outcome === 'current' ? 0 : undefined,
): SelectionStep {
  return { kind: 'decided', decision, ...(newer === undefined ? {} : { newer }) };
}

/** Ends a search in which a tag could not be read: it might have been the newest. `undefined` when all were read. */
export function findHidden(
  tags: readonly string[],
  facts: ReadonlyMap<string, TagLookup>,
): SelectionStep | undefined {
  for (const tag of tags) {
    const knowledge = facts.get(tag);
    if (knowledge !== undefined && isHidden(knowledge)) return decided(incomplete(tag, knowledge.error));
  }
  return undefined;
}
