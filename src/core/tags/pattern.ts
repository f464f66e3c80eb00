import { braceExpand } from 'minimatch';
import { LynceusError } from '../../errors.ts';
import { quoted } from '../quoted.ts';
import { compileGlob, foreignPart } from './glob.ts';

/** Of one annotation, each alternative in braces counted. */
export const MOST_PATTERNS = 256;

/**
 * Compiles a glob over a whole tag: what Go's `filepath.Match` has, and `{a,b}` and `{1..3}` as in a shell. `where` names
 * the annotation: `ignore-tags`. Throws `pattern-invalid`, also for a pattern that can match no tag at all, such as
 * `!(dev)`, `^dev-` or `a|b`: it was meant otherwise.
 */
export function compilePattern(pattern: string, where: string): readonly ((tag: string) => boolean)[] {
  const name = `the pattern ${quoted(pattern)} of ${where}`;
  const globs = expand(pattern);
  if (globs.length > MOST_PATTERNS)
    throw invalid(`${name} is broken: its braces make more than ${MOST_PATTERNS} patterns`, where);
  return globs.map((glob) => {
    const compiled = compileGlob(glob);
    if (typeof compiled === 'string') throw invalid(`${name} is broken: ${compiled}`, where);
    const foreign = foreignPart(glob);
    if (foreign !== undefined)
      throw invalid(`${name} can match no tag: no tag has ${quoted(foreign)} in it`, where);
    if (/\[!/.test(glob.replaceAll(/\\[^]/g, '')))
      throw invalid(
        `${name} has a class that begins with "!", which a shell reads otherwise than Go: write "[^"`,
        where,
      );
    return compiled;
  });
}

/** Whether a text has something in it that makes it a pattern for more than one tag. */
export function isPattern(text: string): boolean {
  return /[*?[\]{}\\]/.test(text);
}

function expand(pattern: string): readonly string[] {
  return pattern.includes('{') ? braceExpand(pattern, { braceExpandMax: MOST_PATTERNS + 1 }) : [pattern];
}

function invalid(message: string, where: string): LynceusError {
  const expression =
    where === 'image-list'
      ? 'a regular expression belongs into allow-tags'
      : '"regexp:" in front of a regular expression';
  const glob = 'write "*", "?", "[a-z]", "[^a-z]", "{a,b}", and "\\" before a character that means itself';
  return new LynceusError('pattern-invalid', message, { hint: `${glob}; ${expression}` });
}
