import { LynceusError } from '../../errors.ts';
import { quoted } from '../../core/quoted.ts';
import type { Head } from '../../core/git/heads.ts';
import { readRecords, type WriteRecord } from '../../core/overrides/record.ts';
import type { OthersCommit } from '../../ports/writer.ts';
import { beyondCommand, rawCommitCommand, treeCommand } from './commands.ts';
import type { Author } from './fast-import.ts';
import type { RunLocal } from './objects.ts';
import { parseBeyond, type BeyondCommit } from './parse-history.ts';

/** Who makes our commits. */
export interface OwnAuthor extends Author {
  /** Committers of commits that were made through the API of the host for us: its own addresses. */
  readonly hostCommitters?: readonly string[];
}

/** What a branch that is pushed apart from its base is. */
export type BranchJudgement = OwnBranch | ForeignBranch;

/** Every commit on it that is not in the base is ours: it may be made anew. */
export interface OwnBranch {
  readonly kind: 'own';
  readonly sha: string;
  readonly tree: string;
  /** Commit of the base that it continues; its own head when the base has all of it. */
  readonly fork: string;
  /** What the commits on it recorded, the newest first. */
  readonly records: readonly WriteRecord[];
}

/** Somebody else's commits are on it. */
export interface ForeignBranch {
  readonly kind: 'foreign';
  readonly sha: string;
  readonly tree: string;
  /** The newest of them. */
  readonly others: OthersCommit;
  /** What our commits on it recorded, the newest first; none: no commit is known as ours. */
  readonly records: readonly WriteRecord[];
  /** The commit of the base that it continues, or that was merged last; `undefined` when there is none. */
  readonly fork: string | undefined;
}

export interface BranchInput {
  readonly pushed: Head;
  readonly base: Head;
  readonly author: OwnAuthor;
}

export interface BranchSources {
  readonly run: RunLocal;
  /**
   * Fetches exactly what the branch has beyond the base, and returns its head; `undefined` when the base has all of it.
   */
  readonly fetchBeyond: () => Promise<string | undefined>;
}

/**
 * Whether a branch may be made anew. Both heads must be here. What is kept of their history may be too short to tell
 * where they part; then the remote, which knows, is asked for just the commits between them.
 */
export async function judgeBranch(
  input: BranchInput,
  { run, fetchBeyond }: BranchSources,
  signal: AbortSignal,
): Promise<BranchJudgement> {
  const { pushed } = input;
  const here = await judgeHere(input, run, signal);
  if (here !== 'unclear') return here;
  const sha = await fetchBeyond();
  if (sha === undefined) return await withinBase(pushed.sha, run, signal);
  return await judgeFetched({ ...input, pushed: { ...pushed, sha } }, run, signal);
}

async function judgeHere(
  { pushed, base, author }: BranchInput,
  run: RunLocal,
  signal: AbortSignal,
): Promise<BranchJudgement | 'unclear'> {
  const { sha } = pushed;
  const commits = await readBeyond({ pushed, base }, run, signal);
  const [top, bottom] = [commits[0], commits.at(-1)];
  if (top === undefined || bottom === undefined) return await withinBase(sha, run, signal);
  if (!commits.every((commit) => isOwnCommit(commit, author))) {
    // Where history is cut off, commits of the base look like others.
    return commits.some(({ isGrafted }) => isGrafted)
      ? 'unclear'
      : await foreignFrom(commits, { sha, author }, { run, signal });
  }
  const { tree } = top;
  const records = recordsOf(commits);
  const [parent] = bottom.parents;
  if (parent !== undefined) return { kind: 'own', sha, fork: parent, tree, records };
  const fork = await rawParent(bottom.sha, run, signal);
  return fork === base.sha ? { kind: 'own', sha, fork, tree, records } : 'unclear';
}

async function judgeFetched(
  { pushed, base, author }: BranchInput,
  run: RunLocal,
  signal: AbortSignal,
): Promise<BranchJudgement> {
  const { sha } = pushed;
  const commits = await readBeyond({ pushed, base }, run, signal);
  if (!commits.every((commit) => isOwnCommit(commit, author)))
    return await foreignFrom(commits, { sha, author }, { run, signal });
  const [top, bottom] = [commits[0], commits.at(-1)];
  if (top === undefined || bottom === undefined) return await withinBase(sha, run, signal);
  const fork = bottom.parents[0] ?? (await rawParent(bottom.sha, run, signal)) ?? '';
  return { kind: 'own', sha, fork, tree: top.tree, records: recordsOf(commits) };
}

async function foreignFrom(
  commits: readonly BeyondCommit[],
  { sha, author }: { readonly sha: string; readonly author: OwnAuthor },
  { run, signal }: { readonly run: RunLocal; readonly signal: AbortSignal },
): Promise<ForeignBranch> {
  const stranger = commits.find((commit) => !isOwnCommit(commit, author)) ?? commits[0];
  return {
    kind: 'foreign',
    sha,
    tree: commits[0]?.tree ?? '',
    others: { sha: stranger?.sha ?? sha, author: stranger?.authorName ?? '' },
    records: recordsOf(commits),
    fork: await forkOf(commits, run, signal),
  };
}

function recordsOf(commits: readonly BeyondCommit[]): readonly WriteRecord[] {
  return commits.flatMap(({ message }) => readRecords(message));
}

async function forkOf(
  commits: readonly BeyondCommit[],
  run: RunLocal,
  signal: AbortSignal,
): Promise<string | undefined> {
  const inside = new Set(commits.map(({ sha }) => sha));
  for (const { sha, parents, isGrafted } of commits) {
    const all = isGrafted ? await rawParents(sha, run, signal) : parents;
    const fork = all.find((parent) => !inside.has(parent));
    if (fork !== undefined) return fork;
  }
  return undefined;
}

/**
 * Whether a commit is ours alone: made and committed by us, and no merge. Whoever amends, rebases or cherry-picks a
 * commit of ours becomes its committer, and it is theirs. Of what was made through an API the author is whoever the
 * token belongs to, and the host is the committer: only the trailer shows it, for what a person edits on the pages of
 * the host has the same committer.
 */
function isOwnCommit(commit: BeyondCommit, { email, hostCommitters = [] }: OwnAuthor): boolean {
  const { parents, authorEmail, committerEmail, isRecorded } = commit;
  if (parents.length > 1) return false;
  if (authorEmail === email && committerEmail === email) return true;
  return isRecorded && hostCommitters.includes(committerEmail);
}

/** The error for a branch that is somebody else's too. */
export function foreignBranch(branch: string, { others }: ForeignBranch, remote: string): LynceusError {
  const whose = `commit ${others.sha.slice(0, 7)} by ${quoted(others.author)}`;
  return new LynceusError(
    'branch-foreign',
    `the branch ${quoted(branch)} of ${remote} holds commits that are not Lynceus's own (${whose}), so it is left alone`,
    { hint: 'merge or delete the branch, or name another one to push in git-branch' },
  );
}

/** The branch holds nothing that the base does not have. */
async function withinBase(sha: string, run: RunLocal, signal: AbortSignal): Promise<BranchJudgement> {
  return { kind: 'own', sha, fork: sha, tree: await treeOf(sha, run, signal), records: [] };
}

/** Hash of the tree of a commit that is here: equal for two commits exactly when all their files are. */
export async function treeOf(sha: string, run: RunLocal, signal: AbortSignal): Promise<string> {
  return (await run(treeCommand(sha), signal)).toString().trim();
}

async function rawParent(sha: string, run: RunLocal, signal: AbortSignal): Promise<string | undefined> {
  return (await rawParents(sha, run, signal))[0];
}

/** What stands in the commit itself, also where history is cut off behind it. */
async function rawParents(sha: string, run: RunLocal, signal: AbortSignal): Promise<readonly string[]> {
  const commit = await run(rawCommitCommand(sha), signal);
  const [header = ''] = commit.toString().split('\n\n');
  return [...header.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].flatMap(([, parent = '']) => parent);
}

/** More commits of ours than that are not on one branch. */
const MOST_COMMITS = 5_000;

async function readBeyond(
  { pushed, base }: Pick<BranchInput, 'pushed' | 'base'>,
  run: RunLocal,
  signal: AbortSignal,
): Promise<readonly BeyondCommit[]> {
  const output = await run(beyondCommand(pushed.sha, base.sha, MOST_COMMITS + 1), signal);
  const commits = parseBeyond(output.toString());
  if (commits.length > MOST_COMMITS) {
    const message = `the branch ${quoted(pushed.branch)} has more than ${MOST_COMMITS} commits beyond its base`;
    throw new LynceusError('branch-foreign', message, { hint: 'merge or delete it' });
  }
  return commits;
}
