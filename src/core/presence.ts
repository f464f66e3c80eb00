import { parseImageReference, sameRepository, type ImageReference } from './image/reference.ts';
import type { ChosenImage } from './change.ts';
import type { PresentImage } from './policy.ts';

/** What the write target says of an image now. */
export type Presence =
  | {
      readonly kind: 'present';
      readonly image: PresentImage;
      /** What a person wrote behind `# lynceus: hold` beside the value, `''` for nothing; absent without that comment. */
      readonly hold?: string;
    }
  /** The target does not contain it. `mayCreate` tells whether it may be added; `detail` says what was looked for. */
  | { readonly kind: 'absent'; readonly mayCreate: boolean; readonly detail: string };

/**
 * Does the target already say the chosen version of this image? A digest that is not part of the choice does not
 * matter: a file that says `1.2.3@sha256:…` already says `1.2.3`.
 */
export function alreadySays(present: PresentImage, image: ImageReference, chosen: ChosenImage): boolean {
  if (present.tag !== chosen.tag) return false;
  if (chosen.digest !== undefined && present.digest !== chosen.digest) return false;
  return present.name === undefined || namesImage(present.name, image);
}

/**
 * Whether a written name means this image: the same image repository, or its name without the registry, as in
 * charts that keep the registry under a key of its own (`acme/api` for `ghcr.io/acme/api`).
 */
export function namesImage(written: string, image: ImageReference): boolean {
  if (written === image.name) return true;
  try {
    return sameRepository(parseImageReference(written), image);
  } catch {
    return false;
  }
}

/** Whether two readings of a target say the same. */
export function samePresence(a: PresentImage | undefined, b: PresentImage | undefined): boolean {
  return a?.tag === b?.tag && a?.digest === b?.digest && a?.name === b?.name;
}

/** `1.2.3`, `1.2.3@sha256:…`, or `undefined` when nothing is said. */
export function versionText(
  image: { readonly tag: string | undefined; readonly digest: string | undefined } | undefined,
): string | undefined {
  if (image === undefined) return undefined;
  if (image.digest === undefined) return image.tag;
  return `${image.tag ?? ''}@${image.digest}`;
}
