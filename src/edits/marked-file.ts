import type { ImageChange } from '../core/change.ts';
import type { ImageSlot, PresentImage } from '../core/policy.ts';
import { sameName } from '../core/presence.ts';
import { LynceusError } from '../errors.ts';
import { applyEdits } from './apply-edits.ts';
import { editComment } from './edit-comment.ts';
import { splitReference } from '../core/written-image.ts';
import { leavesValue, presentWith, type EditOptions, type FileEditor } from './editor.ts';
import { checkNoMac, checkReadable } from './encrypted.ts';
import { heldLines, withHolds } from './read-holds.ts';
import { nameFor, referenceFor } from './image-text.ts';
import { markedOwners, markedValues, type Marked } from './markers.ts';
import { isReadOtherwise } from './yaml/go-reading.ts';
import { documentsOf } from './yaml/documents.ts';
import type { FileLimits } from '../core/file-limits.ts';
import type { YamlPlace } from './yaml/places.ts';
import { openYaml, type Source } from './yaml/source.ts';
import { text, type Edit } from './yaml/edit.ts';

/** Owners of other markers that a message names. */
const MOST_NAMED = 5;

/**
 * Any YAML file in which a person marked the values that belong to an image; it may hold several documents. All marked
 * values of an image are written together. Where they do not agree, no version is read, so that the next edit makes them agree.
 */
export function markedFile({ limits }: EditOptions): FileEditor {
  const open = (file: string, content: string) => openAll(file, content, limits);
  const editor: FileEditor = {
    read(file, content, slot) {
      const documents = open(file, content);
      const marked = documents.flatMap((source) => markedValues(source, slot));
      if (marked.length === 0) return { kind: 'absent', mayCreate: false, detail: missing(documents, slot) };
      checkKinds(file, slot, marked);
      const isMisread = marked.some(
        ({ kind, place }) => kind === 'tag' && isReadOtherwise(place.node, 'value'),
      );
      const reading = presentWith(withDigestKey(imageOf(marked), marked), [isMisread && 'misread']);
      return withHolds(reading, documents, (source) => ownPlaces(source, slot));
    },
    holds(file, content, slot) {
      return heldLines(open(file, content), (source) => ownPlaces(source, slot));
    },
    edit(file, content, changes) {
      const documents = open(file, content);
      for (const change of changes) checkChange(documents, file, change);
      const written = changes.filter(
        (change) => !leavesValue(() => editor.read(file, content, change.slot), change),
      );
      const edited = documents.map((source) => {
        const edits = written.flatMap((change) => editsFor(source, change));
        return edits.length === 0 ? source.text : applyEdits(source, edits);
      });
      return changes.reduce(commentAll, { file, documents: edited, limits }).documents.join('');
    },
  };
  return editor;
}

function openAll(file: string, content: string, limits: FileLimits | undefined): readonly Source[] {
  checkReadable(file, content);
  return documentsOf(file, content, limits).map((document) => {
    const source = openYaml(file, document.text, document);
    checkNoMac(source);
    return source;
  });
}

function hasVersion(source: Source, slot: ImageSlot): boolean {
  return markedValues(source, slot).some(({ kind }) => kind !== 'name');
}

/** Versions first, for beside the first place a hold is written. */
function ownPlaces(source: Source, slot: ImageSlot): readonly YamlPlace[] {
  const marked = markedValues(source, slot);
  const names = marked.filter(({ kind }) => kind === 'name');
  return [...marked.filter(({ kind }) => kind !== 'name'), ...names].map(({ place }) => place);
}

/** Each kind holds its part. A whole reference holds all of them: without a digest there is none. */
function imageOf(marked: readonly Marked[]): PresentImage {
  const parts = marked.map(({ kind, value }): Partial<PresentImage> => {
    const written = value === '' ? undefined : value;
    return kind === 'reference' ? splitReference(written) : { [kind]: written };
  });
  const names = parts.flatMap((one) => ('name' in one ? [one.name] : []));
  const tags = parts.flatMap((one) => ('tag' in one ? [one.tag] : []));
  const digests = parts.flatMap((one) => ('digest' in one ? [one.digest] : []));
  const [name] = names;
  const agree =
    new Set(tags).size < 2 &&
    new Set(digests).size < 2 &&
    names.every(
      (other) => other === name || (other !== undefined && name !== undefined && sameName(other, name)),
    );
  return agree ? { name, tag: tags[0], digest: digests[0] } : { name, tag: undefined, digest: undefined };
}

/** A digest that is marked is written with every version. */
function withDigestKey(image: PresentImage, marked: readonly Marked[]): PresentImage {
  if (!marked.some(({ kind }) => kind === 'digest'))
    return marked.some(({ kind }) => kind === 'reference') ? image : { ...image, noDigest: true };
  return { ...image, digestKey: marked.some(hasTag) ? 'beside' : 'alone' };
}

function hasTag({ kind }: Marked): boolean {
  return kind === 'tag' || kind === 'reference';
}

function editsFor(source: Source, change: ImageChange): readonly Edit[] {
  return markedValues(source, change.slot).map((marked) => ({
    kind: 'set',
    place: marked.place,
    leaf: text(valueFor(marked, change)),
  }));
}

function valueFor({ kind, value }: Marked, change: ImageChange): string {
  switch (kind) {
    case 'reference':
      return referenceFor(value, change);
    case 'name':
      return nameFor(value, change.image);
    case 'tag':
      return change.to.tag;
    case 'digest':
      return change.to.digest ?? '';
  }
}

function checkChange(documents: readonly Source[], file: string, { slot, to }: ImageChange): void {
  const marked = documents.flatMap((source) => markedValues(source, slot));
  if (marked.length === 0) throw new LynceusError('key-missing', missing(documents, slot));
  checkKinds(file, slot, marked);
  const holdsDigest = marked.some(({ kind }) => kind === 'digest' || kind === 'reference');
  if (to.digest !== undefined && !holdsDigest)
    throw unsupported(
      file,
      `no marker of ${nameOf(slot)} holds the digest that is to be written`,
      'mark a value with :digest, or a whole reference',
    );
  if (to.digest === undefined && marked.some(({ kind }) => kind === 'digest'))
    throw unsupported(
      file,
      `there is no digest for the value that is marked ${nameOf(slot)}:digest`,
      'give the version as TAG@DIGEST, or mark no digest',
    );
}

function checkKinds(file: string, slot: ImageSlot, marked: readonly Marked[]): void {
  if (marked.some((one) => hasTag(one) || one.kind === 'digest')) return;
  throw unsupported(
    file,
    `no marker of ${nameOf(slot)} holds its tag or digest`,
    'mark a value with :tag or :digest, or a whole reference',
  );
}

function unsupported(file: string, message: string, hint: string): LynceusError {
  return new LynceusError('key-unsupported', `${file}: ${message}`, { hint });
}

function nameOf(slot: ImageSlot): string {
  return slot.kind === 'markers' ? (slot.names[0] ?? '') : '';
}

function missing(documents: readonly Source[], slot: ImageSlot): string {
  const [{ file } = { file: '' }] = documents;
  const others = [...new Set(documents.flatMap(markedOwners))].slice(0, MOST_NAMED);
  const known =
    others.length === 0 ? 'there is no marker in it' : `there are markers of ${others.join(', ')}`;
  return `${file} has no value with the marker {"$lynceus": "${nameOf(slot)}"}; ${known}`;
}

interface EditedDocuments {
  readonly file: string;
  readonly documents: readonly string[];
  readonly limits: FileLimits | undefined;
}

/** A hold is written beside the first value, and taken away from all. */
function commentAll(edited: EditedDocuments, change: ImageChange): EditedDocuments {
  const { file, documents, limits } = edited;
  const { comment, slot } = change;
  if (comment === undefined) return edited;
  let isHeld = false;
  const commented = documents.map((document) => {
    const source = openYaml(file, document, { limits });
    const isOwn = comment.kind === 'held' ? hasVersion(source, slot) : ownPlaces(source, slot).length > 0;
    if (isHeld || !isOwn) return document;
    isHeld = comment.kind === 'held';
    return editComment({ file, text: document, limits }, (one) => ownPlaces(one, slot), comment);
  });
  return { ...edited, documents: commented };
}
