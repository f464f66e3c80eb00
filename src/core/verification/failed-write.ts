import { applicationKey } from '../identity/application.ts';
import { formatName } from '../image/reference.ts';
import type { ApplicationId, TrackedImage } from '../policy.ts';

/** What a commit of ours wrote for one Application, and failed its verification, so that it is to be taken back. */
export interface FailedWrite {
  readonly application: ApplicationId;
  /** The commit that wrote it. */
  readonly commit: string;
  /** The name of the check that failed. */
  readonly check: string;
  /** What it found, one line for people; `''` when it does not say. Foreign text. */
  readonly detail: string;
  /** When it failed, in milliseconds since 1970. */
  readonly failedAt: number;
  readonly images: readonly FailedImage[];
  /** It did not fail itself: the same commit wrote what did, and goes back as a whole. When it was committed. */
  readonly companion?: { readonly writtenAt: number };
}

/** One image of a failed write. */
export interface FailedImage {
  /** As written, `''` when the image has none. */
  readonly alias: string;
  /** Registry and name as written. */
  readonly image: string;
  /** The version that was written, as `versionText` spells it. */
  readonly version: string;
}

/** Whether it wrote this image. */
export function isFailedImage(
  { application, images }: FailedWrite,
  tracked: Pick<TrackedImage, 'application' | 'alias' | 'image'>,
): boolean {
  if (applicationKey(tracked.application) !== applicationKey(application)) return false;
  return images.some(({ alias, image }) => alias === tracked.alias && image === formatName(tracked.image));
}
