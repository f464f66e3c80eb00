import type { TagListing } from '../core/tags/facts.ts';
import type { Clock } from '../ports/clock.ts';
import type { ListRequest, Registry } from '../ports/registry.ts';
import { createRefusals } from './refusals.ts';

/** An interface of a vendor, beside the distribution API, that lists tags with their digests and times at once. */
export interface BulkLister {
  /**
   * Every tag with its facts; `undefined` when this login or this image repository cannot use the interface, so that the
   * distribution API has to be asked. Throws as `Registry.listTags` does; a list that broke off is an error.
   */
  listTags(request: ListRequest, signal: AbortSignal): Promise<TagListing | undefined>;
}

/** The same registry, which lists through the vendor's interface where that answers, and describes as before. */
export function bulkFirst(inner: Registry, bulk: BulkLister, clock: Pick<Clock, 'now'>): Registry {
  const refusals = createRefusals(clock);
  return {
    ...inner,
    async listTags(request, signal) {
      if (!refusals.has(request)) {
        const listing = await bulk.listTags(request, signal);
        if (listing !== undefined) return listing;
        refusals.add(request);
      }
      return inner.listTags(request, signal);
    },
  };
}
