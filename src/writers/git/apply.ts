import { backoff } from '../../async/backoff.ts';
import { checkBranchName } from '../../core/git/branch-name.ts';
import { findBase, type Head } from '../../core/git/heads.ts';
import { branchKey } from '../../core/identity/branch.ts';
import type { ChangeSet, PlannedCommit } from '../../core/change.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { CommitResult } from '../../ports/writer.ts';
import {
  allFailed,
  makesCommit,
  resultsOf,
  unwrittenResult,
  writtenResult,
  type CommitEnding,
} from '../commit-results.ts';
import type { ReplayedCommit } from '../replay.ts';
import { judgeForeign, type LeftAlone } from './foreign-branch.ts';
import { asPlanned, commitsOnTop } from './on-top.ts';
import type { OwnBranch } from './own-branch.ts';
import { draftOptions, replayOn, toImport, type GitApplyOptions } from './replay-on.ts';

/** Before a rejected push is tried again. */
const replayDelay = backoff(200, 5_000);

/** Where the commits go: on top of which commit, and into which branch. */
interface PushTarget {
  readonly head: Head;
  readonly branch: string;
  /** Head of the branch at the remote; `undefined` when it is yet to be made. */
  readonly expected: string | undefined;
  /** What the branch is, when it is one of our own beside its base; then the commits take its place. */
  readonly existing: OwnBranch | undefined;
  /** The commits of the set as they are made on this head, where its files have other versions. */
  readonly commits?: readonly PlannedCommit[];
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
 *                                                         that head; nothing when that gives what it holds already.
 *                                                         Where the host forbids that: commits on top
 *   there                  somebody else's too            see `judgeForeign`
 */
export async function applyChangeSet(
  set: ChangeSet,
  options: GitApplyOptions,
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

async function attemptOnce(set: ChangeSet, options: GitApplyOptions): Promise<Attempt> {
  const target = await findTarget(set, options);
  if ('results' in target) return { kind: 'settled', results: target.results };
  const { unforced, connection, log } = options;
  const { existing, branch } = target;
  const key = branchKey(connection, branch);
  const attempt = unforced.has(key) ? undefined : await attemptAt(set, target, options);
  if (existing === undefined || attempt?.kind === 'rejected')
    return attempt ?? attemptAt(set, target, options);
  if (attempt !== undefined && !attempt.results.every(isDenied)) return attempt;
  const commits = await commitsOnTop(set, { branch, existing }, options);
  if (commits === undefined) return attempt ?? (await attemptAt(set, target, options));
  const { sha } = existing;
  const top: PushTarget = { head: { branch, sha }, branch, expected: sha, existing: undefined, commits };
  const onTop = await attemptAt(set, top, options);
  if (attempt === undefined) return onTop;
  if (onTop.kind === 'settled' && onTop.results.some(({ ending }) => ending.kind === 'failed'))
    return attempt;
  unforced.add(key);
  const fields = { remote: connection.remote.label, branch };
  log.info('the host takes no forced push to the branch, so commits are put on top of it', fields);
  return onTop;
}

function isDenied({ ending }: CommitResult): boolean {
  return ending.kind === 'failed' && ending.error.code === 'git-denied';
}

/** Makes the commits on the head of the target, and pushes them. */
async function attemptAt(set: ChangeSet, target: PushTarget, options: GitApplyOptions): Promise<Attempt> {
  const { connection, signal } = options;
  const { branch, head, expected, existing, commits = set.commits } = target;
  const reader = connection.readerOf(head);
  const made = asPlanned(await replayOn(commits, reader, options), set.commits);
  const imports = made.filter(makesCommit).map((one) => toImport(one, reader));
  if (imports.length === 0)
    return { kind: 'settled', results: made.map((one) => unwrittenResult(one, branch)) };
  const hashes = await connection.commit(imports, draftOptions(branch, head.sha, options), signal);
  const sha = hashes.at(-1) ?? '';
  if (await isUnchanged(target, sha, options))
    return { kind: 'settled', results: resultsOf(made, branch, () => ({ kind: 'unchanged', branch })) };
  const { outcome, shas } = await connection.push(
    { commits: imports, shas: hashes, parent: head.sha, branch, expected, replaces: existing !== undefined },
    signal,
  );
  const pushed: PushedCommits = { branch, replayed: made, shas };
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
  { connection, log, signal }: GitApplyOptions,
): Promise<void> {
  try {
    await connection.keep(branch, sha, signal);
  } catch (thrown) {
    const { label } = connection.remote;
    log.debug('what was pushed is not kept', { remote: label, branch, err: asLynceusError(thrown) });
  }
}

/** See `WriterSession`. */
export async function leftAlone(
  set: ChangeSet,
  options: GitApplyOptions,
): Promise<readonly CommitResult[] | undefined> {
  if (set.pushBranch === undefined) return undefined;
  const target = await findTarget(set, options, false);
  return 'results' in target ? target.results : undefined;
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

/** `again`: the remote is asked anew, since its branches may have moved or gone after the files were read. */
async function findTarget(
  set: ChangeSet,
  options: GitApplyOptions,
  again = true,
): Promise<PushTarget | LeftAlone> {
  const { connection, author, signal } = options;
  const heads = await connection.heads(signal, again);
  const head = await connection.obtain(findBase(heads, set.place.base, connection.remote), signal);
  const branch = set.pushBranch ?? head.branch;
  if (branch === head.branch) return { head, branch, expected: head.sha, existing: undefined };
  const sha = heads.commits.get(branch);
  if (sha === undefined) return { head, branch, expected: undefined, existing: undefined };
  const existing = await connection.judge({ branch, sha }, { base: head, author }, signal);
  if (existing.kind === 'own') return { head, branch, expected: existing.sha, existing };
  const own = await judgeForeign(set, { ...options, branch, foreign: existing });
  return 'results' in own ? own : { head, branch, expected: own.sha, existing: own };
}

/** Whether the branch holds just this already, on top of the same commit. */
async function isUnchanged(
  { head, existing }: PushTarget,
  sha: string,
  { connection, signal }: GitApplyOptions,
): Promise<boolean> {
  if (existing === undefined || existing.fork !== head.sha) return false;
  return existing.tree === (await connection.treeOf(sha, signal));
}

function withoutHash(): LynceusError {
  return new LynceusError('internal', 'a commit was pushed and has no hash');
}

function rejectedTooOften(
  { branch, reason }: Extract<Attempt, { kind: 'rejected' }>,
  { connection, pushAttempts }: GitApplyOptions,
): LynceusError {
  const { label } = connection.remote;
  const times = pushAttempts === 1 ? 'once' : `${pushAttempts} times`;
  return new LynceusError(
    'git-push-rejected',
    `${label} rejected the push to ${branch} although it was replayed ${times}: ${reason}`,
    { hint: 'others push to this branch all the time; it is tried again in the next cycle' },
  );
}
