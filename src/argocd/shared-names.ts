import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import { targetKey } from '../core/plan/conflicts.ts';
import type { SlotKey, TrackedImage } from '../core/policy.ts';

/**
 * Marks the default for `helm.image-name` where several images of one Application would have it in one target. In a chart of several
 * images each has a tag of its own; `image.name`, which nobody asked for, would then be written for one image after
 * the other, for ever. Counter-example: a name that an annotation gives is meant, whoever else has it.
 */
export function markSharedNames(images: readonly TrackedImage[]): readonly TrackedImage[] {
  const users = new Map<string, Set<string>>();
  for (const tracked of images) {
    const {
      destination: { slot },
      repository,
    } = tracked;
    if (slot.kind !== 'helm-parts') continue;
    const place = placeOf(tracked, slot.name);
    const known = users.get(place) ?? new Set();
    users.set(place, known.add(imageRepositoryKey(repository)));
  }
  return images.map((tracked) => {
    const { slot } = tracked.destination;
    if (slot.kind !== 'helm-parts' || slot.name.explicit) return tracked;
    if ((users.get(placeOf(tracked, slot.name))?.size ?? 0) < 2) return tracked;
    const shared = { ...slot, name: { ...slot.name, shared: true as const } };
    return { ...tracked, destination: { ...tracked.destination, slot: shared } };
  });
}

/** Images of one Application may be written to several files; a key is shared inside of one. */
function placeOf(tracked: TrackedImage, { path }: SlotKey): string {
  return `${targetKey(tracked)} ${path}`;
}
