import { isTag } from '../../core/image/grammar.ts';
import type { TagListing } from '../../core/tags/facts.ts';
import { factsOf, type ToldTag } from '../told-tags.ts';

/** The listing in all that was told; texts that are no tags are left out. */
export function listingOf(told: readonly ToldTag[] | undefined): TagListing | undefined {
  if (told === undefined) return undefined;
  const tags = new Set(told.flatMap(({ tag }) => (isTag(tag) ? [tag] : [])));
  return { tags: [...tags], order: 'unordered', facts: factsOf(told, tags).facts };
}
