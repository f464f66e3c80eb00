import { backoff } from '../../async/backoff.ts';
import { checkBranchName } from '../../core/git/branch-name.ts';
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
import { asPlanned, commitsOnTop } from './on-top.ts';
import { pushApart } from './push-apart.ts';
import type { PushedTogether } from './push-results.ts';
import { findTarget, importOf, isUnchanged, type PushTarget } from './push-target.ts';
import { findAndReplay, replayedOn, type ReplayedAhead } from './replay-ahead.ts';
import { draftOptions, type GitApplyOptions } from './replay-on.ts';

/** Before a rejected push is tried again. */
const replayDelay = backoff(200, 5_000);

/**
 * Carries out a change set: edits, commits, one push. When somebody else pushed meanwhile, the same edits are
 * made on the new head; nothing is ever rebased or merged.
 *
 *   branch to push         its commits beyond the base    what happens
 *   ---------------------  -----------------------------  ---------------------------------------------------
 *   the base itself        -                              commits on top, pushed plainly
 *   not there              -                              made from the head of the base
 *   there                  ours alone, see `OwnBranch`    made anew from the head of the base, in place of just
 *                                                         that head; nothing when that gives what it holds already.
 *                                                         Where the host forbids that: commits on top
 *   there                  somebody else's too, or none   see `judgeForeign`; commits on top where the place allows that
 *
 * Of what the remote does not take as a whole, parts are pushed: see `pushApart`.
 */
export async function applyChangeSet(
  set: ChangeSet,
  options: GitApplyOptions,
): Promise<readonly CommitResult[]> {
  if (set.pushBranch !== undefined) checkBranchName(set.pushBranch);
  const { connection, refusals, log } = options;
  const { results, counts } = await pushApart(set.commits, {
    push: (commits, accepted) => pushTogether({ ...set, commits }, accepted, options),
    refusals: {
      find: (commit) => refusals.find(set, commit),
      remember: (commit, error) => refusals.remember(set, commit, error),
      forget: (commit) => refusals.forget(set, commit),
    },
  });
  if (counts !== undefined && counts.pushes > 1) {
    const branch = set.pushBranch ?? set.place.base;
    log.warn('push refused, and pushed again in parts', {
      remote: connection.remote.label,
      branch,
      ...counts,
    });
  }
  return results;
}

/**
 * Pushes commits in one push, again on the new head when somebody else was faster. A branch of our own is made anew, so
 * that it needs `accepted` as well.
 */
async function pushTogether(
  set: ChangeSet,
  accepted: readonly PlannedCommit[],
  options: GitApplyOptions,
): Promise<PushedTogether> {
  const { connection, pushAttempts, clock, log, signal } = options;
  const isApart = set.pushBranch !== undefined && set.pushBranch !== set.place.base;
  const all = isApart ? [...accepted, ...set.commits] : set.commits;
  const settled = new Map<PlannedCommit, CommitResult>();
  const settle = (results: readonly CommitResult[]) => {
    for (const result of results) settled.set(result.commit, result);
    return all.flatMap((commit) => settled.get(commit) ?? []);
  };
  for (let retry = 0; ; retry += 1) {
    const commits = all.filter((commit) => !settled.has(commit));
    const attempt = await attemptOnce({ ...set, commits }, options).catch((thrown: unknown) => {
      // Unless some have arrived it is thrown on, and may be tried with a new clone or login.
      if (settled.size === 0 && accepted.length === 0) throw thrown;
      const error = asLynceusError(thrown);
      return { kind: 'broken', results: allFailed(commits, error), error } as const;
    });
    if (attempt.kind !== 'rejected') return { ...attempt, results: settle(attempt.results) };
    const { branch, reason } = attempt;
    if (retry >= pushAttempts) {
      const error = rejectedTooOften(attempt, options);
      return { kind: 'broken', results: settle(finalResults(attempt, () => error)), error };
    }
    settle(arrivedResults(attempt));
    const { label } = connection.remote;
    log.info('push rejected, replaying on the new head', { remote: label, branch, reason });
    await clock.sleep(replayDelay(retry + 1, clock.random()), signal);
  }
}

type Attempt =
  | PushedTogether
  /** Somebody else was faster. */
  | (PushedCommits & { readonly kind: 'rejected'; readonly reason: string });

interface AttemptOptions extends GitApplyOptions {
  readonly ahead: ReplayedAhead | undefined;
}

interface PushedCommits {
  readonly branch: string;
  readonly replayed: readonly ReplayedCommit[];
  /** Hashes of the first of them that make a commit and are in the branch: an API takes one commit at a time. */
  readonly shas: readonly string[];
}

async function attemptOnce(set: ChangeSet, applying: GitApplyOptions): Promise<Attempt> {
  const { target, ahead } = await findAndReplay(set, applying);
  const options = { ...applying, ahead };
  if ('results' in target) return done(target.results);
  const { unforced, connection, log } = options;
  const { existing, branch, onOthers } = target;
  if (onOthers !== undefined) {
    const onTop = await attemptAt({ ...set, commits: onOthers.commits }, target, options);
    return onTop.kind === 'rejected' ? onTop : { ...onTop, results: [...onTop.results, ...onOthers.left] };
  }
  const key = branchKey(connection, branch);
  const attempt = unforced.has(key) ? undefined : await attemptAt(set, target, options);
  if (existing === undefined || attempt?.kind === 'rejected')
    return attempt ?? attemptAt(set, target, options);
  if (attempt !== undefined && !attempt.results.every(isForceDenied)) return attempt;
  const commits = await commitsOnTop(set, { branch, existing }, options);
  if (commits === undefined) return attempt ?? (await attemptAt(set, target, options));
  const { sha } = existing;
  const top: PushTarget = { head: { branch, sha }, branch, expected: sha, existing: undefined, commits };
  const onTop = await attemptAt(set, top, options);
  if (attempt === undefined) return onTop;
  if (onTop.kind !== 'rejected' && onTop.results.some(({ ending }) => ending.kind === 'failed'))
    return attempt;
  unforced.add(key);
  const fields = { remote: connection.remote.label, branch };
  log.info('the host takes no forced push to the branch, so commits are put on top of it', fields);
  return onTop;
}

/** Whether it was the force that was refused, in the words of git and of hosts: a commit on top may be taken then. */
function isForceDenied({ ending }: CommitResult): boolean {
  return (
    ending.kind === 'failed' && ending.error.code === 'git-denied' && FORCE_DENIED.test(ending.error.message)
  );
}

const FORCE_DENIED = /non-fast-forward|force[ -]?push|rewrit\w+ (?:\w+ )?history|rewind/i;

/** Makes the commits on the head of the target, and pushes them. */
async function attemptAt(set: ChangeSet, target: PushTarget, options: AttemptOptions): Promise<Attempt> {
  const { connection, signal } = options;
  const { branch, head, expected, existing, commits = set.commits } = target;
  const reader = connection.readerOf(head);
  const made = asPlanned(await replayedOn(commits, reader, options), set.commits);
  const imports = made.filter(makesCommit).map((one) => importOf(one, target, reader));
  if (imports.length === 0) return done(made.map((one) => unwrittenResult(one, branch)));
  const hashes = await connection.commit(imports, draftOptions(branch, head.sha, options), signal);
  const sha = hashes.at(-1) ?? '';
  if (await isUnchanged(target, sha, options))
    return done(resultsOf(made, branch, () => ({ kind: 'unchanged', branch })));
  const { outcome, shas } = await connection.push(
    { commits: imports, shas: hashes, parent: head.sha, branch, expected, replaces: existing !== undefined },
    signal,
  );
  const pushed: PushedCommits = { branch, replayed: made, shas };
  switch (outcome.kind) {
    case 'failed':
    case 'refused': {
      const { kind, error } = outcome;
      const results = finalResults(pushed, () => error);
      return { kind: kind === 'refused' ? kind : 'broken', results, error };
    }
    case 'rejected':
      return { kind: 'rejected', reason: outcome.reason, ...pushed };
    case 'pushed':
      // What an API made has another hash than here, and is fetched when it is read.
      if (!connection.byApi) await keepPushed(sha, target, options);
      return done(finalResults(pushed, withoutHash));
  }
}

function done(results: readonly CommitResult[]): PushedTogether {
  return { kind: 'done', results, error: undefined };
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
