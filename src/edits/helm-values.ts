import { isScalar } from 'yaml';
import type { ImageChange } from '../core/change.ts';
import type { ImageSlot, PresentImage } from '../core/policy.ts';
import { LynceusError } from '../errors.ts';
import { readScalar, wrongSlot, type Editor, type EditOptions, type Reading } from './editor.ts';
import {
  nameFor,
  referenceFor,
  splitReference,
  splitTag,
  splitTemplated,
  tagFor,
  templatedText,
} from './image-text.ts';
import { findKey, type FoundKey } from './key-path.ts';
import { nearestKeys } from './nearest.ts';
import type { Source } from './yaml/source.ts';
import { text, type Wish } from './yaml/wishes.ts';

/** A key of a slot and what is written there. */
interface WantedKey {
  readonly path: string;
  readonly part: 'tag' | 'name' | 'spec';
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
      return readValues({ source, options }, slot);
    },
    versionPlaces(source, slot) {
      return keysOf(source, slot).flatMap((key) => {
        const found = key.part === 'name' ? undefined : locate(source, key);
        return found?.kind === 'found' ? [found.place] : [];
      });
    },
    plan(source, changes) {
      return changes.flatMap((change) =>
        keysOf(source, change.slot).flatMap((key) => planKey({ source, options }, change, key)),
      );
    },
  };
}

interface Work {
  readonly source: Source;
  readonly options: EditOptions;
}

function readValues(work: Work, slot: ImageSlot): Reading {
  const { source } = work;
  const said = new Map<WantedKey['part'], string | undefined>();
  for (const key of keysOf(source, slot)) {
    const found = locate(source, key);
    if (found.kind === 'found') said.set(key.part, readScalar(source, found.place));
    else if (!key.optional) return absent(work, key, found);
  }
  if (slot.kind === 'helm-spec') {
    const where = `${source.file}: ${slot.spec.path}`;
    const spec = said.get('spec');
    const image = slot.template ? splitTemplated(slot.template, spec, where) : splitReference(spec);
    return { kind: 'present', image };
  }
  const name = said.get('name') || undefined;
  return { kind: 'present', image: { ...splitVersion(source, slot, said.get('tag')), name } };
}

function splitVersion(source: Source, slot: ImageSlot, said: string | undefined): Omit<PresentImage, 'name'> {
  if (slot.kind !== 'helm-parts' || slot.template === undefined) return splitTag(said);
  return splitTemplated(slot.template, said, `${source.file}: ${slot.tag.path}`);
}

function planKey({ source, options }: Work, change: ImageChange, key: WantedKey): readonly Wish[] {
  const found = locate(source, key);
  if (found.kind === 'found') {
    const present = readScalar(source, found.place);
    return [{ kind: 'set', place: found.place, leaf: text(valueFor(change, key, present)) }];
  }
  if (key.optional) return [];
  if (options.createMissing && found.room !== undefined) {
    return [{ kind: 'add', ...found.room, value: text(valueFor(change, key, undefined)) }];
  }
  throw new LynceusError('key-missing', missingKey(source, key), { hint: hintFor(options) });
}

function valueFor(change: ImageChange, key: WantedKey, present: string | undefined): string {
  const templated = key.part === 'name' ? undefined : templatedText(change);
  if (templated !== undefined) return templated(present);
  switch (key.part) {
    case 'spec':
      return referenceFor(present, change, 'short');
    case 'tag':
      return tagFor(present, change.to);
    case 'name':
      return nameFor(present, change.image, 'short');
  }
}

/** The keys of a slot, the one with the version first: created keys appear in this order. */
function keysOf(source: Source, slot: ImageSlot): readonly WantedKey[] {
  if (slot.kind === 'helm-spec') return [{ path: slot.spec.path, part: 'spec', optional: false }];
  if (slot.kind !== 'helm-parts') throw wrongSlot(source.file, slot);
  const tag: WantedKey = { path: slot.tag.path, part: 'tag', optional: false };
  if (slot.name.shared) return [tag];
  return [tag, { path: slot.name.path, part: 'name', optional: !slot.name.explicit }];
}

/** An optional key counts only where it is a single value. */
function locate(source: Source, key: WantedKey): FoundKey {
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
  key: WantedKey,
  found: Extract<FoundKey, { kind: 'missing' }>,
): Reading {
  const mayCreate = options.createMissing && found.room !== undefined;
  return { kind: 'absent', mayCreate, detail: missingKey(source, key) };
}

function missingKey(source: Source, key: WantedKey): string {
  const nearest = nearestKeys(source, key.path);
  const suggestion = nearest.length === 0 ? '' : `; nearest: ${nearest.join(', ')}`;
  return `${source.file} has no key ${key.path}${suggestion}`;
}

function hintFor({ createMissing }: EditOptions): string {
  if (createMissing) return 'lists are not created: write the element into the file first';
  return 'correct the annotation, write the key into the file, or allow missing keys to be created';
}
