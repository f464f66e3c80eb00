import type { FileTarget, ImageSlot } from '../core/policy.ts';
import type { HoldCommentFacts } from '../core/reasons/warning.ts';
import { shownPlace } from '../core/written-image.ts';
import { LynceusError } from '../errors.ts';
import { fileKindOf } from './file-kinds.ts';
import { marksIn, type PlacedMark } from './hold-comment.ts';
import type { HeldLines } from './read-holds.ts';

/** Most comments of a file that are looked at, and that are remarked on. */
const MOST_MARKS = 500;
const MOST_REMARKS = 20;

/** One image of a file. */
export interface HoldReader {
  readonly target: FileTarget;
  readonly slot: ImageSlot;
  /** Whether something may be said about it; one that is not asked about still has its comments. */
  readonly asked: boolean;
}

/** A comment about a hold that does not do what it seems to do. */
export interface HoldRemark {
  /** The image that it is nearest to, or that it holds. */
  readonly reader: HoldReader;
  readonly code: 'hold-without-effect' | 'hold-misspelt';
  readonly facts: HoldCommentFacts;
}

/**
 * The comments of a file that ask for a hold and hold none of these images, and those that are spelled in another way.
 * `path` is what messages call the file. Images whose values cannot be read count for nothing.
 */
export function remarkHolds(
  path: string,
  text: string,
  readers: readonly HoldReader[],
): readonly HoldRemark[] {
  const marks = marksIn(text).slice(0, MOST_MARKS);
  if (marks.length === 0) return [];
  const read = readers.flatMap((reader) => {
    const lines = linesOf(reader, text);
    return lines === undefined ? [] : [{ reader, ...lines }];
  });
  return marks.flatMap((mark) => remarkOn(mark, path, read) ?? []).slice(0, MOST_REMARKS);
}

interface ReadLines extends HeldLines {
  readonly reader: HoldReader;
}

function linesOf({ target, slot }: HoldReader, text: string): HeldLines | undefined {
  const { editor, label } = fileKindOf(target, { createMissing: false });
  try {
    const lines = editor.holds(label, text, slot);
    // Where the version would be written; a marker that is not there is nowhere.
    const missing = slot.kind === 'markers' ? undefined : shownPlace(slot) || undefined;
    return { ...lines, key: lines.key ?? missing };
  } catch (thrown) {
    if (thrown instanceof LynceusError) return undefined;
    throw thrown;
  }
}

function remarkOn(mark: PlacedMark, file: string, read: readonly ReadLines[]): HoldRemark | undefined {
  const { line, text: comment } = mark;
  const { spelling } = mark.mark;
  const owners = read.filter(({ marked }) => marked.includes(line));
  if (owners.length > 0 && spelling === 'exact') return undefined;
  const candidates = (owners.length > 0 ? owners : read).filter(({ reader }) => reader.asked);
  const nearest = nearestTo(line, candidates);
  if (nearest?.key === undefined) return undefined;
  const isHolding = owners.length > 0 && spelling === 'near';
  return {
    reader: nearest.reader,
    code: isHolding ? 'hold-misspelt' : 'hold-without-effect',
    facts: { file, line, comment, nearest: nearest.key },
  };
}

/** Of two that are equally near, the first. */
function nearestTo(line: number, read: readonly ReadLines[]): ReadLines | undefined {
  const distance = ({ version }: ReadLines) => Math.abs((version ?? Infinity) - line);
  return read.reduce<ReadLines | undefined>(
    (best, one) => (best === undefined || distance(one) < distance(best) ? one : best),
    undefined,
  );
}
