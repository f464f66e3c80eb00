import { createHash } from 'node:crypto';
import { LynceusError, type ErrorCode } from '../../errors.ts';
import { quoted } from '../quoted.ts';

const HEADS = 'refs/heads/';

/** Git keeps a branch in a file of its name and writes that as `<name>.lock` first: 255 bytes less five. */
const MAX_BYTES = 250;

/** What a ref name may not hold (git-check-ref-format, rules 1 to 9), and what `git branch` refuses beside it. */
const FORBIDDEN =
  /[\p{Cc}\p{Cs}\p{Z} ~^:?*[\\]|\.\.|@\{|\/\/|^[-/]|\/$|\.$|(?:^|\/)\.|\.lock(?:\/|$)|^@$|^HEAD$|^refs\/(?!heads\/)/u;

/** Whether a text is the name of a branch that git takes and that can be pushed: `main`, `release/1.2`. */
export function isBranchName(text: string): boolean {
  return text !== '' && !FORBIDDEN.test(text) && byteLength(text) <= MAX_BYTES;
}

/**
 * The name without `refs/heads/`. Throws the caller's code for what cannot be a branch: `-d`, `a..b`, `x.lock/y`, `@`.
 */
export function parseBranchName(text: string, code: ErrorCode): string {
  const name = text.startsWith(HEADS) ? text.slice(HEADS.length) : text;
  if (isBranchName(name)) return name;
  const near = nearestBranchName(name);
  const message = `expected the name of a branch, found ${quoted(text)}`;
  throw new LynceusError(code, message, near === '' ? {} : { hint: `${quoted(near)} would be one` });
}

/** Throws `config-invalid` unless the name may be pushed as a branch. */
export function checkBranchName(branch: string): void {
  if (isBranchName(branch)) return;
  throw new LynceusError('config-invalid', `${quoted(branch)} cannot be the name of a branch`, {
    hint: 'change the part after the colon in the annotation git-branch',
  });
}

/** `''` and `HEAD` mean the branch that the remote's `HEAD` names. */
export function isDefaultBranch(base: string): boolean {
  return base === '' || base === 'HEAD';
}

/** Whether a revision is the hash of a commit, by SHA-1 or SHA-256. */
export function isCommitHash(revision: string): boolean {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(revision);
}

/** Whether the branch to push, as `git-branch` names it, is a template. */
export function isBranchTemplate(push: string): boolean {
  return push.includes('{{');
}

/** The push branch when it has a fixed name; `undefined` for none, and for a template. */
export function fixedPush(push: string | undefined): string | undefined {
  return push === undefined || isBranchTemplate(push) ? undefined : push;
}

/**
 * The nearest name that git takes: `acme/api:1.4.2` becomes `acme/api-1.4.2`. A name that is too long is cut and ends in eight
 * digits of the SHA-256 of the whole. `''` when nothing is left.
 */
export function nearestBranchName(text: string): string {
  const name = shorten(cleaned(text));
  return isBranchName(name) ? name : '';
}

function cleaned(text: string): string {
  // Each step may uncover what an earlier one forbids: `a.lock.` ends in `.lock` without its dot.
  for (let name = text; ;) {
    const next = name
      .replace(/[\p{Cc}\p{Cs}\p{Z} ~^:?*[\\]+/gu, '-')
      .replace(/\.{2,}/g, '-')
      .replaceAll('@{', '@-{')
      .split('/')
      .map((component) => component.replace(/^\.+|(?:\.lock|\.)+$/g, ''))
      .filter((component) => component !== '')
      .join('/')
      .replace(/^[-/.]+/, '');
    if (next === name) return name;
    name = next;
  }
}

function shorten(name: string): string {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length <= MAX_BYTES) return name;
  const mark = `-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
  // A character that is cut through decodes to the replacement character.
  const head = new TextDecoder().decode(bytes.slice(0, MAX_BYTES - mark.length)).replace(/\ufffd$/, '');
  return cleaned(head) + mark;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
