import { isDigest } from './image/grammar.ts';
import { formatName, formatRepository, parseImageReference, repositoryOf } from './image/reference.ts';
import type { ImageReference } from './image/reference.ts';
import type { ImageSlot, InheritedEntries, PresentImage } from './policy.ts';
import { readValue } from './value-template.ts';

type KustomizeSlot = Extract<ImageSlot, { kind: 'kustomize' }>;
const NOTHING: PresentImage = { name: undefined, tag: undefined, digest: undefined };

type PluginSlot = Extract<ImageSlot, { kind: 'plugin' }>;

/**
 * What the lists of a source say of the image in this slot; `undefined` when nothing. Whoever decides and whoever
 * writes read the lists by this one function, so that "it still says what it said" means the same to both.
 * Counter-example: a parameter `image.tag` that is empty says nothing.
 */
export function imageInLists(slot: ImageSlot, lists: InheritedEntries): PresentImage | undefined {
  const parameter = (name: string) => valueOf(lists.parameters, name);
  switch (slot.kind) {
    case 'helm-parts': {
      const name = slot.name.shared ? undefined : parameter(slot.name.path);
      const version = parameter(slot.tag.path);
      if (slot.template === undefined) return fromParts(name, version);
      return unlessEmpty({ ...NOTHING, ...readValue(slot.template, version ?? ''), name: name || undefined });
    }
    case 'helm-spec': {
      const spec = parameter(slot.spec.path);
      return slot.template === undefined ? fromSpec(spec) : readValue(slot.template, spec ?? '');
    }
    case 'kustomize':
      return fromEntries(lists.images, slot);
    case 'plugin':
      return fromVariables(slot, (name) => (name === undefined ? undefined : valueOf(lists.env, name)));
    case 'markers':
      return undefined;
  }
}

/** Index of the entry of this name that counts: as Helm does with `--set`, the last of several; -1 without one. */
export function lastNamed(entries: readonly { readonly name: string }[], name: string): number {
  return entries.findLastIndex((one) => one.name === name);
}

/**
 * Indexes of the Kustomize images, `[name in the base=]image[:tag][@digest]`, that are this image of the base. Without
 * a name of the base, entries that put our image in the place of another are ours as well, if there is no entry for
 * our image itself. Names are compared canonically; an entry that is no image counts by the name it begins with.
 */
export function entriesFor(images: readonly string[], slot: KustomizeSlot): readonly number[] {
  const wanted = canonicalName(slot.name);
  const indexesOf = (nameOf: (entry: string) => string) =>
    images.flatMap((entry, index) => (canonicalName(nameOf(entry)) === wanted ? [index] : []));
  const own = indexesOf(subjectOf);
  return own.length > 0 || slot.renamed ? own : indexesOf((entry) => cutVersion(imageText(entry)));
}

function valueOf(
  entries: readonly { readonly name: string; readonly value: string }[],
  name: string,
): string | undefined {
  return entries[lastNamed(entries, name)]?.value;
}

function fromParts(name: string | undefined, version: string | undefined): PresentImage | undefined {
  const [tag, digest] = isDigest(version ?? '') ? [undefined, version] : (version ?? '').split('@', 2);
  return unlessEmpty({ name: name || undefined, tag: tag || undefined, digest: digest || undefined });
}

function fromSpec(text: string | undefined): PresentImage | undefined {
  const image = text === undefined ? undefined : tryReference(text);
  return image && { name: formatName(image), tag: image.tag, digest: image.digest };
}

/** Where a variable for the tag and one for the whole reference disagree, no version is said. */
function fromVariables(
  slot: PluginSlot,
  valueFor: (name: string | undefined) => string | undefined,
): PresentImage | undefined {
  const reference = fromSpec(valueFor(slot.spec));
  const name = valueFor(slot.name) || reference?.name;
  const version = fromParts(undefined, valueFor(slot.tag));
  const { tag, digest } = (slot.tag === undefined ? reference : version) ?? {};
  const both = slot.tag !== undefined && slot.spec !== undefined;
  const agrees = !both || (reference?.tag === tag && reference?.digest === digest);
  return unlessEmpty({ name, tag: agrees ? tag : undefined, digest: agrees ? digest : undefined });
}

function unlessEmpty(image: PresentImage): PresentImage | undefined {
  return Object.values(image).some((part) => part !== undefined) ? image : undefined;
}

/** Of an entry for our image only the version counts; of one for another name, the new name does too. */
function fromEntries(images: readonly string[], slot: KustomizeSlot): PresentImage | undefined {
  for (const index of entriesFor(images, slot)) {
    const entry = images[index] ?? '';
    const image = imageOfEntry(entry);
    if (image === undefined) continue;
    const own = !slot.renamed && canonicalName(subjectOf(entry)) === canonicalName(slot.name);
    return { name: own ? subjectOf(entry) : formatName(image), tag: image.tag, digest: image.digest };
  }
  return undefined;
}

/** The image that an entry puts in place; `undefined` when it is none. */
export function imageOfEntry(entry: string): ImageReference | undefined {
  return tryReference(imageText(entry));
}

/** The image of the base that an entry stands for. */
function subjectOf(entry: string): string {
  const equals = entry.indexOf('=');
  return equals < 0 ? cutVersion(entry) : entry.slice(0, equals);
}

function imageText(entry: string): string {
  return entry.slice(entry.indexOf('=') + 1);
}

/** A colon before the last `/` belongs to a port. */
function cutVersion(text: string): string {
  const [front = ''] = text.split('@', 1);
  const colon = front.indexOf(':', front.lastIndexOf('/') + 1);
  return colon < 0 ? front : front.slice(0, colon);
}

/** One spelling for all names of an image repository; what is no image keeps its own. */
export function canonicalName(name: string): string {
  const image = tryReference(name);
  return image === undefined ? name : formatRepository(repositoryOf(image));
}

function tryReference(text: string): ImageReference | undefined {
  try {
    return parseImageReference(text);
  } catch {
    return undefined;
  }
}
