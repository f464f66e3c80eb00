import {
  digestKeyBeside,
  isDigestKey,
  nameKeysBeside,
  registryKeysBeside,
  registryKeysOf,
} from './chart-keys.ts';
import { isDigest } from './image/grammar.ts';
import type { ImageSlot, PresentImage } from './policy.ts';
import { holds, readValue } from './value-template.ts';

export type HelmSlot = Extract<ImageSlot, { kind: 'helm-parts' | 'helm-spec' }>;
export type PluginSlot = Extract<ImageSlot, { kind: 'plugin' }>;

/** The value of a key, parameter or variable; `undefined` when there is none. It is also asked for keys of others. */
export type ValueOf = (name: string) => string | undefined;

const NOTHING_WRITTEN: PresentImage = { name: undefined, tag: undefined, digest: undefined };

/** Reads `TAG[@DIGEST]` without judging it; a digest alone is no tag. */
export function splitTag(text: string | undefined): Pick<PresentImage, 'tag' | 'digest'> {
  if (text === undefined || text === '') return { tag: undefined, digest: undefined };
  if (isDigest(text)) return { tag: undefined, digest: text };
  const mark = text.indexOf('@');
  if (mark < 0) return { tag: text, digest: undefined };
  return { tag: text.slice(0, mark) || undefined, digest: text.slice(mark + 1) };
}

/**
 * Reads `[HOST/]NAME[:TAG][@DIGEST]` without judging it: what a person wrote is shown as it is. A colon before the
 * last `/` belongs to a port.
 */
export function splitReference(text: string | undefined): PresentImage {
  if (text === undefined || text === '') return NOTHING_WRITTEN;
  const mark = text.indexOf('@');
  const [front, digest] = mark < 0 ? [text, undefined] : [text.slice(0, mark), text.slice(mark + 1)];
  const colon = front.indexOf(':', front.lastIndexOf('/') + 1);
  if (colon < 0) return { name: front, tag: undefined, digest };
  return { name: front.slice(0, colon), tag: front.slice(colon + 1) || undefined, digest };
}

/** Reads an image from values or parameters of Helm. A value that is not of its template's form counts as absent. */
export function imageInParameters(slot: HelmSlot, valueOf: ValueOf): PresentImage {
  const templated = slot.template && (readValue(slot.template, textIn(slot, valueOf)) ?? NOTHING_WRITTEN);
  if (slot.kind === 'helm-spec') {
    const written = templated ?? splitReference(textIn(slot, valueOf));
    const digest = holdsDigestAlone(slot) ? ({ digestKey: 'alone' } as const) : {};
    return withRegistry({ ...written, ...digest }, registryBeside(slot, valueOf));
  }
  const version = versionIn(slot, valueOf, templated ?? splitTag(textIn(slot, valueOf)));
  const name = (slot.name.shared ? undefined : valueOf(slot.name.path)) || undefined;
  if (name !== undefined) return withRegistry({ ...version, name }, registryBeside(slot, valueOf));
  const beside = firstSet(nameKeysBeside(slot.tag.path), valueOf);
  return { ...version, name, ...(beside === undefined ? {} : { beside }) };
}

type Version = Pick<PresentImage, 'tag' | 'digest' | 'digestKey' | 'fault'>;

/** The tag, and the digest of a key of its own, which charts let win. */
function versionIn(
  slot: Extract<HelmSlot, { kind: 'helm-parts' }>,
  valueOf: ValueOf,
  { tag, digest }: Pick<PresentImage, 'tag' | 'digest'>,
): Version {
  if (holdsDigestAlone(slot)) return { tag: undefined, digest, digestKey: 'alone' };
  if (tag === undefined && digest !== undefined) return { tag, digest };
  const key = digestKeyOf(slot, valueOf);
  if (key === undefined) return { tag, digest };
  const own = valueOf(key) || undefined;
  const isEqual = digest === undefined || digest === own;
  return { tag, digest: own, digestKey: 'beside', ...(isEqual ? {} : { fault: 'unequal' }) };
}

/** The key of the digest beside that of the tag: one that an annotation names, or the chart's own where it is set. */
export function digestKeyOf(
  slot: Extract<HelmSlot, { kind: 'helm-parts' }>,
  valueOf: ValueOf,
): string | undefined {
  if (slot.digest !== undefined) return slot.digest.path;
  const beside = digestKeyBeside(slot.tag.path);
  return beside !== undefined && isDigest(valueOf(beside) ?? '') ? beside : undefined;
}

/** Whether the key of the version is for a digest and no tag, whatever it has now. */
export function holdsDigestAlone(slot: HelmSlot): boolean {
  if (slot.template !== undefined) return !holds(slot.template, 'tag');
  return slot.kind === 'helm-parts' && isDigestKey(slot.tag.path);
}

/** Whether the digest of the chosen tag is written into this slot, whatever the strategy and whatever is there. */
export function needsDigest(slot: ImageSlot): boolean {
  if (slot.kind !== 'helm-parts' && slot.kind !== 'helm-spec') return false;
  if (slot.kind === 'helm-parts' && slot.digest !== undefined) return true;
  return (slot.template !== undefined && holds(slot.template, 'digest')) || holdsDigestAlone(slot);
}

/** Whether the digest of a tag can be written into this slot beside the tag, where `present` stands now. */
export function takesDigest(slot: ImageSlot, present: PresentImage | undefined): boolean {
  switch (slot.kind) {
    case 'helm-parts':
    case 'helm-spec':
      return [slot, ...(slot.others ?? [])].every((one) => one.template === undefined || needsDigest(one));
    case 'kustomize':
    case 'plugin':
      return true;
    case 'markers':
      return present?.noDigest !== true;
  }
}

function withRegistry(image: PresentImage, registry: string | undefined): PresentImage {
  return image.name === undefined || registry === undefined ? image : { ...image, registry };
}

/** What a key has of the registry that the chart puts in front of the name; `undefined` when there is none. */
export function registryBeside(slot: HelmSlot, valueOf: ValueOf): string | undefined {
  return firstSet(registryKeys(slot), valueOf);
}

function registryKeys(slot: HelmSlot): readonly string[] {
  if (slot.kind === 'helm-spec') return registryKeysBeside(slot.spec.path);
  if (slot.name.shared) return [];
  return slot.registry === undefined ? registryKeysOf(slot.name.path) : [slot.registry.path];
}

function firstSet(keys: readonly string[], valueOf: ValueOf): string | undefined {
  return keys.map(valueOf).find((value) => value !== undefined && value !== '');
}

/** The key that holds the version, which is the one that a template is for. */
export function versionKey(slot: HelmSlot): string {
  return slot.kind === 'helm-spec' ? slot.spec.path : slot.tag.path;
}

/** What messages call the place of the version in a target: a key, an entry, a variable or a marker; `''` for none. */
export function shownPlace(slot: ImageSlot): string {
  switch (slot.kind) {
    case 'helm-parts':
    case 'helm-spec':
      return versionKey(slot);
    case 'kustomize':
      return slot.name;
    case 'plugin':
      return slot.tag ?? slot.spec ?? '';
    case 'markers':
      return slot.names[0] ?? '';
  }
}

/** The keys beside that of the version that annotations name, and which a target must have. */
export function requiredKeys(slot: HelmSlot): readonly string[] {
  if (slot.kind === 'helm-spec') return [];
  const name = slot.name.explicit && !slot.name.shared ? [slot.name] : [];
  return [...name, ...[slot.registry, slot.digest].flatMap((key) => key ?? [])].map(({ path }) => path);
}

/**
 * Reads an image from variables of a plugin: without a version where the tag's and the reference's disagree. One that is missing
 * or empty agrees with everything, and is a fault.
 */
export function imageInVariables(slot: PluginSlot, valueOf: ValueOf): PresentImage {
  const value = (name: string | undefined) => (name === undefined ? undefined : valueOf(name) || undefined);
  const [tagText, specText] = [value(slot.tag), value(slot.spec)];
  const [version, reference] = [splitTag(tagText), splitReference(specText)];
  const name = value(slot.name) ?? reference.name;
  const isLacking = [slot.name, slot.tag, slot.spec].some((one) => one !== undefined && !value(one));
  const fault = isLacking ? ({ fault: 'incomplete' } as const) : {};
  if (tagText === undefined) return { ...reference, name, ...fault };
  const agrees =
    specText === undefined || (version.tag === reference.tag && version.digest === reference.digest);
  return { ...(agrees ? version : NOTHING_WRITTEN), name, ...fault };
}

function textIn(slot: HelmSlot, valueOf: ValueOf): string {
  return valueOf(versionKey(slot)) ?? '';
}
