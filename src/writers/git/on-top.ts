import type { ChangeSet, PlannedChange, PlannedCommit } from '../../core/change.ts';
import type { WriteRecord } from '../../core/overrides/record.ts';
import type { FileTarget } from '../../core/policy.ts';
import type { ReplayedCommit } from '../replay.ts';
import type { OwnBranch } from './branch-judgement.ts';
import { isRecordOf, rebasedCommits, statesAt, type GitApplyOptions } from './replay-on.ts';

/**
 * The commits of a change set as they are made on top of a branch of ours, whose files may have other versions by now.
 * `undefined` when the branch holds what the change set has not, which nothing on top would take back.
 */
export async function commitsOnTop(
  { commits }: ChangeSet,
  { branch, existing }: { readonly branch: string; readonly existing: OwnBranch },
  options: GitApplyOptions,
): Promise<readonly PlannedCommit[] | undefined> {
  const files = commits.flatMap((commit) => commit.files);
  const isPlain = ({ files: own, evenIfEmpty }: PlannedCommit): boolean =>
    evenIfEmpty !== true && own.every(({ changes }) => changes.every(({ comment }) => comment === undefined));
  if (!commits.every(isPlain)) return undefined;
  const { connection, editOptions } = options;
  const stateOf = await statesAt(commits, connection.readerOf({ branch, sha: existing.sha }), options);
  const isPlanned = (record: WriteRecord): boolean =>
    files.some(({ target, changes }) =>
      changes.some((change) => isRecordOf(record, { target, state: stateOf(target) }, change)),
    );
  if (!existing.records.every(isPlanned)) return undefined;
  const versionOf = (_: FileTarget, { to }: PlannedChange): PlannedChange['to'] => to;
  return rebasedCommits(commits, { stateOf, versionOf, editOptions });
}

/** What became of commits, told of those that were planned: both have the same changes in one order. */
export function asPlanned(
  replayed: readonly ReplayedCommit[],
  planned: readonly PlannedCommit[],
): readonly ReplayedCommit[] {
  return replayed.map((one, index) => {
    const commit = planned[index] ?? one.commit;
    if (commit === one.commit) return one;
    const changes = changesOf(commit);
    const original = new Map(changesOf(one.commit).map((change, at) => [change, changes[at] ?? change]));
    const refused = one.refused.map(({ change, error }) => ({
      change: original.get(change) ?? change,
      error,
    }));
    return { ...one, commit, refused };
  });
}

function changesOf({ files }: PlannedCommit): readonly PlannedChange[] {
  return files.flatMap(({ changes }) => changes);
}
