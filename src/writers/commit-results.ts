import type { LynceusError } from '../errors.ts';
import type { PlannedCommit } from '../core/change.ts';
import type { CommitResult } from '../ports/writer.ts';
import type { ReplayedCommit } from './replay.ts';
import { unifiedDiff } from './unified-diff.ts';

/** Whether there is a commit to be made at all. */
export function makesCommit({ commit, files, refused }: ReplayedCommit): boolean {
  return files.length > 0 || (commit.evenIfEmpty === true && refused.length === 0);
}

export type CommitEnding = CommitResult['ending'];

/** Results of replayed commits; `endingOf` is asked for those that make a commit, by their position among these. */
export function resultsOf(
  replayed: readonly ReplayedCommit[],
  branch: string,
  endingOf: (position: number) => CommitEnding,
): readonly CommitResult[] {
  let position = 0;
  return replayed.map((one) =>
    makesCommit(one) ? writtenResult(one, endingOf(position++)) : unwrittenResult(one, branch),
  );
}

/** Longest diff that is kept of a commit that was made; whoever wants it has the commit. */
const LONGEST_KEPT = 64 * 1024;

/** The result of a commit that was made, or was to be made; only one that is shown has its diff at any length. */
export function writtenResult(
  { commit, files, refused }: ReplayedCommit,
  ending: CommitEnding,
): CommitResult {
  const diff = unifiedDiff(files);
  const isKept = ending.kind === 'shown' || diff.length <= LONGEST_KEPT;
  return { commit, ending, refused, diff: isKept ? diff : '' };
}

/** The result of a commit that changes nothing: it has failed when every change in it was refused. */
export function unwrittenResult({ commit, refused, already }: ReplayedCommit, branch: string): CommitResult {
  const [first] = refused;
  const ending: CommitEnding =
    first !== undefined && already === 0
      ? { kind: 'failed', error: first.error }
      : { kind: 'unchanged', branch };
  return { commit, ending, refused, diff: '' };
}

/** Every commit failed for the same reason. */
export function allFailed(commits: readonly PlannedCommit[], error: LynceusError): readonly CommitResult[] {
  return commits.map((commit) => ({ commit, ending: { kind: 'failed', error }, refused: [], diff: '' }));
}
