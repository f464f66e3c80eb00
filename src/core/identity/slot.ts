import type { ImageSlot } from '../policy.ts';
import { keyPathText, parseKeyPath } from '../key-path.ts';
import { canonicalName } from '../presence.ts';

/** The place inside a file that carries the version: equal for two slots of one file exactly when they write one place. */
export function slotKey(slot: ImageSlot): string {
  switch (slot.kind) {
    case 'helm-parts':
      return keyPathKey(slot.tag.path);
    case 'helm-spec':
      return keyPathKey(slot.spec.path);
    case 'kustomize':
      return canonicalName(slot.name);
    case 'plugin':
      return slot.spec ?? slot.tag ?? slot.name ?? '';
    case 'markers':
      return slot.names[0] ?? '';
  }
}

/** Equal for two key paths exactly when they lead to one key: `tags[01]` is `tags[1]`, and `a."b.c"` is `a.b\.c`. */
export function keyPathKey(path: string): string {
  const texts = parseKeyPath(path)?.map((step) => {
    if (step.kind === 'index') return `[${step.index}]`;
    if (step.kind === 'element') return `[${step.key}=${step.value}]`;
    return `.${isBareKey(step.key) ? step.key : keyPathText([step.key])}`;
  });
  return texts?.join('').replace(/^\./, '') ?? path;
}

/** Whether a key needs no quotes. Records of commits hold what is written without them. */
function isBareKey(key: string): boolean {
  const [step, other] = parseKeyPath(key) ?? [];
  return step?.kind === 'key' && step.key === key && other === undefined;
}
