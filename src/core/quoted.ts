const LONGEST_SHOWN = 80;

/** Control, format (bidirectional, zero width), private and unassigned characters, lone surrogates; line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Foreign text for an error message: in quotes, on one line, cut after 80 characters or `longest`, with what cannot be seen as
 * `\u{…}`. Backslashes and quotes stay single, so that an expression can be copied out of the message. It hides
 * nothing: text that may hold a secret does not belong in a message at all.
 */
export function quoted(
  text: string,
  { longest = LONGEST_SHOWN }: { readonly longest?: number } = {},
): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return `"${shown.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}"`;
}

/** Foreign text on one line, for people: what cannot be seen is a space. */
export function plainLine(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu, ' ').trim();
}

/** Foreign text on one line, as a line of a log or of a comment has to be: what breaks lines becomes a space. */
export function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
