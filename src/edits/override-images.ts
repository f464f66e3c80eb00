import type { ImageChange } from '../core/change.ts';
import { formatName } from '../core/image/reference.ts';
import type { ImageSlot, PresentImage } from '../core/policy.ts';
import { LynceusError } from '../errors.ts';
import { ambiguous, misfit, peekScalar, readScalar, wrongSlot, type Editor } from './editor.ts';
import { isVersion, sameName, splitReference, tagText } from './image-text.ts';
import { overrideList, type OverrideList } from './override-list.ts';
import { rejectConflict } from './yaml/conflicts.ts';
import type { Place } from './yaml/places.ts';
import type { Source } from './yaml/source.ts';
import { text, type Wish } from './yaml/wishes.ts';

type KustomizeSlot = Extract<ImageSlot, { kind: 'kustomize' }>;

/** `[OLD=]registry/name[:tag][@digest]`, as `kustomize edit set image` takes it. */
export interface ImageEntry {
  readonly text: string;
  /** In front of the `=`, as written. */
  readonly old: string | undefined;
  readonly image: PresentImage;
  /** `undefined` for an entry of the Application that the file lacks. */
  readonly place: Place | undefined;
}

/**
 * An override file that sets Kustomize images. An entry is for the image in front of its `=`, else for the one it
 * names: `a=x/y:1` and `b=x/y:1` are two. Without a name of the base, an entry that puts our image in the place of
 * another is ours too.
 */
export function kustomizeOverrideEditor(inherited: readonly string[]): Editor {
  return {
    read(source, anySlot) {
      const slot = kustomizeSlot(source, anySlot);
      const entry = findEntry(source, readEntries(source, imagesOf(source)), slot);
      if (entry !== undefined) return { kind: 'present', image: imageOf(entry, slot) };
      return {
        kind: 'absent',
        mayCreate: true,
        detail: `${source.file} has no entry for ${slot.name} in images`,
      };
    },
    versionPlaces(source, anySlot) {
      const slot = kustomizeSlot(source, anySlot);
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

function kustomizeSlot(source: Source, slot: ImageSlot): KustomizeSlot {
  if (slot.kind !== 'kustomize') throw wrongSlot(source.file, slot);
  return slot;
}

function readEntries(source: Source, list: OverrideList): readonly ImageEntry[] {
  return list.items.map((place) => {
    const said = peekScalar(place);
    if (said === undefined || said === '') throw misfit(source, place, 'an image');
    return readEntry(said, place);
  });
}

/** Takes an entry apart; what a person wrote is not judged. */
export function readEntry(said: string, place: Place | undefined): ImageEntry {
  const mark = said.indexOf('=');
  const old = mark < 0 ? undefined : said.slice(0, mark);
  return { text: said, old, image: splitReference(said.slice(mark + 1)), place };
}

/** The image of the base that an entry is for. */
function subjectOf({ old, image }: ImageEntry): string {
  return old ?? image.name ?? '';
}

function findEntry(
  source: Source,
  entries: readonly ImageEntry[],
  slot: KustomizeSlot,
): ImageEntry | undefined {
  const bySubject = entries.filter((entry) => sameName(subjectOf(entry), slot.name));
  const found =
    bySubject.length > 0 || slot.renamed
      ? bySubject
      : entries.filter(({ image }) => image.name !== undefined && sameName(image.name, slot.name));
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

/** Without a name of the base, only the version is ours: the name that counts is the one it was found by. */
function imageOf(entry: ImageEntry, slot: KustomizeSlot): PresentImage {
  const isOwn = !slot.renamed && sameName(subjectOf(entry), slot.name);
  return { ...entry.image, name: isOwn ? subjectOf(entry) : entry.image.name };
}

function planImages(
  source: Source,
  changes: readonly ImageChange[],
  inherited: readonly string[],
): readonly Wish[] {
  const list = imagesOf(source);
  const entries = readEntries(source, list);
  const rest = inherited
    .map((said) => readEntry(said, undefined))
    .filter((entry) => !entries.some((known) => sameName(subjectOf(known), subjectOf(entry))));
  const added = new Map(rest.map((entry) => [subjectOf(entry), entry.text]));
  const wishes: Wish[] = [];
  const wanted = new Map<string, string>();
  for (const change of changes) {
    const slot = kustomizeSlot(source, change.slot);
    const entry = findEntry(source, entries, slot) ?? findEntry(source, rest, slot);
    const said = entryFor(entry, slot, change);
    const subject = knownSubject(wanted, entry === undefined ? slot.name : subjectOf(entry));
    rejectConflict(source, [subject], [wanted.get(subject), said]);
    wanted.set(subject, said);
    if (entry?.place === undefined) added.set(subject, said);
    else if (entry.text !== said) wishes.push({ kind: 'set', place: entry.place, leaf: text(said) });
  }
  const isChanged = wishes.length > 0 || [...wanted.keys()].some((subject) => added.has(subject));
  if (!isChanged) return [];
  return added.size === 0 ? wishes : [...wishes, list.add([...added.values()].map(text))];
}

/** One image of the base may be spelled in two ways by two changes. */
function knownSubject(wanted: ReadonlyMap<string, string>, subject: string): string {
  return [...wanted.keys()].find((known) => sameName(known, subject)) ?? subject;
}

/** The entry as it is to be written; the same text when it says so already. */
export function entryFor(
  entry: ImageEntry | undefined,
  slot: KustomizeSlot,
  { image, to }: Pick<ImageChange, 'image' | 'to'>,
): string {
  const wantedName = formatName(image);
  if (entry === undefined) return `${slot.renamed ? `${slot.name}=${wantedName}` : slot.name}:${tagText(to)}`;
  const presentName = entry.image.name ?? slot.name;
  const isNamed = !slot.renamed || sameName(presentName, wantedName);
  if (isNamed && isVersion(entry.image, to)) return entry.text;
  const old = entry.old ?? (isNamed ? undefined : presentName);
  return `${old === undefined ? '' : `${old}=`}${isNamed ? presentName : wantedName}:${tagText(to)}`;
}
