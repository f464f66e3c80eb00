import { plainLine } from '../core/quoted.ts';
import { parseUrl } from '../parse-url.ts';

export type TextStyle = 'bold' | 'italic' | 'strike' | 'code';

/** A part of a line: shown to the letter, unless it is a token, of which `text` is what is seen. */
export interface Span<Token> {
  readonly text: string;
  readonly styles: readonly TextStyle[];
  readonly token?: Token;
}

/** What text has besides letters; a backslash before a sign makes it a letter everywhere. */
export interface TextGrammar<Token> {
  /** What stands before and after text of a style; a sign that begins with another one stands before it. */
  readonly styles: readonly (readonly [sign: string, style: TextStyle])[];
  readonly tokens: readonly {
    /** With the flag `y`. */
    readonly pattern: RegExp;
    readonly read: (match: RegExpExecArray) => { readonly text: string; readonly token: Token };
  }[];
}

const LITERAL: TextGrammar<never> = { styles: [], tokens: [] };
const SIGNS = /[\\*_~`<>|:[\]()]/g;
const ESCAPED = /\\([\\*_~`<>|:[\]()])/g;
const ESCAPED_HERE = /\\[\\*_~`<>|:[\]()]/y;

/** Foreign text, of which no grammar makes anything but letters. */
export function escapeMarks(text: string): string {
  return plainLine(text).replaceAll(SIGNS, String.raw`\$&`);
}

export function withoutEscapes(text: string): string {
  return text.replaceAll(ESCAPED, '$1');
}

/** An address that a reader may follow, without what could end it in any grammar; `undefined` for any other. */
export function followableUrl(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  return url.href.replaceAll(/[|<>\\()[\]\s]/g, percentEncoded);
}

/** The lines of a text. A sign that opens nothing is a letter. */
export function readMarkedText<Token>(
  text: string,
  grammar: TextGrammar<Token>,
): readonly (readonly Span<Token>[])[] {
  return text.split('\n').map((line) => spansOf(line, [], grammar));
}

/** What is seen of it, on one line. */
export function seenText<Token>(lines: readonly (readonly Span<Token>[])[]): string {
  return lines.map((line) => line.map(({ text }) => text).join('')).join(' ');
}

const CUT = ' … (cut)';

/** The first `most` characters, and that there was more. */
export function cutMarkedText<Token>(
  lines: readonly (readonly Span<Token>[])[],
  most: number,
): readonly (readonly Span<Token>[])[] {
  const kept: Span<Token>[][] = [];
  let left = most;
  for (const line of lines) {
    const last: Span<Token>[] = [];
    kept.push(last);
    if (left < 0) {
      last.push({ text: CUT.trim(), styles: [] });
      return kept;
    }
    for (const span of line) {
      if (span.text.length <= left) last.push(span);
      else {
        last.push({ text: `${wholeCharacters(span.text, left)}${CUT}`, styles: span.styles });
        return kept;
      }
      left -= span.text.length;
    }
    left -= 1;
  }
  return kept;
}

/** The beginning of a text, which ends with a whole character. */
export function wholeCharacters(text: string, most: number): string {
  return text.slice(0, Math.max(0, most)).replace(/[\uD800-\uDBFF]$/, '');
}

function spansOf<Token>(
  line: string,
  styles: readonly TextStyle[],
  grammar: TextGrammar<Token>,
): readonly Span<Token>[] {
  const spans: Span<Token>[] = [];
  const styling = { styles, grammar, unclosed: new Set<string>() };
  let letters = '';
  const flush = (): void => {
    if (letters !== '') spans.push({ text: letters, styles });
    letters = '';
  };
  for (let at = 0; at < line.length;) {
    const found = escapedAt(line, at) ?? tokenAt(line, at, grammar) ?? styledAt(line, at, styling);
    if (found === undefined) letters += line[at++];
    else if ('letter' in found) {
      letters += found.letter;
      at += 2;
    } else if ('token' in found) {
      flush();
      spans.push({ text: found.text, styles, token: found.token });
      at = found.end;
    } else {
      flush();
      spans.push(...found.spans);
      at = found.end;
    }
  }
  flush();
  return spans;
}

function escapedAt(line: string, at: number): { readonly letter: string } | undefined {
  return matchAt(ESCAPED_HERE, line, at) === null ? undefined : { letter: line[at + 1] ?? '' };
}

function tokenAt<Token>(line: string, at: number, { tokens }: TextGrammar<Token>) {
  for (const { pattern, read } of tokens) {
    const match = matchAt(pattern, line, at);
    if (match !== null) return { ...read(match), end: at + match[0].length };
  }
  return undefined;
}

interface Styling<Token> {
  readonly styles: readonly TextStyle[];
  readonly grammar: TextGrammar<Token>;
  /** Signs that nothing closes from here on. */
  readonly unclosed: Set<string>;
}

function styledAt<Token>(line: string, at: number, { styles, grammar, unclosed }: Styling<Token>) {
  if (/\w/.test(line[at - 1] ?? '')) return undefined;
  for (const [sign, style] of grammar.styles) {
    const from = at + sign.length;
    const isOpening =
      line.startsWith(sign, at) && /\S/.test(line[from] ?? '') && !line.startsWith(sign, from);
    if (!isOpening || styles.includes(style) || unclosed.has(sign)) continue;
    const to = closingAt(line, from, sign);
    if (to === undefined) {
      unclosed.add(sign);
      continue;
    }
    const within = style === 'code' ? (LITERAL as TextGrammar<Token>) : grammar;
    const spans = spansOf(line.slice(from, to), [...styles, style], within);
    return { spans, end: to + sign.length };
  }
  return undefined;
}

/** Signs stand at the text that they are for, and do not end within a word: `snake_case_name` is none. */
function closingAt(line: string, from: number, sign: string): number | undefined {
  for (let at = from; at < line.length; at += 1) {
    if (escapedAt(line, at) !== undefined) at += 1;
    else if (line.startsWith(sign, at) && at > from && !/\s/.test(line[at - 1] ?? '')) {
      if (!/\w/.test(line[at + sign.length] ?? '')) return at;
    }
  }
  return undefined;
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

function percentEncoded(character: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}
