import { isAlias, isMap, isNode, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import { keyPathText } from '../../core/key-path.ts';
import { quoted } from '../../core/quoted.ts';
import { follow, isMergeKey, keyOf, startOf, valueOf, type Anchors } from './nodes.ts';
import { refusalAt, type Source } from './source.ts';

/** Keys and indexes from the root of a file. */
export type Path = readonly (string | number)[];

/** A value as a reader of the file sees it: aliases followed, merge keys applied. */
export interface YamlPlace {
  readonly path: Path;
  /** The value with its alias followed; `undefined` for an empty file and for a flow entry without value. */
  readonly node: Node | undefined;
  /** The entry it is the value of; `undefined` for the root and for elements of a list. */
  readonly entry: { readonly map: YAMLMap; readonly pair: Pair } | undefined;
  /** Name of the last anchor on the way here, when any alias was passed. */
  readonly anchor: string | undefined;
  /** True when the entry came by a merge key: the map at `parent` has none of its own. */
  readonly merged: boolean;
  /** What it is in; `undefined` for the root. */
  readonly parent: YamlPlace | undefined;
}

/** An entry of a map, its own or one that a merge key brings. */
interface EffectiveEntry {
  readonly key: string;
  readonly map: YAMLMap;
  readonly pair: Pair;
  readonly merged: boolean;
  readonly anchor: string | undefined;
}

/** The place of the whole file. */
export function rootOf(source: Source): YamlPlace {
  return {
    path: [],
    node: source.root,
    entry: undefined,
    anchor: undefined,
    merged: false,
    parent: undefined,
  };
}

/**
 * The value of a key, `undefined` when the map has none (or `place` is no map). Throws `target-ambiguous` when the
 * map's own entry stands before a merge key that brings the same key: Helm then takes the merged one, the YAML
 * specification the map's own.
 */
export function childOf(source: Source, place: YamlPlace, key: string): YamlPlace | undefined {
  if (!isMap(place.node)) return undefined;
  const entry = entriesByKey(source.anchors, place.node).get(key);
  if (entry === undefined) return undefined;
  if (!entry.merged) rejectLaterMerge(source, place.node, entry);
  return placeOfEntry(source, place, entry);
}

/** The place of an entry that `entriesOf` gave. */
export function placeOfEntry(source: Source, parent: YamlPlace, entry: EffectiveEntry): YamlPlace {
  const value = valueOf(entry.pair);
  return {
    path: [...parent.path, entry.key],
    node: value === undefined ? undefined : follow(source.anchors, value),
    entry: { map: entry.map, pair: entry.pair },
    anchor: (isAlias(value) ? value.source : undefined) ?? entry.anchor ?? parent.anchor,
    merged: entry.merged,
    parent,
  };
}

/** The elements of a list, in order; none when `place` is no list. */
export function itemsOf(source: Source, place: YamlPlace): readonly YamlPlace[] {
  if (!isSeq(place.node)) return [];
  return place.node.items.filter(isNode).map((item, index) => ({
    path: [...place.path, index],
    node: follow(source.anchors, item),
    entry: undefined,
    anchor: isAlias(item) ? item.source : place.anchor,
    merged: false,
    parent: place,
  }));
}

/** What is found in a map is kept with it: several keys of it are asked for, for several images. */
const known = new WeakMap<YAMLMap, ReadonlyMap<string, EffectiveEntry>>();

function entriesByKey(anchors: Anchors, map: YAMLMap): ReadonlyMap<string, EffectiveEntry> {
  const kept = known.get(map);
  if (kept !== undefined) return kept;
  const entries = new Map<string, EffectiveEntry>();
  for (const entry of entriesOf(anchors, map)) if (!entries.has(entry.key)) entries.set(entry.key, entry);
  known.set(map, entries);
  return entries;
}

/**
 * All entries of a map: its own in their order, then what its merge keys bring and it does not have itself. Of several
 * merge keys the last one wins, as for Helm.
 */
export function entriesOf(anchors: Anchors, map: YAMLMap): readonly EffectiveEntry[] {
  const own = map.items.filter((pair) => !isMergeKey(pair));
  const entries: EffectiveEntry[] = own.map((pair) => ({
    key: keyOf(anchors, pair) ?? '',
    map,
    pair,
    merged: false,
    anchor: undefined,
  }));
  if (own.length === map.items.length) return entries;
  const known = new Set(entries.map(({ key }) => key));
  for (const entry of map.items
    .filter(isMergeKey)
    .toReversed()
    .flatMap((pair) => mergedEntries(anchors, pair))) {
    if (known.has(entry.key)) continue;
    known.add(entry.key);
    entries.push(entry);
  }
  return entries;
}

/** What one `<<` brings; in a list of maps the earlier map wins (YAML 1.1, merge key). */
function mergedEntries(anchors: Anchors, pair: Pair): readonly EffectiveEntry[] {
  const value = valueOf(pair);
  if (value === undefined) return [];
  const target = follow(anchors, value);
  const sources = isSeq(target) ? target.items.filter(isNode) : [target];
  return sources.flatMap((node) => {
    const map = follow(anchors, node);
    if (!isMap(map)) return [];
    const anchor = [node, value].find(isAlias)?.source;
    return entriesOf(anchors, map).map((entry) => ({
      ...entry,
      merged: true,
      anchor: entry.anchor ?? anchor,
    }));
  });
}

function rejectLaterMerge(source: Source, map: YAMLMap, own: EffectiveEntry): void {
  const index = map.items.indexOf(own.pair);
  const later = map.items
    .slice(index + 1)
    .filter(isMergeKey)
    .find((pair) => mergedEntries(source.anchors, pair).some(({ key }) => key === own.key));
  if (later === undefined) return;
  throw refusalAt(source, startOf(later.key), {
    code: 'target-ambiguous',
    message: `this merge key brings ${quoted(own.key)} again, which stands above it`,
    hint: 'readers of YAML do not agree which one counts: put the merge key first in its map',
  });
}

/**
 * A path as an annotation may hold it: `images[0].newTag`; a key that holds a dot is quoted. A key that is too long for a
 * message, or cannot be seen, is shown as `quoted` does.
 */
export function formatPath(path: Path): string {
  const isShown = path.every((step) => typeof step === 'number' || quoted(step) === `"${step}"`);
  if (isShown) return keyPathText(path);
  const texts = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${quoted(step)}`));
  return texts.join('').replace(/^\./, '');
}
