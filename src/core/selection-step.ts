import type { Decision } from './decision.ts';
import type { TagLookup } from './check-tag.ts';
import type { TagNeeds } from './tags/facts.ts';

/**
 * A version is chosen in steps: each either decides, or names the tags for which more facts are needed. The caller
 * fetches just those and takes the next step. Nothing here waits, and the same facts give the same decision.
 */
export type SelectionStep =
  | { readonly kind: 'need'; readonly tags: readonly string[]; readonly needs: TagNeeds }
  | { readonly kind: 'decided'; readonly decision: Decision };

export type Stepper = (facts: ReadonlyMap<string, TagLookup>) => SelectionStep;

/** How many tags may be rejected before the search ends, for repositories full of images for other platforms. */
export const MOST_REJECTED = 100;

export function decided(decision: Decision): SelectionStep {
  return { kind: 'decided', decision };
}
