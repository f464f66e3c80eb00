import { isCollection, isScalar, type Node } from 'yaml';
import { mayHoldMarks, readHoldMark, type HoldMark } from './hold-mark.ts';
import { commentsOf, type Comment } from './yaml/comments.ts';
import { endOf, isBlankValue, isBlock, startOf, valueOf } from './yaml/nodes.ts';
import { lineEndAfter, lineStartBefore } from './yaml/offsets.ts';
import { formatPath, type YamlPlace } from './yaml/places.ts';
import { refusalAt, type Source } from './yaml/source.ts';
import type { TextFile } from './yaml/text-checks.ts';
import { plainLine } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';

/** Longest reason that is written. */
const LONGEST_REASON = 200;

/** A comment that holds something. */
export interface Hold {
  /** What a person wrote behind `# lynceus: hold`, `''` for nothing. */
  readonly reason: string;
  /** The line of the comment in its file, from 1. */
  readonly line: number;
  /** The key beside which it stands. */
  readonly key: string;
}

/**
 * The comment `# lynceus: hold` beside one of these values: on the line of its key, on the line it ends on, or in the
 * lines of comment right above its key. `undefined` when there is none.
 */
export function readHold(source: Source, places: readonly YamlPlace[]): Hold | undefined {
  const [mark] = marksBeside(source, places);
  return mark && holdOf(source, mark);
}

/** The same beside what these values are in, the nearest first: such a comment holds all of it. */
export function readHoldAbove(source: Source, places: readonly YamlPlace[]): Hold | undefined {
  return readHold(source, containersOf(places));
}

/** Every mark of a text, whatever it stands beside. */
export function marksIn(
  text: string,
  comments: readonly Comment[] = commentsIn(text),
): readonly PlacedMark[] {
  let line = 1;
  let seen = 0;
  return comments.flatMap((comment) => {
    const mark = readHoldMark(text.slice(comment.start, comment.end));
    if (mark === undefined) return [];
    line += text.slice(seen, comment.start).split('\n').length - 1;
    seen = comment.start;
    return [{ comment, mark, line, text: text.slice(comment.start + mark.start, comment.end) }];
  });
}

function commentsIn(text: string): readonly Comment[] {
  return mayHoldMarks(text) ? commentsOf(text) : [];
}

/** Lines of the file with a mark that belongs to these values or to what they are in, whether it is spelled well or not. */
export function markedLines(source: Source, places: readonly YamlPlace[]): readonly number[] {
  const found = placedMarks(source, [...places, ...containersOf(places)], () => true);
  return found.map(({ mark }) => lineInFile(source, mark.line));
}

/**
 * The text with the comment beside the first of these values, replacing one that is there: but without a reason that
 * one stays, with the reason that it has. Throws `key-unsupported`
 * where no comment can stand: in JSON, beside a value that is shared, or where the line ends inside a string.
 */
export function writeHold(source: Source, places: readonly YamlPlace[], reason: string): string {
  const present = readHold(source, places)?.reason;
  const wanted = plainReason(reason);
  if (present !== undefined && (wanted === '' || wanted === present)) return source.text;
  if (present !== undefined) return rewriteHold(source, places, reason);
  const offset = endOfLineFor(source, places[0]);
  const comment = commentText(reason);
  return `${source.text.slice(0, offset)} ${comment}${source.text.slice(offset)}`;
}

/** The text without such a comment beside any of these values; the very same string when there is none. */
export function removeHold(source: Source, places: readonly YamlPlace[]): string {
  const marks = marksBeside(source, places).map(({ mark }) => mark);
  return replaceMarks(source, marks, () => '');
}

/** A reason as it is read again: on one line, and without what would be taken for its separator. */
export function plainReason(reason: string): string {
  const line = plainLine(reason).replace(/\s+/g, ' ');
  const bare = line.replace(/^[\s,;:–-]+/u, '').trim();
  return [...bare].slice(0, LONGEST_REASON).join('').trim();
}

function commentText(reason: string): string {
  const plain = plainReason(reason);
  return plain === '' ? '# lynceus: hold' : `# lynceus: hold ${plain}`;
}

function rewriteHold(source: Source, places: readonly YamlPlace[], reason: string): string {
  const marks = marksBeside(source, places).map(({ mark }) => mark);
  return replaceMarks(source, marks, (mark) => (mark === marks[0] ? commentText(reason) : ''));
}

function replaceMarks(
  { text }: TextFile,
  marks: readonly PlacedMark[],
  replacement: (mark: PlacedMark) => string,
): string {
  return marks
    .toSorted((a, b) => b.comment.start - a.comment.start)
    .reduce((after, placed) => {
      const { comment, mark } = placed;
      const [start, end] = [comment.start + mark.start, comment.end];
      const instead = replacement(placed);
      if (instead !== '') return after.slice(0, start) + instead + after.slice(end);
      const isWholeLine = comment.alone && mark.start === 0;
      const from = isWholeLine ? lineStartBefore(text, start) : endOfText(text, start);
      return after.slice(0, from) + after.slice(isWholeLine ? nextLine(text, end) : end);
    }, text);
}

function endOfText(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && /[ \t]/.test(text[start - 1] ?? '')) start -= 1;
  return start;
}

function nextLine(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset);
  return feed < 0 ? text.length : feed + 1;
}

/** A mark and the comment that it is in. */
export interface PlacedMark {
  readonly comment: Comment;
  readonly mark: HoldMark;
  /** From 1, in the text that was read. */
  readonly line: number;
  /** As written, from its `#` on. */
  readonly text: string;
}

interface Commented {
  readonly comments: readonly Comment[];
  readonly marks: readonly PlacedMark[];
}

/** What is found in a source is kept with it: many images may be in one file. */
const known = new WeakMap<Source, Commented>();

function commentedOf(source: Source): Commented {
  const kept = known.get(source);
  if (kept !== undefined) return kept;
  const comments = commentsIn(source.text);
  const commented = { comments, marks: marksIn(source.text, comments) };
  known.set(source, commented);
  return commented;
}

interface MarkAtPlace {
  readonly mark: PlacedMark;
  readonly place: YamlPlace;
}

/** The marks that hold these values, in the order of the places. */
function marksBeside(source: Source, places: readonly YamlPlace[]): readonly MarkAtPlace[] {
  return placedMarks(source, places, ({ spelling }) => spelling !== 'unclear');
}

function placedMarks(
  source: Source,
  places: readonly YamlPlace[],
  counts: (mark: HoldMark) => boolean,
): readonly MarkAtPlace[] {
  const { comments, marks: all } = commentedOf(source);
  const marks = all.filter(({ mark }) => counts(mark));
  if (marks.length === 0) return [];
  const found = new Map<PlacedMark, MarkAtPlace>();
  for (const place of places) {
    const { lines, first } = linesOf(source, place);
    const above = linesOfCommentAbove(source, first, comments);
    for (const mark of marks) {
      const line = lineStartBefore(source.text, mark.comment.start);
      const isHere = mark.comment.alone ? above.has(line) : lines.includes(line);
      if (isHere && !found.has(mark)) found.set(mark, { mark, place });
    }
  }
  return [...found.values()];
}

function lineInFile({ firstLine }: Source, line: number): number {
  return line + firstLine - 1;
}

function holdOf(source: Source, { mark, place }: MarkAtPlace): Hold {
  return {
    reason: mark.mark.reason,
    line: lineInFile(source, mark.line),
    key: formatPath(place.path),
  };
}

/** The maps and lists that values are in, from the inside out, without the whole file. */
function containersOf(places: readonly YamlPlace[]): readonly YamlPlace[] {
  const found = new Map<Node | undefined, YamlPlace>();
  for (const place of places)
    for (let { parent } = place; parent !== undefined && parent.path.length > 0; { parent } = parent)
      if (!found.has(parent.node)) found.set(parent.node, parent);
  return [...found.values()];
}

/** Where the lines of comment start that reach down to this line without a gap. A person's reason may take several. */
function linesOfCommentAbove(
  { text }: TextFile,
  below: number,
  comments: readonly Comment[],
): ReadonlySet<number> {
  const alone = new Set(comments.filter((one) => one.alone).map(({ start }) => lineStartBefore(text, start)));
  const found = new Set<number>();
  for (let line = below; line > 0;) {
    line = lineStartBefore(text, line - 1);
    if (!alone.has(line)) break;
    found.add(line);
  }
  return found;
}

/** Where the lines of a value start: that of its key, and those where it begins and ends. */
function linesOf(
  { text }: TextFile,
  { node, entry }: YamlPlace,
): { readonly lines: readonly number[]; readonly first: number } {
  const written = entry === undefined ? undefined : valueOf(entry.pair);
  const key = entry === undefined ? node : (entry.pair.key as Node);
  const first = lineStartBefore(text, startOf(key));
  const values = [written, node].filter((one) => isSingle(one) && !isBlankValue(one)) as readonly Node[];
  const offsets = values.flatMap((one) => [
    startOf(one),
    isScalar(one) && isBlock(one) ? startOf(one) : endOf(one),
  ]);
  return { first, lines: [first, ...offsets.map((offset) => lineStartBefore(text, offset))] };
}

/** A scalar, or a map or list in braces or brackets: what stands behind its end belongs to it. */
function isSingle(node: Node | undefined): boolean {
  return isScalar(node) || (isCollection(node) && node.flow === true);
}

/** Where a comment would go: behind everything on the line on which the value ends. */
function endOfLineFor(source: Source, place: YamlPlace | undefined): number {
  const written = place?.entry === undefined ? place?.node : valueOf(place.entry.pair);
  if (place === undefined || written === undefined || isBlankValue(written)) throw noVersion(source, place);
  const isJson = source.root?.flow === true;
  if (isJson || place.merged || !('range' in written)) {
    throw refusalAt(source, startOf(written), {
      code: 'key-unsupported',
      message: `no comment can stand beside ${formatPath(place.path)}: ${isJson ? 'the file is written as JSON' : 'its value is shared with other keys'}`,
      hint: 'hold the image with the annotation <alias>.hold',
    });
  }
  const isInHeader = isScalar(written) && isBlock(written);
  return lineEndAfter(source.text, isInHeader ? startOf(written) : endOf(written));
}

function noVersion(source: Source, place: YamlPlace | undefined): LynceusError {
  const where = place === undefined ? '' : ` at ${formatPath(place.path)}`;
  return new LynceusError('key-unsupported', `${source.file}: there is no version${where} to be held`, {
    hint: 'hold the image with the annotation <alias>.hold',
  });
}
