import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { LynceusError } from '../../errors.ts';
import {
  mergeEntry,
  pathKey,
  plannedLeaves,
  rejectConflict,
  sameContent,
  targetOf,
  type Planned,
} from './conflicts.ts';
import type { Entries, NewContent, Leaf } from './new-content.ts';
import type { Meaning, Overlay } from './meaning.ts';
import { describeNode, isNullValue, startOf, tailOf, textOfScalar } from './nodes.ts';
import { formatPath, type YamlPlace } from './places.ts';
import { refusalAt, type Source } from './source.ts';
import { checkUnshared, checkAliases } from './shared-values.ts';
import type { Edit } from './edit.ts';

type Target = Node | Pair;

interface NewLeaf {
  readonly place: YamlPlace;
  readonly leaf: Leaf;
}

interface NewEntries {
  readonly place: YamlPlace;
  readonly entries: Entries;
}

interface NewItems {
  readonly place: YamlPlace;
  readonly items: readonly NewContent[];
}

interface NewKey extends NewLeaf {
  readonly key: string;
}

/** Edits sorted by the node they touch, without contradictions and without those that change nothing. */
export interface EditDraft {
  /** Scalars, or entries without a value, that get another value. */
  readonly leaves: ReadonlyMap<Target, NewLeaf>;
  /** Maps, or empty places, that get entries. */
  readonly entries: ReadonlyMap<Target | 'root', NewEntries>;
  /** Lists, or empty places, that get elements. */
  readonly items: ReadonlyMap<Target, NewItems>;
  readonly removed: ReadonlyMap<Pair, YamlPlace>;
  readonly renamed: ReadonlyMap<Pair, NewKey>;
}

/** A draft in the making. */
interface Sketch {
  readonly source: Source;
  readonly planned: Planned;
  readonly leaves: Map<Target, NewLeaf>;
  readonly entries: Map<Target | 'root', NewEntries>;
  readonly items: Map<Target, NewItems>;
  readonly removed: Map<Pair, YamlPlace>;
  readonly renamed: Map<Pair, NewKey>;
}

/**
 * Turns edits into a draft. Throws `conflicting-changes` when two want different things at one place and
 * `key-unsupported` when something is in the way (a shared value, a map where a value is to be written).
 */
export function draftOf(source: Source, edits: readonly Edit[]): EditDraft {
  const sketch: Sketch = {
    source,
    planned: plannedLeaves(source, edits),
    leaves: new Map(),
    entries: new Map(),
    items: new Map(),
    removed: new Map(),
    renamed: new Map(),
  };
  for (const edit of edits) sketchEdit(sketch, edit);
  rejectBothValueAndContent(sketch);
  return sketch;
}

/** Whether nothing has to be written. */
export function isEmptyDraft(draft: EditDraft): boolean {
  return [draft.leaves, draft.entries, draft.items, draft.removed, draft.renamed].every(
    ({ size }) => size === 0,
  );
}

/** What a draft makes of the meaning of the file. */
export function overlayOf(draft: EditDraft): Overlay {
  return {
    values: mapValues(draft.leaves, ({ leaf }, node) => meaningOfLeaf(node, leaf)),
    entries: mapValues(draft.entries, ({ entries }) => entries),
    items: mapValues(draft.items, ({ items }) => items),
    removed: new Set(draft.removed.keys()),
    renamed: mapValues(draft.renamed, ({ key, leaf }, pair) => ({
      key,
      value: meaningOfLeaf(pair.value, leaf),
    })),
  };
}

function mapValues<K, V, W>(map: ReadonlyMap<K, V>, change: (value: V, key: K) => W): Map<K, W> {
  return new Map([...map].map(([key, value]) => [key, change(value, key)]));
}

function meaningOfLeaf(node: unknown, leaf: Leaf): Meaning {
  if (leaf.kind === 'flag') return { kind: 'bare', source: String(leaf.value) };
  return { kind: 'text', text: isScalar(node) ? `${leaf.text}${tailOf(node)}` : leaf.text };
}

function sketchEdit(sketch: Sketch, edit: Edit): void {
  switch (edit.kind) {
    case 'set':
      return sketchSet(sketch, edit);
    case 'add':
      return sketchAdd(sketch, edit);
    case 'append':
      return sketchAppend(sketch, edit);
    case 'remove':
    case 'rename':
      return sketchEntry(sketch, edit);
  }
}

function sketchSet(sketch: Sketch, { place, leaf }: Extract<Edit, { kind: 'set' }>): void {
  if (hasValue(place, leaf)) return;
  if (place.merged && place.parent !== undefined) {
    const keys = [String(place.path.at(-1))];
    return sketchAdd(sketch, { kind: 'add', place: place.parent, keys, value: leaf });
  }
  checkScalar(sketch.source, place);
  checkAliases(sketch.source, place, (path) => sameContent(sketch.planned.get(pathKey(path)), leaf));
  const target = targetOf(place);
  if (target === undefined) throw defect('a value was to be written where there is no entry');
  sketch.leaves.set(target, { place, leaf });
}

function hasValue({ node }: YamlPlace, leaf: Leaf): boolean {
  if (!isScalar(node)) return false;
  if (leaf.kind === 'text') return textOfScalar(node) === leaf.text;
  return node.type === 'PLAIN' && node.source?.toLowerCase() === String(leaf.value);
}

const STRING_TAGS: readonly (string | undefined)[] = [undefined, '!', 'tag:yaml.org,2002:str'];

function checkScalar(source: Source, { node, path }: YamlPlace): void {
  if (node === undefined || (isScalar(node) && STRING_TAGS.includes(node.tag))) return;
  const found = isScalar(node) ? `one with the tag ${node.tag}` : describeNode(node);
  throw refusalAt(source, startOf(node), {
    code: 'key-unsupported',
    message: `expected a single value at ${formatPath(path)}, found ${found}`,
  });
}

function sketchAdd(sketch: Sketch, { place, keys, value }: Extract<Edit, { kind: 'add' }>): void {
  const [key = '', ...inner] = keys;
  const nested = inner.reduceRight<NewContent>(
    (child, name) => ({ kind: 'map', entries: [[name, child]] }),
    value,
  );
  checkRoom(sketch.source, place, isMap(place.node));
  const target = targetOf(place) ?? 'root';
  const known = sketch.entries.get(target)?.entries ?? [];
  const entries = mergeEntry(sketch.source, known, { path: place.path, key, value: nested });
  sketch.entries.set(target, { place, entries });
}

function sketchAppend(sketch: Sketch, { place, items }: Extract<Edit, { kind: 'append' }>): void {
  checkRoom(sketch.source, place, isSeq(place.node));
  const target = targetOf(place);
  if (target === undefined) throw defect('elements were to be added to an empty file');
  sketch.items.set(target, { place, items: [...(sketch.items.get(target)?.items ?? []), ...items] });
}

/** Only a collection or a place with nothing in it can grow. */
function checkRoom(source: Source, place: YamlPlace, isCollection: boolean): void {
  checkUnshared(source, place);
  const { node } = place;
  if (isCollection || node === undefined) return;
  if (isNullValue(node) && isScalar(node) && node.anchor === undefined && node.tag === undefined) return;
  throw refusalAt(source, startOf(node), {
    code: 'key-unsupported',
    message: `expected room for something new at ${formatPath(place.path)}, found ${describeNode(node)}`,
  });
}

function sketchEntry(sketch: Sketch, edit: Extract<Edit, { kind: 'remove' | 'rename' }>): void {
  const { entry, parent, path } = edit.place;
  if (entry === undefined || parent === undefined)
    throw defect('an entry was to be changed where there is none');
  checkUnshared(sketch.source, edit.place.merged ? edit.place : parent);
  if (edit.kind === 'remove') {
    sketch.removed.set(entry.pair, edit.place);
    return;
  }
  rejectConflict(sketch.source, path, [sketch.renamed.get(entry.pair)?.leaf, edit.leaf]);
  sketch.renamed.set(entry.pair, { place: edit.place, key: edit.key, leaf: edit.leaf });
}

/** One image wants a value where another wants keys below it. */
function rejectBothValueAndContent({ source, leaves, entries, items }: Sketch): void {
  for (const [target, { place, leaf }] of leaves) {
    const content = entries.get(target)?.entries ?? items.get(target)?.items;
    rejectConflict(source, place.path, [content, leaf]);
  }
}

function defect(what: string): LynceusError {
  return new LynceusError('internal', what);
}
