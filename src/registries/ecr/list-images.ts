import type { EcrImage, EcrImagePage } from '../../aws/ecr-api.ts';
import { isDigest, isTag } from '../../core/image/grammar.ts';
import type { TagFacts, TagListing } from '../../core/tags/facts.ts';
import { LynceusError } from '../../errors.ts';

export interface ImagesRequest {
  /** For messages: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/api`. */
  readonly name: string;
  /** The page after this one; the first without. */
  readonly ask: (after: string | undefined) => Promise<EcrImagePage>;
}

const MOST_PAGES = 1000;
const MOST_TAGS = 500_000;

/**
 * Every tag with its digest and push time, page after page: all of them or an error. A page may be empty and still have
 * a next one. `undefined` when the identity may not describe images.
 *
 * `images` stays unread: what a manifest's type is does not say that it is an image, since signatures are kept in the
 * same form; that is judged of the tags that might win. A tag that was moved while the pages were read has two digests,
 * of which neither is kept.
 */
export async function listImages({ name, ask }: ImagesRequest): Promise<TagListing | undefined> {
  const facts = new Map<string, TagFacts>();
  const moved = new Set<string>();
  const visited = new Set<string>();
  for (let after: string | undefined; ;) {
    const page = await ask(after);
    if (page.kind === 'denied') return undefined;
    for (const image of page.images) addImage(image);
    if (facts.size > MOST_TAGS) throw tooLarge(name, `more than ${MOST_TAGS} tags`);
    after = page.next;
    if (after === undefined || after === '') break;
    if (visited.has(after)) throw invalid(name, `the list goes in a circle after ${visited.size + 1} pages`);
    visited.add(after);
    if (visited.size === MOST_PAGES) throw tooLarge(name, `more than ${MOST_PAGES} pages of images`);
  }
  const tags = [...facts.keys()];
  for (const tag of moved) facts.delete(tag);
  return { tags, order: 'unordered', facts };

  function addImage({ digest = '', tags, pushed }: EcrImage): void {
    if (!isDigest(digest)) throw invalid(name, 'expected a digest for every image');
    for (const tag of tags.filter(isTag)) {
      const known = facts.get(tag);
      if (known !== undefined && known.digest !== digest) moved.add(tag);
      facts.set(tag, { digest, images: undefined, ...(pushed === undefined ? {} : { pushed }) });
    }
  }
}

function invalid(name: string, what: string): LynceusError {
  return new LynceusError(
    'registry-response-invalid',
    `Amazon ECR, asked for the images of ${name}: ${what}`,
  );
}

function tooLarge(name: string, what: string): LynceusError {
  return new LynceusError('registry-response-too-large', `Amazon ECR lists ${what} for ${name}`, {
    hint: 'delete old images; a list that is cut off is never used',
  });
}
