import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { LynceusError } from '../../errors.ts';
import {
  mergeEntry,
  pathKey,
  plannedLeaves,
  rejectConflict,
  sameContent,
  targetOf,
  type Entries,
  type Planned,
} from './conflicts.ts';
import type { Fresh, Leaf } from './fresh.ts';
import type { Meaning, Overlay } from './meaning.ts';
import { describe, isBlankValue, startOf, tailOf, textOf } from './nodes.ts';
import { pathText, type Place } from './places.ts';
import { refuse, type Source } from './source.ts';
import { checkUnshared, checkUsers } from './users.ts';
import type { Wish } from './wishes.ts';

type Target = Node | Pair;

interface NewLeaf {
  readonly place: Place;
  readonly leaf: Leaf;
}

interface NewEntries {
  readonly place: Place;
  readonly entries: Entries;
}

interface NewItems {
  readonly place: Place;
  readonly items: readonly Fresh[];
}

interface NewKey extends NewLeaf {
  readonly key: string;
}

/** Wishes sorted by the node they touch, free of contradiction and of what the file says already. */
export interface Draft {
  /** Scalars, or entries without a value, that say something else. */
  readonly leaves: ReadonlyMap<Target, NewLeaf>;
  /** Maps, or empty places, that get entries. */
  readonly entries: ReadonlyMap<Target | 'root', NewEntries>;
  /** Lists, or empty places, that get elements. */
  readonly items: ReadonlyMap<Target, NewItems>;
  readonly dropped: ReadonlyMap<Pair, Place>;
  readonly renamed: ReadonlyMap<Pair, NewKey>;
}

/** A draft in the making. */
interface Sketch {
  readonly source: Source;
  readonly planned: Planned;
  readonly leaves: Map<Target, NewLeaf>;
  readonly entries: Map<Target | 'root', NewEntries>;
  readonly items: Map<Target, NewItems>;
  readonly dropped: Map<Pair, Place>;
  readonly renamed: Map<Pair, NewKey>;
}

/**
 * Turns wishes into a draft. Throws `conflicting-changes` when two want different things at one place and
 * `key-unsupported` when something is in the way (a shared value, a map where a value is to be written).
 */
export function draftOf(source: Source, wishes: readonly Wish[]): Draft {
  const sketch: Sketch = {
    source,
    planned: plannedLeaves(source, wishes),
    leaves: new Map(),
    entries: new Map(),
    items: new Map(),
    dropped: new Map(),
    renamed: new Map(),
  };
  for (const wish of wishes) sketchWish(sketch, wish);
  rejectBothValueAndContent(sketch);
  return sketch;
}

/** Whether nothing has to be written. */
export function isEmptyDraft(draft: Draft): boolean {
  return [draft.leaves, draft.entries, draft.items, draft.dropped, draft.renamed].every(
    ({ size }) => size === 0,
  );
}

/** What a draft makes of the meaning of the file. */
export function overlayOf(draft: Draft): Overlay {
  return {
    values: mapValues(draft.leaves, ({ leaf }, node) => meaningOfLeaf(node, leaf)),
    entries: mapValues(draft.entries, ({ entries }) => entries),
    items: mapValues(draft.items, ({ items }) => items),
    dropped: new Set(draft.dropped.keys()),
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

function sketchWish(sketch: Sketch, wish: Wish): void {
  switch (wish.kind) {
    case 'set':
      return sketchSet(sketch, wish);
    case 'add':
      return sketchAdd(sketch, wish);
    case 'append':
      return sketchAppend(sketch, wish);
    case 'drop':
    case 'rename':
      return sketchEntry(sketch, wish);
  }
}

function sketchSet(sketch: Sketch, { place, leaf }: Extract<Wish, { kind: 'set' }>): void {
  if (saysAlready(place, leaf)) return;
  if (place.merged && place.parent !== undefined) {
    const keys = [String(place.path.at(-1))];
    return sketchAdd(sketch, { kind: 'add', place: place.parent, keys, value: leaf });
  }
  checkScalar(sketch.source, place);
  checkUsers(sketch.source, place, (path) => sameContent(sketch.planned.get(pathKey(path)), leaf));
  const target = targetOf(place);
  if (target === undefined) throw defect('a value was to be written where there is no entry');
  sketch.leaves.set(target, { place, leaf });
}

function saysAlready({ node }: Place, leaf: Leaf): boolean {
  if (!isScalar(node)) return false;
  if (leaf.kind === 'text') return textOf(node) === leaf.text;
  return node.type === 'PLAIN' && node.source?.toLowerCase() === String(leaf.value);
}

const STRING_TAGS: readonly (string | undefined)[] = [undefined, '!', 'tag:yaml.org,2002:str'];

function checkScalar(source: Source, { node, path }: Place): void {
  if (node === undefined || (isScalar(node) && STRING_TAGS.includes(node.tag))) return;
  const found = isScalar(node) ? `one with the tag ${node.tag}` : describe(node);
  throw refuse(source, startOf(node), {
    code: 'key-unsupported',
    message: `expected a single value at ${pathText(path)}, found ${found}`,
  });
}

function sketchAdd(sketch: Sketch, { place, keys, value }: Extract<Wish, { kind: 'add' }>): void {
  const [key = '', ...inner] = keys;
  const nested = inner.reduceRight<Fresh>(
    (child, name) => ({ kind: 'map', entries: [[name, child]] }),
    value,
  );
  checkRoom(sketch.source, place, isMap(place.node));
  const target = targetOf(place) ?? 'root';
  const known = sketch.entries.get(target)?.entries ?? [];
  const entries = mergeEntry(sketch.source, known, { path: place.path, key, value: nested });
  sketch.entries.set(target, { place, entries });
}

function sketchAppend(sketch: Sketch, { place, items }: Extract<Wish, { kind: 'append' }>): void {
  checkRoom(sketch.source, place, isSeq(place.node));
  const target = targetOf(place);
  if (target === undefined) throw defect('elements were to be added to an empty file');
  sketch.items.set(target, { place, items: [...(sketch.items.get(target)?.items ?? []), ...items] });
}

/** Only a collection or a place with nothing at all in it can grow. */
function checkRoom(source: Source, place: Place, isCollection: boolean): void {
  checkUnshared(source, place);
  const { node } = place;
  if (isCollection || node === undefined) return;
  if (isBlankValue(node) && isScalar(node) && node.anchor === undefined && node.tag === undefined) return;
  throw refuse(source, startOf(node), {
    code: 'key-unsupported',
    message: `expected room for something new at ${pathText(place.path)}, found ${describe(node)}`,
  });
}

function sketchEntry(sketch: Sketch, wish: Extract<Wish, { kind: 'drop' | 'rename' }>): void {
  const { entry, parent, path } = wish.place;
  if (entry === undefined || parent === undefined)
    throw defect('an entry was to be changed where there is none');
  checkUnshared(sketch.source, wish.place.merged ? wish.place : parent);
  if (wish.kind === 'drop') {
    sketch.dropped.set(entry.pair, wish.place);
    return;
  }
  rejectConflict(sketch.source, path, [sketch.renamed.get(entry.pair)?.leaf, wish.leaf]);
  sketch.renamed.set(entry.pair, { place: wish.place, key: wish.key, leaf: wish.leaf });
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
