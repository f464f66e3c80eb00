import type { ImageOutcome } from '../../core/report.ts';
import type { Style } from './style.ts';
import { alignColumns, hang, visibleWidth } from './text.ts';

/** How each outcome is shown. */
export const OUTCOME_MARKS: Readonly<
  Record<ImageOutcome, { readonly mark: string; readonly tone: keyof Style; readonly summary: string }>
> = {
  update: { mark: '↑', tone: 'good', summary: 'to update' },
  updated: { mark: '↑', tone: 'good', summary: 'updated' },
  current: { mark: '=', tone: 'faint', summary: 'current' },
  held: { mark: '‖', tone: 'notice', summary: 'held' },
  skipped: { mark: '-', tone: 'notice', summary: 'skipped' },
  failed: { mark: '✗', tone: 'bad', summary: 'failed' },
};

/** The first cell of a row. */
export function outcomeCell(outcome: ImageOutcome, style: Style): string {
  const { mark, tone } = OUTCOME_MARKS[outcome];
  return style[tone](`${mark} ${outcome}`.padEnd(REASON_INDENT - 2));
}

/**
 * Rows that begin with an outcome and end with a reason, aligned under their titles. Where that is wider than the terminal, each reason
 * goes below its line; and a row whose line is still wider than the terminal has each column on a line of its own.
 */
export function renderTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  const head = titles.map(style.faint);
  const wide = alignColumns([head, ...rows]);
  if (fits(wide, width)) return wide.join('\n');
  return narrowLines([head, ...rows], style, width).join('\n');
}

/** The first row is the head, which is left out where it does not fit. */
function narrowLines(
  [head = [], ...rows]: readonly (readonly string[])[],
  style: Style,
  width: number,
): readonly string[] {
  const short = rows.filter((row) => fits([withoutReason(row).join('  ')], width));
  const [titles = '', ...aligned] = alignColumns([head, ...short].map(withoutReason));
  const lineOf = new Map(short.map((row, index) => [row, aligned[index] ?? '']));
  const bodies = rows.flatMap((row) => {
    const one = lineOf.get(row);
    const top = one !== undefined && fits([one], width) ? [one] : stacked(row, width);
    return [...top, hang(BELOW, style.faint(row.at(-1) ?? ''), width)];
  });
  return fits([titles], width) ? [titles, ...bodies] : bodies;
}

function withoutReason(row: readonly string[]): readonly string[] {
  return row.slice(0, -1);
}

function stacked(
  [outcome = '', application = '', ...more]: readonly string[],
  width: number,
): readonly string[] {
  const below = more.slice(0, -1).map((each) => hang(BELOW, each, width));
  return [hang(`${outcome}  `, application, width), ...below];
}

function fits(lines: readonly string[], width: number): boolean {
  return lines.every((each) => visibleWidth(each) <= width);
}

/** Where the second column starts, for any outcome that there is. */
const REASON_INDENT = 11;
/** In front of what hangs below the first column. */
export const BELOW = ' '.repeat(REASON_INDENT);
