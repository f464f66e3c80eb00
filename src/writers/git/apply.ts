import { backoff } from '../../async/backoff.ts';
import type { ChangeSet, PlannedCommit } from '../../core/change.ts';
import { quoted } from '../../core/quoted.ts';
import type { EditOptions } from '../../edits/index.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { CommitResult, FileState } from '../../ports/writer.ts';
import {
  allFailed,
  makesCommit,
  resultsOf,
  unwrittenResult,
  writtenResult,
  type CommitEnding,
} from '../commit-results.ts';
import { replayCommits, requestsOf, statesByTarget, type ReplayedCommit } from '../replay.ts';
import { checkBranchName } from '../../core/git/branch-name.ts';
import { findBase, type Head } from '../../core/git/heads.ts';
import type { Connection } from './connection.ts';
import type { Author, CommitOptions, ImportedCommit } from './fast-import.ts';
import { foreignBranch, type BranchJudgement } from './own-branch.ts';
import type { CommitReader } from './read-files.ts';

/** Before a rejected push is tried again. */
const replayDelay = backoff(200, 5_000);

interface ApplyOptions {
  readonly connection: Connection;
  readonly editOptions: EditOptions;
  readonly author: Author;
  readonly pushAttempts: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Where the commits go: on top of which commit, and into which branch. */
interface PushTarget {
  readonly head: Head;
  readonly branch: string;
  /** Head of the branch at the remote; `undefined` when it is yet to be made. */
  readonly expected: string | undefined;
  /** What the branch is, when it is one of our own beside its base; then the commits take its place. */
  readonly existing: Extract<BranchJudgement, { kind: 'own' }> | undefined;
}

/**
 * Carries out a change set: edits, commits, one push. When somebody else pushed meanwhile, the same edits are
 * made on the new head; nothing is ever rebased or merged.
 *
 *   branch to push         its commits beyond the base    what happens
 *   ---------------------  -----------------------------  ---------------------------------------------------
 *   the base itself        -                              commits on top, pushed plainly
 *   not there              -                              made from the head of the base
 *   there                  none, or ours alone            made anew from the head of the base, in place of just
 *                                                         that head; nothing when that gives what it holds already
 *   there                  somebody else's too            `branch-foreign`: left alone
 */
export async function applyChangeSet(
  set: ChangeSet,
  options: ApplyOptions,
): Promise<readonly CommitResult[]> {
  const { connection, pushAttempts, clock, log, signal } = options;
  if (set.pushBranch !== undefined) checkBranchName(set.pushBranch);
  const settled = new Map<PlannedCommit, CommitResult>();
  const settle = (results: readonly CommitResult[]) => {
    for (const result of results) settled.set(result.commit, result);
    return set.commits.flatMap((commit) => settled.get(commit) ?? []);
  };
  for (let retry = 0; ; retry += 1) {
    const commits = set.commits.filter((commit) => !settled.has(commit));
    const attempt = await attemptOnce({ ...set, commits }, options).catch((thrown: unknown) => {
      // Unless some have arrived it is thrown on, and may be tried with a new clone or login.
      if (settled.size === 0) throw thrown;
      return { kind: 'settled', results: allFailed(commits, asLynceusError(thrown)) } as const;
    });
    if (attempt.kind === 'settled') return settle(attempt.results);
    const { branch, reason } = attempt;
    if (retry >= pushAttempts) return settle(finalResults(attempt, () => rejectedTooOften(attempt, options)));
    settle(arrivedResults(attempt));
    const { label } = connection.remote;
    log.info('push rejected, replaying on the new head', { remote: label, branch, reason });
    await clock.sleep(replayDelay(retry + 1, clock.random()), signal);
  }
}

type Attempt =
  | { readonly kind: 'settled'; readonly results: readonly CommitResult[] }
  /** Somebody else was faster. */
  | (PushedCommits & { readonly kind: 'rejected'; readonly reason: string });

interface PushedCommits {
  readonly branch: string;
  readonly replayed: readonly ReplayedCommit[];
  /** Hashes of the first of them that make a commit and are in the branch: an API takes one commit at a time. */
  readonly shas: readonly string[];
}

async function attemptOnce(set: ChangeSet, options: ApplyOptions): Promise<Attempt> {
  const { connection, signal } = options;
  const target = await findTarget(set, options);
  const { branch, head, expected, existing } = target;
  const reader = connection.readerOf(head);
  const replayed = await replay(set, reader, options);
  const commits = replayed.filter(makesCommit).map((one) => toImport(one, reader));
  if (commits.length === 0)
    return { kind: 'settled', results: replayed.map((one) => unwrittenResult(one, branch)) };
  const made = await connection.commit(commits, commitOptions(target, options), signal);
  const sha = made.at(-1) ?? '';
  if (await isUnchanged(target, sha, options))
    return { kind: 'settled', results: resultsOf(replayed, branch, () => ({ kind: 'unchanged', branch })) };
  const { outcome, shas } = await connection.push(
    { commits, shas: made, parent: head.sha, branch, expected, replaces: existing !== undefined },
    signal,
  );
  const pushed: PushedCommits = { branch, replayed, shas };
  switch (outcome.kind) {
    case 'failed':
      return { kind: 'settled', results: finalResults(pushed, () => outcome.error) };
    case 'rejected':
      return { kind: 'rejected', reason: outcome.reason, ...pushed };
    case 'pushed':
      // What an API made has another hash than here, and is fetched when it is read.
      if (!connection.byApi) await keepPushed(sha, target, options);
      return { kind: 'settled', results: finalResults(pushed, withoutHash) };
  }
}

/** Only saves a fetch later on: that it fails does not undo the push, and must not have it made again. */
async function keepPushed(
  sha: string,
  { branch }: PushTarget,
  { connection, log, signal }: ApplyOptions,
): Promise<void> {
  try {
    await connection.keep(branch, sha, signal);
  } catch (thrown) {
    const { label } = connection.remote;
    log.debug('what was pushed is not kept', { remote: label, branch, err: asLynceusError(thrown) });
  }
}

/** How a commit ended that is in the branch; `undefined` for one that is not. */
function pushedEnding({ branch, shas }: PushedCommits, position: number): CommitEnding | undefined {
  const sha = shas[position];
  return sha === undefined ? undefined : { kind: 'pushed', sha, branch };
}

/** Results of just the commits that are in the branch. */
function arrivedResults(pushed: PushedCommits): readonly CommitResult[] {
  return pushed.replayed.filter(makesCommit).flatMap((one, position) => {
    const ending = pushedEnding(pushed, position);
    return ending === undefined ? [] : [writtenResult(one, ending)];
  });
}

/** Every result once no more is pushed; `errorOf` is for a commit that is not in the branch. */
function finalResults(pushed: PushedCommits, errorOf: () => LynceusError): readonly CommitResult[] {
  return resultsOf(
    pushed.replayed,
    pushed.branch,
    (position) => pushedEnding(pushed, position) ?? { kind: 'failed', error: errorOf() },
  );
}

/** Asks the remote anew: since the files were read its branches may have moved or gone. */
async function findTarget(set: ChangeSet, { connection, author, signal }: ApplyOptions): Promise<PushTarget> {
  const heads = await connection.heads(signal, true);
  const head = await connection.obtain(findBase(heads, set.place.base, connection.remote), signal);
  const branch = set.pushBranch ?? head.branch;
  if (branch === head.branch) return { head, branch, expected: head.sha, existing: undefined };
  const sha = heads.commits.get(branch);
  if (sha === undefined) return { head, branch, expected: undefined, existing: undefined };
  const existing = await connection.judge({ branch, sha }, { base: head, author }, signal);
  if (existing.kind === 'foreign') throw foreignBranch(branch, existing, connection.remote.label);
  return { head, branch, expected: existing.sha, existing };
}

/** Whether the branch holds just this already, on top of the same commit. */
async function isUnchanged(
  { head, existing }: PushTarget,
  sha: string,
  { connection, signal }: ApplyOptions,
): Promise<boolean> {
  if (existing === undefined || existing.fork !== head.sha) return false;
  return existing.tree === (await connection.treeOf(sha, signal));
}

async function replay(
  set: ChangeSet,
  reader: CommitReader,
  { connection, editOptions, signal }: ApplyOptions,
): Promise<readonly ReplayedCommit[]> {
  const requests = requestsOf(set.commits);
  const states = await reader.read([...requests.values()], signal);
  const editable = connection.byApi ? states.map((state) => regularOnly(state, reader)) : states;
  return replayCommits(set.commits, { editOptions, stateOf: statesByTarget(requests, editable) });
}

const NEW_FILE = '100644';

/** The API of a host would make any other file a regular one. */
function regularOnly(state: FileState, reader: CommitReader): FileState {
  if (state.kind !== 'text' || reader.modeOf(state.path) === NEW_FILE) return state;
  const { path } = state;
  const message = `${quoted(path)} cannot be written through the API of the host: it is executable, and would not stay so`;
  const hint = 'make it a regular file, or set git.commitMethod to git';
  return { kind: 'refused', path, error: new LynceusError('target-unsupported', message, { hint }) };
}

function toImport({ commit, files }: ReplayedCommit, reader: CommitReader): ImportedCommit {
  return {
    message: commit.message,
    files: files.map(({ path, after }) => ({ path, text: after, mode: reader.modeOf(path) ?? NEW_FILE })),
  };
}

/** No branch can have this name, so that what is kept of the branch itself stays until it is pushed. */
function commitOptions({ head, branch }: PushTarget, { author, clock }: ApplyOptions): CommitOptions {
  return { branch: `draft of ${branch}`, parent: head.sha, author, now: clock.now() };
}

function withoutHash(): LynceusError {
  return new LynceusError('internal', 'a commit was pushed and has no hash');
}

function rejectedTooOften(
  { branch, reason }: Extract<Attempt, { kind: 'rejected' }>,
  { connection, pushAttempts }: ApplyOptions,
): LynceusError {
  const { label } = connection.remote;
  const times = pushAttempts === 1 ? 'once' : `${pushAttempts} times`;
  return new LynceusError(
    'git-push-rejected',
    `${label} rejected the push to ${branch} although it was replayed ${times}: ${reason}`,
    { hint: 'others push to this branch all the time; it is tried again in the next cycle' },
  );
}
