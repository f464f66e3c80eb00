/** The flow styles of YAML; block scalars are edited in place. */
export type FlowStyle = 'PLAIN' | 'QUOTE_SINGLE' | 'QUOTE_DOUBLE';

/**
 * Plain text that some reader would not take for a string. Wider than either standard where readers are: Go takes
 * `0XFF`, `1__0` and `0B1` for numbers, YAML 1.2 takes `1234e567` for one, YAML 1.1 takes `1:30` for ninety.
 */
const MISREAD: readonly RegExp[] = [
  /^(?:|~|null|true|false|y|n|yes|no|on|off|=|<<)$/i,
  /^[-+]?(?:0x[0-9a-f_]*|0b[01_]*|0o?[0-7_]*)$/i,
  /^[-+]?[0-9_]*\.?[0-9_]*(?:e[-+]?[0-9_]*)?$/i,
  /^[-+]?[0-9][0-9_]*(?::[0-9_]+)+(?:\.[0-9_]*)?$/,
  /^[-+]?\.(?:inf|nan)$/i,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\s].*)?$/,
];

/** Text that is no plain scalar at all, or not in every place (YAML 1.2.2, 7.3.3). */
const NOT_PLAIN: readonly RegExp[] = [
  /^[-?:,[\]{}#&*!|>'"%@`]/,
  /[,[\]{}]/,
  /: |:$| #|^\s|\s$|^\.\.\.$/,
  /[^\x20-\x7e]/,
];

/**
 * Whether text may stand unquoted anywhere and is read as that string. Counter-examples: `1.20`, `on`, `a: b`, and
 * `0_xb`: go-yaml takes underscores away before it looks for a number.
 */
export function isSafePlain(text: string): boolean {
  const isNumber = /^[-+.0-9]/.test(text) && isMisread(text.replaceAll('_', ''));
  return !isNumber && !isMisread(text) && !NOT_PLAIN.some((pattern) => pattern.test(text));
}

function isMisread(text: string): boolean {
  return MISREAD.some((pattern) => pattern.test(text));
}

/** A string as YAML in the wanted style, or in double quotes where that style cannot hold it. */
export function scalarText(text: string, style: FlowStyle): string {
  if (style === 'PLAIN' && isSafePlain(text)) return text;
  if (style === 'QUOTE_SINGLE' && /^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return doubleQuoted(text);
}

/** JSON is YAML but for a few characters that YAML wants escaped. */
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
