import type { ImageRepository } from '../core/image/reference.ts';
import type { TagListing } from '../core/tags/facts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Login } from '../ports/logins.ts';
import type { Registry } from '../ports/registry.ts';
import { createRefusals } from './refusals.ts';

/** An interface of a vendor, beside the distribution API, that lists tags with their digests and times at once. */
export interface BulkLister {
  /**
   * Every tag with its facts; `undefined` when this login or this image repository is none for it, so that the
   * distribution API has to be asked. Throws as `Registry.listTags` does; a list that broke off is an error.
   */
  listTags(repository: ImageRepository, login: Login, signal: AbortSignal): Promise<TagListing | undefined>;
}

/** The same registry, which lists through the vendor's interface where that tells, and describes as before. */
export function bulkFirst(inner: Registry, bulk: BulkLister, clock: Pick<Clock, 'now'>): Registry {
  const refusals = createRefusals(clock);
  return {
    ...inner,
    async listTags(repository, login, signal, wish) {
      if (!refusals.has(repository, login)) {
        const listing = await bulk.listTags(repository, login, signal);
        if (listing !== undefined) return listing;
        refusals.add(repository, login);
      }
      return inner.listTags(repository, login, signal, wish);
    },
  };
}
