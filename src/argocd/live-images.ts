import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import { repositoryOf, tryImageReference } from '../core/image/reference.ts';
import type { ImageReference } from '../core/image/reference.ts';
import type { ImageSlot, TrackedImage } from '../core/policy.ts';

/** The image repositories that run, each once; `undefined` when it is not known. */
export function runningImages(
  liveImages: readonly string[] | undefined,
  defaultRegistry: string,
): readonly string[] | undefined {
  if (liveImages === undefined) return undefined;
  const keys = liveImages.flatMap((text) => {
    const live = tryImageReference(text);
    return live === undefined ? [] : [imageRepositoryKey(repositoryOf(live, defaultRegistry))];
  });
  return [...new Set(keys)];
}

interface LiveInput {
  readonly image: ImageReference;
  readonly slot: ImageSlot;
  readonly defaultRegistry: string;
}

/**
 * Whether the image is one of those that run, see `runningImages`. Names are compared canonically (`docker.io/library/nginx` is
 * `nginx`), tags not at all. Until the first write the name that a kustomize base uses may be what runs.
 */
export function liveness(
  running: readonly string[] | undefined,
  { image, slot, defaultRegistry }: LiveInput,
): TrackedImage['observed']['live'] {
  if (running === undefined) return 'unknown';
  const renamed = slot.kind === 'kustomize' && slot.renamed ? tryImageReference(slot.name) : undefined;
  const canonical = (reference: ImageReference) =>
    imageRepositoryKey(repositoryOf(reference, defaultRegistry));
  const names = new Set([image, ...(renamed === undefined ? [] : [renamed])].map(canonical));
  return running.some((key) => names.has(key)) ? 'live' : 'not-live';
}
