import type { ChangeSet } from '../../core/change.ts';
import type { FileTarget } from '../../core/policy.ts';
import { LynceusError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { CommitResult, FileState } from '../../ports/writer.ts';
import { makesCommit, resultOf } from '../commit-results.ts';
import {
  keyOf,
  replayCommits,
  requestsOf,
  type EditOptions,
  type FileEditor,
  type ReplayedCommit,
} from '../replay.ts';
import { checkBranchName, findBase, type Head } from './branch.ts';
import type { Connection, Making } from './connection.ts';
import type { ImportedCommit } from './fast-import.ts';
import { foreignBranch, type BranchJudgement } from './own-branch.ts';
import type { CommitReader } from './read-files.ts';
import { retryDelay } from './retry-delay.ts';

export interface ApplyOptions {
  readonly connection: Connection;
  readonly editor: FileEditor;
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
  for (let retry = 0; ; retry += 1) {
    const aim = await findAim(set, options);
    const reader = connection.readerOf(aim.head);
    const replayed = await replay(set, reader, options);
    const changed = replayed.filter(makesCommit);
    if (changed.length === 0) return replayed.map((one) => resultOf(one, aim.branch, notWritten()));
    const commits = changed.map((one) => toImport(one, reader));
    const shas = await connection.commit(commits, makingOf(aim, options), signal);
    const sha = shas.at(-1) ?? '';
    if (await stands(aim, sha, options))
      return replayed.map((one) => resultOf(one, aim.branch, { kind: 'unchanged', branch: aim.branch }));
    const { branch, expected, standing } = aim;
    const outcome = await connection.push(
      { sha, branch, expected, replaces: standing !== undefined },
      signal,
    );
    if (outcome.kind === 'pushed') {
      await connection.keep(branch, sha, signal);
      return pushedResults(replayed, shas, branch);
    }
    const failure = outcome.kind === 'failed' ? outcome.error : tooOften(outcome.reason, aim, options);
    if (outcome.kind === 'failed' || retry >= pushAttempts) {
      return replayed.map((one) => resultOf(one, aim.branch, { kind: 'failed', error: failure }));
    }
    const { label } = connection.remote;
    log.info('push rejected, replaying on the new head', {
      remote: label,
      branch: aim.branch,
      reason: outcome.reason,
    });
    await clock.sleep(retryDelay(retry + 1, clock.random()), signal);
  }
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
  { editor, editOptions, signal }: ApplyOptions,
): Promise<readonly ReplayedCommit[]> {
  const requests = [...requestsOf(set.commits, editor)];
  const states = await reader.read(
    requests.map(([, request]) => request),
    signal,
  );
  const byKey = new Map(requests.map(([key], index) => [key, states[index]]));
  function stateOf(target: FileTarget): FileState {
    const state = byKey.get(keyOf(target, editor));
    if (state === undefined) throw new LynceusError('internal', 'a file of the change set was not read');
    return state;
  }
  return replayCommits(set.commits, { editor, editOptions, stateOf });
}

const NEW_FILE = '100644';

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

function pushedResults(
  replayed: readonly ReplayedCommit[],
  shas: readonly string[],
  branch: string,
): readonly CommitResult[] {
  const remaining = [...shas];
  return replayed.map((one) => {
    if (!makesCommit(one)) return resultOf(one, branch, notWritten());
    return resultOf(one, branch, { kind: 'pushed', sha: remaining.shift() ?? '', branch });
  });
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
