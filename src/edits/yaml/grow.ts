import { isMap, isScalar, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import {
  endOfKey,
  endOfList,
  endOfMap,
  endOfPair,
  lineEndAfter,
  lineEndStyle,
  type Surroundings,
} from './ends.ts';
import {
  entryLines,
  flowEntryText,
  flowText,
  itemLines,
  linesBelow,
  type Fresh,
  type Layout,
} from './fresh.ts';
import { blockIndentOf } from './layout.ts';
import { endOf, startOf } from './nodes.ts';
import { fillEntry } from './replace.ts';
import { refuse, type Source } from './source.ts';
import { rankOfIndent, VALUE_RANK, type Splice } from './splice.ts';

type Entries = readonly (readonly [string, Fresh])[];

/** What is needed to put new lines into a file. */
export interface Growth extends Surroundings {
  readonly file: Source;
  readonly layout: Layout;
}

/** Puts the first entries into a file that holds none, below its comments. */
export function growRoot({ file, layout }: Growth, entries: Entries): Splice {
  const { text, blank } = file;
  const lineEnd = lineEndStyle(text, blank);
  const lines = entries.flatMap((entry) => entryLines(layout, 0, entry)).join(lineEnd);
  const isLineStart = blank === 0 || text[blank - 1] === '\n' || text[blank - 1] === '\uFEFF';
  const added = isLineStart ? `${lines}${lineEnd}` : `${lineEnd}${lines}`;
  return { start: blank, end: blank, text: added, rank: rankOfIndent(0) };
}

/** Puts entries at the end of a map, in its own style. */
export function growMap(growth: Growth, map: YAMLMap, entries: Entries): Splice {
  const indent = blockIndentOf(map);
  if (indent === undefined) return growFlowMap(growth, map, entries);
  const lines = entries.flatMap((entry) => entryLines(growth.layout, indent, entry));
  return linesAfter(growth, endOfMap(growth, map), { lines, indent });
}

/** Puts elements at the end of a list, in its own style. */
export function growList(growth: Growth, list: YAMLSeq, items: readonly Fresh[]): Splice {
  const indent = blockIndentOf(list);
  if (indent === undefined) return growFlowList(growth, list, items);
  const layout = { ...growth.layout, gap: gapOf(list) ?? growth.layout.gap };
  const lines = items.flatMap((item) => itemLines(layout, indent, item));
  return linesAfter(growth, endOfList(growth, list), { lines, indent });
}

/** Puts a map or a list below a key that has nothing yet. */
export function growBlank(
  growth: Growth,
  at: { readonly map: YAMLMap; readonly pair: Pair },
  value: Fresh,
): Splice {
  const indent = blockIndentOf(at.map);
  if (indent === undefined) return fillEntry(growth.file, at.pair, flowText(value, isJson(at.map)));
  const lines = linesBelow(growth.layout, indent, value);
  return linesAfter(growth, endOfKey(at.pair), { lines, indent: indent + 1 });
}

/** The columns between a dash and its content in the last element of the list that is a map. */
function gapOf(list: YAMLSeq): number | undefined {
  const last = (list.items as readonly Node[]).findLast(
    (item) => isMap(item) && blockIndentOf(item) !== undefined,
  );
  const inner = blockIndentOf(last);
  const outer = blockIndentOf(list);
  return inner === undefined || outer === undefined ? undefined : inner - outer;
}

/** Adds whole lines below the line of an offset, behind its comment. */
function linesAfter(
  { file }: Growth,
  offset: number,
  added: { readonly lines: readonly string[]; readonly indent: number },
): Splice {
  const position = lineEndAfter(file.text, offset);
  if (!/^\s*(?:#.*)?$/.test(file.text.slice(offset, position))) {
    throw refuse(file, offset, { code: 'edit-unsafe', message: 'expected the line to end here, found more' });
  }
  const lineEnd = lineEndStyle(file.text, position);
  const text = added.lines.map((line) => `${lineEnd}${line}`).join('');
  return { start: position, end: position, text, rank: rankOfIndent(added.indent) };
}

function growFlowMap(growth: Growth, map: YAMLMap, entries: Entries): Splice {
  const text = entries.map((entry) => flowEntryText(entry, isJson(map))).join(', ');
  const last = map.items.findLast((pair) => !growth.dropped.has(pair));
  return flowSplice(growth, map, { end: last === undefined ? undefined : endOfPair(growth, last), text });
}

function growFlowList(growth: Growth, list: YAMLSeq, items: readonly Fresh[]): Splice {
  const last = list.items.at(-1) as Node | undefined;
  const asJson = isScalar(last) ? last.type === 'QUOTE_DOUBLE' : isMap(last) && isJson(last);
  const text = items.map((item) => flowText(item, asJson)).join(', ');
  return flowSplice(growth, list, { end: last === undefined ? undefined : endOf(last), text });
}

/** Behind the last element with a comma, or right behind the bracket of an empty collection. */
function flowSplice(
  { file }: Growth,
  collection: Node,
  added: { readonly end: number | undefined; readonly text: string },
): Splice {
  if (added.end === undefined) {
    const inside = startOf(collection) + 1;
    return { start: inside, end: inside, text: added.text, rank: VALUE_RANK + 1 };
  }
  // Go reads `a:,` as the key "a:", so a key without a value keeps its distance from the comma.
  const comma = file.text[added.end - 1] === ':' ? ' , ' : ', ';
  return { start: added.end, end: added.end, text: `${comma}${added.text}`, rank: VALUE_RANK + 1 };
}

/** Whether a flow map is written as JSON, so that what is added has to be JSON too. */
function isJson(map: YAMLMap): boolean {
  return map.items.length > 0 && map.items.every(({ key }) => isScalar(key) && key.type === 'QUOTE_DOUBLE');
}
