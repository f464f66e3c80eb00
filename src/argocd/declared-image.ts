import type { ImageSlot, InheritedEntries, PresentImage } from '../core/policy.ts';
import { imageInLists } from '../core/source-lists.ts';
import type { ApplicationSource } from './application.ts';

/** The image that the source itself has in this slot; `undefined` when it has none. */
export function declaredImage(slot: ImageSlot, source: ApplicationSource): PresentImage | undefined {
  return imageInLists(slot, inheritedEntries(source));
}

/** Every entry of the lists that the override file may come to replace: Argo CD takes the file's whole list. */
export function inheritedEntries(source: ApplicationSource): InheritedEntries {
  return {
    parameters: source.helm?.parameters ?? [],
    images: source.kustomize?.images ?? [],
    env: source.plugin?.env ?? [],
  };
}
