import { LRUCache } from 'lru-cache';
import { repositoryAccessKey } from '../core/identity/image-repository.ts';
import type { TagListing } from '../core/tags/facts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registry, RepositoryAccess } from '../ports/registry.ts';
import { createRefusals } from './refusals.ts';
import { factsOf, type TagEntry } from './tag-entries.ts';

/** An interface of a vendor that lists tags with digests and times. */
export interface TagEntrySource {
  /**
   * `undefined` when this login or this image repository cannot use the interface. Throws as `Registry.listTags` does; a
   * list that broke off is an error.
   */
  read(request: EntriesRequest, signal: AbortSignal): Promise<readonly TagEntry[] | undefined>;
}

export interface EntriesRequest extends RepositoryAccess {
  /** It has served this list before: when it is out of reach or answers nonsense, that passes, and is an error. */
  readonly hasAnswered: boolean;
}

const MOST_LISTS = 10_000;

/**
 * The same registry, whose listings carry the facts of the vendor's interface when they are wanted. The names still
 * come from the distribution API: in numbered pages, newest first, a tag that is pushed while they are read moves from
 * a page to come to one that was read. Names are listed first, so that a tag which comes into being in between is not
 * there at all; when one that was there has no entry, or two, the entries are read once more, since without its time an
 * older tag would win. Only the tags that the interface never lists are left without facts.
 */
export function withFacts(inner: Registry, source: TagEntrySource, clock: Pick<Clock, 'now'>): Registry {
  const refusals = createRefusals(clock);
  /** For each list that was served before, how many of its tags had no clear entry. */
  const unclearBefore = new LRUCache<string, number>({ max: MOST_LISTS });

  async function addFacts(
    listing: TagListing,
    access: RepositoryAccess,
    signal: AbortSignal,
  ): Promise<TagListing> {
    const key = repositoryAccessKey(access);
    for (let reading = 1; ; reading++) {
      const entries = await source.read({ ...access, hasAnswered: unclearBefore.has(key) }, signal);
      if (entries === undefined) {
        refusals.add(access);
        unclearBefore.delete(key);
        return listing;
      }
      const { facts, unclear } = factsOf(entries, listing.tags);
      const usual = unclearBefore.get(key) ?? 0;
      unclearBefore.set(key, unclear.length);
      if (reading === 2 || unclear.length <= usual) return { ...listing, facts };
    }
  }

  return {
    ...inner,
    async listTags(request, signal) {
      const listing = await inner.listTags(request, signal);
      const { repository, login, detail = 'facts' } = request;
      if (detail === 'names' || refusals.has(request)) return listing;
      return addFacts(listing, { repository, login }, signal);
    },
  };
}
