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
export function headOf(remote: Git): string {
  return remote('rev-parse', BRANCH).trim();
}

/** Commits that came after `commit`, the oldest first. */
export function commitsSince(remote: Git, commit: string): readonly WorldCommit[] {
  const ids = remote('rev-list', '--reverse', `${commit}..${BRANCH}`).split('\n');
  return ids.filter((id) => id !== '').map((id) => readCommit(remote, id));
}

function readCommit(git: Git, id: string): WorldCommit {
  return {
    id,
    author: git('show', '--no-patch', '--format=%an', id).trim(),
    message: git('show', '--no-patch', '--format=%B', id).trim(),
    diff: git('show', '--format=', '--no-color', '--unified=2', id).trim(),
  };
}
