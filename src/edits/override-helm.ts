import { isMap } from 'yaml';
import type { ImageChange } from '../core/change.ts';
import type { InheritedEntries } from '../core/policy.ts';
import type { Presence } from '../core/presence.ts';
import { imageInParameters, versionKey, type HelmSlot } from '../core/written-image.ts';
import { ambiguous, helmSlot, type Editor } from './editor.ts';
import { checkVersion, wantedTexts, type WantedText } from './image-text.ts';
import {
  entryNamed,
  newEntry,
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
      return readParameters(source, helmSlot(source.file, slot));
    },
    versionPlaces(source, slot) {
      const own = helmSlot(source.file, slot);
      const entries = readEntries(source, parametersOf(source));
      const names = own.kind === 'helm-spec' || own.name.shared ? [] : [own.name.path];
      return [versionKey(own), ...names].flatMap((name) => placesOfEntry(source, entries, name));
    },
    plan(source, changes) {
      const list = parametersOf(source);
      const entries = readEntries(source, list);
      const wanted = changes.flatMap((change) => wantedParameters(source, entries, change));
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

function readParameters(source: Source, slot: HelmSlot): Presence {
  const entries = readEntries(source, parametersOf(source));
  const names = [versionKey(slot)];
  if (slot.kind === 'helm-parts' && slot.name.explicit && !slot.name.shared) names.push(slot.name.path);
  const missing = names.find((name) => entryNamed(source, entries, name) === undefined);
  if (missing !== undefined)
    return { kind: 'absent', mayCreate: true, detail: `${source.file} has no parameter ${missing}` };
  const valueOf = (name: string) => entryNamed(source, entries, name)?.value;
  checkVersion(slot, valueOf, source.file);
  return { kind: 'present', image: imageInParameters(slot, valueOf) };
}

/** The default name parameter comes with a new tag parameter; a file that does without it is left so. */
function wantedParameters(
  source: Source,
  entries: readonly NamedPlace[],
  change: ImageChange,
): readonly WantedText[] {
  const slot = helmSlot(source.file, change.slot);
  const wanted = wantedTexts(slot, change, { style: 'full', file: source.file });
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
