import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

const CONTROL = /[^\P{Cc}\t\n]|[\u202A-\u202E\u2066-\u2069]/gu;

/**
 * Text of foreign origin (a registry's answer, a file, an annotation), safe for a terminal: what would move the
 * cursor or reorder the line is shown as `\u{1b}`. Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The same on a single line. */
export function printableLine(text: string): string {
  return printable(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

/** Rows as lines of aligned columns; colours do not count as width, the last column is never padded. */
export function alignColumns(rows: readonly (readonly string[])[], gap = 2): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cell))));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1
          ? cell
          : cell + ' '.repeat((widths[column] ?? 0) - visibleWidth(cell) + gap),
      )
      .join('')
      .trimEnd(),
  );
}

/** Columns that a text takes on a terminal, colours not counted. */
export function visibleWidth(cell: string): number {
  return stringWidth(cell);
}

/** However narrow the terminal is, a line has room for this many columns. */
const NARROWEST = 20;

/**
 * The text in lines of at most `width` columns, broken between words; a word that is longer than a line is broken where
 * the line ends. `Infinity` breaks nothing.
 */
export function wrap(text: string, width: number): string {
  return width === Number.POSITIVE_INFINITY
    ? text
    : wrapAnsi(text, Math.max(NARROWEST, width), { hard: true, trim: true });
}

/** The text behind a head, its further lines below its first, in lines of at most `width` columns. */
export function hang(head: string, text: string, width: number): string {
  const room = visibleWidth(head);
  const [first = '', ...rest] = wrap(text, width - room).split('\n');
  return [`${head}${first}`, ...rest.map((each) => `${' '.repeat(room)}${each}`)].join('\n').trimEnd();
}

/** `1 image`, `2 images`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

export function indent(text: string, by: string): string {
  return text
    .split('\n')
    .map((each) => (each === '' ? each : by + each))
    .join('\n');
}

/** Digests cut to their first twelve digits, as people compare them. */
export function shortDigests(text: string): string {
  return text.replaceAll(/\b(sha256|sha512):([0-9a-f]{12})[0-9a-f]{20,}/g, '$1:$2…');
}
