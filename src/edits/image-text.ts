import type { ChosenImage, ImageChange } from '../core/change.ts';
import { isDigest } from '../core/image/grammar.ts';
import {
  formatName,
  parseImageReference,
  sameRepository,
  type ImageReference,
} from '../core/image/reference.ts';
import type { PresentImage, ValueTemplate } from '../core/policy.ts';
import { namesImage } from '../core/presence.ts';
import { quoted } from '../core/quoted.ts';
import { formatValue, readValue } from '../core/value-template.ts';
import { LynceusError } from '../errors.ts';

/** The value of a tag key: `1.4.2` or `1.4.2@sha256:…`. */
export function tagText({ tag, digest }: ChosenImage): string {
  return digest === undefined ? tag : `${tag}@${digest}`;
}

/** Reads a tag key; a bare digest is no tag. Counter-example: an empty value has neither. */
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
  if (text === undefined || text === '') return { name: undefined, tag: undefined, digest: undefined };
  const mark = text.indexOf('@');
  const [front, digest] = mark < 0 ? [text, undefined] : [text.slice(0, mark), text.slice(mark + 1)];
  const colon = front.indexOf(':', front.lastIndexOf('/') + 1);
  if (colon < 0) return { name: front, tag: undefined, digest };
  return { name: front.slice(0, colon), tag: front.slice(colon + 1) || undefined, digest };
}

/** Whether a reading is exactly this version. */
export function isVersion(present: Pick<PresentImage, 'tag' | 'digest'>, to: ChosenImage): boolean {
  return present.tag === to.tag && present.digest === to.digest;
}

/**
 * How a name of another image is replaced. `short`: where the present name has no registry none is written, because
 * the chart has a key of its own for it (Argo CD Image Updater's rule for values files). `full`: always all of it.
 */
type NameStyle = 'short' | 'full';

/** The name to write where `present` is said now. A name of the same image stays as it is spelled. */
export function nameFor(present: string | undefined, image: ImageReference, style: NameStyle): string {
  if (present === undefined || present === '') return formatName(image);
  if (namesImage(present, image)) return present;
  const isShort = style === 'short' && image.registry.includes('.') && readName(present)?.registry === '';
  return isShort ? image.name : formatName(image);
}

/** The reference to write where `present` is said now, its name as in `nameFor`; the same text for the same version. */
export function referenceFor(
  present: string | undefined,
  { image, to }: Pick<ImageChange, 'image' | 'to'>,
  style: NameStyle,
): string {
  const said = splitReference(present);
  const name = nameFor(said.name, image, style);
  if (present !== undefined && name === said.name && isVersion(said, to)) return present;
  return `${name}:${tagText(to)}`;
}

/** The text of a tag key for a version; the same text when it says that version already. */
export function tagFor(present: string | undefined, to: ChosenImage): string {
  return present !== undefined && isVersion(splitTag(present), to) ? present : tagText(to);
}

/** What a composed value says; nothing when it is empty. Throws `key-unsupported` when it is not of the template's form. */
export function splitTemplated(
  template: ValueTemplate,
  text: string | undefined,
  where: string,
): PresentImage {
  if (text === undefined || text === '') return { name: undefined, tag: undefined, digest: undefined };
  const said = readValue(template, text);
  if (said !== undefined) return said;
  throw new LynceusError(
    'key-unsupported',
    `${where}: expected a value of the form ${quoted(template.text)}, found something else`,
    { hint: 'write it in this form once, or leave it empty' },
  );
}

/** How a change is written by its template; `undefined` when it has none. */
export function templatedText(
  change: Pick<ImageChange, 'slot' | 'image' | 'to'>,
): ((present: string | undefined) => string) | undefined {
  const { slot } = change;
  const template = 'template' in slot ? slot.template : undefined;
  return template && ((present) => formatValue(template, present, change));
}

/** Whether two written names are one image repository. A name that is no reference equals only itself. */
export function sameName(a: string, b: string): boolean {
  if (a === b) return true;
  const [first, second] = [readName(a), readName(b)];
  return first !== undefined && second !== undefined && sameRepository(first, second);
}

function readName(text: string): ImageReference | undefined {
  try {
    return parseImageReference(text);
  } catch {
    return undefined;
  }
}
