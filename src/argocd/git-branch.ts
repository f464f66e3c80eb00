import { parseTemplate } from '../core/plan/template/parse.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';

export interface BranchWish {
  /** `undefined`: the revision of the source. */
  readonly base: string | undefined;
  /** Branch name or template; `undefined`: the base. */
  readonly push: string | undefined;
}

/** What git itself refuses in a branch name (git-check-ref-format), as far as one character or ending shows it. */
const NO_BRANCH = /[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\/\/|^[-/]|[/.]$|\.lock$/u;

/**
 * Reads `BASE`, `BASE:PUSH` or `:PUSH`. `PUSH` may be a template; a colon inside `{{ }}` is part of it.
 * Throws `annotation-invalid`. Counter-example: `main:a:b` has a colon too many.
 */
export function parseGitBranch(text: string): BranchWish {
  const colons = colonsOutsideTemplates(text);
  const [first] = colons;
  if (colons.length > 1) throw invalid('expected BASE:PUSH with one colon outside {{ }}', text);
  if (first === undefined) return { base: branchName(text), push: undefined };
  const base = text.slice(0, first).trim();
  const push = text.slice(first + 1).trim();
  if (push === '') throw invalid('expected the name of the branch to push after the colon', text);
  const wish = {
    base: base === '' ? undefined : branchName(base),
    push: push.includes('{{') ? template(push) : branchName(push),
  };
  return wish.push === wish.base ? { base: wish.base, push: undefined } : wish;
}

/** The name without `refs/heads/`. Throws `annotation-invalid` for what cannot be a branch, `-d` or `a..b` for example. */
export function branchName(text: string): string {
  const name = text.startsWith('refs/heads/') ? text.slice('refs/heads/'.length) : text;
  if (name.includes('{{'))
    throw invalid('expected the name of a branch (only the branch to push may be a template)', text);
  if (name === '' || NO_BRANCH.test(name)) throw invalid('expected the name of a branch', text);
  return name;
}

/** What only the changes can tell, an unknown field for example, shows when the name is made. */
function template(text: string): string {
  try {
    parseTemplate(text);
    return text;
  } catch (error) {
    if (!(error instanceof LynceusError)) throw error;
    throw invalid(`expected a template for the branch to push: ${error.message}`, text);
  }
}

/** Walks by hand, because a colon may stand in a quoted text inside of a template, and `}}` too. */
function colonsOutsideTemplates(text: string): readonly number[] {
  const colons: number[] = [];
  let index = 0;
  while (index < text.length) {
    if (text.startsWith('{{', index)) index = endOfTemplate(text, index + 2);
    else {
      if (text[index] === ':') colons.push(index);
      index += 1;
    }
  }
  return colons;
}

function endOfTemplate(text: string, start: number): number {
  let quote: string | undefined;
  for (let index = start; index < text.length; index += 1) {
    const letter = text[index];
    if (quote === undefined && text.startsWith('}}', index)) return index + 2;
    if (quote === undefined && (letter === '"' || letter === '`' || letter === "'")) quote = letter;
    else if (quote !== undefined && letter === '\\' && quote !== '`') index += 1;
    else if (letter === quote) quote = undefined;
  }
  throw invalid('expected }} after {{', text);
}

function invalid(expected: string, found: string): LynceusError {
  return new LynceusError('annotation-invalid', `${expected}, found ${quoted(found)}`);
}
