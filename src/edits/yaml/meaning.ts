import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { follow, textOfScalar, valueOf } from './nodes.ts';
import { entriesOf, formatPath, type Path } from './places.ts';
import type { NewContent } from './new-content.ts';
import type { Source } from './source.ts';

/** What a program that loads the file gets, with aliases followed and merges applied. */
export type Meaning =
  | { readonly kind: 'text'; readonly text: string }
  /** A number, a boolean, nothing: anything plain that is not read as text, by its source. */
  | { readonly kind: 'bare'; readonly source: string }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Meaning> }
  | { readonly kind: 'list'; readonly items: readonly Meaning[] };

/**
 * Planned changes by the node they touch: what the file shall mean once they are made. A node is a scalar, a map, a
 * list, or the entry itself where there is no value yet.
 */
export interface Overlay {
  readonly values: ReadonlyMap<Node | Pair, Meaning>;
  readonly entries: ReadonlyMap<Node | Pair | 'root', readonly (readonly [string, NewContent])[]>;
  readonly items: ReadonlyMap<Node | Pair, readonly NewContent[]>;
  readonly removed: ReadonlySet<Pair>;
  readonly renamed: ReadonlyMap<Pair, { readonly key: string; readonly value: Meaning }>;
}

const UNCHANGED: Overlay = {
  values: new Map(),
  entries: new Map(),
  items: new Map(),
  removed: new Set(),
  renamed: new Map(),
};

/** What a file means, or would mean with the overlay's changes. Anchors bound both its size and its depth. */
export function meaningOf(source: Source, overlay: Overlay = UNCHANGED): Meaning {
  const added = (overlay.entries.get('root') ?? []).map(
    ([key, value]) => [key, meaningOfContent(value)] as const,
  );
  if (source.root === undefined) return { kind: 'map', entries: new Map(added) };
  return meaningOfNode({ source, overlay }, source.root);
}

interface Reader {
  readonly source: Source;
  readonly overlay: Overlay;
}

function meaningOfNode(reader: Reader, written: Node): Meaning {
  const node = follow(reader.source.anchors, written);
  const { values, items } = reader.overlay;
  const planned = values.get(node);
  if (planned !== undefined) return planned;
  if (isMap(node)) return { kind: 'map', entries: entriesOfMap(reader, node) };
  if (isSeq(node)) {
    const present = node.items.filter(isNode).map((item) => meaningOfNode(reader, item));
    return { kind: 'list', items: [...present, ...(items.get(node) ?? []).map(meaningOfContent)] };
  }
  return meaningOfBlank(reader, node) ?? meaningOfScalar(node);
}

/** A place that holds nothing yet and gets a map or a list. */
function meaningOfBlank({ overlay }: Reader, place: Node | Pair): Meaning | undefined {
  const items = overlay.items.get(place);
  if (items !== undefined) return { kind: 'list', items: items.map(meaningOfContent) };
  const entries = overlay.entries.get(place);
  return entries === undefined ? undefined : meaningOfContent({ kind: 'map', entries });
}

function entriesOfMap(reader: Reader, map: Extract<Node, { items: Pair[] }>): ReadonlyMap<string, Meaning> {
  const { overlay, source } = reader;
  const entries = new Map<string, Meaning>();
  for (const { key, pair } of entriesOf(source.anchors, map)) {
    if (overlay.removed.has(pair)) continue;
    const renamed = overlay.renamed.get(pair);
    if (renamed === undefined) entries.set(key, meaningOfValue(reader, pair));
    else entries.set(renamed.key, renamed.value);
  }
  for (const [key, value] of overlay.entries.get(map) ?? []) entries.set(key, meaningOfContent(value));
  return entries;
}

function meaningOfValue(reader: Reader, pair: Pair): Meaning {
  const value = valueOf(pair);
  if (value !== undefined) return meaningOfNode(reader, value);
  return reader.overlay.values.get(pair) ?? meaningOfBlank(reader, pair) ?? { kind: 'bare', source: '' };
}

function meaningOfScalar(node: Node): Meaning {
  if (isAlias(node) || !isScalar(node)) return { kind: 'bare', source: '' };
  if (typeof node.value === 'string') return { kind: 'text', text: node.value };
  return { kind: 'bare', source: textOfScalar(node) ?? '' };
}

/** What new content means. */
function meaningOfContent(content: NewContent): Meaning {
  switch (content.kind) {
    case 'text':
      return content;
    case 'flag':
      return { kind: 'bare', source: String(content.value) };
    case 'map':
      return {
        kind: 'map',
        entries: new Map(content.entries.map(([key, value]) => [key, meaningOfContent(value)])),
      };
    case 'list':
      return { kind: 'list', items: content.items.map(meaningOfContent) };
  }
}

/** The first path at which two files differ, as text; `undefined` when they mean the same. Key order is no meaning. */
export function findDifference(a: Meaning, b: Meaning, path: Path = []): string | undefined {
  if (a.kind === 'map' && b.kind === 'map') {
    for (const key of new Set([...a.entries.keys(), ...b.entries.keys()])) {
      const found = findMissing([a.entries.get(key), b.entries.get(key)], [...path, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (a.kind === 'list' && b.kind === 'list') {
    for (let index = 0; index < Math.max(a.items.length, b.items.length); index += 1) {
      const found = findMissing([a.items[index], b.items[index]], [...path, index]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return isSameLeaf(a, b) ? undefined : formatPath(path);
}

function findMissing(
  pair: readonly [Meaning | undefined, Meaning | undefined],
  path: Path,
): string | undefined {
  const [a, b] = pair;
  return a === undefined || b === undefined ? formatPath(path) : findDifference(a, b, path);
}

function isSameLeaf(a: Meaning, b: Meaning): boolean {
  if (a.kind === 'text') return b.kind === 'text' && a.text === b.text;
  return a.kind === 'bare' && b.kind === 'bare' && a.source === b.source;
}
