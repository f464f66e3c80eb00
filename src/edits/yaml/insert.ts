import { isMap, isScalar, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import {
  endOfKey,
  endOfList,
  endOfMap,
  endOfPair,
  lineEndAfter,
  lineEndStyle,
  type TextContext,
} from './offsets.ts';
import {
  entryLines,
  flowEntryText,
  flowText,
  itemLines,
  linesBelow,
  type Entries,
  type NewContent,
  type Layout,
} from './new-content.ts';
import { blockIndentOf } from './layout.ts';
import { endOf, isBlankValue, startOf, valueOf } from './nodes.ts';
import { fillEntry } from './replace.ts';
import { refusalAt, type Source } from './source.ts';
import { rankOfIndent, VALUE_RANK, type Splice } from './splice.ts';

/** What is needed to put new lines into a file. */
export interface InsertContext extends TextContext {
  readonly file: Source;
  readonly layout: Layout;
}

/** Puts the first entries into a file that holds none, below its comments. */
export function insertIntoEmptyFile({ file, layout }: InsertContext, entries: Entries): Splice {
  const { text, blank } = file;
  const lineEnd = lineEndStyle(text, blank);
  const lines = entries.flatMap((entry) => entryLines(layout, 0, entry)).join(lineEnd);
  const isLineStart = blank === 0 || text[blank - 1] === '\n' || text[blank - 1] === '\uFEFF';
  const added = isLineStart ? `${lines}${lineEnd}` : `${lineEnd}${lines}`;
  return { start: blank, end: blank, text: added, rank: rankOfIndent(0) };
}

/** Puts entries at the end of a map, in its own style. */
export function insertIntoMap(context: InsertContext, map: YAMLMap, entries: Entries): Splice {
  const indent = blockIndentOf(map);
  if (indent === undefined) return insertIntoFlowMap(context, map, entries);
  const lines = entries.flatMap((entry) => entryLines(context.layout, indent, entry));
  return linesAfter(context, endOfMap(context, map), { lines, indent });
}

/** Puts elements at the end of a list, in its own style. */
export function insertIntoList(context: InsertContext, list: YAMLSeq, items: readonly NewContent[]): Splice {
  const indent = blockIndentOf(list);
  if (indent === undefined) return insertIntoFlowList(context, list, items);
  const layout = { ...context.layout, gap: gapOf(list) ?? context.layout.gap };
  const lines = items.flatMap((item) => itemLines(layout, indent, item));
  return linesAfter(context, endOfList(context, list), { lines, indent });
}

/** Puts a map or a list below a key that has nothing yet, or in the place of its `null`. */
export function insertBelowKey(
  context: InsertContext,
  { map, pair }: { readonly map: YAMLMap; readonly pair: Pair },
  value: NewContent,
): readonly Splice[] {
  const indent = blockIndentOf(map);
  const written = valueOf(pair);
  const nothing = written === undefined || isBlankValue(written) ? undefined : written;
  if (indent === undefined) {
    const text = flowText(value, isJson(map));
    if (nothing === undefined) return [fillEntry(context.file, pair, text)];
    return [{ start: startOf(nothing), end: endOf(nothing), text, rank: VALUE_RANK }];
  }
  const lines = linesBelow(context.layout, indent, value);
  const added = { lines, indent: indent + 1 };
  if (nothing === undefined) return [linesAfter(context, endOfKey(pair), added)];
  return [removeNull(context.file, endOfKey(pair), nothing), linesAfter(context, endOf(nothing), added)];
}

function removeNull(file: Source, start: number, nothing: Node): Splice {
  if (/^[ \t]*$/.test(file.text.slice(start, startOf(nothing))))
    return { start, end: endOf(nothing), text: '', rank: VALUE_RANK };
  throw refusalAt(file, startOf(nothing), {
    code: 'key-unsupported',
    message: 'expected null on the line of its key, found it below',
    hint: 'remove it',
  });
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
  { file }: InsertContext,
  offset: number,
  added: { readonly lines: readonly string[]; readonly indent: number },
): Splice {
  const position = lineEndAfter(file.text, offset);
  if (!/^\s*(?:#.*)?$/.test(file.text.slice(offset, position))) {
    throw refusalAt(file, offset, {
      code: 'edit-unsafe',
      message: 'expected the line to end here, found more',
    });
  }
  const lineEnd = lineEndStyle(file.text, position);
  const text = added.lines.map((line) => `${lineEnd}${line}`).join('');
  return { start: position, end: position, text, rank: rankOfIndent(added.indent) };
}

function insertIntoFlowMap(context: InsertContext, map: YAMLMap, entries: Entries): Splice {
  const text = entries.map((entry) => flowEntryText(entry, isJson(map))).join(', ');
  const last = map.items.findLast((pair) => !context.removed.has(pair));
  return flowSplice(context, map, { end: last === undefined ? undefined : endOfPair(context, last), text });
}

function insertIntoFlowList(context: InsertContext, list: YAMLSeq, items: readonly NewContent[]): Splice {
  const last = list.items.at(-1) as Node | undefined;
  const asJson = isScalar(last) ? last.type === 'QUOTE_DOUBLE' : isMap(last) && isJson(last);
  const text = items.map((item) => flowText(item, asJson)).join(', ');
  return flowSplice(context, list, { end: last === undefined ? undefined : endOf(last), text });
}

/** Behind the last element with a comma, or right behind the bracket of an empty collection. */
function flowSplice(
  { file }: InsertContext,
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
