import { isMap, isScalar } from 'yaml';
import { parseKeyPath } from '../core/key-path.ts';
import {
  entriesOf,
  itemsOf,
  formatPath,
  placeOfEntry,
  rootOf,
  type Path,
  type YamlPlace,
} from './yaml/places.ts';
import type { Source } from './yaml/source.ts';

const MOST_SEEN = 5_000;
const MOST_NAMED = 3;

/**
 * The keys of a file that a person may have meant, best first, as an annotation accepts them: those that begin or end with
 * the same keys. A key that shares nothing with the wanted one is never named.
 */
export function nearestKeys(source: Source, wanted: string): readonly string[] {
  const steps = stepsOf(wanted);
  const scored = leafPaths(source)
    .map((path) => ({ path, score: likeness(path.map(String), steps) }))
    .filter(({ score }) => score > 0);
  const best = Math.max(0, ...scored.map(({ score }) => score));
  return scored
    .filter(({ score }) => score === best)
    .slice(0, MOST_NAMED)
    .map(({ path }) => formatPath(path));
}

/** Keys and numbers; what is written without quotes may be a part of a key with dots, which does not matter here. */
function stepsOf(wanted: string): readonly string[] {
  const steps = parseKeyPath(wanted);
  if (steps === undefined) return [wanted];
  return steps.map((step) => {
    switch (step.kind) {
      case 'key':
        return step.key;
      case 'index':
        return String(step.index);
      case 'element':
        return `${step.key}=${step.value}`;
    }
  });
}

/** How many keys two paths share at their beginning and at their end. */
function likeness(path: readonly string[], wanted: readonly string[]): number {
  return sharedLength(path, wanted) + sharedLength(path.toReversed(), wanted.toReversed());
}

function sharedLength(a: readonly string[], b: readonly string[]): number {
  const different = a.findIndex((step, index) => step !== b[index]);
  return different < 0 ? a.length : different;
}

/** The paths of single values, near the root first; no more than a person would read through. */
function leafPaths(source: Source): readonly Path[] {
  const leaves: Path[] = [];
  const queue: YamlPlace[] = [rootOf(source)];
  for (let index = 0; index < queue.length && index < MOST_SEEN; index += 1) {
    const place = queue[index];
    if (place === undefined) break;
    if (isScalar(place.node)) leaves.push(place.path);
    else for (const child of childrenOf(source, place)) queue.push(child);
  }
  return leaves;
}

function childrenOf(source: Source, place: YamlPlace): readonly YamlPlace[] {
  if (!isMap(place.node)) return itemsOf(source, place);
  const own = entriesOf(source.anchors, place.node).filter(({ merged }) => !merged);
  return own.map((entry) => placeOfEntry(source, place, entry));
}
