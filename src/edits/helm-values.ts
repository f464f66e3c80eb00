import { isScalar } from 'yaml';
import type { ImageChange } from '../core/change.ts';
import type { Presence } from '../core/presence.ts';
import { keyPathKey } from '../core/identity/slot.ts';
import { keyPathText } from '../core/key-path.ts';
import type { KeyPart } from '../core/permissions/key-meaning.ts';
import type { WrittenKey } from '../core/permissions/written-key.ts';
import type { SlotKey } from '../core/policy.ts';
import { placesOf, readTogether } from '../core/several-keys.ts';
import {
  holdsDigestAlone,
  imageInParameters,
  requiredKeys,
  versionKey,
  type HelmSlot,
} from '../core/written-image.ts';
import { LynceusError } from '../errors.ts';
import { helmSlot, peekScalar, presentWith, readScalar, type Editor, type EditOptions } from './editor.ts';
import { checkVersion, wantedTexts, type WantedText } from './image-text.ts';
import { findKey, type FoundKey } from './key-path.ts';
import { nearestKeys } from './nearest-keys.ts';
import { isReadOtherwise } from './yaml/go-reading.ts';
import { childOf, type YamlPlace } from './yaml/places.ts';
import { sharedPaths } from './yaml/shared-values.ts';
import type { Source } from './yaml/source.ts';
import { text, type Edit } from './yaml/edit.ts';

/** A key of a slot and what is written there. */
interface SlotPath {
  readonly path: string;
  readonly part: KeyPart;
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
      const places = placesOf(helmSlot(source.file, slot));
      return readTogether(places.map((place) => readValues({ source, options }, place)));
    },
    versionPlaces(source, slot) {
      return keysForHolds(helmSlot(source.file, slot)).flatMap((key) => {
        const found = locate(source, key);
        return found.kind === 'found' ? [found.place] : [];
      });
    },
    plan(source, changes) {
      return changes.flatMap((change) =>
        placesOf(change.slot).flatMap((slot) => planChange({ source, options }, { ...change, slot })),
      );
    },
  };
}

function versionPlace(source: Source, slot: HelmSlot): YamlPlace | undefined {
  const found = findKey(source, versionKey(slot));
  return found.kind === 'found' ? found.place : undefined;
}

interface Work {
  readonly source: Source;
  readonly options: EditOptions;
}

function readValues(work: Work, slot: HelmSlot): Presence {
  const { source, options } = work;
  const values = new Map<string, string | undefined>();
  const foundAt = new Map<string, string>();
  for (const key of keysOf(slot)) {
    const found = locate(source, key);
    if (found.kind === 'found') {
      values.set(key.path, readScalar(source, found.place));
      const foundKey = keyPathText(found.place.path);
      if (keyPathKey(foundKey) !== keyPathKey(key.path)) foundAt.set(key.path, foundKey);
    } else if (!key.optional && (key.path === versionKey(slot) || !mayCreate(options, found)))
      return absent(work, { slot, key, found });
  }
  const valueOf = (path: string) => (values.has(path) ? values.get(path) : peekKey(source, path));
  checkVersion(slot, valueOf, source.file);
  const isLacking = requiredKeys(slot).some((path) => !values.get(path));
  const isMisread = isReadOtherwise(versionPlace(source, slot)?.node, 'value');
  const image = imageInParameters(slot, valueOf);
  const reading = {
    ...presentWith(image, [isLacking && 'incomplete', isMisread && 'misread']),
    keys: [keysNow(work, slot)],
  };
  return foundAt.size === 0 ? reading : { ...reading, foundAt };
}

function planChange(work: Work, change: ImageChange): readonly Edit[] {
  const slot = helmSlot(work.source.file, change.slot);
  const valueOf = (path: string) => peekKey(work.source, path);
  const wanted = wantedTexts(slot, change, { valueOf, file: work.source.file });
  const keys = keysOf(slot);
  const beside = wanted.filter(({ name }) => !keys.some(({ path }) => path === name));
  const others = beside.map(({ name }): SlotPath => ({ path: name, part: 'digest', optional: true }));
  return [...keys, ...others].flatMap((key) =>
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
  const path = versionKey(slot);
  if (slot.kind === 'helm-spec') return [{ path, part: 'image', optional: false }];
  const key = (part: KeyPart, { path, explicit }: SlotKey): SlotPath => ({ path, part, optional: !explicit });
  return [
    { path, part: holdsDigestAlone(slot) ? 'digest' : 'tag', optional: false },
    ...(slot.digest === undefined ? [] : [key('digest', slot.digest)]),
    ...(slot.name.shared ? [] : [key('name', slot.name)]),
    ...(slot.registry === undefined ? [] : [key('registry', slot.registry)]),
  ];
}

/** The keys of a slot that a change would write, found or to be made, with what they have. */
function keysNow(work: Work, slot: HelmSlot): readonly WrittenKey[] {
  const { source } = work;
  const nameOf = ({ path, parent }: YamlPlace): Pick<WrittenKey, 'element'> => {
    const place = path.at(-1) === 'value' && parent ? childOf(source, parent, 'name') : undefined;
    const element = place && peekScalar(place);
    return element === undefined || element === '' ? {} : { element };
  };
  return keysOf(slot).flatMap((key): readonly WrittenKey[] => {
    const found = locate(source, key);
    const { path: slotPath, part } = key;
    if (found.kind === 'missing')
      return key.optional ? [] : [{ slotPath, path: keyPathKey(slotPath), part, text: '' }];
    const text = peekScalar(found.place) ?? '';
    const shared = sharedPaths(source, found.place).map((path): WrittenKey => ({
      slotPath,
      path: keyPathText(path),
      part,
      text,
      isShared: true,
    }));
    const named = nameOf(found.place);
    return [{ slotPath, path: keyPathText(found.place.path), part, text, ...named }, ...shared];
  });
}

/** The keys beside which a hold counts: those with a version first, for beside the first one it is written. */
export function keysForHolds(slot: HelmSlot): readonly SlotPath[] {
  const keys = placesOf(slot).map(keysOf);
  const versions = keys.flatMap(([version]) => version ?? []);
  const others = keys.flatMap(([, ...rest]) => rest);
  return [...new Map([...versions, ...others].map((key) => [key.path, key])).values()];
}

/** The single value of a key that may not be ours; whatever is unusual there is no value. */
function peekKey(source: Source, path: string): string | undefined {
  try {
    const found = findKey(source, path);
    return found.kind === 'found' ? peekScalar(found.place) : undefined;
  } catch (error) {
    if (error instanceof LynceusError) return undefined;
    throw error;
  }
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

/** A key that is not there, and which of them would be made. */
function absent(
  work: Work,
  {
    slot,
    key,
    found,
  }: {
    readonly slot: HelmSlot;
    readonly key: SlotPath;
    readonly found: Extract<FoundKey, { kind: 'missing' }>;
  },
): Presence {
  const detail = missingKey(work.source, key);
  if (!mayCreate(work.options, found)) return { kind: 'absent', mayCreate: false, detail };
  return { kind: 'absent', mayCreate: true, detail, keys: [keysNow(work, slot)] };
}

function mayCreate({ createMissing }: EditOptions, found: Extract<FoundKey, { kind: 'missing' }>): boolean {
  return createMissing && found.room !== undefined;
}

function missingKey(source: Source, key: SlotPath): string {
  const nearest = nearestKeys(source, key.path);
  const suggestion = nearest.length === 0 ? '' : `; nearest: ${nearest.join(', ')}`;
  return `${source.file} has no key ${key.path}${suggestion}`;
}

function hintFor({ createMissing }: EditOptions): string {
  if (createMissing) return 'lists are not created: write the element into the file first';
  return 'correct the annotation, write the key into the file, or set writeBack.createMissing: true';
}
