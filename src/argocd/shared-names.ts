import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import { joinKey } from '../core/identity/key.ts';
import { keyPathKey } from '../core/identity/slot.ts';
import { targetKey } from '../core/plan/conflicts.ts';
import type { ImageSlot, SlotKey, TrackedImage } from '../core/policy.ts';

/**
 * Marks the default key for `helm.image-name` where several images of one Application share it in one target. In a chart of
 * several images each has its own tag key; the default `image.name` would be written for one image after the other, in
 * every cycle. A key that an annotation names is not marked.
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
    const shared = withoutName(slot);
    return { ...tracked, destination: { ...tracked.destination, slot: shared } };
  });
}

function withoutName(slot: Extract<ImageSlot, { kind: 'helm-parts' }>): ImageSlot {
  const name = { ...slot.name, shared: true as const };
  const others = slot.others?.map((other) => (other.kind === 'helm-parts' ? { ...other, name } : other));
  return { ...slot, name, ...(others === undefined ? {} : { others }) };
}

/** Images of one Application may be written to several files; a key is shared inside of one. */
function placeOf(tracked: TrackedImage, { path }: SlotKey): string {
  return joinKey(targetKey(tracked), keyPathKey(path));
}
