import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  type CST,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { blockIndentOf } from './layout.ts';
import { endOf, isBlankValue, isBlock, startOf, valueOf } from './nodes.ts';
import { refusalAt } from './source.ts';
import type { TextFile } from './text-checks.ts';

/** Where things end in a file that is being changed: what goes away is not counted in. */
export interface TextContext {
  readonly file: TextFile;
  readonly removed: ReadonlySet<Pair>;
}

/** Offset behind the last character of the last entry of a block map. */
export function endOfMap(context: TextContext, map: YAMLMap): number {
  const last = map.items.findLast((pair) => !context.removed.has(pair));
  return last === undefined ? startOf(map) : endOfPair(context, last);
}

/** Offset behind the last character of the last element of a block list. */
export function endOfList(context: TextContext, list: YAMLSeq): number {
  const last = list.items.at(-1) as Node | undefined;
  if (!isBlankValue(last) && last !== undefined) return endOfValue(context, last);
  const token = list.srcToken;
  const starts = token?.type === 'block-seq' ? token.items.map(({ start }) => start) : [];
  const marks = starts.findLast((start) => start.some(({ type }) => type === 'seq-item-ind')) ?? [];
  return endOfMarks(marks, ['seq-item-ind', 'anchor', 'tag']) ?? endOf(list);
}

/** Offset behind the last character of an entry: its value, or what stands in the place of one. */
export function endOfPair(context: TextContext, pair: Pair): number {
  const value = valueOf(pair);
  return value === undefined || isBlankValue(value) ? endOfKey(pair) : endOfValue(context, value);
}

/** Offset behind the colon and what belongs to the value before it (anchor, tag); behind the key without a colon. */
export function endOfKey(pair: Pair): number {
  const behindColon = endOfMarks(pair.srcToken?.sep ?? [], ['map-value-ind', 'anchor', 'tag']);
  if (behindColon !== undefined) return behindColon;
  return isNode(pair.key) ? endOf(pair.key) : 0;
}

function endOfMarks(marks: readonly CST.SourceToken[], types: readonly string[]): number | undefined {
  const last = marks.findLast(({ type }) => types.includes(type));
  return last === undefined ? undefined : last.offset + last.source.length;
}

function endOfValue(context: TextContext, value: Node): number {
  if (blockIndentOf(value) !== undefined) {
    if (isMap(value)) return endOfMap(context, value);
    if (isSeq(value)) return endOfList(context, value);
  }
  return isScalar(value) && isBlock(value) ? endOfBlockScalar(context.file, value) : endOf(value);
}

/** A block scalar takes its last line end with it; without one its header decides whether a line end may be added. */
function endOfBlockScalar({ file, text }: TextFile, scalar: Node): number {
  const end = endOf(scalar);
  if (text[end - 1] === '\n') return text[end - 2] === '\r' ? end - 2 : end - 1;
  const header = text.slice(startOf(scalar), end).split('\n')[0] ?? '';
  if (/^[|>][0-9]?-/.test(header)) return end;
  throw refusalAt({ file, text }, end, {
    code: 'edit-unsafe',
    message: 'nothing can be added after a block scalar that the file ends in without a line end',
    hint: 'end the file with a line feed',
  });
}

/** The end of the line an offset is in, before its line end. */
export function lineEndAfter(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset);
  if (feed < 0) return text.length;
  return feed > offset && text[feed - 1] === '\r' ? feed - 1 : feed;
}

/** The offset at which the line of an offset begins. */
export function lineStartBefore(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** The line end in use at an offset: the one that follows, else the last one above, else LF. */
export function lineEndStyle(text: string, offset: number): '\n' | '\r\n' {
  const following = text.indexOf('\n', offset);
  const feed = following < 0 ? text.lastIndexOf('\n') : following;
  return feed > 0 && text[feed - 1] === '\r' ? '\r\n' : '\n';
}
