/** A JSON object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The object in these bytes; `undefined` when they hold anything else. */
export function parseJsonObject(bytes: Buffer): JsonObject | undefined {
  try {
    const value = parseJson(bytes);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The objects of the list in these bytes; `undefined` when they hold anything else. */
export function parseJsonList(bytes: Buffer): readonly JsonObject[] | undefined {
  try {
    return objectList(parseJson(bytes));
  } catch {
    return undefined;
  }
}

/** A list of objects; `undefined` when it is anything else. */
export function objectList(value: unknown): readonly JsonObject[] | undefined {
  return Array.isArray(value) && value.every(isJsonObject) ? value : undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text field; `''` when it is anything else. */
export function textField(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}

/** An object field; empty when it is anything else. */
export function objectField(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

const MOST_VALUES = 1_000_000;
const DEEPEST = 100;

/**
 * The value in these bytes, whoever sent them. Throws for what is no JSON, and before it is parsed for what has more than a
 * million values or 100 levels: parsed it would take many times its size, and walks through it would not come back.
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isModest(bytes)) throw new Error('the JSON is nested too deeply, or has too many values');
  return JSON.parse(textOf(bytes));
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];

function isModest(bytes: Buffer): boolean {
  let [values, depth] = [1, 0];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at + 1);
    else if (byte === COMMA || byte === COLON) values += 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      values += 1;
      depth += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1;
    if (values > MOST_VALUES || depth > DEEPEST) return false;
  }
  return true;
}

function endOfString(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** Without a byte order mark, which a reader may pass over (RFC 8259, section 8.1), and editors write. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}
