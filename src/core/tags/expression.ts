import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import { LynceusError } from '../../errors.ts';
import { quoted } from '../quoted.ts';
import { readGoSyntax } from './go-syntax.ts';

const LONGEST_EXPRESSION = 2048;
/** Steps of the compiled expression. Matching takes time in proportion to it, for each character of each tag. */
const LARGEST_PROGRAM = 2000;

/** The group that says which part of a tag counts, where it has this name; else it is the first. */
const VERSION_GROUP = 'version';

/** An expression that is searched in tags, unanchored: `1` is found in `2.1`. */
export interface TagExpression {
  readonly isIn: (tag: string) => boolean;
  /**
   * The text of the group `version` (of several, of the first that took part), or of the first group; `undefined` for a tag in which the expression is not found,
   * or not that group. The function is absent when the expression has no group.
   */
  readonly extract?: (tag: string) => string | undefined;
}

/**
 * Compiles RE2, which takes time in proportion to the tag. `where` names the annotation: `allow-tags`. Throws
 * `pattern-invalid`.
 */
export function compileExpression(expression: string, where: string): TagExpression {
  const name = `the expression ${quoted(expression)} of ${where}`;
  if (expression.length > LONGEST_EXPRESSION) {
    throw invalid(`expected at most ${LONGEST_EXPRESSION} characters in ${name}, found ${expression.length}`);
  }
  const { text, groups } = readGoSyntax(expression);
  const compiled = tryCompile(text, name);
  if (compiled.programSize() > LARGEST_PROGRAM) {
    throw invalid(
      `${name} is too costly: it takes ${compiled.programSize()} steps, at most ${LARGEST_PROGRAM} are allowed`,
    );
  }
  const isIn = (tag: string): boolean => compiled.test(tag);
  if (groups.length === 0) return { isIn };
  const named = groups.flatMap((group, index) => (group === VERSION_GROUP ? [index + 1] : []));
  const parts = named.length === 0 ? [1] : named;
  return {
    isIn,
    extract: (tag) => {
      const found = compiled.matcher(tag);
      if (!found.find()) return undefined;
      return parts.map((part) => found.group(part)).find((text) => text !== null) ?? undefined;
    },
  };
}

function tryCompile(expression: string, name: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (thrown) {
    if (!(thrown instanceof RE2JSException)) throw thrown;
    const fault = thrown instanceof RE2JSSyntaxException ? thrown.getDescription() : quoted(thrown.message);
    const hint = 'the syntax is RE2, as in Go: without look-around, back references and possessive repeats';
    throw invalid(`${name} is not a regular expression: ${fault}`, hint, thrown);
  }
}

function invalid(message: string, hint?: string, cause?: unknown): LynceusError {
  return new LynceusError('pattern-invalid', message, { hint, cause });
}
