import type * as z from 'zod';
import { quoted } from '../../../core/quoted.ts';
import { LynceusError } from '../../../errors.ts';
import { parseJson } from '../../../http/json.ts';
import type { WebhookRequest } from '../sender.ts';

/** The error for a payload that is not what its sender is known to send. */
export function unreadablePayload(expected: string, found: string, hint?: string): LynceusError {
  return new LynceusError('webhook-unreadable', `expected ${expected}, found ${found}`, { hint });
}

/** A text of a payload, for the message: one that may hold a login is not shown. */
export function shownText(text: string): string {
  return /@|:\/\//.test(text) ? 'a text with "@" or "://"' : quoted(text);
}

/**
 * The JSON of a request. A form, which some senders can be set to, has it as `payload`; what calls itself a form and has none
 * is taken as it is, because `curl -d` calls everything so.
 */
export function readJson({ headers, body }: Pick<WebhookRequest, 'headers' | 'body'>): unknown {
  const isForm = mediaTypeOf({ headers }) === 'application/x-www-form-urlencoded';
  const field = isForm ? new URLSearchParams(body.toString('utf8')).get('payload') : null;
  const bytes = field === null ? body : Buffer.from(field);
  if (bytes.length === 0) throw unreadablePayload('a body of JSON', 'nothing');
  return jsonOf(bytes, 'a body of JSON');
}

/** The same for JSON within JSON. */
export function jsonOf(bytes: Buffer, expected: string): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    // The parser's own message repeats the text, whatever is in it.
    const found =
      error instanceof SyntaxError ? 'what cannot be parsed' : 'more levels or values than a webhook has';
    throw unreadablePayload(expected, found);
  }
}

/** The parts of a value that the schema names. `what` is for the message: `a push of Docker Hub`. */
export function checkPayload<T>(value: unknown, schema: z.ZodType<T>, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const expected = issue?.code === 'invalid_type' ? nameOfType(issue.expected) : 'a value that is known';
  const place = path.length === 0 ? 'as' : `at ${quoted(path.map(String).join('.'))} of`;
  throw unreadablePayload(`${expected} ${place} ${what}`, nameOfValue(valueAt(value, path)));
}

/** `application/json`, without parameters, in lower case; `''` where the request does not say. */
export function mediaTypeOf({ headers }: Pick<WebhookRequest, 'headers'>): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase();
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = Object.entries(found).find(([name]) => name === String(key))?.[1] as unknown;
  }
  return found;
}

function nameOfType(type: string): string {
  const names: ReadonlyMap<string, string> = new Map([
    ['string', 'a text'],
    ['number', 'a number'],
    ['array', 'a list'],
    ['object', 'an object'],
  ]);
  return names.get(type) ?? type;
}

function nameOfValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      // Not the text itself: where an object belongs, anything may be in it.
      return 'a text';
    case 'number':
      return `the number ${value}`;
    case 'boolean':
      return String(value);
    default:
      return 'an object';
  }
}
