import type { EcrApi } from '../../aws/ecr-api.ts';
import { ecrIdentity, readEcrHost } from '../../aws/ecr-registry.ts';
import { formatRepository } from '../../core/image/reference.ts';
import { canonicalHost } from '../../core/image/registry-host.ts';
import { LISTING_LIMITS, type ListingLimits } from '../../core/listing-limits.ts';
import type { TagListing } from '../../core/tags/facts.ts';
import { LynceusError } from '../../errors.ts';
import type { BulkLister } from '../bulk-first.ts';
import type { RegistryEndpoint } from '../../settings/registry.ts';
import { apiPath } from '../endpoints.ts';
import type { Budget } from '../budget.ts';
import { PAUSE_WITHOUT_TIME } from '../rate-limit.ts';
import { listImages } from './list-images.ts';

export interface EcrListing {
  readonly api: EcrApi;
  /** Called once for each registry and identity that may not describe images. */
  readonly onDenied?: (denied: { readonly registry: string; readonly login: string }) => void;
}

/**
 * Lists private repositories of Amazon ECR by DescribeImages: a thousand images a request, with digests and push times.
 * `undefined` for every other registry. Only where the AWS identity is the login: a login that somebody
 * named is for the registry, and not for this API.
 */
export function ecrListerFor(
  endpoint: RegistryEndpoint,
  {
    listing,
    budget,
    limits = LISTING_LIMITS,
  }: {
    readonly listing: EcrListing | undefined;
    readonly budget: Pick<Budget, 'waitForTurn' | 'pause'>;
    readonly limits?: ListingLimits | undefined;
  },
): BulkLister | undefined {
  const registry = readEcrHost(canonicalHost(endpoint.prefix.split('/')[0] ?? ''), endpoint);
  // A mirror has its own tags.
  if (registry === undefined || listing === undefined || endpoint.mirror !== undefined) return undefined;
  const identity = ecrIdentity(registry);
  let reported = false;
  return {
    async listTags({ repository, login }, signal) {
      if (login.identity !== identity) return undefined;
      const tags = await listImages({
        name: formatRepository(repository),
        limits,
        async ask(after) {
          await budget.waitForTurn(signal);
          const page = { repository: apiPath(endpoint, repository), after };
          try {
            return await listing.api.imagePage(registry, page, signal);
          } catch (error) {
            // As after a 429: everybody who asks this registry waits, not only the one who got the answer.
            if (error instanceof LynceusError && error.code === 'registry-rate-limited')
              budget.pause({ reason: 'status-429', milliseconds: PAUSE_WITHOUT_TIME });
            throw error;
          }
        },
      });
      if (tags === undefined && !reported) {
        reported = true;
        listing.onDenied?.({ registry: registry.host, login: identity });
      }
      return tags === undefined ? undefined : inOrder(tags, endpoint.tagSortMode);
    },
  };
}

/** DescribeImages has no order of its own: where the entry has a `tagSortMode` by age, tags are sorted by age. */
function inOrder(listing: TagListing, mode: RegistryEndpoint['tagSortMode']): TagListing {
  const pushed = (tag: string): number | undefined => listing.facts.get(tag)?.pushed;
  if (mode === 'unsorted' || listing.tags.some((tag) => pushed(tag) === undefined)) return listing;
  const tags = listing.tags.toSorted((a, b) => (pushed(b) ?? 0) - (pushed(a) ?? 0));
  return { ...listing, tags, order: 'latest-first' };
}
