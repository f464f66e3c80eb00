import type { Pair, YAMLMap } from 'yaml';
import { endOfPair, lineEndAfter, lineStartBefore, type TextContext } from './offsets.ts';
import { blockIndentOf } from './layout.ts';
import { startOf } from './nodes.ts';
import { refusalAt } from './source.ts';
import { VALUE_RANK, type Splice } from './splice.ts';

const SIMPLE_KEY: readonly string[] = ['space', 'newline', 'comment', 'comma'];

/** Takes an entry out of its map: its lines in a block map, the entry and one comma in a flow map. */
export function removeEntry(context: TextContext, map: YAMLMap, pair: Pair): Splice {
  if (pair.srcToken?.start.some(({ type }) => !SIMPLE_KEY.includes(type)) === true) {
    throw refusalAt(context.file, startOf(pair.key), {
      code: 'key-unsupported',
      message: 'expected a simple key, found one with an anchor, a tag or a question mark',
    });
  }
  return blockIndentOf(map) === undefined ? removeFlowEntry(context, map, pair) : removeLines(context, pair);
}

function removeLines(context: TextContext, pair: Pair): Splice {
  const { text } = context.file;
  const key = startOf(pair.key);
  const lineStart = lineStartBefore(text, key);
  const feed = text.indexOf('\n', lineEndAfter(text, endOfPair(context, pair)));
  const next = feed < 0 ? text.length : feed + 1;
  if (text.slice(lineStart, key).trim() !== '')
    return { start: key, end: skipSpaces(text, next), text: '', rank: VALUE_RANK };
  if (feed >= 0) return { start: lineStart, end: next, text: '', rank: VALUE_RANK };
  // The last line of a file without a final line end: the line above takes over its end.
  return {
    start: lineEndAfter(text, lineStartBefore(text, lineStart - 1)),
    end: next,
    text: '',
    rank: VALUE_RANK,
  };
}

/** The entry stands behind the dash of its element: the next one moves up to its place. */
function skipSpaces(text: string, offset: number): number {
  let end = offset;
  while (text[end] === ' ') end += 1;
  return end;
}

function removeFlowEntry(context: TextContext, map: YAMLMap, pair: Pair): Splice {
  const { text } = context.file;
  const index = map.items.indexOf(pair);
  const [start, end] = [startOf(pair.key), endOfPair(context, pair)];
  const next = map.items[index + 1];
  const previous = map.items[index - 1];
  if (next !== undefined && isJustComma(text.slice(end, startOf(next.key)))) {
    return { start, end: startOf(next.key), text: '', rank: VALUE_RANK };
  }
  if (previous !== undefined && isJustComma(text.slice(endOfPair(context, previous), start))) {
    return { start: endOfPair(context, previous), end, text: '', rank: VALUE_RANK };
  }
  throw refusalAt(context.file, start, {
    code: 'key-unsupported',
    message: 'expected nothing but a comma next to this entry, found a comment',
    hint: 'move the comment, or write the map in block style',
  });
}

function isJustComma(between: string): boolean {
  return /^\s*,\s*$/.test(between);
}
