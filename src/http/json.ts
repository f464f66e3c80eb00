/** A JSON object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The object in these bytes; `undefined` when they hold anything else. */
export function parseJsonObject(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(textOf(bytes));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The objects of the list in these bytes; `undefined` when they hold anything else. */
export function parseJsonList(bytes: Buffer): readonly JsonObject[] | undefined {
  try {
    return objectList(JSON.parse(textOf(bytes)));
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

/** Without a byte order mark, which a reader may pass over (RFC 8259, section 8.1), and editors write. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}
