import { BRANCH } from './files.ts';
import type { Git } from './git.ts';

/** A commit in the remote. */
export interface WorldCommit {
  readonly id: string;
  readonly author: string;
  readonly message: string;
  readonly diff: string;
}

/** Newest commit of the remote's branch. */
export async function headOf(remote: Git): Promise<string> {
  return (await remote('rev-parse', BRANCH)).trim();
}

/** Commits that came after `commit`, the oldest first. */
export async function commitsSince(remote: Git, commit: string): Promise<readonly WorldCommit[]> {
  const ids = (await remote('rev-list', '--reverse', `${commit}..${BRANCH}`)).split('\n');
  return await Promise.all(ids.filter((id) => id !== '').map((id) => readCommit(remote, id)));
}

async function readCommit(git: Git, id: string): Promise<WorldCommit> {
  return {
    id,
    author: (await git('show', '--no-patch', '--format=%an', id)).trim(),
    message: (await git('show', '--no-patch', '--format=%B', id)).trim(),
    diff: (await git('show', '--format=', '--no-color', '--unified=2', id)).trim(),
  };
}
