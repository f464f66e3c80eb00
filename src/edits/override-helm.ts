import type { ImageChange } from '../core/change.ts';
import type { ImageSlot, InheritedEntries } from '../core/policy.ts';
import { ambiguous, wrongSlot, type Editor, type Reading } from './editor.ts';
import {
  nameFor,
  referenceFor,
  splitReference,
  splitTag,
  splitTemplated,
  tagFor,
  templatedText,
} from './image-text.ts';
import {
  entryNamed,
  placesOfEntry,
  planEntries,
  readEntries,
  type EntryKind,
  type NamedEntry,
  type NamedPlace,
  type WantedEntry,
} from './override-entries.ts';
import { overrideList, type OverrideList } from './override-list.ts';
import type { Fresh } from './yaml/fresh.ts';
import { entriesOf, placeOf, type Place } from './yaml/places.ts';
import type { Source } from './yaml/source.ts';
import { text, type Wish } from './yaml/wishes.ts';
import { isMap } from 'yaml';

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
      fresh: parameter(name, value, isForced),
    })),
  };
  return {
    read(source, slot) {
      return readParameters(source, parametersOf(source), slot);
    },
    versionPlaces(source, slot) {
      const name =
        slot.kind === 'helm-spec' ? slot.spec.path : slot.kind === 'helm-parts' ? slot.tag.path : '';
      return placesOfEntry(source, readEntries(source, parametersOf(source)), name);
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

function parameter(name: string, value: string, isForced: boolean): Fresh {
  const forcestring: Fresh = { kind: 'flag', value: isForced };
  return {
    kind: 'map',
    entries: [
      ['name', text(name)],
      ['value', text(value)],
      ['forcestring', forcestring],
    ],
  };
}

function readParameters(source: Source, list: OverrideList, slot: ImageSlot): Reading {
  const entries = readEntries(source, list);
  if (slot.kind === 'helm-spec') {
    const spec = entryNamed(source, entries, slot.spec.path);
    if (spec === undefined) return absent(source, slot.spec.path);
    const where = `${source.file}: ${slot.spec.path}`;
    const image = slot.template
      ? splitTemplated(slot.template, spec.value, where)
      : splitReference(spec.value);
    return { kind: 'present', image };
  }
  if (slot.kind !== 'helm-parts') throw wrongSlot(source.file, slot);
  const tag = entryNamed(source, entries, slot.tag.path);
  const name = slot.name.shared ? undefined : entryNamed(source, entries, slot.name.path);
  if (tag === undefined) return absent(source, slot.tag.path);
  if (name === undefined && slot.name.explicit) return absent(source, slot.name.path);
  const where = `${source.file}: ${slot.tag.path}`;
  const version = slot.template ? splitTemplated(slot.template, tag.value, where) : splitTag(tag.value);
  return { kind: 'present', image: { ...version, name: name?.value || undefined } };
}

function absent(source: Source, name: string): Reading {
  return { kind: 'absent', mayCreate: true, detail: `${source.file} has no parameter ${name}` };
}

/** The default name parameter comes with a new tag parameter; a file that does without it is left so. */
function wantedParameters(
  source: Source,
  entries: readonly NamedPlace[],
  change: ImageChange,
): readonly WantedEntry[] {
  const { slot, image, to } = change;
  const templated = templatedText(change);
  if (slot.kind === 'helm-spec') {
    return [
      { name: slot.spec.path, valueFor: templated ?? ((present) => referenceFor(present, change, 'full')) },
    ];
  }
  if (slot.kind !== 'helm-parts') throw wrongSlot(source.file, slot);
  const tag: WantedEntry = { name: slot.tag.path, valueFor: templated ?? ((present) => tagFor(present, to)) };
  const name: WantedEntry = { name: slot.name.path, valueFor: (present) => nameFor(present, image, 'full') };
  if (slot.name.shared) return [tag];
  const isNameWanted =
    slot.name.explicit ||
    entryNamed(source, entries, slot.tag.path) === undefined ||
    entryNamed(source, entries, slot.name.path) !== undefined;
  return isNameWanted ? [name, tag] : [tag];
}

function forceString(source: Source, { place }: NamedEntry): readonly Wish[] {
  const flags = forceFlags(source, place);
  if (flags.length > 1) throw ambiguous(source, flags, 'forcestring');
  const [flag] = flags;
  const leaf = { kind: 'flag', value: true } as const;
  if (flag === undefined) return [{ kind: 'add', place, keys: ['forcestring'], value: leaf }];
  return [{ kind: 'set', place: flag, leaf }];
}

/** Argo CD reads field names without regard to case. */
function forceFlags(source: Source, place: Place): readonly Place[] {
  if (!isMap(place.node)) return [];
  const found = entriesOf(source.anchors, place.node).filter(
    ({ key }) => key.toLowerCase() === 'forcestring',
  );
  return found.map((entry) => placeOf(source, place, entry));
}
