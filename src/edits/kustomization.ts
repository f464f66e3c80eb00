import { isSeq } from 'yaml';
import type { ImageChange } from '../core/change.ts';
import { formatName } from '../core/image/reference.ts';
import type { PresentImage } from '../core/policy.ts';
import { sameName } from '../core/presence.ts';
import type { KustomizeSlot } from '../core/source-lists.ts';
import {
  ambiguous,
  expectMap,
  kustomizeSlot,
  unexpectedShape,
  peekScalar,
  readScalar,
  type Editor,
} from './editor.ts';
import { rejectConflict } from './yaml/conflicts.ts';
import type { NewContent } from './yaml/new-content.ts';
import { isNullValue, startOf } from './yaml/nodes.ts';
import { childOf, itemsOf, rootOf, type YamlPlace } from './yaml/places.ts';
import { refusalAt, type Source } from './yaml/source.ts';
import { text, type Edit } from './yaml/edit.ts';

type KustomizeChange = ImageChange & { readonly slot: KustomizeSlot };

/** An element of `images` and the values of its keys. */
interface Element {
  readonly place: YamlPlace;
  readonly name: string | undefined;
  readonly newName: string | undefined;
  readonly newTag: string | undefined;
  readonly digest: string | undefined;
}

/**
 * A kustomization file: one element of `images` for one image of the base. The element is found by its `name`, else,
 * when no image of the base is named, by its `newName`; implicit parts (`docker.io/`, `library/`) do
 * not matter. Its other keys, its comments and all other elements are not ours.
 */
export const kustomizationEditor: Editor = {
  read(source, anySlot) {
    const slot = kustomizeSlot(source.file, anySlot);
    const element = findElement(source, slot);
    if (element !== undefined) return { kind: 'present', image: imageOf(element, slot) };
    return {
      kind: 'absent',
      mayCreate: true,
      detail: `${source.file} has no element for ${slot.name} in images`,
    };
  },
  versionPlaces(source, anySlot) {
    const element = findElement(source, kustomizeSlot(source.file, anySlot));
    if (element === undefined) return [];
    const keys = ['newTag', 'digest', 'name', 'newName'].flatMap(
      (key) => childOf(source, element.place, key) ?? [],
    );
    return [...keys, element.place];
  },
  plan(source, changes) {
    const known: Planned[] = [];
    for (const change of changes) planChange(source, change, known);
    const added = known.flatMap(({ element, change }) => (element === undefined ? [newElement(change)] : []));
    const edits = known.flatMap(({ element, change }) =>
      element === undefined ? [] : planElement(source, element, change),
    );
    return added.length === 0 ? edits : [...edits, addElements(source, added)];
  },
};

/** A change and the element it is for; `undefined` when the list has none. */
interface Planned {
  readonly change: KustomizeChange;
  readonly element: Element | undefined;
}

/** Several images may mean one element when they want the same of it. Throws `conflicting-changes`. */
function planChange(source: Source, { slot: anySlot, ...rest }: ImageChange, known: Planned[]): void {
  const change: KustomizeChange = { ...rest, slot: kustomizeSlot(source.file, anySlot) };
  const element = findElement(source, change.slot);
  const same = known.find((other) =>
    element === undefined
      ? other.element === undefined && sameName(other.change.slot.name, change.slot.name)
      : other.element?.place.node === element.place.node,
  );
  if (same === undefined) known.push({ change, element });
  else rejectConflict(source, element?.place.path ?? ['images'], [wantedOf(same.change), wantedOf(change)]);
}

/** What a change wants of its element, for comparison. */
function wantedOf({ slot, image, to }: KustomizeChange): unknown {
  return [to.tag, to.digest, slot.renamed ? formatName(image) : undefined];
}

/** `imageTags` is what `images` was called at first, and Kustomize still reads it so. */
function imagesPlace(source: Source): YamlPlace | undefined {
  const [place, other] = ['images', 'imageTags'].flatMap((key) => childOf(source, rootOf(source), key) ?? []);
  if (other !== undefined) {
    throw refusalAt(source, startOf(other.entry?.pair.key), {
      code: 'target-ambiguous',
      message: 'expected either images or imageTags, which Kustomize reads as one key, found both',
      hint: 'move the elements of imageTags into images',
    });
  }
  if (place === undefined || isSeq(place.node) || isNullValue(place.node)) return place;
  throw unexpectedShape(source, place, 'a list');
}

function findElement(source: Source, slot: KustomizeSlot): Element | undefined {
  const images = imagesPlace(source);
  const places = images === undefined ? [] : itemsOf(source, images);
  for (const place of places) expectMap(source, place);
  const byName = places.filter((place) => isNamed(source, place, ['name', slot.name]));
  const found =
    byName.length > 0 || slot.renamed
      ? byName
      : places.filter((place) => isNamed(source, place, ['newName', slot.name]));
  const [place, ...others] = found;
  if (others.length > 0) throw ambiguous(source, found, slot.name);
  return place === undefined ? undefined : readElement(source, place);
}

function isNamed(source: Source, place: YamlPlace, [key, name]: readonly [string, string]): boolean {
  const child = childOf(source, place, key);
  const written = child === undefined ? undefined : peekScalar(child);
  return written !== undefined && written !== '' && sameName(written, name);
}

function readElement(source: Source, place: YamlPlace): Element {
  function read(key: string): string | undefined {
    const child = childOf(source, place, key);
    return (child === undefined ? undefined : readScalar(source, child)) || undefined;
  }
  return {
    place,
    name: read('name'),
    newName: read('newName'),
    newTag: read('newTag'),
    digest: read('digest'),
  };
}

/** Without a name of the base, `newName` is none of our business, unless it is what the element was found by. */
function imageOf({ name, newName, newTag, digest }: Element, slot: KustomizeSlot): PresentImage {
  const isOwn = !slot.renamed && name !== undefined && sameName(name, slot.name);
  return { name: isOwn ? name : (newName ?? name), tag: newTag, digest };
}

function planElement(source: Source, element: Element, change: KustomizeChange): readonly Edit[] {
  const { slot, image, to } = change;
  const isKept = !slot.renamed || sameName(element.newName ?? element.name ?? '', formatName(image));
  const names = isKept ? [] : setKey(source, element, ['newName', formatName(image)]);
  const digest = childOf(source, element.place, 'digest');
  if (to.digest !== undefined) {
    return [
      ...names,
      ...setKey(source, element, ['newTag', to.tag]),
      ...setKey(source, element, ['digest', to.digest]),
    ];
  }
  // Kustomize lets a digest win over a tag, so one that does not belong to the tag must go.
  if (digest === undefined || element.digest === undefined) {
    return [...names, ...setKey(source, element, ['newTag', to.tag])];
  }
  if (childOf(source, element.place, 'newTag') === undefined) {
    return [...names, { kind: 'rename', place: digest, key: 'newTag', leaf: text(to.tag) }];
  }
  return [...names, ...setKey(source, element, ['newTag', to.tag]), { kind: 'remove', place: digest }];
}

function setKey(
  source: Source,
  { place }: Element,
  [key, value]: readonly [string, string],
): readonly Edit[] {
  const present = childOf(source, place, key);
  if (present === undefined) return [{ kind: 'add', place, keys: [key], value: text(value) }];
  return [{ kind: 'set', place: present, leaf: text(value) }];
}

function newElement({ slot, image, to }: KustomizeChange): NewContent {
  const newName = formatName(image);
  const entries: (readonly [string, NewContent])[] = [['name', text(slot.name)]];
  if (slot.renamed && !sameName(slot.name, newName)) entries.push(['newName', text(newName)]);
  entries.push(['newTag', text(to.tag)]);
  if (to.digest !== undefined) entries.push(['digest', text(to.digest)]);
  return { kind: 'map', entries };
}

function addElements(source: Source, items: readonly NewContent[]): Edit {
  const images = imagesPlace(source);
  if (images !== undefined) return { kind: 'append', place: images, items };
  return { kind: 'add', place: rootOf(source), keys: ['images'], value: { kind: 'list', items } };
}
