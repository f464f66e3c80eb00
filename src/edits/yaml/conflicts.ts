import type { Node, Pair } from 'yaml';
import { LynceusError } from '../../errors.ts';
import type { Fresh, Leaf } from './fresh.ts';
import { pathText, type Path, type Place } from './places.ts';
import type { TextFile } from './text-checks.ts';
import type { Wish } from './wishes.ts';

/** Entries that a map gets, in order. */
export type Entries = readonly (readonly [string, Fresh])[];

/** What each path is to say, under `pathKey`. */
export type Planned = ReadonlyMap<string, Leaf>;

/** Two paths that are one value by an alias have to agree just as two wishes for one path. Throws `conflicting-changes`. */
export function plannedLeaves(file: TextFile, wishes: readonly Wish[]): Planned {
  const byPath = new Map<string, Leaf>();
  const byNode = new Map<Node | Pair, Leaf>();
  for (const wish of wishes) {
    if (wish.kind !== 'set') continue;
    const { place, leaf } = wish;
    rejectConflict(file, place.path, [byPath.get(pathKey(place.path)), leaf]);
    byPath.set(pathKey(place.path), leaf);
    const target = targetOf(place);
    if (place.merged || target === undefined) continue;
    rejectConflict(file, place.path, [byNode.get(target), leaf]);
    byNode.set(target, leaf);
  }
  return byPath;
}

/** One string per path, the same for equal paths. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

/** What a change of a place is kept under: its value, or its entry where it has none; `undefined` for an empty file. */
export function targetOf(place: Place): Node | Pair | undefined {
  return place.node ?? place.entry?.pair;
}

/** Adds one entry to those that a map gets already. Maps are joined; anything else has to be equal. */
export function mergeEntry(
  file: TextFile,
  known: Entries,
  added: { readonly path: Path; readonly key: string; readonly value: Fresh },
): Entries {
  const { key, value, path } = added;
  const present = known.find(([name]) => name === key)?.[1];
  if (present === undefined) return [...known, [key, value]];
  const merged = mergeFresh(file, [...path, key], [present, value]);
  return known.map((entry) => (entry[0] === key ? [key, merged] : entry));
}

function mergeFresh(file: TextFile, path: Path, [known, value]: readonly [Fresh, Fresh]): Fresh {
  if (known.kind !== 'map' || value.kind !== 'map') {
    rejectConflict(file, path, [known, value]);
    return known;
  }
  const entries = value.entries.reduce<Entries>(
    (all, [key, inner]) => mergeEntry(file, all, { path, key, value: inner }),
    known.entries,
  );
  return { kind: 'map', entries };
}

/** Throws `conflicting-changes` when something else was wanted at the same path before. */
export function rejectConflict(
  file: TextFile,
  path: Path,
  [known, wanted]: readonly [unknown, unknown],
): void {
  if (known === undefined || sameContent(known, wanted)) return;
  throw new LynceusError(
    'conflicting-changes',
    `${file.file}: two images want different values at ${pathText(path)}`,
    { hint: 'give each image keys of its own' },
  );
}

/** Whether two pieces of plain data are equal, key order included. */
export function sameContent(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
