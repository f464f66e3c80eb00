import type { Decision } from './decision.ts';
import type { TagLookup } from './check-tag.ts';
import type { TagNeeds } from './tags/facts.ts';

/**
 * A version is chosen in steps: each either decides, or names the tags that more must be known of. The caller fetches
 * just that and takes the next step. Nothing here waits, and the same facts give the same decision.
 */
export type SelectionStep =
  | { readonly kind: 'need'; readonly tags: readonly string[]; readonly needs: TagNeeds }
  | { readonly kind: 'decided'; readonly decision: Decision };

export type Stepper = (facts: ReadonlyMap<string, TagLookup>) => SelectionStep;

/** How far down the list a usable image is looked for, so that a repository full of foreign platforms stays bounded. */
export const MOST_REJECTED = 100;

export function decided(decision: Decision): SelectionStep {
  return { kind: 'decided', decision };
}
