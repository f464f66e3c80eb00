import type { Registry } from '../../ports/registry.ts';
import { bulkFirst, type BulkLister } from '../bulk-first.ts';
import { withFacts, type FactTeller } from '../with-facts.ts';
import { createAzureTags } from './azure.ts';
import { createDockerHubFacts } from './docker-hub.ts';
import { createGithubFacts } from './github.ts';
import { createGitlabTags } from './gitlab.ts';
import { createHarborFacts } from './harbor.ts';
import { createQuayFacts } from './quay.ts';
import type { VendorApi } from './vendor-api.ts';
import type { Vendor } from './vendor-place.ts';

/**
 * The same registry, which also asks the vendor's interface. Where the administrator says that the order of the
 * registry's own list means something, that list is kept, and only the facts are added.
 */
export function withVendor(
  inner: Registry,
  vendor: Vendor,
  api: VendorApi,
  { keepsOrder }: { readonly keepsOrder: boolean },
): Registry {
  const listing = (lister: BulkLister): Registry =>
    keepsOrder ? withFacts(inner, factsIn(lister), api.clock) : bulkFirst(inner, lister, api.clock);
  switch (vendor) {
    case 'azure':
      return listing(createAzureTags(api));
    case 'gitlab':
      return listing(createGitlabTags(api));
    case 'docker-hub':
      return withFacts(inner, createDockerHubFacts(api), api.clock);
    case 'github':
      return withFacts(inner, createGithubFacts(api), api.clock);
    case 'harbor':
      return withFacts(inner, createHarborFacts(api), api.clock);
    case 'quay':
      return withFacts(inner, createQuayFacts(api), api.clock);
  }
}

/** A list that tells the names too, asked for the rest of what it tells. */
function factsIn(lister: BulkLister): FactTeller {
  return {
    async tell({ repository, login, signal }) {
      const listing = await lister.listTags(repository, login, signal);
      return listing && [...listing.facts].map(([tag, { digest, pushed }]) => ({ tag, digest, pushed }));
    },
  };
}
