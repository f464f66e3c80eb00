import type { ListingLimits } from '../core/listing-limits.ts';
import { LynceusError } from '../errors.ts';
import { HttpFailure } from '../http/failure.ts';

/** Where a list of tags is read. */
export interface ListingPlace {
  /** Host, for messages. */
  readonly host: string;
  /** `ghcr.io/acme/api`. */
  readonly name: string;
  readonly limits: ListingLimits;
}

const MEBIBYTE = 1024 * 1024;

const UNITS = { tags: 'tags', pages: 'pages of tags', pageMiB: 'MiB on one page of tags' } as const;

/** The error for a list that goes on beyond a limit. */
export function beyondLimit({ host, name, limits }: ListingPlace, bound: keyof ListingLimits): LynceusError {
  return new LynceusError(
    'limit-exceeded',
    `${host} lists more than ${limits[bound]} ${UNITS[bound]} for ${name}`,
    { hint: `delete old tags, or raise limits.${bound}; a list that is cut off is never used` },
  );
}

export function pageBytes({ pageMiB }: ListingLimits): number {
  return pageMiB * MEBIBYTE;
}

/** Asks for a page; one that is too large is beyond the limit. */
export async function withinPageLimit<T>(place: ListingPlace, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    // The answer of a token server on the way has another bound.
    const tooLarge = thrown instanceof HttpFailure && thrown.mostBytes === pageBytes(place.limits);
    throw tooLarge ? beyondLimit(place, 'pageMiB') : thrown;
  }
}
