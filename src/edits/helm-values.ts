import { isScalar } from 'yaml';
import type { ImageChange } from '../core/change.ts';
import type { Presence } from '../core/presence.ts';
import { imageInParameters, versionKey, type HelmSlot } from '../core/written-image.ts';
import { LynceusError } from '../errors.ts';
import { helmSlot, readScalar, type Editor, type EditOptions } from './editor.ts';
import { checkVersion, wantedTexts, type WantedText } from './image-text.ts';
import { findKey, type FoundKey } from './key-path.ts';
import { nearestKeys } from './nearest-keys.ts';
import type { Source } from './yaml/source.ts';
import { text, type Edit } from './yaml/edit.ts';

/** A key of a slot and what is written there. */
interface SlotPath {
  readonly path: string;
  /** Left out when the file lacks it: a name key that nobody asked for. */
  readonly optional: boolean;
}

/**
 * A values file of a Helm chart. A key of its own for the tag and mostly one for the name, or one key for both. A
 * name key that is only the default and not in the file is left out.
 */
export function helmValuesEditor(options: EditOptions): Editor {
  return {
    read(source, slot) {
      return readValues({ source, options }, helmSlot(source.file, slot));
    },
    versionPlaces(source, slot) {
      return keysOf(helmSlot(source.file, slot)).flatMap((key) => {
        const found = locate(source, key);
        return found.kind === 'found' ? [found.place] : [];
      });
    },
    plan(source, changes) {
      return changes.flatMap((change) => planChange({ source, options }, change));
    },
  };
}

interface Work {
  readonly source: Source;
  readonly options: EditOptions;
}

function readValues(work: Work, slot: HelmSlot): Presence {
  const { source } = work;
  const values = new Map<string, string | undefined>();
  for (const key of keysOf(slot)) {
    const found = locate(source, key);
    if (found.kind === 'found') values.set(key.path, readScalar(source, found.place));
    else if (!key.optional) return absent(work, key, found);
  }
  const valueOf = (path: string) => values.get(path);
  checkVersion(slot, valueOf, source.file);
  return { kind: 'present', image: imageInParameters(slot, valueOf) };
}

function planChange(work: Work, change: ImageChange): readonly Edit[] {
  const slot = helmSlot(work.source.file, change.slot);
  const wanted = wantedTexts(slot, change, { style: 'short', file: work.source.file });
  return keysOf(slot).flatMap((key) =>
    wanted.filter(({ name }) => name === key.path).flatMap((one) => planKey(work, key, one)),
  );
}

function planKey({ source, options }: Work, key: SlotPath, { textFor }: WantedText): readonly Edit[] {
  const found = locate(source, key);
  if (found.kind === 'found') {
    const present = readScalar(source, found.place);
    return [{ kind: 'set', place: found.place, leaf: text(textFor(present)) }];
  }
  if (key.optional) return [];
  if (options.createMissing && found.room !== undefined) {
    return [{ kind: 'add', ...found.room, value: text(textFor(undefined)) }];
  }
  throw new LynceusError('key-missing', missingKey(source, key), { hint: hintFor(options) });
}

/** The keys of a slot, the one with the version first: created keys appear in this order. */
function keysOf(slot: HelmSlot): readonly SlotPath[] {
  const version: SlotPath = { path: versionKey(slot), optional: false };
  if (slot.kind === 'helm-spec' || slot.name.shared) return [version];
  return [version, { path: slot.name.path, optional: !slot.name.explicit }];
}

/** An optional key counts only where it is a single value. */
function locate(source: Source, key: SlotPath): FoundKey {
  if (!key.optional) return findKey(source, key.path);
  try {
    const found = findKey(source, key.path);
    const isUsable = found.kind === 'missing' || found.place.node === undefined || isScalar(found.place.node);
    return isUsable ? found : { kind: 'missing', room: undefined };
  } catch (error) {
    if (!(error instanceof LynceusError) || error.code === 'target-ambiguous') throw error;
    return { kind: 'missing', room: undefined };
  }
}

function absent(
  { source, options }: Work,
  key: SlotPath,
  found: Extract<FoundKey, { kind: 'missing' }>,
): Presence {
  const mayCreate = options.createMissing && found.room !== undefined;
  return { kind: 'absent', mayCreate, detail: missingKey(source, key) };
}

function missingKey(source: Source, key: SlotPath): string {
  const nearest = nearestKeys(source, key.path);
  const suggestion = nearest.length === 0 ? '' : `; nearest: ${nearest.join(', ')}`;
  return `${source.file} has no key ${key.path}${suggestion}`;
}

function hintFor({ createMissing }: EditOptions): string {
  if (createMissing) return 'lists are not created: write the element into the file first';
  return 'correct the annotation, write the key into the file, or allow missing keys to be created';
}
