import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import { LynceusError } from '../../errors.ts';
import type { TagFilter } from '../policy.ts';
import { quoted } from '../quoted.ts';
import { compileGlob } from './glob.ts';

const LONGEST_EXPRESSION = 2048;
/** Steps of the compiled expression. Matching takes time in proportion to it, for each character of each tag. */
const LARGEST_PROGRAM = 2000;
const LONGEST_IGNORE_LIST = 16_384;
const MOST_IGNORES = 256;

/**
 * `sha256-<hex>` is how a registry without the referrers API lists what belongs to a manifest (OCI distribution
 * spec, "Referrers Tag Schema": at most 64 characters of the digest), and how cosign names signatures,
 * attestations and SBOMs, with a suffix such as `.sig`, `.att` or `.sbom`.
 */
const SUPPLEMENTARY = /^(?:sha256-[0-9a-f]{64}|sha384-[0-9a-f]{64,96}|sha512-[0-9a-f]{64,128})(?:[._-].*)?$/;

/**
 * Whether a tag may be considered: it passes `allow` and hits no `ignore`. Expressions are RE2 and searched
 * unanchored (`1` allows `2.1`); globs cover the whole tag. Both take time in proportion to the tag. Throws
 * `pattern-invalid`, naming the broken pattern.
 */
export function compileFilter(filter: TagFilter): (tag: string) => boolean {
  if (filter.ignore.length > MOST_IGNORES) {
    throw invalid(`expected at most ${MOST_IGNORES} patterns in ignore-tags, found ${filter.ignore.length}`);
  }
  const allows = filter.allow === undefined ? undefined : compileExpression(filter.allow);
  const ignores = filter.ignore.map(compileIgnore);
  return (tag) => (allows === undefined || allows.test(tag)) && !ignores.some((hits) => hits(tag));
}

/**
 * Whether a tag names what belongs to another image (a signature, an attestation, an SBOM) and so is never a
 * version of it. `sha-4f2a9c1`, which many pipelines give to an image, is none.
 */
export function isSupplementaryTag(tag: string): boolean {
  return SUPPLEMENTARY.test(tag);
}

/**
 * Reads the value of `allow-tags`: `any` (or nothing at all) gives `undefined`, `regexp:EXPR` gives the expression,
 * which `compileFilter` checks. Throws `pattern-invalid` for other text, such as `^1\.` without its prefix.
 */
export function parseAllowTags(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.toLowerCase() === 'any') return undefined;
  const [, expression] = /^regexp:\s*([^]*)$/i.exec(trimmed) ?? [];
  if (expression !== undefined) return expression;
  const hint = `write ${quoted(`regexp:${trimmed.replace(/^regexp?:?/i, '')}`)}`;
  throw invalid(
    `expected "any" or "regexp:" and an expression in allow-tags, found ${quoted(trimmed)}`,
    hint,
  );
}

/** Reads the value of `ignore-tags`: globs with commas between them, as trimmed text; empty items are dropped. */
export function parseIgnoreTags(text: string): readonly string[] {
  if (text.length > LONGEST_IGNORE_LIST) {
    throw invalid(`expected at most ${LONGEST_IGNORE_LIST} characters in ignore-tags, found ${text.length}`);
  }
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function compileExpression(expression: string): RE2JS {
  const where = `the expression ${quoted(expression)} of allow-tags`;
  if (expression.length > LONGEST_EXPRESSION) {
    throw invalid(
      `expected at most ${LONGEST_EXPRESSION} characters in ${where}, found ${expression.length}`,
    );
  }
  const compiled = tryCompile(expression, where);
  if (compiled.programSize() > LARGEST_PROGRAM) {
    throw invalid(
      `${where} is too costly: it takes ${compiled.programSize()} steps, at most ${LARGEST_PROGRAM} are allowed`,
    );
  }
  return compiled;
}

function tryCompile(expression: string, where: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (thrown) {
    if (!(thrown instanceof RE2JSException)) throw thrown;
    const fault = thrown instanceof RE2JSSyntaxException ? thrown.getDescription() : quoted(thrown.message);
    const hint = 'the syntax is RE2, as in Go: without look-around, back references and possessive repeats';
    throw invalid(`${where} is not a regular expression: ${fault}`, hint, thrown);
  }
}

function compileIgnore(glob: string): (tag: string) => boolean {
  const compiled = compileGlob(glob);
  if (typeof compiled !== 'string') return compiled;
  const hint = 'write "*", "?", "[a-z]", "[^a-z]", and "\\" before a character that means itself';
  throw invalid(`the pattern ${quoted(glob)} of ignore-tags is broken: ${compiled}`, hint);
}

function invalid(message: string, hint?: string, cause?: unknown): LynceusError {
  return new LynceusError('pattern-invalid', message, { ...(hint === undefined ? {} : { hint }), cause });
}
