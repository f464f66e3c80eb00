import type { ChangeSet, PlannedCommit } from '../../core/change.ts';
import { findBase, type Head } from '../../core/git/heads.ts';
import { judgeForeign, type LeftAlone } from './foreign-branch.ts';
import type { OwnBranch } from './own-branch.ts';
import type { GitApplyOptions } from './replay-on.ts';

/** Where the commits go: on top of which commit, and into which branch. */
export interface PushTarget {
  readonly head: Head;
  readonly branch: string;
  /** Head of the branch at the remote; `undefined` when it is yet to be made. */
  readonly expected: string | undefined;
  /** What the branch is, when it is one of our own beside its base; then the commits take its place. */
  readonly existing: OwnBranch | undefined;
  /** The commits of the set as they are made on this head, where its files have other versions. */
  readonly commits?: readonly PlannedCommit[];
}

/** `again`: the remote is asked anew, since its branches may have moved or gone after the files were read. */
export async function findTarget(
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
export async function isUnchanged(
  { head, existing }: PushTarget,
  sha: string,
  { connection, signal }: Pick<GitApplyOptions, 'connection' | 'signal'>,
): Promise<boolean> {
  if (existing === undefined || existing.fork !== head.sha) return false;
  return existing.tree === (await connection.treeOf(sha, signal));
}
