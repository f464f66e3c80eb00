import { LynceusError } from '../../errors.ts';
import { isJsonObject, objectList, type JsonObject } from '../../http/json.ts';

/** The objects of a list; none for an answer that is no list. */
export function listIn(content: unknown): readonly JsonObject[] {
  return objectList(content) ?? [];
}

export function numberIn(content: unknown, name: string): number | undefined {
  const value = isJsonObject(content) ? content[name] : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** The id of what was made. Throws `notifier-failed` for an answer without one. */
export function madeId(content: unknown, what: string): number {
  const id = numberIn(content, 'id');
  if (id !== undefined) return id;
  throw new LynceusError(
    'notifier-failed',
    `expected the id of what was made, found none in the answer to ${what}`,
    {
      retryable: false,
    },
  );
}
