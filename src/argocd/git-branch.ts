import { isBranchTemplate, parseBranchName } from '../core/git/branch-name.ts';
import { branchTemplateExcess } from '../core/git/branch-template.ts';
import type { TemplateLimits } from '../core/plan/template/meter.ts';
import { parseTemplate } from '../core/plan/template/parse.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';

/** The value of `git-branch`. */
export interface BranchChoice {
  /** `undefined`: the revision of the source. */
  readonly base: string | undefined;
  /** Branch name or template; `undefined`: the base. */
  readonly push: string | undefined;
}

/**
 * Reads `BASE`, `BASE:PUSH` or `:PUSH`. `PUSH` may be a template; a colon inside `{{ }}` is part of it.
 * `BASE` is `HEAD` for the remote's default branch. Throws `annotation-invalid`, for `main:a:b` too.
 */
export function parseGitBranch(text: string, limits?: TemplateLimits): BranchChoice {
  const colons = colonsOutsideTemplates(text);
  const [first] = colons;
  if (colons.length > 1) throw invalid('expected BASE:PUSH with one colon outside {{ }}', text);
  if (first === undefined) return { base: baseBranch(text), push: undefined };
  const base = text.slice(0, first).trim();
  const push = text.slice(first + 1).trim();
  if (push === '') throw invalid('expected the name of the branch to push after the colon', text);
  const choice = {
    base: base === '' ? undefined : baseBranch(base),
    push: isBranchTemplate(push) ? template(push, limits) : branchName(push),
  };
  return choice.push === choice.base ? { base: choice.base, push: undefined } : choice;
}

function branchName(text: string): string {
  if (isBranchTemplate(text))
    throw invalid('expected the name of a branch (only the branch to push may be a template)', text);
  return parseBranchName(text, 'annotation-invalid');
}

function baseBranch(text: string): string {
  return text === 'HEAD' ? text : branchName(text);
}

/** Only the syntax is checked, and what it costs at least. Other faults, an unknown field for example, show when the name is rendered. */
function template(text: string, limits: TemplateLimits | undefined): string {
  const fault = templateFault(text, limits);
  if (fault === undefined) return text;
  throw invalid(`expected a template for the branch to push: ${fault.message}`, text);
}

function templateFault(text: string, limits: TemplateLimits | undefined): LynceusError | undefined {
  try {
    parseTemplate(text);
    return branchTemplateExcess(text, limits);
  } catch (error) {
    if (error instanceof LynceusError) return error;
    throw error;
  }
}

/** Walks by hand, because a quoted text inside a template may contain a colon or `}}`. */
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
