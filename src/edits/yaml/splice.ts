import { refusalAt } from './source.ts';
import type { TextFile } from './text-checks.ts';

/** Bytes to be replaced: `[start, end)` in UTF-16 units; nothing is replaced, only inserted, when they are equal. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Order of insertions at one offset, lower first: the deeper map is closed before the one around it goes on. */
  readonly rank: number;
}

/** Ranks of a value put behind its key; entries rank by their indentation, deeper ones first. */
export const VALUE_RANK = 0;

/** The rank of lines that begin at a column. */
export function rankOfIndent(indent: number): number {
  return 1_000_000 - indent;
}

/** Applies splices in one pass. Throws `edit-unsafe` when two of them want the same bytes. */
export function applySplices(file: TextFile, splices: readonly Splice[]): string {
  const ordered = splices.toSorted((a, b) => a.start - b.start || a.end - b.end || a.rank - b.rank);
  const parts: string[] = [];
  let position = 0;
  for (const { start, end, text } of ordered) {
    if (start < position) {
      throw refusalAt(file, start, { code: 'edit-unsafe', message: 'two changes want the same bytes' });
    }
    parts.push(file.text.slice(position, start), text);
    position = end;
  }
  return [...parts, file.text.slice(position)].join('');
}
