import { formatPatch, OMIT_HEADERS, structuredPatch, type StructuredPatch } from 'diff';
import type { EditedFile } from './replay.ts';

const CONTEXT = 3;
/** More changed lines than this are not worth the time to compare: all between the first and the last are replaced. */
const MOST_CHANGES = 1_000;

const NO_LINE_FEED = '\\ No newline at end of file';

/** What git quotes in a name, and what would move the cursor of a terminal or reorder a line. */
const QUOTED = /["\\\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

/** What the files become: a patch that `git apply` takes, whatever their line ends, names and length. */
export function unifiedDiff(files: readonly EditedFile[]): string {
  return files.map(diffOf).join('');
}

function diffOf({ path, before, after }: EditedFile): string {
  const patch = patchOf(before ?? '', after);
  const from = before === undefined ? '/dev/null' : fileName('a', path);
  return `--- ${from}\n+++ ${fileName('b', path)}\n${formatPatch(patch, OMIT_HEADERS)}`;
}

function patchOf(before: string, after: string): StructuredPatch {
  return (
    structuredPatch('', '', before, after, undefined, undefined, {
      context: CONTEXT,
      maxEditLength: MOST_CHANGES,
    }) ?? wholePatch(before, after)
  );
}

/** One hunk from the first line that differs to the last one. */
function wholePatch(before: string, after: string): StructuredPatch {
  const [old, now] = [linesOf(before), linesOf(after)];
  const head = sharedLength(old, now);
  const tail = sharedLength(old.slice(head).toReversed(), now.slice(head).toReversed());
  const above = old.slice(Math.max(0, head - CONTEXT), head);
  const below = old.slice(old.length - tail, old.length - tail + CONTEXT);
  const removed = old.slice(head, old.length - tail);
  const added = now.slice(head, now.length - tail);
  const around = above.length + below.length;
  const hunk = {
    oldStart: head - above.length + 1,
    oldLines: around + removed.length,
    newStart: head - above.length + 1,
    newLines: around + added.length,
    lines: [...marked(' ', above), ...marked('-', removed), ...marked('+', added), ...marked(' ', below)],
  };
  return { oldFileName: '', newFileName: '', oldHeader: undefined, newHeader: undefined, hunks: [hunk] };
}

/** The lines of a text, each with its line feed; the last one may have none. */
function linesOf(text: string): readonly string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== '');
}

function sharedLength(a: readonly string[], b: readonly string[]): number {
  const different = a.findIndex((line, index) => line !== b[index]);
  return different < 0 ? a.length : different;
}

function marked(mark: string, lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) =>
    line.endsWith('\n') ? [`${mark}${line.slice(0, -1)}`] : [`${mark}${line}`, NO_LINE_FEED],
  );
}

/** A name as git writes it: quoted as in C where it has to be, and ended by a tab where a space could be its end. */
function fileName(side: 'a' | 'b', path: string): string {
  const quoted = path.replace(QUOTED, octal);
  if (quoted !== path) return `"${side}/${quoted}"`;
  return /\s/.test(path) ? `${side}/${path}\t` : `${side}/${path}`;
}

function octal(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
