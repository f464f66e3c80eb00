import { isMap } from 'yaml';
import type { ImageChange } from '../core/change.ts';
import type { InheritedEntries } from '../core/policy.ts';
import type { Presence } from '../core/presence.ts';
import { placesOf, readTogether } from '../core/several-keys.ts';
import { requiredKeys, imageInParameters, versionKey, type HelmSlot } from '../core/written-image.ts';
import { ambiguous, helmSlot, presentWith, type Editor } from './editor.ts';
import { keysForHolds } from './helm-values.ts';
import { checkVersion, rejectElementNames, wantedTexts, type WantedText } from './image-text.ts';
import {
  entryNamed,
  newEntry,
  peekEntry,
  placesOfEntry,
  planEntries,
  readEntries,
  type EntryKind,
  type NamedEntry,
  type NamedPlace,
} from './override-entries.ts';
import { overrideList, type OverrideList } from './override-list.ts';
import type { NewContent } from './yaml/new-content.ts';
import { entriesOf, placeOfEntry, type YamlPlace } from './yaml/places.ts';
import type { Source } from './yaml/source.ts';
import type { Edit } from './yaml/edit.ts';

/**
 * An override file that sets Helm parameters. A parameter that is new or changes is forced to be a string, as Argo
 * CD Image Updater does: `--set image.tag=7` would be a number. Both spellings of that key are understood.
 */
export function helmOverrideEditor(inherited: InheritedEntries['parameters']): Editor {
  const kind: EntryKind = {
    create: (name, value) => parameter(name, value, true),
    adjust: forceString,
    inherited: inherited.map(({ name, value, forceString: isForced }) => ({
      name,
      value,
      content: parameter(name, value, isForced),
    })),
  };
  return {
    read(source, slot) {
      const places = placesOf(helmSlot(source.file, slot));
      return readTogether(places.map((place) => readParameters(source, place, kind.inherited)));
    },
    versionPlaces(source, slot) {
      const entries = readEntries(source, parametersOf(source));
      return keysForHolds(helmSlot(source.file, slot)).flatMap(({ path }) =>
        placesOfEntry(source, entries, path),
      );
    },
    plan(source, changes) {
      const list = parametersOf(source);
      const entries = readEntries(source, list);
      const known = { entries, inherited: kind.inherited };
      const wanted = changes.flatMap((change) =>
        placesOf(change.slot).flatMap((slot) => wantedParameters(source, known, { ...change, slot })),
      );
      return planEntries(source, list, { wanted, kind });
    },
  };
}

function parametersOf(source: Source): OverrideList {
  return overrideList(source, 'helm', 'parameters');
}

function parameter(name: string, value: string, isForced: boolean): NewContent {
  return newEntry(name, value, [['forcestring', { kind: 'flag', value: isForced }]]);
}

function readParameters(source: Source, slot: HelmSlot, inherited: EntryKind['inherited']): Presence {
  const entries = readEntries(source, parametersOf(source));
  rejectElementNames(slot, source.file);
  const version = entryNamed(source, entries, versionKey(slot));
  if (version === undefined)
    return {
      kind: 'absent',
      mayCreate: true,
      detail: `${source.file} has no parameter ${versionKey(slot)}`,
    };
  const names = requiredKeys(slot);
  const own = new Map(names.map((name) => [name, entryNamed(source, entries, name)?.value]));
  own.set(version.name, version.value);
  const valueOf = (name: string) =>
    own.has(name) ? own.get(name) : peekValue(source, { entries, inherited }, name);
  checkVersion(slot, valueOf, source.file);
  return presentWith(imageInParameters(slot, valueOf), [
    names.some((name) => !valueOf(name)) && 'incomplete',
    version.isMisread && 'misread',
  ]);
}

interface Parameters {
  readonly entries: readonly NamedPlace[];
  readonly inherited: EntryKind['inherited'];
}

/** Also of parameters that only the Application has: they come along as soon as anything is written. */
function peekValue(source: Source, { entries, inherited }: Parameters, name: string): string | undefined {
  return peekEntry(source, entries, name) ?? inherited.find((one) => one.name === name)?.value;
}

/** The default name parameter comes with a new tag parameter; a file that does without it is left so. */
function wantedParameters(
  source: Source,
  { entries, inherited }: Parameters,
  change: ImageChange,
): readonly WantedText[] {
  const slot = helmSlot(source.file, change.slot);
  const valueOf = (name: string) => peekValue(source, { entries, inherited }, name);
  const wanted = wantedTexts(slot, change, { valueOf, file: source.file });
  if (slot.kind === 'helm-spec' || slot.name.explicit) return wanted;
  const isThere = (name: string) => entryNamed(source, entries, name) !== undefined;
  const withName = !isThere(slot.tag.path) || isThere(slot.name.path);
  return withName ? wanted : wanted.filter(({ name }) => name !== slot.name.path);
}

function forceString(source: Source, { place }: NamedEntry): readonly Edit[] {
  const flags = forceFlags(source, place);
  if (flags.length > 1) throw ambiguous(source, flags, 'forcestring');
  const [flag] = flags;
  const leaf = { kind: 'flag', value: true } as const;
  if (flag === undefined) return [{ kind: 'add', place, keys: ['forcestring'], value: leaf }];
  return [{ kind: 'set', place: flag, leaf }];
}

/** Argo CD reads field names without regard to case. */
function forceFlags(source: Source, place: YamlPlace): readonly YamlPlace[] {
  if (!isMap(place.node)) return [];
  const found = entriesOf(source.anchors, place.node).filter(
    ({ key }) => key.toLowerCase() === 'forcestring',
  );
  return found.map((entry) => placeOfEntry(source, place, entry));
}
