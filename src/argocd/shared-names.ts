import { imageRepositoryKey } from '../core/identity/image-repository.ts';
import { targetKey } from '../core/plan/conflicts.ts';
import type { SlotKey, UpdatePolicy } from '../core/policy.ts';

/**
 * Marks the default for `helm.image-name` where several images of one Application would have it in one target. In a chart of several
 * images each has a tag of its own; `image.name`, which nobody asked for, would then be written for one image after
 * the other, for ever. Counter-example: a name that an annotation gives is meant, whoever else has it.
 */
export function markSharedNames(policies: readonly UpdatePolicy[]): readonly UpdatePolicy[] {
  const users = new Map<string, Set<string>>();
  for (const policy of policies) {
    const { slot, repository } = policy;
    if (slot.kind !== 'helm-parts') continue;
    const place = placeOf(policy, slot.name);
    const known = users.get(place) ?? new Set();
    users.set(place, known.add(imageRepositoryKey(repository)));
  }
  return policies.map((policy) => {
    const { slot } = policy;
    if (slot.kind !== 'helm-parts' || slot.name.explicit) return policy;
    if ((users.get(placeOf(policy, slot.name))?.size ?? 0) < 2) return policy;
    return { ...policy, slot: { ...slot, name: { ...slot.name, shared: true } } };
  });
}

/** Images of one Application may be written to several files; a key is shared inside of one. */
function placeOf(policy: UpdatePolicy, { path }: SlotKey): string {
  return `${targetKey(policy)} ${path}`;
}
