import { formatPlatform, type Platform } from '../image/platform.ts';

/** One runnable image behind a tag: the manifest itself, or one entry of an index. */
export interface ImageFacts {
  readonly digest: string;
  /** `undefined` when the image names none. */
  readonly platform: Platform | undefined;
  /** Build time from the image configuration, in milliseconds since 1970; `undefined` when unread or absent. */
  readonly created: number | undefined;
  /** Labels of the image configuration; empty when unread. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What is known of one tag from its registry. What was not requested is `undefined`. */
export interface TagFacts {
  /** Digest of what the tag resolves to: the index's own digest when it is an index, never a child's. */
  readonly digest: string;
  /**
   * The runnable images behind the tag. Attestations (`unknown/unknown`) are not among them; a tag that names
   * something else than an image (a chart, a signature, an SBOM) has none.
   */
  readonly images: readonly ImageFacts[] | undefined;
  /** Media type of what it is, when that is something else than an image; `''` when it says none. */
  readonly artifactType?: string;
  /** When it was pushed, in milliseconds since 1970, according to the registry; absent when it has no such time. */
  readonly pushed?: number;
  /**
   * When the registry was asked for the digest, in milliseconds since 1970, if that was before this cycle: the tag may
   * have been moved since. Absent for what was told now, and where no tag is ever moved.
   */
  readonly askedAt?: number;
  /** When this program first saw the tag with this digest; absent unless the strategy decides by it. */
  readonly firstSeen?: number;
}

/** What a decision needs to know about a tag, beside its digest. */
export interface TagNeeds {
  /** The runnable images and their platforms. */
  readonly images: boolean;
  /** Also build times and labels, of the images that fit one of these platforms (an empty list: of all). */
  readonly created: readonly Platform[] | undefined;
}

/**
 * What a listing has to have: the names of the tags, or also digests and times of push, as far as the registry lists them
 * in bulk, for some requests more.
 */
export type ListingDetail = 'names' | 'facts';

/** Every tag of one image repository; a listing that is incomplete does not exist. */
export interface TagListing {
  readonly tags: readonly string[];
  /** What the order of `tags` means; an administrator may configure it (`tagsortmode`). */
  readonly order: 'unordered' | 'latest-first' | 'latest-last';
  /** Facts that came with the listing; of some of the tags, of all, or of none. */
  readonly facts: ReadonlyMap<string, TagFacts>;
}

/** Equal exactly when the same is needed. */
export function tagNeedsKey({ images, created }: TagNeeds): string {
  const platforms = created === undefined ? 'none' : `of ${created.map(formatPlatform).join(' ')}`;
  return `${images ? 'images' : 'digest'}, build times ${platforms}`;
}
