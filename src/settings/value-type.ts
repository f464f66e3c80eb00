import type * as z from 'zod';
import { DURATION_PATTERN, formatDuration, parseDuration } from '../core/duration.ts';
import { quoted } from '../core/quoted.ts';

/** The table of settings is read for every `--help`, so zod is handed in where a value is checked, and not loaded for it. */
export type Zod = typeof z;

/** What the value of a key may be: as it is written in the file, and what comes of it. */
export interface ValueType<Written, Value> {
  /** The end of the sentence "expected …". */
  readonly expected: string;
  /**
   * How the text of a flag or an environment variable becomes a value of the file: as it is, in lower case (`lower-case`), as
   * a number, as a list, or as true or false (`switch`).
   */
  readonly reading: 'text' | 'lower-case' | 'number' | 'list' | 'switch';
  /** The only values, in lower case, when there are only some. */
  readonly choices?: readonly string[];
  /** The end of "expected …" for an element of a list. */
  readonly expectedElement?: string;
  readonly schema: (zod: Zod) => z.ZodType<Value, Written>;
}

/** What a parser returns for a value that it does not take: the whole sentence, unless "expected …, found …" is enough. */
export class RefusedValue {
  readonly message: string | undefined;

  constructor(message?: string) {
    this.message = message;
  }
}

/** Marks the issues of zod whose message is that of a `RefusedValue`. */
export const REFUSED = 'refused';

/** The same as written, and what `parse` makes of it. */
export function parsed<Written, Given, Value>(
  type: ValueType<Written, Given>,
  parse: (value: Given) => Value | RefusedValue,
): ValueType<Written, Value> {
  return {
    ...type,
    schema: (zod) =>
      type.schema(zod).transform((value, context): Value => {
        const result = parse(value);
        if (!(result instanceof RefusedValue)) return result;
        const { message } = result;
        context.addIssue({
          code: 'custom',
          ...(message === undefined ? {} : { message, params: { [REFUSED]: true } }),
        });
        return zod.NEVER;
      }),
  };
}

/** The same for a parser that throws. */
export function parsedBy<Written, Given, Value>(
  type: ValueType<Written, Given>,
  parse: (value: Given) => Value,
): ValueType<Written, Value> {
  return parsed(type, (value) => {
    try {
      return parse(value);
    } catch {
      return new RefusedValue();
    }
  });
}

const LONGEST_LINE = 1_000;

/** One line of text, perhaps of a pattern. */
export function textLine(expected: string, pattern?: RegExp): ValueType<string, string> {
  return {
    expected,
    reading: 'text',
    schema: (zod) => {
      const any = zod
        .string()
        .min(1)
        .max(LONGEST_LINE)
        .regex(/^[^\p{Cc}]*$/u);
      return pattern === undefined ? any : any.regex(pattern);
    },
  };
}

/** Text of any form, perhaps none. */
export function freeText(
  expected: string,
  longest: number,
  { shortest = 0, pattern }: { readonly shortest?: number; readonly pattern?: RegExp } = {},
): ValueType<string, string> {
  return {
    expected,
    reading: 'text',
    schema: (zod) => {
      const any = zod.string().max(longest);
      const some = shortest === 0 ? any : any.min(shortest);
      return pattern === undefined ? some : some.regex(pattern);
    },
  };
}

export const PATH = textLine('a path');

export const YES_OR_NO: ValueType<boolean, boolean> = {
  expected: 'true or false',
  reading: 'switch',
  schema: (zod) => zod.boolean(),
};

export function wholeNumber(least: number, most: number): ValueType<number, number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    reading: 'number',
    schema: (zod) => zod.int().min(least).max(most),
  };
}

export function decimal(least: number, most: number): ValueType<number, number> {
  return {
    expected: `a number from ${least} to ${most}`,
    reading: 'text',
    schema: (zod) => zod.number().min(least).max(most),
  };
}

export function choiceOf<const Choice extends string>(choices: readonly Choice[]): ValueType<Choice, Choice> {
  return {
    expected: choices.join(' or '),
    reading: 'lower-case',
    choices,
    schema: (zod) => zod.enum(choices),
  };
}

export function listOfValues<Written, Value>(
  element: ValueType<Written, Value>,
): ValueType<readonly Written[], readonly Value[]> {
  return {
    expected: `a list, each element ${element.expected}`,
    expectedElement: element.expected,
    reading: 'list',
    schema: (zod) => zod.array(element.schema(zod)).max(1_000),
  };
}

/** The text of a duration, and its whole milliseconds. */
export function duration(least: number, most: number): ValueType<string, number> {
  const expected = `a duration from ${formatDuration(least)} to ${formatDuration(most)} such as 2m0s or 1h30m`;
  return parsed(freeText(expected, LONGEST_LINE, { pattern: DURATION_PATTERN }), (written) => {
    const milliseconds = parseDuration(written);
    return milliseconds === undefined || milliseconds < least || milliseconds > most
      ? new RefusedValue()
      : Math.round(milliseconds);
  });
}

/** A value as it may stand in a message: short, on one line, without the user information of a URL. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') return quoted(value.replaceAll(/(:\/\/)[^\s/?#]*@/g, '$1…@'));
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return value === null ? 'nothing' : JSON.stringify(value);
}
