import type { TagFacts, TagListing } from '../core/tags/facts.ts';
import type { Registry } from '../ports/registry.ts';
import { createFlights } from '../async/flights.ts';

/**
 * The same registry, where equal questions that are asked at the same time are asked once. Different logins never
 * share an answer, because one may not be allowed to see it.
 */
export function shared(inner: Registry): Registry {
  const listings = createFlights<TagListing>();
  const descriptions = createFlights<TagFacts>();
  return {
    listTags(repository, login, signal, wish) {
      const key = JSON.stringify([repository.registry, repository.path, login.identity, wish ?? 'facts']);
      return listings.join(key, signal, (own) => inner.listTags(repository, login, own, wish));
    },
    describe(repository, tag, needs, login, signal) {
      const key = JSON.stringify([repository.registry, repository.path, tag, needs, login.identity]);
      return descriptions.join(key, signal, (own) => inner.describe(repository, tag, needs, login, own));
    },
  };
}
