import { formatName } from '../core/image/reference.ts';
import type { ApplicationId, ImageUpdaterId, TrackedImage } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';

/** An image that is left alone because of its problems. */
export interface RefusedImage {
  readonly application: ApplicationId;
  /** The `ImageUpdater` that it is of; absent where annotations count by themselves. */
  readonly updater?: ImageUpdaterId;
  readonly alias: string;
  /** Registry and name as written, or the text of the item when it could not be read. */
  readonly image: string;
  /** At least one; those of the whole Application first. */
  readonly problems: readonly Problem[];
}

export interface PolicyReading {
  readonly images: readonly TrackedImage[];
  readonly refused: readonly RefusedImage[];
  /** Each problem once, also those of refused images. */
  readonly problems: readonly Problem[];
}

/** An image that could be read, and is left alone because of this problem. */
export function refusedFor(
  { application, updater, alias, image }: TrackedImage,
  problem: Problem,
): RefusedImage {
  return {
    application,
    ...(updater === undefined ? {} : { updater }),
    alias,
    image: formatName(image),
    problems: [problem],
  };
}
