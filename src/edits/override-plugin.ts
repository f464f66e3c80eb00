import type { ImageSlot, InheritedEntries } from '../core/policy.ts';
import type { Presence } from '../core/presence.ts';
import { imageInVariables, type PluginSlot } from '../core/written-image.ts';
import { presentWith, wrongSlot, type Editor } from './editor.ts';
import { wantedTexts } from './image-text.ts';
import {
  entryNamed,
  newEntry,
  placesOfEntry,
  planEntries,
  readEntries,
  type EntryKind,
} from './override-entries.ts';
import { overrideList, type OverrideList } from './override-list.ts';
import type { Source } from './yaml/source.ts';

/** An override file that sets environment variables of a config management plugin. */
export function pluginOverrideEditor(inherited: InheritedEntries['env']): Editor {
  const kind: EntryKind = {
    create: newEntry,
    adjust: () => [],
    inherited: inherited.map(({ name, value }) => ({ name, value, content: newEntry(name, value) })),
  };
  return {
    read(source, slot) {
      return readVariables(source, pluginSlot(source, slot));
    },
    versionPlaces(source, anySlot) {
      const slot = pluginSlot(source, anySlot);
      const entries = readEntries(source, envOf(source));
      return [slot.tag, slot.spec, slot.name].flatMap((name) => placesOfEntry(source, entries, name));
    },
    plan(source, changes) {
      const wanted = changes.flatMap((change) =>
        wantedTexts(pluginSlot(source, change.slot), change, {
          valueOf: () => undefined,
          file: source.file,
        }),
      );
      return planEntries(source, envOf(source), { wanted, kind });
    },
  };
}

function envOf(source: Source): OverrideList {
  return overrideList(source, 'plugin', 'env');
}

function pluginSlot(source: Source, slot: ImageSlot): PluginSlot {
  if (slot.kind !== 'plugin') throw wrongSlot(source.file, slot);
  return slot;
}

function readVariables(source: Source, slot: PluginSlot): Presence {
  const entries = readEntries(source, envOf(source));
  const names = [slot.tag, slot.spec].filter((name) => name !== undefined);
  if (names.every((name) => entryNamed(source, entries, name) === undefined)) {
    return {
      kind: 'absent',
      mayCreate: true,
      detail: `${source.file} has no variable ${names.join(' or ')}`,
    };
  }
  const image = imageInVariables(slot, (name) => entryNamed(source, entries, name)?.value);
  const isMisread = names.some((name) => entryNamed(source, entries, name)?.isMisread === true);
  return presentWith(image, [isMisread && 'misread']);
}
