import { html, type Html } from './html.ts';

/** How many characters of a foreign text are shown. */
const LONGEST = 400;

/** What breaks lines. */
const BREAKS = /[\r\n\t\u2028\u2029]+/gu;
/** What cannot be seen, or turns the text around it: control, format, private and unassigned characters, lone surrogates. */
const UNSEEN = /[\p{C}]/gu;

/** The first half of a character that was cut. */
const HALF = /[\uD800-\uDBFF]$/;

/**
 * Text that somebody else wrote (a tag, a name, an answer of a registry), on one line: what cannot be seen is spelled as `\u{…}`,
 * what is long is cut, and the text says so.
 */
export function foreignText(text: string, longest: number = LONGEST): string {
  const shown =
    text.length > longest ? `${text.slice(0, longest).replace(HALF, '')}… (${text.length} characters)` : text;
  return shown
    .replaceAll(BREAKS, ' ')
    .replaceAll(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}

/** The same as an element of its own, so that text written from right to left stays among itself. */
export function foreign(text: string, longest?: number): Html {
  return html`<bdi>${foreignText(text, longest)}</bdi>`;
}

/** A tag, digest, branch, path or command: in the font of code. */
export function code(text: string, longest?: number): Html {
  return html`<code><bdi>${foreignText(text, longest)}</bdi></code>`;
}
