import { isMap, isScalar, isSeq, type Pair } from 'yaml';
import { LynceusError } from '../../errors.ts';
import type { EditDraft } from './draft.ts';
import { removeEntry } from './remove.ts';
import { leafText, type NewContent, type Leaf } from './new-content.ts';
import {
  insertBelowKey,
  insertIntoList,
  insertIntoMap,
  insertIntoEmptyFile,
  type InsertContext,
} from './insert.ts';
import { layoutOf } from './layout.ts';
import { isBlankValue } from './nodes.ts';
import { formatPath, type YamlPlace } from './places.ts';
import { fillEntry, renameEntry, replaceScalar } from './replace.ts';
import type { Source } from './source.ts';
import type { Splice } from './splice.ts';

/** The bytes that a draft changes. Throws `key-unsupported` where the file is written too unusually for that. */
export function planSplices(source: Source, draft: EditDraft): readonly Splice[] {
  const removed = new Set(draft.removed.keys());
  const context: InsertContext = { file: source, removed, layout: layoutOf(source) };
  return [
    ...[...draft.leaves.values()].map(({ place, leaf }) => leafSplice(source, place, leaf)),
    ...[...draft.renamed].flatMap(([pair, to]) => renameEntry(source, pair, to)),
    ...[...draft.entries.values()].flatMap(({ place, entries }) => {
      if (isMap(place.node)) return insertIntoMap(context, place.node, entries);
      return place.parent === undefined
        ? insertIntoEmptyFile(context, entries)
        : insertBelow(context, place, { kind: 'map', entries });
    }),
    ...[...draft.items.values()].flatMap(({ place, items }) => {
      if (isSeq(place.node)) return insertIntoList(context, place.node, items);
      return insertBelow(context, place, { kind: 'list', items });
    }),
    ...[...draft.removed].map(([pair, place]) => removeEntry(context, entryOf(source, place).map, pair)),
  ];
}

function leafSplice(source: Source, place: YamlPlace, leaf: Leaf): Splice {
  if (isScalar(place.node) && !isBlankValue(place.node)) return replaceScalar(source, place.node, leaf);
  return fillEntry(source, entryOf(source, place).pair, leafText(leaf));
}

function insertBelow(context: InsertContext, place: YamlPlace, value: NewContent): readonly Splice[] {
  return insertBelowKey(context, entryOf(context.file, place), value);
}

function entryOf(
  source: Source,
  place: YamlPlace,
): { readonly map: NonNullable<YamlPlace['entry']>['map']; readonly pair: Pair } {
  if (place.entry !== undefined) return place.entry;
  throw new LynceusError(
    'key-unsupported',
    `${source.file}: expected something at ${formatPath(place.path)}, found an empty element of a list`,
  );
}
