import { formatRepository } from '../core/image/reference.ts';
import type { UpdatePolicy } from '../core/policy.ts';

/**
 * Marks the default for `helm.image-name` where several images of one Application would have it. In a chart of several
 * images each has a tag of its own; `image.name`, which nobody asked for, would then be written for one image after
 * the other, for ever. Counter-example: a name that an annotation gives is meant, whoever else has it.
 */
export function markSharedNames(policies: readonly UpdatePolicy[]): readonly UpdatePolicy[] {
  const users = new Map<string, Set<string>>();
  for (const { slot, repository } of policies) {
    if (slot.kind !== 'helm-parts') continue;
    const known = users.get(slot.name.path) ?? new Set();
    users.set(slot.name.path, known.add(formatRepository(repository)));
  }
  return policies.map((policy) => {
    const { slot } = policy;
    if (slot.kind !== 'helm-parts' || slot.name.explicit) return policy;
    if ((users.get(slot.name.path)?.size ?? 0) < 2) return policy;
    return { ...policy, slot: { ...slot, name: { ...slot.name, shared: true } } };
  });
}
