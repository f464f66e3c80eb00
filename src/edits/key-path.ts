import { isMap, isSeq } from 'yaml';
import { parseKeyPath } from '../core/key-path.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import { peekScalar } from './editor.ts';
import { describeNode, isNullValue, startOf } from './yaml/nodes.ts';
import { childOf, itemsOf, formatPath, rootOf, type YamlPlace } from './yaml/places.ts';
import { refusalAt, type Source } from './yaml/source.ts';

/** Where a key path leads. */
export type FoundKey =
  | { readonly kind: 'found'; readonly place: YamlPlace }
  | {
      readonly kind: 'missing';
      /** The deepest place that is there, and the keys that are not; `undefined` when they cannot be created. */
      readonly room: { readonly place: YamlPlace; readonly keys: readonly string[] } | undefined;
    };

/** A key, or an element with its brackets; `start` and `end` are offsets in the path. */
interface Atom {
  readonly start: number;
  readonly end: number;
  /** Which element of a list; `undefined` for a key. */
  readonly element: ListElement | undefined;
  /** The key alone; `undefined` for an element. */
  readonly key: string | undefined;
  /** Whether it is never a part of a key that holds dots. */
  readonly exact: boolean;
}

/** By its number, or by what one of its keys has. */
type ListElement = number | { readonly key: string; readonly value: string };

/** A way that ended early: how many atoms it came, and where. */
interface DeadEnd {
  readonly place: YamlPlace;
  readonly consumed: number;
}

interface Search {
  readonly source: Source;
  readonly path: string;
  readonly atoms: readonly Atom[];
  readonly found: YamlPlace[];
  readonly deadEnds: DeadEnd[];
}

const LONGEST_PATH = 1024;

/**
 * Finds a key path such as `backend.image.tag`, `sidecars[1].tag` or `containers[name=api].image`, in every way it can be read: a key may hold the
 * dots itself (`image.tag: x`), at any level; in quotes or with a backslash it is just that key. Throws `target-ambiguous` when several ways lead somewhere,
 * `key-missing` when a list has no such element and `key-unsupported` when a value is in the way.
 * A missing `images[0]` has no room, for no list is ever made.
 */
export function findKey(source: Source, path: string): FoundKey {
  const known = found.get(source) ?? new Map<string, FoundKey>();
  found.set(source, known);
  const key = known.get(path) ?? searchKey(source, path);
  known.set(path, key);
  return key;
}

/** What is found in a source is kept with it: each key is asked for several times. */
const found = new WeakMap<Source, Map<string, FoundKey>>();

function searchKey(source: Source, path: string): FoundKey {
  const search: Search = { source, path, atoms: atomsOf(path), found: [], deadEnds: [] };
  walk(search, rootOf(source), 0);
  const [place, ...others] = search.found;
  if (place === undefined) return { kind: 'missing', room: roomOf(search) };
  if (others.length === 0) return { kind: 'found', place };
  const ways = search.found.map((way) => formatPath(way.path)).join(' and ');
  throw refusalAt(source, startOf(place.node), {
    code: 'target-ambiguous',
    message: `the key path ${quoted(path)} fits more than one key: ${ways}`,
    hint: 'remove the one that is not meant',
  });
}

function atomsOf(path: string): readonly Atom[] {
  if (path === '' || path.length > LONGEST_PATH) {
    throw new LynceusError(
      'key-missing',
      `expected a key path of 1 to ${LONGEST_PATH} characters, found ${path.length}`,
    );
  }
  const steps = parseKeyPath(path);
  // Anything else can only be one key that is written in just this way.
  if (steps === undefined)
    return [{ start: 0, end: path.length, element: undefined, key: path, exact: true }];
  return steps.map((step) => {
    if (step.kind === 'key') return { ...step, element: undefined };
    const { start, end } = step;
    return { start, end, element: step.kind === 'index' ? step.index : step, key: undefined, exact: false };
  });
}

function walk(search: Search, place: YamlPlace, consumed: number): void {
  const atom = search.atoms[consumed];
  if (atom === undefined) {
    search.found.push(place);
    return;
  }
  if (atom.element === undefined) walkKeys(search, place, consumed);
  else walkElement(search, { place, consumed }, atom.element);
}

/** Every run of atoms may be one key, but for those that are exact. */
function walkKeys(search: Search, place: YamlPlace, consumed: number): void {
  let hasAny = false;
  for (const [offset, key] of keysFrom(search, consumed).entries()) {
    const child = childOf(search.source, place, key);
    if (child === undefined) continue;
    hasAny = true;
    walk(search, child, consumed + offset + 1);
  }
  if (!hasAny) search.deadEnds.push({ place, consumed });
}

/** The keys that one atom, two, three, ... may be. */
function keysFrom({ path, atoms }: Search, consumed: number): readonly string[] {
  const [first, ...rest] = atoms.slice(consumed);
  if (first?.key === undefined) return [];
  if (first.exact) return [first.key];
  const end = rest.findIndex(({ exact }) => exact);
  const joined = end < 0 ? rest : rest.slice(0, end);
  return [first.key, ...joined.map((atom) => path.slice(first.start, atom.end))];
}

function walkElement(search: Search, at: DeadEnd, element: ListElement): void {
  const items = elementsOf(search.source, at.place, element);
  if (items.length === 0) search.deadEnds.push(at);
  for (const item of items) walk(search, item, at.consumed + 1);
}

/** Several elements of one name are several ways, and so refused. */
function elementsOf(source: Source, list: YamlPlace, element: ListElement): readonly YamlPlace[] {
  const items = itemsOf(source, list);
  if (typeof element === 'number') return items.slice(element, element + 1);
  return items.filter((item) => {
    const child = childOf(source, item, element.key);
    return child !== undefined && peekScalar(child) === element.value;
  });
}

/** The place from which the missing rest would have to be made: the deepest one that any way came to. */
function roomOf(search: Search): { readonly place: YamlPlace; readonly keys: readonly string[] } | undefined {
  const deepest = search.deadEnds.reduce((most, { consumed }) => Math.max(most, consumed), 0);
  const [deadEnd, ...others] = search.deadEnds.filter(({ consumed }) => consumed === deepest);
  if (deadEnd === undefined || others.length > 0) return undefined;
  rejectObstacle(search, deadEnd);
  const rest = search.atoms.slice(deepest);
  const keys = rest.flatMap(({ key }) => key ?? []);
  const isPath = parseKeyPath(search.path) !== undefined;
  return isPath && keys.length === rest.length ? { place: deadEnd.place, keys } : undefined;
}

/** Something stands where the path goes on: a list that is too short, or a value of another shape. */
function rejectObstacle({ source, path, atoms }: Search, { place, consumed }: DeadEnd): void {
  const { node } = place;
  const wanted = atoms[consumed]?.element;
  if (isSeq(node) && wanted !== undefined) {
    const has =
      typeof wanted === 'number'
        ? `has ${node.items.length} elements`
        : `has no element with ${wanted.key} ${quoted(wanted.value)}`;
    const message = `${source.file}: there is no ${path}: the list ${formatPath(place.path)} ${has}`;
    throw new LynceusError(
      'key-missing',
      message,
      typeof wanted === 'number' ? { hint: 'elements are counted from 0' } : {},
    );
  }
  if (isNullValue(node) || (wanted === undefined && isMap(node))) return;
  const [expected, hint] =
    wanted === undefined
      ? [
          'a map',
          isSeq(node)
            ? 'name the element: [0] is the first, [name=api] the one with that name'
            : 'helm.image-spec names a key that holds name and tag in one',
        ]
      : ['a list', 'leave out the brackets'];
  throw refusalAt(source, startOf(node), {
    code: 'key-unsupported',
    message: `there is no ${path}: expected ${expected} at ${formatPath(place.path)}, found ${describeNode(node)}`,
    hint,
  });
}
