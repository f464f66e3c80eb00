import type { ChosenImage, ImageChange } from '../core/change.ts';
import { isDigest, isTag } from '../core/image/grammar.ts';
import { formatName, tryImageReference, type ImageReference } from '../core/image/reference.ts';
import type { PresentImage } from '../core/policy.ts';
import { namesImage, sameName } from '../core/presence.ts';
import { quoted } from '../core/quoted.ts';
import { splitEntry, type KustomizeSlot } from '../core/source-lists.ts';
import { formatValue, readValue } from '../core/value-template.ts';
import {
  splitReference,
  splitTag,
  versionKey,
  type HelmSlot,
  type PluginSlot,
  type ValueOf,
} from '../core/written-image.ts';
import { LynceusError } from '../errors.ts';

/** What is to stand under one key, parameter or variable. */
export interface WantedText {
  readonly name: string;
  /** The text to write where `present` stands now; the same text when the version is the same. */
  readonly textFor: (present: string | undefined) => string;
}

/**
 * How a name of another image is replaced. `short`: where the present name has no registry none is written, because
 * the chart has a key of its own for it (Argo CD Image Updater's rule for values files). `full`: always all of it.
 */
type NameStyle = 'short' | 'full';

/** How texts are written, and where. */
interface Writing {
  readonly style: NameStyle;
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
  { style, file }: Writing,
): readonly WantedText[] {
  const { image, to } = change;
  const part = (present: string | undefined, kind: 'name' | 'tag' | 'spec') =>
    checkPart(present, { kind, image, slot, file });
  const name = (present: string | undefined) => nameFor(part(present, 'name'), image, style);
  const tag = (present: string | undefined) => tagFor(part(present, 'tag'), to);
  const spec = (present: string | undefined) => referenceFor(part(present, 'spec'), change, style);
  if (slot.kind === 'plugin')
    return [...wanted(slot.name, name), ...wanted(slot.tag, tag), ...wanted(slot.spec, spec)];
  const { template } = slot;
  const templated = template && ((present: string | undefined) => formatValue(template, present, change));
  if (slot.kind === 'helm-spec') return wanted(slot.spec.path, templated ?? spec);
  const tagText = wanted(slot.tag.path, templated ?? tag);
  return slot.name.shared ? tagText : [...wanted(slot.name.path, name), ...tagText];
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

/** The name to write where `present` stands now. A name of the same image stays as it is spelled. */
export function nameFor(present: string | undefined, image: ImageReference, style: NameStyle): string {
  if (present === undefined || present === '') return formatName(image);
  if (namesImage(present, image)) return present;
  const isShort =
    style === 'short' && image.registry.includes('.') && tryImageReference(present)?.registry === '';
  return isShort ? image.name : formatName(image);
}

/** The reference to write where `present` stands now, its name as in `nameFor`; the same text for the same version. */
export function referenceFor(
  present: string | undefined,
  { image, to }: Pick<ImageChange, 'image' | 'to'>,
  style: NameStyle,
): string {
  const written = splitReference(present);
  const name = nameFor(written.name, image, style);
  if (present !== undefined && name === written.name && isVersion(written, to)) return present;
  return `${name}:${versionOf(to)}`;
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

interface ImagePart {
  readonly kind: 'name' | 'tag' | 'spec';
  readonly image: ImageReference;
  readonly slot: HelmSlot | PluginSlot;
  readonly file: string;
}

/** The text that is there. Throws `key-unsupported` when it is another part of an image: its reader would not expect ours. */
function checkPart(present: string | undefined, { kind, image, slot, file }: ImagePart): string | undefined {
  const text = present ?? '';
  if (kind === 'tag') rejectReference(text, slot, file);
  if (kind === 'spec' && isTagAlone(text, image))
    throw otherPart(slot, 'spec', { file, found: 'a tag alone' });
  const isNamed = slot.kind === 'plugin' || (slot.kind === 'helm-parts' && slot.name.explicit);
  if (kind === 'name' && isNamed && splitReference(text).tag !== undefined)
    throw otherPart(slot, 'name', { file, found: 'a name with a tag' });
  return present;
}

/** No tag has a `/` or a `:`, beside that of its digest. Text with blanks is no image at all. */
function rejectReference(text: string, slot: HelmSlot | PluginSlot, file: string): void {
  if (/^\S*[/:]\S*$/.test(splitTag(text).tag ?? ''))
    throw otherPart(slot, 'tag', { file, found: 'more than a tag, such as name:tag' });
}

/** A word by itself may be the name of an image, too: only one that ends as ours does is taken for it. */
function isTagAlone(text: string, image: ImageReference): boolean {
  if (text === '') return false;
  if (isDigest(text)) return true;
  const { name = '', tag } = splitReference(text);
  if (name === '') return true;
  const isWord = isTag(name) && tag === undefined;
  return isWord && !namesImage(name, image) && image.name.split('/').at(-1) !== name;
}

const EXPECTED: Readonly<Record<ImagePart['kind'], string>> = {
  name: 'the name of an image',
  tag: 'a tag',
  spec: 'NAME:TAG',
};

function otherPart(
  slot: HelmSlot | PluginSlot,
  kind: ImagePart['kind'],
  { file, found }: { readonly file: string; readonly found: string },
): LynceusError {
  const family = slot.kind === 'plugin' ? 'plugin' : 'helm';
  const right =
    kind === 'spec'
      ? `${family}.image-tag, if it is to hold the tag alone`
      : `${family}.image-spec, if it is to hold NAME:TAG`;
  return new LynceusError(
    'key-unsupported',
    `${file}: ${keyOfPart(slot, kind)}: expected ${EXPECTED[kind]}, found ${found}`,
    { hint: `name the key with ${right}; or correct the value once` },
  );
}

function keyOfPart(slot: HelmSlot | PluginSlot, kind: ImagePart['kind']): string {
  switch (slot.kind) {
    case 'plugin':
      return slot[kind] ?? '';
    case 'helm-spec':
      return slot.spec.path;
    case 'helm-parts':
      return kind === 'name' ? slot.name.path : slot.tag.path;
  }
}

/** `1.4.2` or `1.4.2@sha256:…`. */
function versionOf({ tag, digest }: ChosenImage): string {
  return digest === undefined ? tag : `${tag}@${digest}`;
}

function isVersion(present: Pick<PresentImage, 'tag' | 'digest'>, to: ChosenImage): boolean {
  return present.tag === to.tag && present.digest === to.digest;
}
