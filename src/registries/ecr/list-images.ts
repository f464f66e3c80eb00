import type { EcrImagePage } from '../../aws/ecr-api.ts';
import { isDigest } from '../../core/image/grammar.ts';
import type { TagListing } from '../../core/tags/facts.ts';
import type { ListingLimits } from '../../core/listing-limits.ts';
import { LynceusError } from '../../errors.ts';
import { beyondLimit } from '../listing-bounds.ts';
import { listingOf, type TagEntry } from '../tag-entries.ts';

export interface ImagesRequest {
  /** For messages: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/api`. */
  readonly name: string;
  readonly limits: ListingLimits;
  /** The page after this one; the first without. */
  readonly ask: (after: string | undefined) => Promise<EcrImagePage>;
}

/**
 * Every tag with its digest and push time, page after page: all of them or an error. A page may be empty and still have
 * a next one. `undefined` when the identity may not describe images.
 *
 * `images` stays unread: the type of a manifest does not show that it is an image, since signatures are kept in the
 * same form; that is judged of the tags that might win. A tag that was moved while the pages were read has two digests,
 * of which neither is kept.
 */
export async function listImages({ name, limits, ask }: ImagesRequest): Promise<TagListing | undefined> {
  const place = { host: 'Amazon ECR', name, limits };
  const entries: TagEntry[] = [];
  const visited = new Set<string>();
  for (let after: string | undefined; ;) {
    const page = await ask(after);
    if (page.kind === 'denied') return undefined;
    for (const { digest = '', tags, pushed } of page.images) {
      if (!isDigest(digest)) throw invalid(name, 'expected a digest for every image');
      for (const tag of tags) entries.push({ tag, digest, pushed });
    }
    if (entries.length > limits.tags) throw beyondLimit(place, 'tags');
    after = page.next;
    if (after === undefined || after === '') return listingOf(entries);
    if (visited.has(after)) throw invalid(name, `the list goes in a circle after ${visited.size + 1} pages`);
    visited.add(after);
    if (visited.size === limits.pages) throw beyondLimit(place, 'pages');
  }
}

function invalid(name: string, what: string): LynceusError {
  return new LynceusError(
    'registry-response-invalid',
    `Amazon ECR, asked for the images of ${name}: ${what}`,
  );
}
