import type { ListRequest, Registry } from '../../ports/registry.ts';
import { bulkFirst } from '../bulk-first.ts';
import { listingOf } from '../tag-entries.ts';
import { withFacts } from '../with-facts.ts';
import { azureTags } from './azure.ts';
import { dockerHubTags } from './docker-hub.ts';
import { createGithubSource } from './github.ts';
import { gitlabTags } from './gitlab.ts';
import { harborArtifacts } from './harbor.ts';
import { quayTags } from './quay.ts';
import type { VendorApi } from './vendor-api.ts';
import { createVendorSource, type VendorSource } from './vendor-list.ts';
import type { Vendor } from './vendor-place.ts';

const SOURCES: Readonly<Record<Vendor, (api: VendorApi) => VendorSource>> = {
  azure: (api) => createVendorSource(api, azureTags(api)),
  'docker-hub': (api) => createVendorSource(api, dockerHubTags(api)),
  github: createGithubSource,
  gitlab: (api) => createVendorSource(api, gitlabTags(api)),
  harbor: (api) => createVendorSource(api, harborArtifacts(api)),
  quay: (api) => createVendorSource(api, quayTags(api)),
};

export interface VendorOptions {
  readonly vendor: Vendor;
  readonly api: VendorApi;
  /**
   * The administrator configured that the order of the registry's own list means something: then that list is kept, and only
   * the facts are added.
   */
  readonly keepsOrder: boolean;
}

/** The same registry, which also asks the vendor's interface. */
export function withVendor(inner: Registry, { vendor, api, keepsOrder }: VendorOptions): Registry {
  const source = SOURCES[vendor](api);
  if (!source.complete || keepsOrder) return withFacts(inner, source, api.clock);
  const lister = {
    async listTags(request: ListRequest, signal: AbortSignal) {
      const entries = await source.read({ ...request, hasAnswered: false }, signal);
      return entries && listingOf(entries);
    },
  };
  return bulkFirst(inner, lister, api.clock);
}
