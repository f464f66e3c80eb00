import { lineStartBefore } from './offsets.ts';
import { lexemesOf } from './tokens.ts';

/** A comment as it stands in a file. */
export interface Comment {
  readonly start: number;
  readonly end: number;
  /** Whether nothing else stands on its line. */
  readonly alone: boolean;
}

/** Marks in the stream of the lexer: a byte order mark, a document, the end of an error in a flow, a scalar. */
const CONTROLS: ReadonlySet<string> = new Set(['\u{feff}', '\u0002', '\u0018', '\u001f']);

/** Every comment of a file. What begins with `#` and is announced as a scalar is text (of a block scalar). */
export function commentsOf(text: string): readonly Comment[] {
  const comments: Comment[] = [];
  let offset = 0;
  let before = '';
  for (const token of lexemesOf(text)) {
    const isMark = token === '\u{feff}' && offset === 0 && text.startsWith(token);
    const isScalar = before === '\u001f';
    const isControl = CONTROLS.has(token) && !isMark && !isScalar;
    if (token.startsWith('#') && !isScalar) {
      const end = offset + token.trimEnd().length;
      const alone = text.slice(lineStartBefore(text, offset), offset).trim() === '';
      comments.push({ start: offset, end, alone });
    }
    before = token;
    if (!isControl) offset += token.length;
  }
  return comments;
}
