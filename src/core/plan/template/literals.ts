import { TemplateFault } from './fault.ts';

const INT_MAX = 2n ** 63n - 1n;

const INTEGER =
  /^0[xX]_?[\da-fA-F]+(?:_[\da-fA-F]+)*$|^0[oO]?_?[0-7]+(?:_[0-7]+)*$|^0[bB]_?[01]+(?:_[01]+)*$|^(?:0|[1-9]\d*(?:_\d+)*)$/;
/** After a sign Go checks for an `e` before `0x`: -0xE is a float. */
const FLOAT = /^[+-]?(?!0[xX])[\d_]*(?:\.|[\d_]+[eE])|^[+-]0[xX].*[eE]/;

/**
 * The value of a Go integer literal: `7`, `0x1F`, `0b1`, `017`, `1_000`. Throws for what Go calls a bad number, for what
 * overflows an int64, and for floats and imaginary numbers: what a template works on holds none.
 */
export function parseNumber(text: string): bigint {
  if (FLOAT.test(text)) throw new TemplateFault(`floats are not supported: ${text}`);
  const negative = text.startsWith('-');
  const digits = text.replace(/^[+-]/, '');
  if (!INTEGER.test(digits)) throw new TemplateFault(`bad number: ${text}`);
  const value = BigInt(digits.replaceAll('_', '').replace(/^0[oO]?(?=[0-7])/, '0o'));
  if (value > INT_MAX + (negative ? 1n : 0n)) throw new TemplateFault(`the integer ${text} is too large`);
  return negative ? -value : value;
}

/** The code point of a Go character literal, quotes included: `'a'` is 97n. */
export function parseCharacter(text: string): bigint {
  const bytes = unescapeBytes(text.slice(1, -1), "'");
  const single = /^'\\(?:x[\da-fA-F]{2}|[0-7]{3})'$/.test(text);
  if (single && bytes.length === 1) return BigInt(bytes[0] ?? 0);
  const [character, ...rest] = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (character === undefined || rest.length > 0) throw new TemplateFault(`bad character constant: ${text}`);
  return BigInt(character.codePointAt(0) ?? 0);
}

/** The text of a Go string literal in double quotes, quotes included. */
export function parseString(text: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(unescapeBytes(text.slice(1, -1), '"'));
}

/** The text of a Go string literal in back quotes, in which a carriage return is none. */
export function parseRawString(text: string): string {
  return text.slice(1, -1).replaceAll('\r', '');
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };
const PIECE =
  /\\(?:x([\da-fA-F]{2})|([0-3][0-7]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([abfnrtv\\'"]))|([^\\]+)|\\/gu;

/** `\x` and octal escapes are bytes, so that `"\xc3\xa9"` is one letter. */
function unescapeBytes(text: string, quote: '"' | "'"): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const [piece, hex, octal, short, long, letter, plain] of text.matchAll(PIECE)) {
    const point = short ?? long;
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (point !== undefined) bytes.push(...encodePoint(Number.parseInt(point, 16), piece));
    else if (letter === quote) bytes.push(quote.charCodeAt(0));
    else if (plain !== undefined) bytes.push(...new TextEncoder().encode(plain));
    else bytes.push(escapeOf(letter ?? '', piece));
  }
  return new Uint8Array(bytes);
}

function escapeOf(letter: string, piece: string): number {
  const byte = ESCAPES[letter];
  if (byte === undefined) throw new TemplateFault(`unknown escape ${piece} in a literal`);
  return byte;
}

function encodePoint(point: number, piece: string): Uint8Array {
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
    throw new TemplateFault(`${piece} is no character`);
  return new TextEncoder().encode(String.fromCodePoint(point));
}
