import type { Node, Pair } from 'yaml';
import { LynceusError } from '../../errors.ts';
import type { Entries, Leaf, NewContent } from './new-content.ts';
import { formatPath, type Path, type YamlPlace } from './places.ts';
import type { TextFile } from './text-checks.ts';
import type { Edit } from './edit.ts';

/** The value that each path is to have, under `pathKey`. */
export type Planned = ReadonlyMap<string, Leaf>;

/** Two paths that are one value by an alias have to agree just as two edits for one path. Throws `conflicting-changes`. */
export function plannedLeaves(file: TextFile, edits: readonly Edit[]): Planned {
  const byPath = new Map<string, Leaf>();
  const byNode = new Map<Node | Pair, Leaf>();
  for (const edit of edits) {
    if (edit.kind !== 'set') continue;
    const { place, leaf } = edit;
    rejectConflict(file, place.path, [byPath.get(pathKey(place.path)), leaf]);
    byPath.set(pathKey(place.path), leaf);
    const target = targetOf(place);
    if (place.merged || target === undefined) continue;
    rejectConflict(file, place.path, [byNode.get(target), leaf]);
    byNode.set(target, leaf);
  }
  return byPath;
}

/** Equal for two paths exactly when they are the same: a key may hold any character, so its length stands before it. */
export function pathKey(path: Path): string {
  return path.map((step) => (typeof step === 'number' ? `[${step}]` : `${step.length}:${step}`)).join('');
}

/** What a change of a place is kept under: its value, or its entry where it has none; `undefined` for an empty file. */
export function targetOf(place: YamlPlace): Node | Pair | undefined {
  return place.node ?? place.entry?.pair;
}

/** Adds one entry to those that a map gets already. Maps are joined; anything else has to be equal. */
export function mergeEntry(
  file: TextFile,
  known: Entries,
  added: { readonly path: Path; readonly key: string; readonly value: NewContent },
): Entries {
  const { key, value, path } = added;
  const present = known.find(([name]) => name === key)?.[1];
  if (present === undefined) return [...known, [key, value]];
  const merged = mergeContent(file, [...path, key], [present, value]);
  return known.map((entry) => (entry[0] === key ? [key, merged] : entry));
}

function mergeContent(
  file: TextFile,
  path: Path,
  [known, value]: readonly [NewContent, NewContent],
): NewContent {
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
    `${file.file}: two images want different values at ${formatPath(path)}`,
    { hint: 'give each image keys of its own' },
  );
}

/** Whether two pieces of plain data are equal, key order included. */
export function sameContent(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    left.length === right.length &&
    left.every(([key, value], index) => key === right[index]?.[0] && sameContent(value, right[index]?.[1]))
  );
}
