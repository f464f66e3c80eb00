/**
 * Several key paths may lead to one key of a file: `a.b` and `"a.b"`, or `list[0]` and `list[name=x]`. By path as a slot has
 * it, the key that was found; nothing for a path that is the key itself.
 */
export type FoundKeys = ReadonlyMap<string, string>;

/** A step of a key path; `start` and `end` are its offsets in the text, `.` not counted in. */
export type KeyPathStep =
  | {
      readonly kind: 'key';
      readonly key: string;
      /** Written in quotes or with a backslash: one key just as it is. Else it may be a part of a key that holds dots. */
      readonly exact: boolean;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: 'index'; readonly index: number; readonly start: number; readonly end: number }
  /** The element of a list in which `key` has `value`. */
  | {
      readonly kind: 'element';
      readonly key: string;
      readonly value: string;
      readonly start: number;
      readonly end: number;
    };

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'`;
/** A key: in quotes, or up to the next dot or bracket that has no backslash before it. */
const KEY = new RegExp(String.raw`(?:${QUOTED})(?=[.[]|$)|(?:\\[.[\]\\"']|[^.[\]])+`, 'y');
/** `[0]`, `["key"]`, or `[name=api]`. */
const BRACKET = new RegExp(String.raw`\[(?:([0-9]{1,6})|(${QUOTED})|([^.[\]=]+)=(${QUOTED}|[^[\]]+))\]`, 'y');

const WHOLLY_QUOTED = new RegExp(`^(?:${QUOTED})$`);

/** What a backslash outside of quotes takes the meaning from. */
const ESCAPED = /\\([.[\]\\"'])/g;

/**
 * Reads `a.b[0].c`, `a[name=b].c`, and keys that hold dots or brackets: `a."b.c"`, `a['b.c']`, `a.b\.c`. `undefined` for what is none.
 * In double quotes a backslash keeps the next character, in single ones a quote is doubled.
 */
export function parseKeyPath(path: string): readonly KeyPathStep[] | undefined {
  const steps: KeyPathStep[] = [];
  let start = 0;
  for (;;) {
    const key = matchAt(KEY, path, start);
    if (key === undefined) return undefined;
    steps.push(keyStep(key[0], start, start + key[0].length));
    start += key[0].length;
    for (let found = matchAt(BRACKET, path, start); found; found = matchAt(BRACKET, path, start)) {
      const end = start + found[0].length;
      steps.push(bracketStep(found, start, end));
      start = end;
    }
    if (start === path.length) return steps;
    if (path[start] !== '.') return undefined;
    start += 1;
  }
}

/** A quoted key where a key may begin, else one character. */
const TOKENS = new RegExp(String.raw`(?<![^.[=,\s])(?:${QUOTED})|[^]`, 'g');

/** The key paths of a text that has commas between them; a comma within a key in quotes is part of that key. */
export function splitKeyPaths(text: string): readonly string[] {
  const paths = [''];
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === ',') paths.push('');
    else paths.push(`${paths.pop() ?? ''}${token}`);
  }
  return paths.map((path) => path.trim());
}

function matchAt(pattern: RegExp, path: string, start: number): RegExpExecArray | undefined {
  pattern.lastIndex = start;
  return pattern.exec(path) ?? undefined;
}

function bracketStep(found: RegExpExecArray, start: number, end: number): KeyPathStep {
  const [, index, quotedKey, key, value] = found;
  if (index !== undefined) return { kind: 'index', index: Number(index), start, end };
  if (key !== undefined && value !== undefined)
    return { kind: 'element', key, value: unquoted(value), start, end };
  return keyStep(quotedKey ?? '', start, end);
}

function keyStep(written: string, start: number, end: number): KeyPathStep {
  const key = unescaped(written);
  return { kind: 'key', key, exact: key !== written, start, end };
}

function unescaped(written: string): string {
  return WHOLLY_QUOTED.test(written) ? unquoted(written) : written.replaceAll(ESCAPED, '$1');
}

function unquoted(written: string): string {
  if (!WHOLLY_QUOTED.test(written)) return written;
  const inside = written.slice(1, -1);
  return written.startsWith('"') ? inside.replaceAll(/\\(.)/g, '$1') : inside.replaceAll("''", "'");
}

/** A key path as text that `parseKeyPath` reads as these keys and numbers. */
export function keyPathText(steps: readonly (string | number)[]): string {
  const texts = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${keyText(step)}`));
  return texts.join('').replace(/^\./, '');
}

/** In double quotes where it could be read as something else. */
function keyText(key: string): string {
  return /^[^,.[\]\s"'\\]+$/.test(key) ? key : `"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
