import type { ChangeSet, PlannedChange, PlannedCommit } from '../../core/change.ts';
import { isChosen, type WriteRecord } from '../../core/overrides/record.ts';
import type { FileTarget } from '../../core/policy.ts';
import { asLynceusError, type LynceusError } from '../../errors.ts';
import type { CommitResult } from '../../ports/writer.ts';
import { allFailed, makesCommit } from '../commit-results.ts';
import { replayCommits, type ReplayOptions } from '../replay.ts';
import { foreignBranch, type ForeignBranch, type OwnBranch } from './branch-judgement.ts';
import {
  draftOptions,
  isRecordOf,
  rebasedCommits,
  statesAt,
  toImport,
  type FoundFile,
  type GitApplyOptions,
} from './replay-on.ts';

type ForeignOptions = GitApplyOptions & {
  readonly branch: string;
  readonly foreign: ForeignBranch;
};

/** Nothing is written to the branch. */
export interface LeftAlone {
  readonly results: readonly CommitResult[];
}

/**
 * What is done with a push branch that holds commits of others. Whether anything would be lost is decided by its files:
 *
 *   the branch                                        what happens
 *   ------------------------------------------------  --------------------------------------------------------
 *   holds no record                                   left alone: all fail with `branch-foreign`
 *   has every wanted version                          left alone: `unchanged`, with the commit of the others
 *   was made by us or is the head of an open request  it counts as ours, and may be made anew: somebody rebased it, or
 *   of ours, and is, file for file, what its records  merged the base
 *   say
 *   anything else                                     left alone: what is there is `unchanged`, the rest fails with
 *                                                     `branch-foreign`
 *
 * Records prove nothing here, since anybody may write them: they only tell which files to expect.
 */
export async function judgeForeign(set: ChangeSet, options: ForeignOptions): Promise<OwnBranch | LeftAlone> {
  const { branch, foreign, connection, editOptions } = options;
  if (foreign.records.length === 0)
    return { results: set.commits.flatMap((commit) => allFailed([commit], foreignRefusal(commit, options))) };
  const reader = connection.readerOf({ branch, sha: foreign.sha });
  const stateOf = await statesAt(set.commits, reader, options);
  const results = set.commits.map((commit) =>
    leftAloneResult(commit, {
      ...options,
      refusal: foreignRefusal(commit, options),
      replay: { stateOf, editOptions },
    }),
  );
  if (results.every(({ ending, refused }) => ending.kind === 'unchanged' && refused.length === 0))
    return { results };
  const { sha, tree, fork, records } = foreign;
  const wasOurs = !foreign.isSomebodys && (foreign.isMadeByUs || set.isProposed === true);
  if (!wasOurs || fork === undefined || !(await isAsRecorded(set, fork, options))) return { results };
  return { kind: 'own', sha, tree, fork, records };
}

/** Why a commit is not made there, and what would allow it. */
export function foreignRefusal(
  { foreignBranchHint: allowedBy }: PlannedCommit,
  { branch, foreign, connection }: Pick<ForeignOptions, 'branch' | 'foreign' | 'connection'>,
): LynceusError {
  return foreignBranch(branch, foreign, { remote: connection.remote.label, allowedBy });
}

function leftAloneResult(
  commit: PlannedCommit,
  {
    branch,
    foreign,
    refusal,
    replay,
  }: Pick<ForeignOptions, 'branch' | 'foreign'> & {
    readonly refusal: LynceusError;
    readonly replay: ReplayOptions;
  },
): CommitResult {
  const missing = commit.files.flatMap(({ target, changes }) =>
    changes.filter((change) => !isThere({ ...commit, files: [{ target, changes: [change] }] }, replay)),
  );
  const count = commit.files.reduce((sum, { changes }) => sum + changes.length, 0);
  const ending: CommitResult['ending'] =
    commit.evenIfEmpty === true || missing.length === count
      ? { kind: 'failed', error: refusal }
      : { kind: 'unchanged', branch, others: foreign.others };
  return { commit, ending, refused: missing.map((change) => ({ change, error: refusal })), diff: '' };
}

function isThere(commit: PlannedCommit, replay: ReplayOptions): boolean {
  return replayCommits([commit], replay).every((one) => !makesCommit(one) && one.refused.length === 0);
}

/** Whether the branch has the files that a commit has, and on top of it just what our records say. */
async function isAsRecorded(set: ChangeSet, fork: string, options: ForeignOptions): Promise<boolean> {
  const { branch, foreign, connection, editOptions, signal } = options;
  try {
    const reader = connection.readerOf({ branch, sha: fork });
    const stateOf = await statesAt(set.commits, reader, options);
    const versionOf = (target: FileTarget, change: PlannedChange) =>
      recordedVersion(foreign.records, { target, state: stateOf(target) }, change);
    const recorded = rebasedCommits(set.commits, { stateOf, versionOf, editOptions });
    const replayed = replayCommits(recorded, { stateOf, editOptions });
    if (replayed.some(({ refused }) => refused.length > 0)) return false;
    const commits = replayed.filter(makesCommit).map((one) => toImport(one, reader));
    const made =
      commits.length === 0
        ? []
        : await connection.commit(commits, draftOptions(branch, fork, options), signal);
    return (await connection.treeOf(made.at(-1) ?? fork, signal)) === foreign.tree;
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'aborted') throw error;
    options.log.debug('a branch with commits of others cannot be compared with its records', {
      remote: connection.remote.label,
      branch,
      err: error,
    });
    return false;
  }
}

/** The version that was written last for a change; records come the newest first. */
function recordedVersion(
  records: readonly WriteRecord[],
  file: FoundFile,
  change: PlannedChange,
): PlannedChange['to'] | undefined {
  const record = records.find(
    (one) => (isChosen(one) || one.kind === 'rollback') && isRecordOf(one, file, change),
  );
  // As `versionText` writes it: a tag, or a tag and a digest.
  const [tag = '', digest] = (record?.to ?? '').split('@');
  return tag === '' ? undefined : { tag, digest };
}
