import type { ImageChange } from '../core/change.ts';
import type { ImageSlot, InheritedEntries, PresentImage } from '../core/policy.ts';
import { wrongSlot, type Editor, type Reading } from './editor.ts';
import { nameFor, referenceFor, splitReference, splitTag, tagFor } from './image-text.ts';
import {
  entryNamed,
  placesOfEntry,
  planEntries,
  readEntries,
  type EntryKind,
  type WantedEntry,
} from './override-entries.ts';
import { overrideList, type OverrideList } from './override-list.ts';
import type { Fresh } from './yaml/fresh.ts';
import type { Source } from './yaml/source.ts';
import { text } from './yaml/wishes.ts';

type PluginSlot = Extract<ImageSlot, { kind: 'plugin' }>;

/** An override file that sets environment variables of a config management plugin. */
export function pluginOverrideEditor(inherited: InheritedEntries['env']): Editor {
  const kind: EntryKind = {
    create: variable,
    adjust: () => [],
    inherited: inherited.map(({ name, value }) => ({ name, value, fresh: variable(name, value) })),
  };
  return {
    read(source, slot) {
      return readVariables(source, pluginSlot(source, slot));
    },
    versionPlaces(source, anySlot) {
      const slot = pluginSlot(source, anySlot);
      const entries = readEntries(source, envOf(source));
      return [slot.tag, slot.spec].flatMap((name) => placesOfEntry(source, entries, name));
    },
    plan(source, changes) {
      const wanted = changes.flatMap((change) => wantedVariables(pluginSlot(source, change.slot), change));
      return planEntries(source, envOf(source), { wanted, kind });
    },
  };
}

function envOf(source: Source): OverrideList {
  return overrideList(source, 'plugin', 'env');
}

function variable(name: string, value: string): Fresh {
  return {
    kind: 'map',
    entries: [
      ['name', text(name)],
      ['value', text(value)],
    ],
  };
}

function pluginSlot(source: Source, slot: ImageSlot): PluginSlot {
  if (slot.kind !== 'plugin') throw wrongSlot(source.file, slot);
  return slot;
}

function readVariables(source: Source, slot: PluginSlot): Reading {
  const entries = readEntries(source, envOf(source));
  const names = [slot.tag, slot.spec, slot.name].filter((name) => name !== undefined);
  const missing = names.find((name) => entryNamed(source, entries, name) === undefined);
  if (missing !== undefined) {
    return { kind: 'absent', mayCreate: true, detail: `${source.file} has no variable ${missing}` };
  }
  const said = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : entryNamed(source, entries, name)?.value;
  return { kind: 'present', image: imageOf(slot, said) };
}

/** Where the tag and the whole reference are both written and differ, no version is said. */
function imageOf(slot: PluginSlot, said: (name: string | undefined) => string | undefined): PresentImage {
  const reference = splitReference(said(slot.spec));
  const name = said(slot.name) || reference.name;
  if (slot.tag === undefined) return { ...reference, name };
  const version = splitTag(said(slot.tag));
  const agrees =
    slot.spec === undefined || (version.tag === reference.tag && version.digest === reference.digest);
  return agrees ? { name, ...version } : { name, tag: undefined, digest: undefined };
}

function wantedVariables(slot: PluginSlot, change: ImageChange): readonly WantedEntry[] {
  const { image, to } = change;
  const wanted: WantedEntry[] = [];
  if (slot.name !== undefined) {
    wanted.push({ name: slot.name, valueFor: (present) => nameFor(present, image, 'full') });
  }
  if (slot.tag !== undefined) wanted.push({ name: slot.tag, valueFor: (present) => tagFor(present, to) });
  if (slot.spec !== undefined) {
    wanted.push({ name: slot.spec, valueFor: (present) => referenceFor(present, change, 'full') });
  }
  return wanted;
}
