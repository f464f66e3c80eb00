import { isMap, isSeq } from 'yaml';
import { unexpectedShape } from './editor.ts';
import type { NewContent } from './yaml/new-content.ts';
import { isNullValue } from './yaml/nodes.ts';
import { childOf, itemsOf, rootOf, type YamlPlace } from './yaml/places.ts';
import type { Source } from './yaml/source.ts';
import type { Edit } from './yaml/edit.ts';

/** The list of an override file that Argo CD puts in the place of the Application's: `helm.parameters` for example. */
export interface OverrideList {
  readonly items: readonly YamlPlace[];
  /** Adds elements at its end; makes the list, and what it is in, where they are missing. */
  add(items: readonly NewContent[]): Edit;
}

/** Finds the list. Throws `target-unsupported` when the file is built differently: it is never replaced. */
export function overrideList(source: Source, block: string, key: string): OverrideList {
  const root = rootOf(source);
  const outer = childOf(source, root, block);
  if (outer === undefined) return missingList(root, [block, key]);
  if (isNullValue(outer.node)) return missingList(outer, [key]);
  if (!isMap(outer.node)) throw unexpectedShape(source, outer, 'a map');
  const list = childOf(source, outer, key);
  if (list === undefined) return missingList(outer, [key]);
  if (!isSeq(list.node) && !isNullValue(list.node)) throw unexpectedShape(source, list, 'a list');
  return { items: itemsOf(source, list), add: (items) => ({ kind: 'append', place: list, items }) };
}

function missingList(place: YamlPlace, keys: readonly string[]): OverrideList {
  return { items: [], add: (items) => ({ kind: 'add', place, keys, value: { kind: 'list', items } }) };
}
