import type { ImageChange } from '../../core/change.ts';
import type { ImageSlot, InheritedEntries } from '../../core/policy.ts';
import { canonicalName, entriesFor, imageOfEntry, lastNamed } from '../../core/source-lists.ts';
import { LynceusError } from '../../errors.ts';
import { wrongSlot } from '../editor.ts';
import { nameFor, referenceFor, tagFor, templatedText } from '../image-text.ts';
import { entryFor, readEntry } from '../override-images.ts';
import type { ApplicationTarget } from './source-at.ts';

/** What one entry of a list is to say. */
export interface EntryWish {
  /** Name of the parameter or variable, or the canonical name of the image of the base. */
  readonly name: string;
  /** Where it stands; -1 when it is to be added. */
  readonly index: number;
  /** Value of the parameter or variable, or the whole Kustomize entry. */
  readonly text: string;
}

type NamedEntries = readonly { readonly name: string; readonly value: string }[];
type TextFor = (present: string | undefined) => string;

/**
 * The entries of the list that one change needs, whether they say so already or not. Throws `target-unsupported` for
 * an image that is described for another kind of list, and `target-ambiguous` when two Kustomize entries are it.
 */
export function entryWishes(
  change: ImageChange,
  lists: InheritedEntries,
  { at, format }: ApplicationTarget,
): readonly EntryWish[] {
  const { slot } = change;
  const path = `${at}.${format}`;
  switch (slot.kind) {
    case 'helm-parts':
    case 'helm-spec':
      if (format === 'helm') return namedWishes(lists.parameters, textsOf(slot, change));
      break;
    case 'plugin':
      if (format === 'plugin') return namedWishes(lists.env, textsOf(slot, change));
      break;
    case 'kustomize':
      if (format === 'kustomize') return [imageWish(change, slot, { images: lists.images, path })];
      break;
    case 'markers':
  }
  throw wrongSlot(path, slot);
}

function namedWishes(
  entries: NamedEntries,
  wanted: readonly (readonly [name: string | undefined, TextFor])[],
): readonly EntryWish[] {
  return wanted.flatMap(([name, textFor]) => {
    if (name === undefined) return [];
    const index = lastNamed(entries, name);
    return [{ name, index, text: textFor(entries[index]?.value) }];
  });
}

function textsOf(
  slot: Exclude<ImageSlot, { kind: 'kustomize' | 'markers' }>,
  change: ImageChange,
): readonly (readonly [name: string | undefined, TextFor])[] {
  const { image, to } = change;
  const name: TextFor = (present) => nameFor(present, image, 'full');
  const templated = templatedText(change);
  const tag: TextFor = templated ?? ((present) => tagFor(present, to));
  const spec: TextFor = templated ?? ((present) => referenceFor(present, change, 'full'));
  switch (slot.kind) {
    case 'helm-parts':
      return [
        [slot.name.shared ? undefined : slot.name.path, name],
        [slot.tag.path, tag],
      ];
    case 'helm-spec':
      return [[slot.spec.path, spec]];
    case 'plugin':
      return [
        [slot.name, name],
        [slot.tag, tag],
        [slot.spec, spec],
      ];
  }
}

function imageWish(
  change: ImageChange,
  slot: Extract<ImageSlot, { kind: 'kustomize' }>,
  { images, path }: { readonly images: readonly string[]; readonly path: string },
): EntryWish {
  const [index = -1, second] = entriesFor(images, slot);
  if (second !== undefined)
    throw new LynceusError(
      'target-ambiguous',
      `expected one entry for ${slot.name}, found ${path}.images[${index}] and [${second}]`,
      { hint: 'remove the one that is not meant' },
    );
  const present = images[index];
  return { name: canonicalName(slot.name), index, text: entryFor(entryOf(present), slot, change) };
}

/** What is no image keeps what stands in front of its `=`, and nothing else. */
function entryOf(text: string | undefined): ReturnType<typeof readEntry> | undefined {
  if (text === undefined) return undefined;
  const entry = readEntry(text, undefined);
  const nothing = { name: undefined, tag: undefined, digest: undefined };
  return imageOfEntry(text) === undefined ? { ...entry, image: nothing } : entry;
}
