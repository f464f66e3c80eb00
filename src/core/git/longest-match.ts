import { matchRemote, type GitRemote } from './remote.ts';

/** The row with the longest URL that the remote lies under; of two equal ones the first. */
export function longestMatch<T>(
  remote: GitRemote,
  rows: readonly T[],
  prefixOf: (row: T) => GitRemote,
): T | undefined {
  let best: { readonly row: T; readonly length: number } | undefined;
  for (const row of rows) {
    const length = matchRemote(remote, prefixOf(row));
    if (length !== undefined && length > (best?.length ?? -1)) best = { row, length };
  }
  return best?.row;
}
