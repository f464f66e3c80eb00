import { ON_OTHERS, readBranchLine, readRecords, type WriteRecord } from '../../core/overrides/record.ts';
import { quoted } from '../../core/quoted.ts';
import { LynceusError } from '../../errors.ts';
import { withinBase } from './branch-in-base.ts';
import type { BranchInput, BranchJudgement, ForeignBranch } from './branch-judgement.ts';
import { beyondCommand, rawCommitCommand, treeCommand } from './commands.ts';
import type { RunLocal } from './objects.ts';
import { ownOf } from './own-commits.ts';
import { parseBeyond, type BeyondCommit } from './parse-history.ts';

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
  const here = await judgeHere(input, run, signal);
  if (here !== 'unclear') return here;
  const sha = await fetchBeyond();
  const pushed = { ...input.pushed, sha: sha ?? input.pushed.sha };
  if (sha === undefined) return await withinBase(input, run, signal);
  return await judgeFetched({ ...input, pushed }, run, signal);
}

async function judgeHere(
  input: BranchInput,
  run: RunLocal,
  signal: AbortSignal,
): Promise<BranchJudgement | 'unclear'> {
  const commits = await readBeyond(input, run, signal);
  const [top, bottom] = [commits[0], commits.at(-1)];
  if (top === undefined || bottom === undefined) return await withinBase(input, run, signal);
  const ours = await ownOf(commits, input.ownership, signal);
  if (!isOwn(commits, ours, input)) {
    // Where history is cut off, commits of the base look like others.
    return commits.some(({ isGrafted }) => isGrafted)
      ? 'unclear'
      : await foreignFrom(commits, { ours, input }, { run, signal });
  }
  const own = { kind: 'own', sha: top.sha, tree: top.tree, records: recordsOf(commits) } as const;
  const [parent] = bottom.parents;
  if (parent !== undefined) return { ...own, fork: parent };
  const [fork, ...merged] = await rawParents(bottom.sha, run, signal);
  return fork === input.base.sha && merged.length === 0 ? { ...own, fork } : 'unclear';
}

async function judgeFetched(
  input: BranchInput,
  run: RunLocal,
  signal: AbortSignal,
): Promise<BranchJudgement> {
  const commits = await readBeyond(input, run, signal);
  const [top, bottom] = [commits[0], commits.at(-1)];
  if (top === undefined || bottom === undefined) return await withinBase(input, run, signal);
  const ours = await ownOf(commits, input.ownership, signal);
  const [fork = '', ...merged] = bottom.isGrafted
    ? await rawParents(bottom.sha, run, signal)
    : bottom.parents;
  if (!isOwn(commits, ours, input) || merged.length > 0)
    return await foreignFrom(commits, { ours, input }, { run, signal });
  return { kind: 'own', sha: top.sha, fork, tree: top.tree, records: recordsOf(commits) };
}

async function foreignFrom(
  commits: readonly BeyondCommit[],
  { ours, input }: { readonly ours: ReadonlySet<string>; readonly input: BranchInput },
  { run, signal }: { readonly run: RunLocal; readonly signal: AbortSignal },
): Promise<ForeignBranch> {
  const { sha, branch } = input.pushed;
  const stranger = commits.find((commit) => !ours.has(commit.sha)) ?? commits[0];
  const named = commits
    .filter((commit) => ours.has(commit.sha))
    .map(({ message }) => readBranchLine(message));
  return {
    kind: 'foreign',
    isInBase: false,
    sha,
    tree: commits[0]?.tree ?? '',
    others: { sha: stranger?.sha ?? sha, author: stranger?.author.name ?? '' },
    records: recordsOf(commits),
    isMadeByUs: named.includes(branch),
    isSomebodys: named.includes(ON_OTHERS),
    fork: await forkOf(commits, run, signal),
  };
}

/** Whether the branch is ours alone: every commit on it, with a record at its tip, and none that was made for another branch. */
function isOwn(
  commits: readonly BeyondCommit[],
  ours: ReadonlySet<string>,
  { pushed, trailers }: BranchInput,
): boolean {
  const [top] = commits;
  return (
    top !== undefined &&
    (top.isRecorded || !trailers) &&
    commits.every(
      ({ sha, message }) => ours.has(sha) && [undefined, pushed.branch].includes(readBranchLine(message)),
    )
  );
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

/** Hash of the tree of a commit that is here: equal for two commits exactly when all their files are. */
export async function treeOf(sha: string, run: RunLocal, signal: AbortSignal): Promise<string> {
  return (await run(treeCommand(sha), signal)).toString().trim();
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
