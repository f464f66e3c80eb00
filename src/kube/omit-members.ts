const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/** A tree of the members to leave out: `true` is a leaf; `*` stands for every item of a list. */
export interface OmitTree {
  readonly [key: string]: true | OmitTree;
}

/** Paths such as `['metadata', 'managedFields']` as a tree. Keys are ASCII, as those of the API are. */
export function omitTree(paths: readonly (readonly string[])[]): OmitTree {
  const keys = new Set(paths.map(([key = '']) => key));
  const entries = [...keys].map((key): readonly [string, true | OmitTree] => {
    const below = paths.filter(([first]) => first === key).map(([, ...tail]) => tail);
    return [key, below.some((tail) => tail.length === 0) ? true : omitTree(below)];
  });
  return Object.fromEntries(entries);
}

/**
 * The text of a JSON document with `null` in the place of some members, for `JSON.parse`. Most of what an API server
 * sends of an object (who managed which field, the state of every resource) is thrown away at once, and would fill the
 * heap before; bytes that are passed over cost nothing. What is not JSON is handed on as it is, to be refused there.
 */
export function omitMembers(json: Buffer, tree: OmitTree): string {
  const cuts: Cut[] = [];
  try {
    cutValue({ json, cuts }, skipSpace(json, 0), tree);
  } catch (error) {
    if (error instanceof NotJson) return json.toString('utf8');
    throw error;
  }
  const kept: string[] = [];
  let from = 0;
  for (const { start, end } of cuts) {
    kept.push(json.toString('utf8', from, start), 'null');
    from = end;
  }
  kept.push(json.toString('utf8', from));
  return kept.join('');
}

interface Cut {
  readonly start: number;
  readonly end: number;
}

interface Cutting {
  readonly json: Buffer;
  readonly cuts: Cut[];
}

class NotJson extends Error {}

/** Each of these returns where the value that begins at `at` ends. */
function cutValue(cutting: Cutting, at: number, tree: OmitTree): number {
  switch (cutting.json[at]) {
    case OPEN_OBJECT:
      return cutObject(cutting, at, tree);
    case OPEN_LIST:
      return cutList(cutting, at, tree['*']);
    default:
      return skipValue(cutting.json, at);
  }
}

function cutObject(cutting: Cutting, start: number, tree: OmitTree): number {
  const { json } = cutting;
  let at = skipSpace(json, start + 1);
  if (json[at] === CLOSE_OBJECT) return at + 1;
  for (;;) {
    const keyEnd = skipString(json, at);
    const key = json.toString('latin1', at + 1, keyEnd - 1);
    at = skipSpace(json, expect(json, skipSpace(json, keyEnd), COLON));
    at = skipSpace(json, cutMember(cutting, at, Object.hasOwn(tree, key) ? tree[key] : undefined));
    if (json[at] === CLOSE_OBJECT) return at + 1;
    at = skipSpace(json, expect(json, at, COMMA));
  }
}

function cutList(cutting: Cutting, start: number, below: true | OmitTree | undefined): number {
  const { json } = cutting;
  let at = skipSpace(json, start + 1);
  if (json[at] === CLOSE_LIST) return at + 1;
  for (;;) {
    at = skipSpace(json, cutMember(cutting, at, below));
    if (json[at] === CLOSE_LIST) return at + 1;
    at = skipSpace(json, expect(json, at, COMMA));
  }
}

function cutMember(cutting: Cutting, at: number, below: true | OmitTree | undefined): number {
  if (below !== undefined && below !== true) return cutValue(cutting, at, below);
  const end = skipValue(cutting.json, at);
  if (below === true) cutting.cuts.push({ start: at, end });
  return end;
}

function skipValue(json: Buffer, start: number): number {
  const first = json[start];
  if (first === QUOTE) return skipString(json, start);
  if (first !== OPEN_OBJECT && first !== OPEN_LIST) return skipScalar(json, start);
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = skipString(json, at) - 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  throw new NotJson();
}

function skipString(json: Buffer, start: number): number {
  expect(json, start, QUOTE);
  for (let at = start + 1; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at += 1;
  }
  throw new NotJson();
}

/** A number, `true`, `false` or `null`. */
function skipScalar(json: Buffer, start: number): number {
  let at = start;
  while (at < json.length && isScalar(json[at] ?? 0)) at += 1;
  if (at === start) throw new NotJson();
  return at;
}

function isScalar(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e ||
    byte === 0x45
  );
}

function skipSpace(json: Buffer, start: number): number {
  let at = start;
  while (json[at] === 0x20 || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at += 1;
  return at;
}

function expect(json: Buffer, at: number, byte: number): number {
  if (json[at] !== byte) throw new NotJson();
  return at + 1;
}
