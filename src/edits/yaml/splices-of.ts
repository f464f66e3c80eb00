import { isMap, isScalar, isSeq, type Pair } from 'yaml';
import { LynceusError } from '../../errors.ts';
import type { Draft } from './draft.ts';
import { dropEntry } from './drop.ts';
import { leafText, type Fresh, type Leaf } from './fresh.ts';
import { growBlank, growList, growMap, growRoot, type Growth } from './grow.ts';
import { layoutOf } from './layout.ts';
import { isBlankValue } from './nodes.ts';
import { pathText, type Place } from './places.ts';
import { fillEntry, renameEntry, replaceScalar } from './replace.ts';
import type { Source } from './source.ts';
import type { Splice } from './splice.ts';

/** The bytes that a draft changes. Throws `key-unsupported` where the file is written too unusually for that. */
export function splicesOf(source: Source, draft: Draft): readonly Splice[] {
  const dropped = new Set(draft.dropped.keys());
  const growth: Growth = { file: source, dropped, layout: layoutOf(source) };
  return [
    ...[...draft.leaves.values()].map(({ place, leaf }) => leafSplice(source, place, leaf)),
    ...[...draft.renamed].flatMap(([pair, to]) => renameEntry(source, pair, to)),
    ...[...draft.entries.values()].map(({ place, entries }) => {
      if (isMap(place.node)) return growMap(growth, place.node, entries);
      return place.parent === undefined
        ? growRoot(growth, entries)
        : growEmpty(growth, place, { kind: 'map', entries });
    }),
    ...[...draft.items.values()].map(({ place, items }) => {
      if (isSeq(place.node)) return growList(growth, place.node, items);
      return growEmpty(growth, place, { kind: 'list', items });
    }),
    ...[...draft.dropped].map(([pair, place]) => dropEntry(growth, entryOf(source, place).map, pair)),
  ];
}

function leafSplice(source: Source, place: Place, leaf: Leaf): Splice {
  if (isScalar(place.node) && !isBlankValue(place.node)) return replaceScalar(source, place.node, leaf);
  return fillEntry(source, entryOf(source, place).pair, leafText(leaf));
}

function growEmpty(growth: Growth, place: Place, value: Fresh): Splice {
  return growBlank(growth, entryOf(growth.file, place), value);
}

function entryOf(
  source: Source,
  place: Place,
): { readonly map: NonNullable<Place['entry']>['map']; readonly pair: Pair } {
  if (place.entry !== undefined) return place.entry;
  throw new LynceusError(
    'key-unsupported',
    `${source.file}: expected something at ${pathText(place.path)}, found an empty element of a list`,
  );
}
