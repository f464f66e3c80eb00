import { asLynceusError } from '../errors.ts';
import { REDACTED } from './redact.ts';

/** Names of fields whose text is always treated as a secret. */
const SECRET_NAME =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|password|passwd|secret|token|(?:access|refresh|id|private|auth)[-_]?token|client[-_]?secret|(?:x[-_])?api[-_]?key|private[-_]?key)$/i;

const DEEPEST = 5;
const MOST_ELEMENTS = 100;
const LONGEST_TEXT = 8_192;
const LONGEST_SCANNED = 262_144;

/**
 * A plain copy of log fields: only what JSON can hold, bounded in depth, number and length, and every text redacted.
 * An error becomes its code, message and whether to try again; nothing else of it is logged, because errors of HTTP
 * clients carry the request with its headers. A defect of ours (`internal`) keeps its stack.
 */
export function plainFields(
  fields: Readonly<Record<string, unknown>>,
  redact: (text: string) => string,
): Record<string, unknown> {
  return plainMap(Object.entries(fields), { redact, depth: 0, above: [] });
}

/** Redacted and bounded. It is cut after redacting, so that no half of a secret is left at the end. */
export function plainText(text: string, redact: (text: string) => string): string {
  const plain = redact(text.slice(0, LONGEST_SCANNED));
  if (text.length <= LONGEST_SCANNED && plain.length <= LONGEST_TEXT) return plain;
  return `${plain.slice(0, LONGEST_TEXT)}… (${text.length} characters)`;
}

interface Place {
  readonly redact: (text: string) => string;
  readonly depth: number;
  readonly above: readonly object[];
}

function plainMap(entries: readonly (readonly [string, unknown])[], place: Place): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (const [name, value] of entries.slice(0, MOST_ELEMENTS)) {
    const plain = SECRET_NAME.test(name) && typeof value === 'string' ? REDACTED : plainValue(value, place);
    if (plain !== undefined) map[plainText(name, place.redact)] = plain;
  }
  return map;
}

function plainValue(value: unknown, place: Place): unknown {
  switch (typeof value) {
    case 'string':
      return plainText(value, place.redact);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : plainObject(value, place);
    case 'boolean':
    case 'undefined':
      return value;
    case 'function':
    case 'symbol':
      return undefined;
  }
}

function plainObject(value: object, place: Place): unknown {
  if (value instanceof Error) return errorFields(value, place.redact);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString();
  if (value instanceof URL) return plainText(value.href, place.redact);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (place.above.includes(value)) return '…';
  if (place.depth >= DEEPEST) return '…';
  const below: Place = { ...place, depth: place.depth + 1, above: [...place.above, value] };
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].slice(0, MOST_ELEMENTS).map((element) => plainValue(element, below) ?? null);
  }
  const entries =
    value instanceof Map ? [...value].map(([key, each]) => [String(key), each] as const) : entriesOf(value);
  return plainMap(entries, below);
}

function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  try {
    return Object.entries(value);
  } catch {
    return [];
  }
}

function errorFields(error: Error, redact: (text: string) => string): Record<string, unknown> {
  const { code, line, retryable } = asLynceusError(error);
  const fields = { code, message: plainText(line, redact), retryable };
  if (code !== 'internal' || error.stack === undefined) return fields;
  return { ...fields, stack: plainText(error.stack, redact) };
}
