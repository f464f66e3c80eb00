import { isMap, isSeq } from 'yaml';
import { misfit } from './editor.ts';
import type { Fresh } from './yaml/fresh.ts';
import { isBlankValue } from './yaml/nodes.ts';
import { childOf, itemsOf, rootOf, type Place } from './yaml/places.ts';
import type { Source } from './yaml/source.ts';
import type { Wish } from './yaml/wishes.ts';

/** The list of an override file that Argo CD puts in the place of the Application's: `helm.parameters` for example. */
export interface OverrideList {
  readonly items: readonly Place[];
  /** Adds elements at its end; makes the list, and what it is in, where they are missing. */
  add(items: readonly Fresh[]): Wish;
}

/** Finds the list. Throws `target-unsupported` when the file is built differently: it is never replaced. */
export function overrideList(source: Source, block: string, key: string): OverrideList {
  const root = rootOf(source);
  const outer = childOf(source, root, block);
  if (outer === undefined) return missingList(root, [block, key]);
  if (isBlankValue(outer.node)) return missingList(outer, [key]);
  if (!isMap(outer.node)) throw misfit(source, outer, 'a map');
  const list = childOf(source, outer, key);
  if (list === undefined) return missingList(outer, [key]);
  if (!isSeq(list.node) && !isBlankValue(list.node)) throw misfit(source, list, 'a list');
  return { items: itemsOf(source, list), add: (items) => ({ kind: 'append', place: list, items }) };
}

function missingList(place: Place, keys: readonly string[]): OverrideList {
  return { items: [], add: (items) => ({ kind: 'add', place, keys, value: { kind: 'list', items } }) };
}
