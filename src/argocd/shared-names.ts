import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import { targetKey } from '../core/plan/conflicts.ts';
import type { SlotKey, TrackedImage } from '../core/policy.ts';

/**
 * Marks the default for `helm.image-name` where several images of one Application would have it in one target. In a chart of several
 * images each has a tag of its own; `image.name`, which nobody asked for, would then be written for one image after
 * the other, for ever. Counter-example: a name that an annotation gives is meant, whoever else has it.
 */
export function markSharedNames(policies: readonly TrackedImage[]): readonly TrackedImage[] {
  const users = new Map<string, Set<string>>();
  for (const policy of policies) {
    const {
      destination: { slot },
      repository,
    } = policy;
    if (slot.kind !== 'helm-parts') continue;
    const place = placeOf(policy, slot.name);
    const known = users.get(place) ?? new Set();
    users.set(place, known.add(imageRepositoryKey(repository)));
  }
  return policies.map((policy) => {
    const {
      destination: { slot },
    } = policy;
    if (slot.kind !== 'helm-parts' || slot.name.explicit) return policy;
    if ((users.get(placeOf(policy, slot.name))?.size ?? 0) < 2) return policy;
    const shared = { ...slot, name: { ...slot.name, shared: true as const } };
    return { ...policy, destination: { ...policy.destination, slot: shared } };
  });
}

/** Images of one Application may be written to several files; a key is shared inside of one. */
function placeOf(policy: TrackedImage, { path }: SlotKey): string {
  return `${targetKey(policy)} ${path}`;
}
