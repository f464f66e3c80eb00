import type { ChosenImage, ImageChange } from './change.ts';
import { composesImage } from './chart-keys.ts';
import {
  formatName,
  formatRepository,
  repositoryOf,
  sameRepository,
  tryImageReference,
  type ImageReference,
} from './image/reference.ts';
import type { FoundKeys } from './key-path.ts';
import type { WrittenKeys } from './permissions/written-key.ts';
import type { ImageSlot, PresentImage } from './policy.ts';

/** A comment `# lynceus: hold` beside a map or a list that a value is in. */
export interface HoldAbove {
  /** Key of the map or list. */
  readonly key: string;
  /** The line of the comment, from 1. */
  readonly line: number;
  /** Whether no comment stands beside the value itself. */
  readonly alone: boolean;
}

/** An image as it is in its write target now. */
export type Presence =
  | {
      readonly kind: 'present';
      readonly image: PresentImage;
      /**
       * What a person wrote behind `# lynceus: hold` beside the value or what it is in, `''` for nothing; absent without
       * that comment.
       */
      readonly hold?: string;
      /** The comment beside what the value is in, which holds all of it; absent when there is none. */
      readonly holdAbove?: HoldAbove;
      /** The key that was found for each key path that is not that key itself; absent where all are. */
      readonly foundAt?: FoundKeys;
      /** The keys that would be written; absent for a target without keys of its own choice. */
      readonly keys?: WrittenKeys;
    }
  /** The target does not contain it. `mayCreate`: it may be added. `detail` names what is missing. */
  | {
      readonly kind: 'absent';
      readonly mayCreate: boolean;
      readonly detail: string;
      readonly keys?: WrittenKeys;
    };

/**
 * How a digest in the target counts when none was chosen. `kept`: not at all, a target with `1.2.3@sha256:…` is at
 * `1.2.3`, so that nothing is written only to remove it. `removed`: as a difference, because writing would remove it.
 */
type FurtherDigest = 'kept' | 'removed';

/** Whether a target in which `present` was read has the chosen version of this image in this slot. */
export function isAtVersion(
  present: PresentImage,
  change: Pick<ImageChange, 'slot' | 'image' | 'to'>,
  furtherDigest: FurtherDigest,
): boolean {
  return eachPresent(present).every((one) => one !== undefined && isOneAtVersion(one, change, furtherDigest));
}

function isOneAtVersion(
  present: PresentImage,
  { slot, image, to }: Pick<ImageChange, 'slot' | 'image' | 'to'>,
  furtherDigest: FurtherDigest,
): boolean {
  if (present.fault !== undefined) return false;
  if (hasDigestAlone(present, slot))
    return to.digest !== undefined && present.digest === to.digest && namesImageInSlot(present, slot, image);
  const isDigest = present.digest === to.digest || (to.digest === undefined && furtherDigest === 'kept');
  return (present.tag ?? '') === to.tag && isDigest && namesImageInSlot(present, slot, image);
}

/** Whether the target has a digest and no tag, and is to stay so: a key for a digest, or one of the tag with a digest in it. */
export function hasDigestAlone({ tag, digest, digestKey }: PresentImage, slot: ImageSlot): boolean {
  return digestKey === 'alone' || (slot.kind === 'helm-parts' && tag === undefined && digest !== undefined);
}

/**
 * Kustomize takes a new name as it is: no other key could hold its registry. An old name is not ours to change. A key
 * for the registry that an annotation names is ours, so that it and the name must be right together.
 */
function namesImageInSlot(
  { name, registry = '' }: PresentImage,
  slot: ImageSlot,
  image: ImageReference,
): boolean {
  if (slot.kind === 'kustomize') return !slot.renamed || sameName(name ?? '', formatName(image));
  if (slot.kind === 'helm-parts' && slot.registry !== undefined)
    return name !== undefined && composesImage(registry, name, image);
  return name === undefined || namesImage(name, image) || composesImage(registry, name, image);
}

/**
 * Whether a written name means this image: the same image repository, or its name without the registry, as in
 * charts that keep the registry under a key of its own (`acme/api` for `ghcr.io/acme/api`).
 */
export function namesImage(written: string, image: ImageReference): boolean {
  if (written === image.name) return true;
  const reference = tryImageReference(written);
  return reference !== undefined && sameRepository(reference, image);
}

/** Whether two written names are one image repository. A name that is no reference equals only itself. */
export function sameName(a: string, b: string): boolean {
  return canonicalName(a) === canonicalName(b);
}

/** One spelling for all names of an image repository; what is no image keeps its own. */
export function canonicalName(name: string): string {
  const image = tryImageReference(name);
  return image === undefined ? name : formatRepository(repositoryOf(image));
}

/** Whether two readings of a target are equal, to the letter. */
export function samePresence(a: PresentImage | undefined, b: PresentImage | undefined): boolean {
  const [one, other] = [eachPresent(a), eachPresent(b)];
  return one.length === other.length && one.every((image, index) => isSameReading(image, other[index]));
}

function isSameReading(a: PresentImage | undefined, b: PresentImage | undefined): boolean {
  return a?.tag === b?.tag && a?.digest === b?.digest && a?.name === b?.name && a?.registry === b?.registry;
}

/** What each key of an image has, where it has several that differ. */
export function eachPresent(image: PresentImage | undefined): readonly (PresentImage | undefined)[] {
  return [image, ...(image?.differing ?? [])];
}

/** `1.2.3`, `1.2.3@sha256:…`, a digest alone, or `undefined` for neither. */
export function versionText(version: PresentImage | ChosenImage | undefined): string | undefined {
  const { tag, digest } = version ?? {};
  if (tag === undefined || tag === '') return digest;
  return digest === undefined ? tag : `${tag}@${digest}`;
}
