import type { GitRemote } from '../../core/git/remote.ts';
import { LynceusError } from '../../errors.ts';
import { describeLogin, explainFailure, hostWords, scrub, shorten, unfound } from './failure.ts';
import type { GitLogin } from '../../ports/git-logins.ts';
import { parsePush } from './parse.ts';
import type { GitResult } from './run.ts';

export type PushOutcome =
  | { readonly kind: 'pushed' }
  /** Somebody else was faster: the same edits on the new head may well go through. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** The remote took the login and not what was pushed: another part of it may well go through. */
  | { readonly kind: 'refused'; readonly error: LynceusError }
  | { readonly kind: 'failed'; readonly error: LynceusError };

export interface PushContext {
  readonly remote: GitRemote;
  readonly login: GitLogin;
  readonly branch: string;
  readonly sha: string;
  /** Head of the branch that the commits continue; `undefined` when the branch was not there. */
  readonly expected: string | undefined;
  /** Asks the remote for the head of the branch. */
  readonly headNow: () => Promise<string | undefined>;
}

/** Another push holds the lock of the ref, or has just let go of it (git's own words in refs/files-backend.c). */
const BUSY = /cannot lock ref|failed to (?:update|lock)|unable to create .*lock|incorrect old value/i;

/** A branch `a` forbids a branch `a/b`, and waiting does not help. */
const BLOCKED = /exists; cannot create/i;

const BROKE_OFF = /failed to report status/i;

/**
 * What became of a push. What git itself rejects (not a continuation of the remote's branch), and what the remote
 * rejects while its branch has moved, is a race; any other rejection by the remote is its decision. When the
 * connection broke, the remote is asked whether the push arrived.
 */
export async function judgePush(
  result: GitResult | LynceusError,
  context: PushContext,
): Promise<PushOutcome> {
  if (result instanceof LynceusError) return arrivedOr(result, context);
  const status = parsePush(result.stdout.toString());
  if (status === undefined || BROKE_OFF.test(status.reason)) return judgeBroken(result, context);
  if (status.flag !== 'rejected') return { kind: 'pushed' };
  if (status.by === 'git') return { kind: 'rejected', reason: status.reason };
  const head = await headNow(context);
  if (head === context.sha) return { kind: 'pushed' };
  if (BLOCKED.test(result.stderr))
    return { kind: 'failed', error: denied(status.reason, result.stderr, context) };
  const moved = head !== UNKNOWN && head !== context.expected;
  if (moved || BUSY.test(`${status.reason} ${result.stderr}`))
    return { kind: 'rejected', reason: status.reason };
  return { kind: 'refused', error: denied(status.reason, result.stderr, context) };
}

function judgeBroken(result: GitResult, context: PushContext): Promise<PushOutcome> | PushOutcome {
  const error = explainFailure(result.stderr, { attempt: 'push to', ...context });
  return error.code === 'git-denied' ? { kind: 'failed', error } : arrivedOr(error, context);
}

async function arrivedOr(error: LynceusError, context: PushContext): Promise<PushOutcome> {
  if (error.code === 'aborted') return { kind: 'failed', error };
  const head = await headNow(context);
  return head === context.sha ? { kind: 'pushed' } : { kind: 'failed', error };
}

const UNKNOWN = Symbol('the remote does not answer');

async function headNow(context: PushContext): Promise<string | undefined | typeof UNKNOWN> {
  try {
    return await context.headNow();
  } catch {
    return UNKNOWN;
  }
}

function denied(reason: string, stderr: string, { remote, login, branch }: PushContext): LynceusError {
  const lines = stderr.split('\n').filter((line) => line.startsWith('remote:'));
  const words = lines.map((line) => line.replace(/^remote:\s?/, '')).join('\n');
  const text = hostWords(scrub(words, login), false);
  const why = shorten(scrub(reason, login));
  const message = `${remote.label} refused the push to ${branch} ${describeLogin(login)}: ${why}`;
  const whole = text === '' ? message : `${message}; its message: ${text}`;
  return new LynceusError('git-denied', `${whole}${unfound(login)}`, {
    hint: 'allow this login to push to the branch, or name another push branch in the annotation git-branch',
  });
}
