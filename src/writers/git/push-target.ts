import type { ChangeSet } from '../../core/change.ts';
import { findBase, type Head } from '../../core/git/heads.ts';
import type { Connection } from './connection.ts';
import type { Author } from './fast-import.ts';
import { foreignBranch, type BranchJudgement } from './own-branch.ts';

/** Where the commits go: on top of which commit, and into which branch. */
export interface PushTarget {
  readonly head: Head;
  readonly branch: string;
  /** Head of the branch at the remote; `undefined` when it is yet to be made. */
  readonly expected: string | undefined;
  /** What the branch is, when it is one of our own beside its base; then the commits take its place. */
  readonly existing: Extract<BranchJudgement, { kind: 'own' }> | undefined;
}

interface TargetOptions {
  readonly connection: Connection;
  readonly author: Author;
  readonly signal: AbortSignal;
}

/** Asks the remote anew: since the files were read its branches may have moved or gone. */
export async function findTarget(
  set: ChangeSet,
  { connection, author, signal }: TargetOptions,
): Promise<PushTarget> {
  const heads = await connection.heads(signal, true);
  const head = await connection.obtain(findBase(heads, set.place.base, connection.remote), signal);
  const branch = set.pushBranch ?? head.branch;
  if (branch === head.branch) return { head, branch, expected: head.sha, existing: undefined };
  const sha = heads.commits.get(branch);
  if (sha === undefined) return { head, branch, expected: undefined, existing: undefined };
  const existing = await connection.judge({ branch, sha }, { base: head, author }, signal);
  if (existing.kind === 'foreign') throw foreignBranch(branch, existing, connection.remote.label);
  return { head, branch, expected: existing.sha, existing };
}

/** Whether the branch holds just this already, on top of the same commit. */
export async function isUnchanged(
  { head, existing }: PushTarget,
  sha: string,
  { connection, signal }: Pick<TargetOptions, 'connection' | 'signal'>,
): Promise<boolean> {
  if (existing === undefined || existing.fork !== head.sha) return false;
  return existing.tree === (await connection.treeOf(sha, signal));
}
