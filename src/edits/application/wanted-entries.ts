import type { ImageChange } from '../../core/change.ts';
import type { InheritedEntries } from '../../core/policy.ts';
import { canonicalName } from '../../core/presence.ts';
import { entriesFor, lastNamed, type KustomizeSlot } from '../../core/source-lists.ts';
import { placesOf } from '../../core/several-keys.ts';
import type { ValueOf } from '../../core/written-image.ts';
import { LynceusError } from '../../errors.ts';
import { wrongSlot } from '../editor.ts';
import { entryFor, rejectElementNames, wantedTexts, type WantedText } from '../image-text.ts';
import type { ApplicationTarget } from './find-source.ts';

/** One entry of a list, as it is to be. */
export interface WantedEntry {
  /** Name of the parameter or variable, or the canonical name of the image of the base. */
  readonly name: string;
  /** Where it stands; -1 when it is to be added. */
  readonly index: number;
  /** Value of the parameter or variable, or the whole Kustomize entry. */
  readonly text: string;
}

/**
 * The entries of the list that one change needs, whether they are so already or not. Throws `target-unsupported` for
 * an image that is described for another kind of list, and `target-ambiguous` when two Kustomize entries are it.
 */
export function wantedEntries(
  change: ImageChange,
  lists: InheritedEntries,
  { at, format }: ApplicationTarget,
): readonly WantedEntry[] {
  const { slot } = change;
  const path = `${at}.${format}`;
  switch (slot.kind) {
    case 'helm-parts':
    case 'helm-spec':
      if (format !== 'helm') break;
      return placesOf(slot).flatMap((place) => {
        rejectElementNames(place, path);
        return namedEntries(lists.parameters, (valueOf) =>
          wantedTexts(place, change, { valueOf, file: path }),
        );
      });
    case 'plugin':
      if (format === 'plugin')
        return namedEntries(lists.env, (valueOf) => wantedTexts(slot, change, { valueOf, file: path }));
      break;
    case 'kustomize':
      if (format === 'kustomize') return [imageEntry(change, slot, { images: lists.images, path })];
      break;
    case 'markers':
  }
  throw wrongSlot(path, slot);
}

function namedEntries(
  entries: readonly { readonly name: string; readonly value: string }[],
  wantedFor: (valueOf: ValueOf) => readonly WantedText[],
): readonly WantedEntry[] {
  const wanted = wantedFor((name) => entries[lastNamed(entries, name)]?.value);
  return wanted.map(({ name, textFor }) => {
    const index = lastNamed(entries, name);
    return { name, index, text: textFor(entries[index]?.value) };
  });
}

function imageEntry(
  change: ImageChange,
  slot: KustomizeSlot,
  { images, path }: { readonly images: readonly string[]; readonly path: string },
): WantedEntry {
  const [index = -1, second] = entriesFor(images, slot);
  if (second !== undefined)
    throw new LynceusError(
      'target-ambiguous',
      `expected one entry for ${slot.name}, found ${path}.images[${index}] and [${second}]`,
      { hint: 'remove the one that is not meant' },
    );
  return { name: canonicalName(slot.name), index, text: entryFor(images[index], slot, change) };
}
