import type { ChangeSet, PlannedChange, PlannedCommit } from '../../core/change.ts';
import { findBase, type Head } from '../../core/git/heads.ts';
import { messageOnOthers } from '../../core/overrides/record.ts';
import type { FileTarget } from '../../core/policy.ts';
import type { CommitResult } from '../../ports/writer.ts';
import { allFailed } from '../commit-results.ts';
import type { ForeignBranch, OwnBranch } from './branch-judgement.ts';
import { judgeForeign, foreignRefusal, type LeftAlone } from './foreign-branch.ts';
import type { ReplayedCommit } from '../replay.ts';
import type { ImportedCommit } from './fast-import.ts';
import type { CommitReader } from './read-files.ts';
import { rebasedCommits, statesAt, toImport, type GitApplyOptions } from './replay-on.ts';

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
  /** The branch is not ours: only these go on top of it, and what became of the others. */
  readonly onOthers?: { readonly commits: readonly PlannedCommit[]; readonly left: readonly CommitResult[] };
}

/** `again`: the remote is asked anew, since its branches may have moved or gone after the files were read. */
export async function findTarget(
  set: ChangeSet,
  options: GitApplyOptions,
  again = true,
): Promise<PushTarget | LeftAlone> {
  const { connection, signal } = options;
  const heads = await connection.heads(signal, again);
  const head = await connection.obtain(findBase(heads, set.place.base, connection.remote), signal);
  const branch = set.pushBranch ?? head.branch;
  if (branch === head.branch) return { head, branch, expected: head.sha, existing: undefined };
  const sha = heads.commits.get(branch);
  if (sha === undefined) return { head, branch, expected: undefined, existing: undefined };
  const existing = await connection.judge({ branch, sha }, { base: head }, signal);
  if (existing.kind === 'own') return { head, branch, expected: existing.sha, existing };
  if (set.commits.some((commit) => mayUse(commit, options)))
    return await onForeign(set, { branch, foreign: existing }, options);
  const own = await judgeForeign(set, { ...options, branch, foreign: existing });
  return 'results' in own ? own : { head, branch, expected: own.sha, existing: own };
}

/** Without records it could not be told later which commits were put on top of what others have there. */
function mayUse(
  { mayUseForeignBranch }: PlannedCommit,
  { connection }: Pick<GitApplyOptions, 'connection'>,
): boolean {
  return mayUseForeignBranch === true && connection.trailers;
}

/** Commits on top of a branch that is not ours, for those that may go there. */
async function onForeign(
  set: ChangeSet,
  { branch, foreign }: { readonly branch: string; readonly foreign: ForeignBranch },
  options: GitApplyOptions,
): Promise<PushTarget> {
  const { connection, editOptions } = options;
  const { sha } = foreign;
  const head = { branch, sha };
  const commits = set.commits.filter((commit) => mayUse(commit, options));
  const stateOf = await statesAt(commits, connection.readerOf(head), options);
  const versionOf = (_: FileTarget, { to }: PlannedChange): PlannedChange['to'] => to;
  const made = rebasedCommits(commits, { stateOf, versionOf, editOptions });
  const refused = set.commits.filter((commit) => !commits.includes(commit));
  const left = refused.flatMap((commit) =>
    allFailed([commit], foreignRefusal(commit, { branch, foreign, connection })),
  );
  return { head, branch, expected: sha, existing: undefined, commits: made, onOthers: { commits, left } };
}

/** A commit as it is made on the head of the target. */
export function importOf(
  replayed: ReplayedCommit,
  { onOthers }: PushTarget,
  reader: CommitReader,
): ImportedCommit {
  const made = toImport(replayed, reader);
  return onOthers === undefined ? made : { ...made, message: messageOnOthers(made.message) };
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
