import { createFlights } from '../async/flights.ts';
import { repositoryAccessKey } from '../core/identity/image-repository.ts';
import { joinKey } from '../core/identity/key.ts';
import { tagNeedsKey, type TagFacts, type TagListing } from '../core/tags/facts.ts';
import type { DescribeRequest, ListRequest, Registry } from '../ports/registry.ts';

/**
 * The same registry, where equal requests that are made at the same time are made once. Different logins never share an
 * answer, because one may not be allowed to see it.
 */
export function shared(inner: Registry): Registry {
  const listings = createFlights<TagListing>();
  const descriptions = createFlights<TagFacts>();
  return {
    listTags: (request, signal) =>
      listings.join(listKey(request), signal, (own) => inner.listTags(request, own)),
    describe: (request, signal) =>
      descriptions.join(describeKey(request), signal, (own) => inner.describe(request, own)),
  };
}

function listKey({ detail = 'facts', ...access }: ListRequest): string {
  return joinKey(repositoryAccessKey(access), detail);
}

function describeKey({ reference, needs, remembered = false, ...access }: DescribeRequest): string {
  return joinKey(
    repositoryAccessKey(access),
    reference,
    tagNeedsKey(needs),
    remembered ? 'remembered' : 'now',
  );
}
