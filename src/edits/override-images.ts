import type { ImageChange } from '../core/change.ts';
import { sameName } from '../core/presence.ts';
import { baseNameOf, entriesFor, imageOfEntry, type KustomizeSlot } from '../core/source-lists.ts';
import { LynceusError } from '../errors.ts';
import { ambiguous, kustomizeSlot, unexpectedShape, peekScalar, readScalar, type Editor } from './editor.ts';
import { entryFor } from './image-text.ts';
import { overrideList, type OverrideList } from './override-list.ts';
import { rejectConflict } from './yaml/conflicts.ts';
import type { YamlPlace } from './yaml/places.ts';
import type { Source } from './yaml/source.ts';
import { text, type Edit } from './yaml/edit.ts';

/** `[OLD=]registry/name[:tag][@digest]`, as `kustomize edit set image` takes it. */
interface ImageEntry {
  readonly text: string;
  /** `undefined` for an entry of the Application that the file lacks. */
  readonly place: YamlPlace | undefined;
}

/** An override file that sets Kustomize images. `entriesFor` finds the entry of an image. */
export function kustomizeOverrideEditor(inherited: readonly string[]): Editor {
  return {
    read(source, anySlot) {
      const slot = kustomizeSlot(source.file, anySlot);
      const entry = findEntry(source, readEntries(source, imagesOf(source)), slot);
      if (entry !== undefined) return { kind: 'present', image: imageOfEntry(entry.text, slot) };
      return {
        kind: 'absent',
        mayCreate: true,
        detail: `${source.file} has no entry for ${slot.name} in images`,
      };
    },
    versionPlaces(source, anySlot) {
      const slot = kustomizeSlot(source.file, anySlot);
      const place = findEntry(source, readEntries(source, imagesOf(source)), slot)?.place;
      return place === undefined ? [] : [place];
    },
    plan(source, changes) {
      return planImages(source, changes, inherited);
    },
  };
}

function imagesOf(source: Source): OverrideList {
  return overrideList(source, 'kustomize', 'images');
}

function readEntries(source: Source, list: OverrideList): readonly ImageEntry[] {
  return list.items.map((place) => {
    const entry = peekScalar(place);
    if (entry === undefined || entry === '') throw unexpectedShape(source, place, 'an image');
    return { text: entry, place };
  });
}

function findEntry(
  source: Source,
  entries: readonly ImageEntry[],
  slot: KustomizeSlot,
): ImageEntry | undefined {
  const texts = entries.map((entry) => entry.text);
  const found = entriesFor(texts, slot).flatMap((index) => entries[index] ?? []);
  const [entry, ...others] = found;
  if (others.length > 0) throw severalEntries(source, found, slot.name);
  if (entry?.place !== undefined) readScalar(source, entry.place);
  return entry;
}

function severalEntries(source: Source, found: readonly ImageEntry[], name: string): LynceusError {
  const places = found.flatMap(({ place }) => place ?? []);
  if (places.length > 0) return ambiguous(source, places, name);
  return new LynceusError(
    'target-ambiguous',
    `expected one entry for ${name} in the images of the Application, found ${found.length}`,
    { hint: 'remove the one that is not meant' },
  );
}

function planImages(
  source: Source,
  changes: readonly ImageChange[],
  inherited: readonly string[],
): readonly Edit[] {
  const list = imagesOf(source);
  const entries = readEntries(source, list);
  const rest = inherited
    .filter((entry) => !entries.some((known) => sameName(baseNameOf(known.text), baseNameOf(entry))))
    .map((entry) => ({ text: entry, place: undefined }));
  const added = new Map(rest.map((entry) => [baseNameOf(entry.text), entry.text]));
  const edits: Edit[] = [];
  const wanted = new Map<string, string>();
  for (const change of changes) {
    const slot = kustomizeSlot(source.file, change.slot);
    const entry = findEntry(source, entries, slot) ?? findEntry(source, rest, slot);
    const after = entryFor(entry?.text, slot, change);
    const name = knownName(wanted, entry === undefined ? slot.name : baseNameOf(entry.text));
    rejectConflict(source, [name], [wanted.get(name), after]);
    wanted.set(name, after);
    if (entry?.place === undefined) added.set(name, after);
    else if (entry.text !== after) edits.push({ kind: 'set', place: entry.place, leaf: text(after) });
  }
  const isChanged = edits.length > 0 || [...wanted.keys()].some((name) => added.has(name));
  if (!isChanged) return [];
  return added.size === 0 ? edits : [...edits, list.add([...added.values()].map(text))];
}

/** One image of the base may be spelled in two ways by two changes. */
function knownName(wanted: ReadonlyMap<string, string>, name: string): string {
  return [...wanted.keys()].find((known) => sameName(known, name)) ?? name;
}
