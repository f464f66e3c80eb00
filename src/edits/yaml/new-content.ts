import { scalarText, type FlowStyle } from './scalar-text.ts';

/** Content that is not in the file yet. */
export type NewContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'map'; readonly entries: Entries }
  | { readonly kind: 'list'; readonly items: readonly NewContent[] };

/** Entries that a map gets, in order. */
export type Entries = readonly (readonly [string, NewContent])[];

/** A single value: what may stand in the place of a scalar. */
export type Leaf = Extract<NewContent, { kind: 'text' | 'flag' }>;

/** The columns in which a file is written. */
export interface Layout {
  /** Columns from a key to the keys of the map below it. */
  readonly step: number;
  /** Columns from a key to the dashes of the list below it; 0 is the compact form. */
  readonly dash: number;
  /** Columns from a dash to the content of its element. */
  readonly gap: number;
}

/** `key: value` and what hangs below it, as lines without line ends. */
export function entryLines(layout: Layout, indent: number, [key, value]: Entries[number]): readonly string[] {
  const head = `${' '.repeat(indent)}${scalarText(key, 'PLAIN')}:`;
  if (value.kind === 'text' || value.kind === 'flag') return [`${head} ${leafText(value)}`];
  return [head, ...linesBelow(layout, indent, value)];
}

/** The lines of a map or a list below a key that stands at `indent`. */
export function linesBelow(layout: Layout, indent: number, value: NewContent): readonly string[] {
  switch (value.kind) {
    case 'map':
      return value.entries.flatMap((entry) => entryLines(layout, indent + layout.step, entry));
    case 'list':
      return value.items.flatMap((item) => itemLines(layout, indent + layout.dash, item));
    case 'text':
    case 'flag':
      return [`${' '.repeat(indent + layout.step)}${leafText(value)}`];
  }
}

/** One element of a block list, as lines without line ends. */
export function itemLines(layout: Layout, indent: number, item: NewContent): readonly string[] {
  const head = `${' '.repeat(indent)}-${' '.repeat(layout.gap - 1)}`;
  if (item.kind !== 'map') return [`${head}${flowText(item, false)}`];
  const lines = item.entries.flatMap((entry) => entryLines(layout, indent + layout.gap, entry));
  return lines.map((line, index) => (index === 0 ? `${head}${line.trimStart()}` : line));
}

/** The same content on one line: `{name: a, newTag: v1}`; with every string quoted where the file is JSON. */
export function flowText(content: NewContent, asJson: boolean): string {
  switch (content.kind) {
    case 'text':
    case 'flag':
      return leafText(content, styleFor(asJson));
    case 'map':
      return `{${content.entries.map((entry) => flowEntryText(entry, asJson)).join(', ')}}`;
    case 'list':
      return `[${content.items.map((item) => flowText(item, asJson)).join(', ')}]`;
  }
}

/** One `key: value` of a flow map. */
export function flowEntryText([key, value]: Entries[number], asJson: boolean): string {
  return `${scalarText(key, styleFor(asJson))}: ${flowText(value, asJson)}`;
}

/** A single value in the wanted style; a boolean is always plain. */
export function leafText(leaf: Leaf, style: FlowStyle = 'PLAIN'): string {
  return leaf.kind === 'flag' ? String(leaf.value) : scalarText(leaf.text, style);
}

function styleFor(asJson: boolean): FlowStyle {
  return asJson ? 'QUOTE_DOUBLE' : 'PLAIN';
}
