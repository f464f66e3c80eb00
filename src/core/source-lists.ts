import { tryImageReference } from './image/reference.ts';
import type { ImageSlot, InheritedEntries, PresentImage } from './policy.ts';
import { canonicalName } from './presence.ts';
import { imageTogether, placesOf } from './several-keys.ts';
import { imageInParameters, imageInVariables, splitReference, type HelmSlot } from './written-image.ts';

export type KustomizeSlot = Extract<ImageSlot, { kind: 'kustomize' }>;

/**
 * Reads the image of this slot from the lists of a source; `undefined` when they do not name it. Lists are read for the
 * decision and again for the write, both times by this function, so that both agree on what has changed. A whole
 * reference that is not valid counts as absent.
 */
export function imageInLists(slot: ImageSlot, lists: InheritedEntries): PresentImage | undefined {
  switch (slot.kind) {
    case 'helm-parts':
    case 'helm-spec': {
      const images = placesOf(slot).map((place) => imageInParameterList(place, lists.parameters));
      const present = images.flatMap((image) => image ?? []);
      return present.length === 0 ? undefined : imageTogether(present, present.length < images.length);
    }
    case 'plugin':
      return unlessEmpty(
        imageInVariables(slot, (name) => {
          const value = valueOf(lists.env, name);
          return name === slot.spec ? ifReference(value) : value;
        }),
      );
    case 'kustomize': {
      const entries = entriesFor(lists.images, slot).map((index) => lists.images[index] ?? '');
      const entry = entries.find(putsImage);
      return entry === undefined ? undefined : imageOfEntry(entry, slot);
    }
    case 'markers':
      return undefined;
  }
}

function imageInParameterList(
  slot: HelmSlot,
  parameters: InheritedEntries['parameters'],
): PresentImage | undefined {
  const isReference = slot.kind === 'helm-spec' && slot.template === undefined;
  const value = (name: string) => valueOf(parameters, name);
  return unlessEmpty(
    imageInParameters(slot, (name) =>
      isReference && name === slot.spec.path ? ifReference(value(name)) : value(name),
    ),
  );
}

/** Index of the entry of this name that counts: as Helm does with `--set`, the last of several; -1 without one. */
export function lastNamed(entries: readonly { readonly name: string }[], name: string): number {
  return entries.findLastIndex((one) => one.name === name);
}

/**
 * Indexes of the Kustomize images, `[name in the base=]image[:tag][@digest]`, that are this image of the base:
 * `a=x/y:1` and `b=x/y:1` are two. Without a name of the base, entries that replace another image by ours count as
 * well, if there is no entry for our image itself. Names are compared canonically.
 */
export function entriesFor(images: readonly string[], slot: KustomizeSlot): readonly number[] {
  const name = canonicalName(slot.name);
  const indexesOf = (nameOf: (entry: string) => string | undefined) =>
    images.flatMap((entry, index) => (canonicalName(nameOf(entry) ?? '') === name ? [index] : []));
  const own = indexesOf(baseNameOf);
  return own.length > 0 || slot.renamed ? own : indexesOf((entry) => splitEntry(entry).image.name);
}

/** The image of the base that an entry replaces: the name before its `=`, else its own. */
export function baseNameOf(entry: string): string {
  const { old, image } = splitEntry(entry);
  return old ?? image.name ?? '';
}

/** Of an entry for our image only the version counts; of one for another name, the new name does too. */
export function imageOfEntry(entry: string, slot: KustomizeSlot): PresentImage {
  const base = baseNameOf(entry);
  const isOwn = !slot.renamed && canonicalName(base) === canonicalName(slot.name);
  const { image } = splitEntry(entry);
  return isOwn ? { ...image, name: base } : image;
}

/** Takes an entry apart; what is no image is shown as it is. */
export function splitEntry(entry: string): {
  readonly old: string | undefined;
  readonly image: PresentImage;
} {
  const mark = entry.indexOf('=');
  const old = mark < 0 ? undefined : entry.slice(0, mark);
  return { old, image: splitReference(entry.slice(mark + 1).trim()) };
}

/** Whether an entry puts an image in place at all. */
function putsImage(entry: string): boolean {
  return tryImageReference(entry.slice(entry.indexOf('=') + 1)) !== undefined;
}

function valueOf(
  entries: readonly { readonly name: string; readonly value: string }[],
  name: string,
): string | undefined {
  return entries[lastNamed(entries, name)]?.value;
}

function ifReference(text: string | undefined): string | undefined {
  return text !== undefined && tryImageReference(text) !== undefined ? text : undefined;
}

function unlessEmpty(image: PresentImage): PresentImage | undefined {
  const { name, tag, digest } = image;
  return [name, tag, digest].some((part) => part !== undefined) ? image : undefined;
}
