import type { ChangedBy } from '../reasons/reason.ts';
import { mayTouch, type BranchCommit, type FoundRecord } from './record-index.ts';

/**
 * Which commit changed a place, of those that may have. Messages do not show what a commit changed at one place, so a
 * revert of one of ours counts first, then the only commit to the file; of several, it may be any. `records` are those
 * of the place, newest first.
 */
export function findChange(
  commits: readonly BranchCommit[],
  path: string | undefined,
  records: readonly FoundRecord[] = [],
): ChangedBy {
  const [only, ...others] = commits;
  if (only !== undefined && others.length === 0 && records.length === 0) return byCommit(only);
  const foreign = commits.filter((commit) => commit.committedBy !== 'us' && mayTouch(commit, path));
  const revert = foreign.find(({ message }) => records.some(({ commit }) => reverts(message, commit.sha)));
  if (revert !== undefined) return byCommit(revert);
  const [latest, ...earlier] = foreign;
  const since = records[0]?.commit.sha;
  if (latest === undefined) return { kind: 'unknown', since };
  return earlier.length === 0
    ? byCommit(latest)
    : { kind: 'one-of', count: foreign.length, latest: byCommit(latest).commit, since };
}

/** As `git revert` and the hosts of Git remotes write it. */
function reverts(message: string, sha: string): boolean {
  const found = /\breverts commit ([0-9a-f]{7,64})\b/i.exec(message)?.[1];
  return found !== undefined && sha.startsWith(found.toLowerCase());
}

/** The commit is by Lynceus: its record names the person who asked for it, or the check that failed. */
export function recordedChange({ record, commit }: FoundRecord): ChangedBy {
  const { author, sha } = commit;
  if (record.kind === 'rollback')
    return { kind: 'check', check: record.check ?? '', commit: { author, sha } };
  return { kind: 'commit', commit: { author: record.by ?? author, sha } };
}

function byCommit({ author, sha }: BranchCommit): Extract<ChangedBy, { kind: 'commit' }> {
  return { kind: 'commit', commit: { author, sha } };
}
