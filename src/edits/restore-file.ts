import { diffArrays } from 'diff';
import type { ImageChange, RestoredText } from '../core/change.ts';
import type { FileTarget } from '../core/policy.ts';
import { samePresence } from '../core/presence.ts';
import { LynceusError } from '../errors.ts';
import { editFile, readImage } from './edit-file.ts';
import type { EditOptions } from './editor.ts';

/** A change that takes back what was written. */
type Restoration = ImageChange & { readonly restores: RestoredText };

/**
 * The text with these changes made as the file said it before: to the letter, comments and quotes with it, where just our own
 * commit decides that. It is so when the change that was made then makes the present text of the result again. Else the version
 * before is written as any other is. Throws as `editFile` does.
 */
// oxlint-disable-next-line max-params -- the same four as editFile
export function restoreFile(
  target: FileTarget,
  text: string,
  changes: readonly Restoration[],
  options: EditOptions,
): string {
  const [first] = changes;
  if (first === undefined) return text;
  const { restores } = first;
  const made = changes.map((change) => ({ ...change, to: change.restores.wrote }));
  const isUndone = (candidate: string): boolean =>
    attempt(() => editFile(target, candidate, made, options)) === text;
  const saysBefore = (candidate: string): boolean =>
    changes.every(
      ({ slot }) =>
        attempt(() => {
          const [now, then] = [candidate, restores.before].map((one) =>
            readImage(target, one, slot, options),
          );
          return now?.kind === 'present' && then?.kind === 'present' && samePresence(now.image, then.image);
        }) === true,
    );
  const blocks = blocksIn(restores, text);
  const own = blocks.filter((block) => isUndone(withBlocks(text, [block])));
  for (const candidate of [withBlocks(text, blocks), withBlocks(text, own)])
    if (candidate !== text && isUndone(candidate) && saysBefore(candidate)) return candidate;
  return editFile(target, text, changes, options);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof LynceusError) return undefined;
    throw thrown;
  }
}

/** Lines `from` up to `to` of the present text, and the lines that stood there before. */
interface Block {
  readonly from: number;
  readonly to: number;
  readonly before: readonly string[];
}

/** What the commit changed, where the present text has it still; lines with their ends. */
function blocksIn({ before, after }: RestoredText, text: string): readonly Block[] {
  const places = placesIn(after, text);
  const blocks: Block[] = [];
  let line = 0;
  let removed: readonly string[] = [];
  const parts = diffArrays(linesOf(after), linesOf(before));
  for (const [index, part] of parts.entries()) {
    if (part.removed) {
      removed = part.value;
      if (parts[index + 1]?.added === true) continue;
    }
    if (part.added || part.removed) {
      blocks.push(...blocksAt(places, { line, removed, added: part.added ? part.value : [] }));
      line += removed.length;
      removed = [];
    } else {
      line += part.value.length;
    }
  }
  return blocks;
}

interface ChangedLines {
  readonly line: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** Line by line where as many came as went, so that what is not ours among them can be told apart. */
function blocksAt(
  places: readonly (number | undefined)[],
  { line, removed, added }: ChangedLines,
): readonly Block[] {
  if (removed.length === added.length && removed.length > 1)
    return removed.flatMap((one, index) =>
      blocksAt(places, { line: line + index, removed: [one], added: added.slice(index, index + 1) }),
    );
  const from = removed.length > 0 ? places[line] : after(places, line);
  if (from === undefined) return [];
  const isThere = removed.every((_, index) => places[line + index] === from + index);
  return isThere ? [{ from, to: from + removed.length, before: added }] : [];
}

/** Where a line that was taken away stood: behind the line before it, or before the line after it. */
function after(places: readonly (number | undefined)[], line: number): number | undefined {
  const previous = line === 0 ? -1 : places[line - 1];
  return previous === undefined ? places[line] : previous + 1;
}

/** Which line of the text each line of another one is; `undefined` for one that is not there. */
function placesIn(other: string, text: string): readonly (number | undefined)[] {
  const places: (number | undefined)[] = [];
  let line = 0;
  for (const part of diffArrays(linesOf(other), linesOf(text))) {
    if (part.removed) places.push(...part.value.map(() => undefined));
    else if (part.added) line += part.value.length;
    else for (let index = 0; index < part.value.length; index += 1) places.push(line++);
  }
  return places;
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function withBlocks(text: string, blocks: readonly Block[]): string {
  const lines = linesOf(text);
  let at = 0;
  let result = '';
  for (const { from, to, before } of blocks.toSorted((a, b) => a.from - b.from)) {
    result += lines.slice(at, from).join('') + before.join('');
    at = to;
  }
  return result + lines.slice(at).join('');
}
