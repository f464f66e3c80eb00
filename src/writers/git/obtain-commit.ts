import type { Head } from '../../core/git/heads.ts';
import type { Clone } from './clone.ts';
import { checkObjectsCommand } from './commands.ts';
import type { Fetcher } from './fetcher.ts';
import { FAR_TIMES } from './history.ts';
import { parseObjectInfos } from './parse.ts';

export interface ObtainCommitOptions {
  readonly clone: Clone;
  readonly fetcher: Fetcher;
  /** How many commits of a branch are kept. */
  readonly history: number;
  readonly obtain: (head: Head, signal: AbortSignal) => Promise<Head>;
  readonly fetchHead: (head: Head, signal: AbortSignal) => Promise<Head>;
}

/**
 * Makes sure that a commit is in the clone. It mostly is, with the last commits of the base branch. `false` when the remote does not
 * have it, or gives it neither by its hash nor with ten times as many commits of that branch.
 */
export async function obtainCommit(
  { sha, base }: { readonly sha: string; readonly base: Head },
  { clone, fetcher, history, obtain, fetchHead }: ObtainCommitOptions,
  signal: AbortSignal,
): Promise<boolean> {
  if (await isHere(sha, clone, signal)) return true;
  // Argo CD may have compared a commit that was pushed since the branch was fetched.
  await obtain(base, signal);
  if (await isHere(sha, clone, signal)) return true;
  const answer = await fetcher.fetchCommit(sha, signal);
  if (answer === 'refused' && clone.depth() < history * FAR_TIMES) {
    await clone.deepen(history * FAR_TIMES);
    await fetchHead(base, signal);
  }
  return answer !== 'absent' && (await isHere(sha, clone, signal));
}

async function isHere(sha: string, clone: Clone, signal: AbortSignal): Promise<boolean> {
  const [info] = parseObjectInfos(await clone.runLocal(checkObjectsCommand([sha]), signal));
  return info?.kind === 'object' && info.type === 'commit';
}
