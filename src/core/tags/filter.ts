import { LynceusError } from '../../errors.ts';
import type { TagFilter } from '../policy.ts';
import { quoted } from '../quoted.ts';
import { expressionTokens } from './expression-tokens.ts';
import { compileExpression } from './expression.ts';
import { compilePattern, MOST_PATTERNS } from './pattern.ts';

const LONGEST_IGNORE_LIST = 16_384;

/**
 * `sha256-<hex>` is how a registry without the referrers API lists what belongs to a manifest (OCI distribution
 * spec, "Referrers Tag Schema": at most 64 characters of the digest), and how cosign names signatures,
 * attestations and SBOMs, with a suffix such as `.sig`, `.att` or `.sbom`.
 */
const SUPPLEMENTARY = /^(?:sha256-[0-9a-f]{64}|sha384-[0-9a-f]{64,96}|sha512-[0-9a-f]{64,128})(?:[._-].*)?$/;

/** In front of an expression, in any case. */
const EXPRESSION = /^regexp:\s*([^]*)$/i;
const EXPRESSION_AHEAD = /^\s*regexp:/i;

/** Which part of a filter leaves a tag out; its text as in `TagFilter`. */
export type FilterMiss =
  | { readonly kind: 'not-allowed'; readonly allow: string }
  | { readonly kind: 'other-pattern'; readonly pattern: string }
  | { readonly kind: 'ignored'; readonly ignore: string };

/**
 * Whether a tag may be considered: it passes `allow` and `pattern`, and hits no `ignore`. Expressions are RE2 and searched
 * unanchored (`1` allows `2.1`); globs cover the whole tag. Both take time in proportion to the tag. Throws
 * `pattern-invalid`, naming the broken pattern.
 */
export function compileFilter(filter: TagFilter): (tag: string) => boolean {
  const missOf = compileMisses(filter);
  return (tag) => missOf(tag) === undefined;
}

/** The same, with what leaves the tag out: the first part of the filter that does, `undefined` for a tag that passes. */
export function compileMisses({
  allow,
  pattern,
  ignore,
}: TagFilter): (tag: string) => FilterMiss | undefined {
  if (ignore.length > MOST_PATTERNS) throw tooMany(ignore.length);
  const allows = allow === undefined ? undefined : compileExpression(allow, 'allow-tags').isIn;
  const matches = pattern === undefined ? undefined : compilePattern(pattern, 'image-list');
  const ignores = ignore.map((item) => ({
    miss: { kind: 'ignored', ignore: item } as const,
    globs: compileIgnore(item),
  }));
  const count = ignores.reduce((sum, { globs }) => sum + globs.length, 0);
  if (count > MOST_PATTERNS) throw tooMany(count);
  const notAllowed = { kind: 'not-allowed', allow: allow ?? '' } as const;
  const otherPattern = { kind: 'other-pattern', pattern: pattern ?? '' } as const;
  return (tag) => {
    if (allows?.(tag) === false) return notAllowed;
    if (matches?.some((hits) => hits(tag)) === false) return otherPattern;
    return ignores.find(({ globs }) => globs.some((hits) => hits(tag)))?.miss;
  };
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
  const [, expression] = EXPRESSION.exec(trimmed) ?? [];
  if (expression !== undefined) return expression;
  const hint = `write ${quoted(`regexp:${trimmed.replace(/^regexp?:?/i, '')}`)}`;
  throw invalid(
    `expected "any" or "regexp:" and an expression in allow-tags, found ${quoted(trimmed)}`,
    hint,
  );
}

/**
 * Reads the value of `ignore-tags`: globs and `regexp:EXPR` with commas between them, as trimmed text; empty items are
 * dropped. No tag holds a comma, so one within braces, brackets or (in an expression) parentheses belongs to its item:
 * `{rc,beta}-*`, `regexp:-rc[0-9]{1,2}$`. `compileFilter` checks the items.
 */
export function parseIgnoreTags(text: string): readonly string[] {
  if (text.length > LONGEST_IGNORE_LIST) {
    throw invalid(`expected at most ${LONGEST_IGNORE_LIST} characters in ignore-tags, found ${text.length}`);
  }
  const items: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = endOfItem(text, at);
    items.push(text.slice(at, end).trim());
    at = end + 1;
  }
  return items.filter((item) => item !== '');
}

/** Where the comma behind an item is, or the text ends. */
function endOfItem(text: string, start: number): number {
  return EXPRESSION_AHEAD.test(text.slice(start)) ? endOfExpression(text, start) : endOfGlob(text, start);
}

function endOfExpression(text: string, start: number): number {
  let at = start;
  let depth = 0;
  for (const token of expressionTokens(text, start)) {
    if (token.text === ',' && !token.inClass && depth === 0) return at;
    if (!token.inClass && token.text.startsWith('(')) depth += 1;
    if (!token.inClass && token.text === ')') depth = Math.max(depth - 1, 0);
    at += token.text.length;
  }
  return at;
}

function endOfGlob(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === ',' && depth === 0) return at;
    if (character === '\\') at += 1;
    if (character === '{') depth += 1;
    if (character === '}') depth = Math.max(depth - 1, 0);
  }
  return text.length;
}

function compileIgnore(item: string): readonly ((tag: string) => boolean)[] {
  const [, expression] = EXPRESSION.exec(item) ?? [];
  if (expression === undefined) return compilePattern(item, 'ignore-tags');
  if (expression === '')
    throw invalid(
      'expected an expression after "regexp:" in ignore-tags, found nothing',
      'write "*" to ignore every tag',
    );
  if ([...expressionTokens(expression)].some(({ text, inClass }) => text === ',' && !inClass)) {
    const name = `the expression ${quoted(expression)} of ignore-tags`;
    throw invalid(`${name} can match no tag: no tag has "," in it`, 'write "|" between alternatives');
  }
  return [compileExpression(expression, 'ignore-tags').isIn];
}

function tooMany(found: number): LynceusError {
  return invalid(`expected at most ${MOST_PATTERNS} patterns in ignore-tags, found ${found}`);
}

function invalid(message: string, hint?: string): LynceusError {
  return new LynceusError('pattern-invalid', message, { hint });
}
