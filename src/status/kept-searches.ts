import { formatName } from '../core/image/reference.ts';
import type { TrackedImage } from '../core/policy.ts';
import type { ImageResult } from '../core/report.ts';
import type { TagLookup } from '../core/selection/check-tag.ts';
import type { SelectionInput } from '../core/selection/decision.ts';
import type { SearchedTags } from '../core/selection/explain.ts';
import { explainResult, SHOWN_TAGS } from '../core/status/explain-result.ts';
import { imageStatusId } from '../core/status/image-id.ts';
import type { ImageExplanation } from '../core/status/image-explanation.ts';
import type { TagListing } from '../core/tags/facts.ts';

/** Of image repositories with more tags nothing is kept. */
export const MOST_KEPT_TAGS = 5_000;

/** By what images were decided last, so that it can be explained without asking anybody. */
export interface KeptSearches {
  /** Keeps the last search of an image, until its result comes. */
  searched(tracked: TrackedImage, search: SearchedTags): void;
  /** How the images ended that were searched for. `isWhole`: others are gone. */
  settle(results: readonly ImageResult[], isWhole: boolean): void;
  /** `undefined` where nothing is known of it, or its tags were not listed. */
  explain(id: string, options: { readonly forTenants: boolean }): ImageExplanation | undefined;
}

/** What images of one image repository share. */
interface KeptListing {
  readonly listing: TagListing;
  readonly facts: Map<string, TagLookup>;
}

interface KeptSearch {
  readonly kept: KeptListing;
  readonly input: SelectionInput;
}

export function createKeptSearches(): KeptSearches {
  const listings = new WeakMap<TagListing, KeptListing>();
  const open = new Map<string, KeptSearch>();
  const settled = new Map<string, { readonly search: KeptSearch; readonly result: ImageResult }>();

  /** Images of one listing have the same facts, as far as they were asked for: they are kept once. */
  function keptListing({ input: { listing }, facts }: SearchedTags): KeptListing {
    const kept = listings.get(listing) ?? emptyListing(listing);
    listings.set(listing, kept);
    for (const [reference, lookup] of facts) {
      const before = kept.facts.get(reference);
      if (before === undefined || (isShort(before) && !isShort(lookup)))
        kept.facts.set(reference, withoutLabels(lookup));
    }
    return kept;
  }

  return {
    searched({ application, alias, image }, search) {
      const id = imageStatusId({ application, alias, image: formatName(image) });
      if (search.input.listing.tags.length > MOST_KEPT_TAGS) return;
      const kept = keptListing(search);
      open.set(id, { kept, input: { ...search.input, listing: kept.listing } });
    },
    settle(results, isWhole) {
      const ids = new Set<string>();
      for (const result of results) {
        const id = imageStatusId(result);
        // Two images that are called the same cannot be told apart.
        if (ids.has(id)) settled.delete(id);
        else if (result.code !== 'not-due') {
          const search = open.get(id);
          if (search === undefined) settled.delete(id);
          else settled.set(id, { search, result });
        }
        ids.add(id);
      }
      if (!isWhole) return;
      open.clear();
      for (const id of settled.keys()) if (!ids.has(id)) settled.delete(id);
    },
    explain(id, { forTenants }) {
      const found = settled.get(id);
      if (found === undefined) return undefined;
      const { search, result } = found;
      const searched = { input: search.input, facts: search.kept.facts };
      return explainResult(result, searched, { most: SHOWN_TAGS, forTenants });
    },
  };
}

function emptyListing(listing: TagListing): KeptListing {
  return { listing: { ...listing, facts: new Map() }, facts: new Map() };
}

/** Whether a tag is known by its digest alone. */
function isShort(lookup: TagLookup): boolean {
  return lookup.kind === 'known' && lookup.facts.images === undefined;
}

/** Labels may be long, and nothing is decided by them. */
function withoutLabels(lookup: TagLookup): TagLookup {
  if (lookup.kind === 'unknown' || lookup.facts.images === undefined) return lookup;
  const images = lookup.facts.images.map((image) => ({ ...image, labels: NONE }));
  return { kind: 'known', facts: { ...lookup.facts, images } };
}

const NONE: Readonly<Record<string, string>> = {};
