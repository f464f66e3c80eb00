import * as z from 'zod';
import { DEFAULTS } from './defaults.ts';
import { DURATION_PATTERN, formatDuration, parseDuration } from '../core/duration.ts';
import { descriptionOf } from './settings.ts';
import { valueAt } from './tree.ts';

/** What the value of a schema should be, as the end of the sentence "expected …". */
const expectations = z.registry<{ readonly expected: string }>();

function expecting<T extends z.ZodType>(expected: string, schema: T): T {
  expectations.add(schema, { expected });
  return schema;
}

/** A key with its sentence and default, which go into the JSON schema. */
export function key<T extends z.ZodType>(path: string, expected: string, schema: T): T {
  const fallback = valueAt(DEFAULTS, path.split('.'));
  const described = schema.meta({
    description: descriptionOf(path),
    ...(fallback === undefined ? {} : { default: fallback }),
  });
  return expecting(expected, described);
}

/** One line of text; `pattern` says more. */
export function line(pattern?: RegExp): z.ZodString {
  const text = z
    .string()
    .min(1)
    .max(1_000)
    .regex(/^[^\p{Cc}]*$/u);
  return pattern === undefined ? text : text.regex(pattern);
}

export function file(path: string): z.ZodString {
  return key(path, 'a path', line());
}

export function wholeNumber(path: string, least: number, most: number): z.ZodInt {
  return key(path, `a whole number from ${least} to ${most}`, z.int().min(least).max(most));
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  path: string,
  words: T,
): z.ZodEnum<z.core.util.ToEnum<T[number]>> {
  return key(path, words.join(' or '), z.enum(words));
}

export function listOf<T extends z.ZodType>(path: string, expected: string, element: T): z.ZodArray<T> {
  return key(path, `a list, each element ${expected}`, z.array(expecting(expected, element)).max(1_000));
}

export function duration(path: string, least: number, most: number): z.ZodString {
  const range = `from ${formatDuration(least)} to ${formatDuration(most)}`;
  const within = (text: string): boolean => {
    const milliseconds = parseDuration(text);
    return milliseconds !== undefined && milliseconds >= least && milliseconds <= most;
  };
  return key(
    path,
    `a duration ${range} such as 2m0s or 1h30m`,
    z.string().regex(DURATION_PATTERN).refine(within),
  );
}

export function yesNo(path: string): z.ZodBoolean {
  return key(path, 'true or false', z.boolean());
}

/** The end of "expected …" for a schema, if it was said. */
export function expectationOf(schema: z.core.$ZodType): string | undefined {
  return expectations.get(schema)?.expected;
}
