import type { LynceusError } from '../errors.ts';
import type { PlannedCommit } from '../core/change.ts';
import type { CommitResult } from '../ports/writer.ts';
import type { ReplayedCommit } from './replay.ts';
import { unifiedDiff } from './unified-diff.ts';

/** Whether there is a commit to be made at all. */
export function makesCommit({ commit, files, refused }: ReplayedCommit): boolean {
  return files.length > 0 || (commit.evenIfEmpty === true && refused.length === 0);
}

/**
 * How a replayed commit ended; `written` is what to say of one that changes something. One that changes nothing
 * has failed when every change in it was refused.
 */
export function resultOf(
  replayed: ReplayedCommit,
  branch: string,
  written: CommitResult['ending'],
): CommitResult {
  const { commit, files, refused, already } = replayed;
  if (makesCommit(replayed)) return { commit, ending: written, refused, diff: unifiedDiff(files) };
  const [first] = refused;
  if (first !== undefined && already === 0) {
    return { commit, ending: { kind: 'failed', error: first.error }, refused, diff: '' };
  }
  return { commit, ending: { kind: 'unchanged', branch }, refused, diff: '' };
}

/** Every commit failed for the same reason. */
export function allFailed(commits: readonly PlannedCommit[], error: LynceusError): readonly CommitResult[] {
  return commits.map((commit) => ({ commit, ending: { kind: 'failed', error }, refused: [], diff: '' }));
}
