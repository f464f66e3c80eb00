/** How much a list of tags may be, before it is an error. */
export interface ListingLimits {
  readonly tags: number;
  readonly pages: number;
  /** Of one page. */
  readonly pageMiB: number;
}

/** The defaults of `limits.tags`, `limits.pages` and `limits.pageMiB`. */
export const LISTING_LIMITS: ListingLimits = { tags: 50_000, pages: 200, pageMiB: 4 };
