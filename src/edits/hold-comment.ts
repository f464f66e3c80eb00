import { isScalar, type Node } from 'yaml';
import { commentsOf, type Comment } from './yaml/comments.ts';
import { endOf, isBlankValue, isBlock, startOf, valueOf } from './yaml/nodes.ts';
import { lineEndAfter, lineStartBefore } from './yaml/offsets.ts';
import { formatPath, type YamlPlace } from './yaml/places.ts';
import { refusalAt, type Source } from './yaml/source.ts';
import type { TextFile } from './yaml/text-checks.ts';
import { plainLine } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';

/** `# lynceus: hold`, at the start of a comment or behind another `#` in it, and the reason behind it. */
const MARK = /(?:^|[ \t])#+[ \t]*lynceus:[ \t]*hold(?![\w-])[ \t]*[,;:–-]?[ \t]*(.*)$/iu;

/** Longest reason that is written. */
const LONGEST_REASON = 200;

/**
 * What a person wrote behind `# lynceus: hold` beside one of these values (on the line of its key, on the line it ends
 * on, or in the lines of comment right above its key), `''` for nothing; `undefined` when there is no such comment.
 */
export function readHold(source: Source, places: readonly YamlPlace[]): string | undefined {
  const [mark] = marksFor(source, places);
  return mark === undefined ? undefined : reasonIn(source, mark);
}

/**
 * The text with the comment beside the first of these values, replacing one that is there: but without a reason that
 * one stays, with the reason that it has. Throws `key-unsupported`
 * where no comment can stand: in JSON, beside a value that is shared, or where the line ends inside a string.
 */
export function writeHold(source: Source, places: readonly YamlPlace[], reason: string): string {
  const present = readHold(source, places);
  const wanted = plainReason(reason);
  if (present !== undefined && (wanted === '' || wanted === present)) return source.text;
  if (present !== undefined) return rewriteHold(source, places, reason);
  const offset = endOfLineFor(source, places[0]);
  const comment = commentText(reason);
  return `${source.text.slice(0, offset)} ${comment}${source.text.slice(offset)}`;
}

/** The text without such a comment beside any of these values; the very same string when there is none. */
export function removeHold(source: Source, places: readonly YamlPlace[]): string {
  return replaceMarks(source, marksFor(source, places), () => '');
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
  const marks = marksFor(source, places);
  return replaceMarks(source, marks, (mark) => (mark === marks[0] ? commentText(reason) : ''));
}

function replaceMarks(
  { text }: TextFile,
  marks: readonly Comment[],
  replacement: (mark: Comment) => string,
): string {
  return marks
    .toSorted((a, b) => b.start - a.start)
    .reduce((after, mark) => {
      const { start, end } = markIn(text, mark);
      const instead = replacement(mark);
      if (instead !== '') return after.slice(0, start) + instead + after.slice(end);
      const isWholeLine = mark.alone && start === mark.start;
      const from = isWholeLine ? lineStartBefore(text, start) : endOfText(text, start);
      return after.slice(0, from) + after.slice(isWholeLine ? nextLine(text, end) : end);
    }, text);
}

/** Where the mark itself begins, its `#` counted in. */
function markIn(text: string, { start, end }: Comment): { readonly start: number; readonly end: number } {
  const match = MARK.exec(text.slice(start, end));
  const all = match?.[0] ?? '';
  const blank = /^[ \t]/.test(all) ? 1 : 0;
  return { start: start + (match?.index ?? 0) + blank, end };
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

function reasonIn({ text }: TextFile, { start, end }: Comment): string {
  return (MARK.exec(text.slice(start, end))?.[1] ?? '').trim();
}

/** The comments with our mark that belong to these values, in the order of the places. */
function marksFor(source: Source, places: readonly YamlPlace[]): readonly Comment[] {
  if (!/lynceus:/i.test(source.text)) return [];
  const comments = commentsOf(source.text);
  const marked = comments.filter(({ start, end }) => MARK.test(source.text.slice(start, end)));
  if (marked.length === 0) return [];
  const found = places.flatMap((place) => {
    const { lines, first } = linesOf(source, place);
    const above = linesOfCommentAbove(source, first, comments);
    return marked.filter(({ start, alone }) => {
      const line = lineStartBefore(source.text, start);
      return alone ? above.has(line) : lines.includes(line);
    });
  });
  return [...new Set(found)];
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
  const values = [written, node].filter((one) => isScalar(one) && !isBlankValue(one)) as readonly Node[];
  const offsets = values.flatMap((one) => [
    startOf(one),
    isScalar(one) && isBlock(one) ? startOf(one) : endOf(one),
  ]);
  return { first, lines: [first, ...offsets.map((offset) => lineStartBefore(text, offset))] };
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
