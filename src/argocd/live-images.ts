import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import { repositoryOf, tryImageReference } from '../core/image/reference.ts';
import type { ImageReference } from '../core/image/reference.ts';
import type { ImageSlot, TrackedImage } from '../core/policy.ts';

interface LiveInput {
  readonly image: ImageReference;
  readonly slot: ImageSlot;
  readonly defaultRegistry: string;
}

/**
 * Whether the cluster reports the image as running. Names are compared canonically (`docker.io/library/nginx` is
 * `nginx`), tags not at all. Until the first write the name that a kustomize base uses may be what runs.
 */
export function liveness(
  liveImages: readonly string[] | undefined,
  { image, slot, defaultRegistry }: LiveInput,
): TrackedImage['observed']['live'] {
  if (liveImages === undefined) return 'unknown';
  const renamed = slot.kind === 'kustomize' && slot.renamed ? tryImageReference(slot.name) : undefined;
  const canonical = (reference: ImageReference) =>
    imageRepositoryKey(repositoryOf(reference, defaultRegistry));
  const names = new Set([image, ...(renamed === undefined ? [] : [renamed])].map(canonical));
  const runs = liveImages.some((text) => {
    const live = tryImageReference(text);
    return live !== undefined && names.has(canonical(live));
  });
  return runs ? 'live' : 'not-live';
}
