import { gitTargetOf, type TrackedImage } from '../core/policy.ts';
import { LynceusError } from '../errors.ts';
import { annotationName } from './annotations.ts';
import type { Application } from './application.ts';
import type { PolicyContext } from './policy-input.ts';
import type { Found } from './problems.ts';

/** Why nothing of an Application is looked at, and where that is. */
export interface ExceededBound extends Found {
  readonly error: LynceusError;
}

/** Kubernetes keeps no more annotations than this of one object (TotalAnnotationSizeLimitB); a file may hold any. */
const MOST_ANNOTATION_BYTES = 256 * 1024;

/** Too many annotations are not even parsed. */
export function exceededAnnotations({ annotations }: Application): ExceededBound | undefined {
  let bytes = 0;
  for (const [name, text] of Object.entries(annotations))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
  if (bytes <= MOST_ANNOTATION_BYTES) return undefined;
  const error = new LynceusError(
    'limit-exceeded',
    `expected at most ${MOST_ANNOTATION_BYTES} bytes of annotations, as Kubernetes keeps of one object, found ${bytes}`,
    { hint: 'remove annotations; nothing of this Application is looked at' },
  );
  return { key: 'metadata.annotations', value: `${bytes} bytes`, error };
}

/** More images in the list than one Application may have. */
export function exceededImages(count: number, { limits }: PolicyContext): ExceededBound | undefined {
  if (limits === undefined || count <= limits.images) return undefined;
  const error = new LynceusError(
    'limit-exceeded',
    `expected at most ${limits.images} images in one Application, found ${count}`,
    { hint: 'split the Application, or raise limits.images; nothing of it is asked' },
  );
  return { key: annotationName('image-list'), value: `${count} images`, error };
}

/** More Git remotes than the images of one Application may be written to. */
export function exceededRemotes(
  images: readonly TrackedImage[],
  { limits }: PolicyContext,
): ExceededBound | undefined {
  const remotes = new Set(images.flatMap((tracked) => gitTargetOf(tracked)?.place.remote.key ?? []));
  if (limits === undefined || remotes.size <= limits.remotes) return undefined;
  const error = new LynceusError(
    'limit-exceeded',
    `expected at most ${limits.remotes} Git remotes for one Application, found ${remotes.size}`,
    { hint: 'split the Application, or raise limits.remotes; nothing of it is asked' },
  );
  return { key: annotationName('git-repository'), value: `${remotes.size} remotes`, error };
}
