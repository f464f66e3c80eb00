import { readBranchLine } from '../../core/overrides/record.ts';
import type { BranchInput, BranchJudgement } from './branch-judgement.ts';
import { ancestorsCommand, oneCommitCommand } from './commands.ts';
import type { RunLocal } from './objects.ts';
import { ownOf } from './own-commits.ts';
import { parseBeyond } from './parse-history.ts';

/**
 * The branch holds nothing that the base does not have. It is ours when its tip is a commit that we made for it. An older
 * version did not name the branch in its commits: then it is ours when the tip came into the base by a merge. Any other one is
 * just where somebody else put it.
 */
export async function withinBase(
  input: BranchInput,
  run: RunLocal,
  signal: AbortSignal,
): Promise<BranchJudgement> {
  const { sha, branch } = input.pushed;
  const [tip] = parseBeyond((await run(oneCommitCommand(sha), signal)).toString());
  const tree = tip?.tree ?? '';
  if (tip !== undefined && (tip.isRecorded || !input.trailers)) {
    const ours = await ownOf([tip], input.ownership, signal);
    const made = readBranchLine(tip.message);
    const isOurs = made === branch || (made === undefined && (await wasMerged(input, run, signal)));
    if (ours.has(tip.sha) && isOurs) return { kind: 'own', sha, fork: sha, tree, records: [] };
  }
  return {
    kind: 'foreign',
    isInBase: true,
    sha,
    tree,
    others: { sha, author: tip?.author.name ?? '' },
    records: [],
    isMadeByUs: false,
    isSomebodys: false,
    fork: sha,
  };
}

/** Whether a commit is in the base, and not one of those that the base was at: as far as the history is here. */
async function wasMerged(
  { pushed, base }: Pick<BranchInput, 'pushed' | 'base'>,
  run: RunLocal,
  signal: AbortSignal,
): Promise<boolean> {
  const isAmong = async (firstParents: boolean): Promise<boolean> => {
    const command = ancestorsCommand(base.sha, { count: MOST_ANCESTORS, firstParents });
    return (await run(command, signal)).toString().split('\n').includes(pushed.sha);
  };
  return (await isAmong(false)) && !(await isAmong(true));
}

const MOST_ANCESTORS = 20_000;
