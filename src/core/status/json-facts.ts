import { LynceusError } from '../../errors.ts';
import { cutText } from '../cut-text.ts';

/** In bytes. */
export const LONGEST_FACT = 1_000;
const LONGEST_SENTENCE = 4_000;
const MOST_ELEMENTS = 50;
const DEEPEST = 8;

/** Names of Secrets are nobody's business, and what an annotation says may name one. */
const LEFT_OUT: ReadonlySet<string> = new Set(['secret', 'pullSecret', 'value', 'cause']);

/**
 * Facts of a reason as JSON may have them: an error is its code and its message, what is long is cut, and of a list that has more
 * elements than are shown `<name>More` says how many. Names of Secrets are left out.
 */
export function jsonFacts(facts: object): Readonly<Record<string, unknown>> {
  return members(facts, 0);
}

/** A sentence for people, cut where it is long. */
export function cutSentence(text: string): string {
  return cutText(text, LONGEST_SENTENCE);
}

function members(value: object, depth: number): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
      if (member === undefined || LEFT_OUT.has(name)) return [];
      const shown = [cutText(name, LONGEST_FACT), plain(member, depth + 1)] as const;
      const more = Array.isArray(member) ? member.length - MOST_ELEMENTS : 0;
      return more > 0 ? [shown, [`${name}More`, more]] : [shown];
    }),
  );
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cutText(value, LONGEST_FACT);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean' || value === null) return value;
  if (value instanceof LynceusError) return { code: value.code, message: cutSentence(value.line) };
  if (typeof value !== 'object' || depth > DEEPEST) return null;
  if (Array.isArray(value) || value instanceof Set)
    return [...(value as Iterable<unknown>)]
      .slice(0, MOST_ELEMENTS)
      .map((one) => plain(one ?? null, depth + 1));
  if (value instanceof Map) return members(Object.fromEntries(value as Map<string, unknown>), depth);
  return members(value, depth);
}
