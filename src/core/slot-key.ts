import { formatRepository, parseImageReference, repositoryOf } from './image/reference.ts';
import type { FileTarget, ImageSlot } from './policy.ts';

/** The place inside a file that carries the version: equal for two slots of one file exactly when they write one place. */
export function slotKey(slot: ImageSlot): string {
  switch (slot.kind) {
    case 'helm-parts':
      return slot.tag.path;
    case 'helm-spec':
      return slot.spec.path;
    case 'kustomize':
      return kustomizeKey(slot.name);
    case 'plugin':
      return slot.spec ?? slot.tag ?? slot.name ?? '';
    case 'markers':
      return slot.names[0] ?? '';
  }
}

/** A file as records name it. A kustomization has one of three names, so it is named by its folder: `apps/shop/`, `/`. */
export function fileText(file: FileTarget): string {
  return file.kind === 'kustomization' ? `${file.directory}/` : file.path;
}

function kustomizeKey(name: string): string {
  try {
    return formatRepository(repositoryOf(parseImageReference(name)));
  } catch {
    return name;
  }
}
