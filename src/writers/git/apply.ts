import type { ChangeSet, PlannedCommit } from '../../core/change.ts';
import type { FileTarget } from '../../core/policy.ts';
import { quoted } from '../../core/quoted.ts';
import { fileKey, type EditOptions } from '../../edits/index.ts';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { CommitResult, FileState } from '../../ports/writer.ts';
import { allFailed, makesCommit, resultOf } from '../commit-results.ts';
import { replayCommits, requestsOf, type ReplayedCommit } from '../replay.ts';
import { checkBranchName, findBase, type Head } from './branch.ts';
import type { Connection, Making } from './connection.ts';
import type { ImportedCommit } from './fast-import.ts';
import { foreignBranch, type BranchJudgement } from './own-branch.ts';
import type { CommitReader } from './read-files.ts';
import { retryDelay } from './retry-delay.ts';

export interface ApplyOptions {
  readonly connection: Connection;
  readonly editOptions: EditOptions;
  readonly author: { readonly name: string; readonly email: string };
  readonly pushAttempts: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Where the commits go: on top of which commit, and into which branch. */
interface Aim {
  readonly head: Head;
  readonly branch: string;
  /** Head of the branch at the remote; `undefined` when it is yet to be made. */
  readonly expected: string | undefined;
  /** What the branch is now, when it is one of our own beside its base; then the commits take its place. */
  readonly standing: Extract<BranchJudgement, { kind: 'own' }> | undefined;
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
    const tried = await tryOnce({ ...set, commits }, options).catch((thrown: unknown) => {
      // Without any that arrived it is told as it is, and may be tried with a new clone or login.
      if (settled.size === 0) throw thrown;
      return { kind: 'settled', results: allFailed(commits, asLynceusError(thrown)) } as const;
    });
    if (tried.kind === 'settled') return settle(tried.results);
    const { aim, reason } = tried;
    if (retry >= pushAttempts) return settle(tried.failedBy(tooOften(reason, aim, options)));
    settle(tried.arrived);
    const { label } = connection.remote;
    log.info('push rejected, replaying on the new head', { remote: label, branch: aim.branch, reason });
    await clock.sleep(retryDelay(retry + 1, clock.random()), signal);
  }
}

type Tried =
  | { readonly kind: 'settled'; readonly results: readonly CommitResult[] }
  | {
      /** Somebody else was faster. */
      readonly kind: 'rejected';
      readonly aim: Aim;
      readonly reason: string;
      /** What is in the branch all the same: an API takes one commit at a time. */
      readonly arrived: readonly CommitResult[];
      /** Every result, when it is not tried again. */
      readonly failedBy: (error: LynceusError) => readonly CommitResult[];
    };

async function tryOnce(set: ChangeSet, options: ApplyOptions): Promise<Tried> {
  const { connection, signal } = options;
  const aim = await findAim(set, options);
  const { branch, head, expected, standing } = aim;
  const reader = connection.readerOf(head);
  const replayed = await replay(set, reader, options);
  const told = (ending: CommitResult['ending']): Tried => ({
    kind: 'settled',
    results: replayed.map((one) => resultOf(one, branch, ending)),
  });
  const changed = replayed.filter(makesCommit);
  if (changed.length === 0) return told(notWritten());
  const commits = changed.map((one) => toImport(one, reader));
  const made = await connection.commit(commits, makingOf(aim, options), signal);
  const sha = made.at(-1) ?? '';
  if (await stands(aim, sha, options)) return told({ kind: 'unchanged', branch });
  const { outcome, shas } = await connection.push(
    { commits, shas: made, parent: head.sha, branch, expected, replaces: standing !== undefined },
    signal,
  );
  const failedBy = (error: LynceusError) => resultsOf(replayed, shas, { branch, error });
  if (outcome.kind === 'failed') return { kind: 'settled', results: failedBy(outcome.error) };
  if (outcome.kind === 'pushed') {
    // What an API made has another hash than here, and is fetched when it is read.
    if (!connection.byApi) await connection.keep(branch, sha, signal);
    return { kind: 'settled', results: failedBy(notMade()) };
  }
  const isThere = new Set(changed.slice(0, shas.length).map(({ commit }) => commit));
  const arrived = failedBy(notMade()).filter(({ commit }) => isThere.has(commit));
  return { kind: 'rejected', aim, reason: outcome.reason, arrived, failedBy };
}

/** Asks the remote anew: since the files were read its branches may have moved or gone. */
async function findAim(set: ChangeSet, { connection, author, signal }: ApplyOptions): Promise<Aim> {
  const heads = await connection.heads(signal, true);
  const head = await connection.obtain(findBase(heads, set.place.base, connection.remote), signal);
  const branch = set.pushBranch ?? head.branch;
  if (branch === head.branch) return { head, branch, expected: head.sha, standing: undefined };
  const sha = heads.commits.get(branch);
  if (sha === undefined) return { head, branch, expected: undefined, standing: undefined };
  const standing = await connection.judge({ branch, sha }, { base: head, author }, signal);
  if (standing.kind === 'foreign') throw foreignBranch(branch, standing, connection.remote.label);
  return { head, branch, expected: standing.sha, standing };
}

/** Whether the branch holds just this already, on top of the same commit. */
async function stands(
  { head, standing }: Aim,
  sha: string,
  { connection, signal }: ApplyOptions,
): Promise<boolean> {
  if (standing === undefined || standing.fork !== head.sha) return false;
  return standing.tree === (await connection.treeOf(sha, signal));
}

async function replay(
  set: ChangeSet,
  reader: CommitReader,
  { connection, editOptions, signal }: ApplyOptions,
): Promise<readonly ReplayedCommit[]> {
  const requests = [...requestsOf(set.commits)];
  const states = await reader.read(
    requests.map(([, request]) => request),
    signal,
  );
  const editable = connection.byApi ? states.map((state) => regularOnly(state, reader)) : states;
  const byKey = new Map(requests.map(([key], index) => [key, editable[index]]));
  function stateOf(target: FileTarget): FileState {
    const state = byKey.get(fileKey(target));
    if (state === undefined) throw new LynceusError('internal', 'a file of the change set was not read');
    return state;
  }
  return replayCommits(set.commits, { editOptions, stateOf });
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
function makingOf({ head, branch }: Aim, { author, clock }: ApplyOptions): Making {
  return { branch: `draft of ${branch}`, parent: head.sha, author, now: clock.now() };
}

/** Those that are in the branch, in order, and the others with the error. */
function resultsOf(
  replayed: readonly ReplayedCommit[],
  shas: readonly string[],
  { branch, error }: { readonly branch: string; readonly error: LynceusError },
): readonly CommitResult[] {
  const remaining = [...shas];
  return replayed.map((one) => {
    const sha = makesCommit(one) ? remaining.shift() : undefined;
    const ending =
      sha === undefined ? ({ kind: 'failed', error } as const) : ({ kind: 'pushed', sha, branch } as const);
    return resultOf(one, branch, ending);
  });
}

function notMade(): LynceusError {
  return new LynceusError('internal', 'a commit was pushed and has no hash');
}

/** Stands where a commit has nothing to write, so that it is never used. */
function notWritten(): CommitResult['ending'] {
  return { kind: 'failed', error: new LynceusError('internal', 'a commit without files was to be written') };
}

function tooOften(reason: string, { branch }: Aim, { connection, pushAttempts }: ApplyOptions): LynceusError {
  const { label } = connection.remote;
  const times = pushAttempts === 1 ? 'once' : `${pushAttempts} times`;
  return new LynceusError(
    'git-push-rejected',
    `${label} rejected the push to ${branch} although it was replayed ${times}: ${reason}`,
    { hint: 'others push to this branch all the time; it is tried again in the next cycle' },
  );
}
