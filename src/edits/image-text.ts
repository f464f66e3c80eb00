import type { ChosenImage, ImageChange } from '../core/change.ts';
import { composesImage, nameBehind, namePartsOf } from '../core/chart-keys.ts';
import { isDigest } from '../core/image/grammar.ts';
import { formatName, tryImageReference, type ImageReference } from '../core/image/reference.ts';
import type { PresentImage } from '../core/policy.ts';
import { namesImage, sameName } from '../core/presence.ts';
import { quoted } from '../core/quoted.ts';
import { splitEntry, type KustomizeSlot } from '../core/source-lists.ts';
import { formatValue, readValue } from '../core/value-template.ts';
import {
  digestKeyOf,
  holdsDigestAlone,
  registryBeside,
  requiredKeys,
  splitReference,
  splitTag,
  versionKey,
  type HelmSlot,
  type PluginSlot,
  type ValueOf,
} from '../core/written-image.ts';
import { LynceusError } from '../errors.ts';
import { checkPart, rejectReference, type ImagePart } from './image-part.ts';

/** What is to stand under one key, parameter or variable. */
export interface WantedText {
  readonly name: string;
  /** The text to write where `present` stands now; the same text when the version is the same. */
  readonly textFor: (present: string | undefined) => string;
}

/** What stands in a file or a list now. */
interface TextsNow {
  /** Also of keys of others beside those of the image. */
  readonly valueOf: ValueOf;
  /** What messages call the file or the list. */
  readonly file: string;
}

/**
 * What a change writes where its image is described for Helm or for a plugin: the name comes before the version. A
 * `textFor` throws `key-unsupported` where another part of the image stands than is to be written.
 */
export function wantedTexts(
  slot: HelmSlot | PluginSlot,
  change: Pick<ImageChange, 'image' | 'to'>,
  { valueOf, file }: TextsNow,
): readonly WantedText[] {
  const { image, to } = change;
  const registry = slot.kind === 'plugin' ? undefined : registryBeside(slot, valueOf);
  const part = (present: string | undefined, kind: ImagePart['kind']) =>
    checkPart(present, { kind, image, slot, file });
  const name = (present: string | undefined) => nameFor(part(present, 'name'), image, registry);
  const spec = (present: string | undefined) => referenceFor(part(present, 'spec'), change, registry);
  if (slot.kind === 'plugin')
    return [
      ...wanted(slot.name, name),
      ...wanted(slot.tag, (present) => tagFor(part(present, 'tag'), to)),
      ...wanted(slot.spec, spec),
    ];
  const { template } = slot;
  const templated = template && ((present: string | undefined) => formatValue(template, present, change));
  if (slot.kind === 'helm-spec') return wanted(slot.spec.path, templated ?? spec);
  const digestKey = holdsDigestAlone(slot) ? undefined : digestKeyOf(slot, valueOf);
  const version = (present: string | undefined) =>
    holdsDigestAlone(slot) || isDigest(present ?? '')
      ? digestFor(to, slot.tag.path)
      : tagFor(part(present, 'tag'), digestKey === undefined ? to : { tag: to.tag, digest: undefined });
  const tagText = [
    ...wanted(slot.tag.path, templated ?? version),
    ...wanted(digestKey, () => digestFor(to, digestKey ?? '')),
  ];
  if (slot.name.shared) return tagText;
  const names = slot.registry === undefined ? wanted(slot.name.path, name) : partTexts(slot, image, valueOf);
  return [...names, ...tagText];
}

/** A registry and a name that have a key each: both stay where they are the image together. */
function partTexts(
  { registry, name }: Extract<HelmSlot, { kind: 'helm-parts' }>,
  image: ImageReference,
  valueOf: ValueOf,
): readonly WantedText[] {
  const [host = '', rest = ''] = [registry === undefined ? '' : valueOf(registry.path), valueOf(name.path)];
  const parts = composesImage(host, rest, image) ? { registry: host, name: rest } : namePartsOf(image);
  return [...wanted(name.path, () => parts.name), ...wanted(registry?.path, () => parts.registry)];
}

function wanted(name: string | undefined, textFor: WantedText['textFor']): readonly WantedText[] {
  return name === undefined ? [] : [{ name, textFor }];
}

/** A Kustomize entry for a change, where `present` stands now; the same text when the version is the same. */
export function entryFor(
  present: string | undefined,
  slot: KustomizeSlot,
  { image, to }: Pick<ImageChange, 'image' | 'to'>,
): string {
  const wantedName = formatName(image);
  if (present === undefined)
    return `${slot.renamed ? `${slot.name}=${wantedName}` : slot.name}:${versionOf(to)}`;
  const { old, image: written } = splitEntry(present);
  const hasName = tryImageReference(written.name ?? '') !== undefined;
  // What is no image keeps only what stands in front of its `=`.
  const presentName = (hasName ? written.name : undefined) ?? slot.name;
  const isNamed = !slot.renamed || sameName(presentName, wantedName);
  if (isNamed && hasName && isVersion(written, to)) return present;
  const front = old ?? (isNamed ? undefined : presentName);
  return `${front === undefined ? '' : `${front}=`}${isNamed ? presentName : wantedName}:${versionOf(to)}`;
}

/**
 * The name to write where `present` stands now. A name of the same image stays as it is spelled. `registry` is what the
 * chart puts in front of it, and only behind such a one is a name without its own. Throws `key-unsupported` when that
 * is another one than the image's: no name behind it would be the image.
 */
export function nameFor(present: string | undefined, image: ImageReference, registry?: string): string {
  const isSet = present !== undefined && present !== '';
  if (isSet && (namesImage(present, image) || composesImage(registry ?? '', present, image))) return present;
  const isWhole = isSet && (tryImageReference(present)?.registry ?? '') !== '';
  if (registry === undefined || registry === '' || isWhole) return formatName(image);
  const rest = nameBehind(registry, image);
  if (rest !== undefined) return rest;
  throw new LynceusError(
    'key-unsupported',
    `expected a registry in front of which ${formatName(image)} can be written, found ${quoted(registry)} in the key beside its name`,
    { hint: 'name that key with helm.image-registry, so that it is written too, or correct it' },
  );
}

/** The reference to write where `present` stands now, its name as in `nameFor`; the same text for the same version. */
export function referenceFor(
  present: string | undefined,
  { image, to }: Pick<ImageChange, 'image' | 'to'>,
  registry?: string,
): string {
  const written = splitReference(present);
  const name = nameFor(written.name, image, registry);
  if (present !== undefined && name === written.name && isVersion(written, to)) return present;
  return `${name}:${versionOf(to)}`;
}

/** The digest of a version, for a key of its own. Throws `key-unsupported` without one: a digest that stays would win. */
function digestFor({ tag, digest }: ChosenImage, path: string): string {
  if (digest !== undefined) return digest;
  throw new LynceusError('key-unsupported', `there is no digest of ${tag} for the key ${path}`, {
    hint: 'give the version as TAG@DIGEST, or empty that key',
  });
}

/** The text of a tag key for a version; the same text for the same version. */
export function tagFor(present: string | undefined, to: ChosenImage): string {
  return present !== undefined && isVersion(splitTag(present), to) ? present : versionOf(to);
}

/**
 * Refuses a version that is not of its template's form, or not a tag where a tag is read. An empty one is. Throws
 * `key-unsupported`.
 */
export function checkVersion(slot: HelmSlot, valueOf: ValueOf, file: string): void {
  const text = valueOf(versionKey(slot)) ?? '';
  if (slot.template === undefined && slot.kind === 'helm-parts') rejectReference(text, slot, file);
  if (slot.template === undefined || text === '' || readValue(slot.template, text) !== undefined) return;
  throw new LynceusError(
    'key-unsupported',
    `${file}: ${versionKey(slot)}: expected a value of the form ${quoted(slot.template.text)}, found something else`,
    { hint: 'write it in this form once, or leave it empty' },
  );
}

/** Refuses a parameter that names an element of a list by its name, which `helm --set` does not know. Throws `key-unsupported`. */
export function rejectElementNames(slot: HelmSlot, where: string): void {
  const path = [versionKey(slot), ...requiredKeys(slot)].find((one) => /\[[^\]]*=/.test(one));
  if (path === undefined) return;
  throw new LynceusError('key-unsupported', `${where}: ${path} is no name of a Helm parameter`, {
    hint: 'count the elements, as in containers[0].image, or let write-back-target name a values file',
  });
}

/** `1.4.2` or `1.4.2@sha256:…`. */
function versionOf({ tag, digest }: ChosenImage): string {
  return digest === undefined ? tag : `${tag}@${digest}`;
}

function isVersion(present: Pick<PresentImage, 'tag' | 'digest'>, to: ChosenImage): boolean {
  return present.tag === to.tag && present.digest === to.digest;
}
