import { LynceusError } from '../../errors.ts';
import type { Clone } from './clone.ts';
import { importCommand } from './commands.ts';
import { importStream, type ImportedCommit, type CommitOptions } from './fast-import.ts';
import { parseMarks } from './parse.ts';
import { signInClone } from './signing/sign-in-clone.ts';
import type { Signer } from './signing/signer.ts';

export interface MakeCommits extends CommitOptions {
  readonly clone: Clone;
  /** What signs commits; `undefined` when they are not signed. */
  readonly openSigner: (signal: AbortSignal) => Promise<Signer | undefined>;
}

/** Makes commits in the clone, signed ones where that is asked for; one hash for each. */
export async function makeCommits(
  commits: readonly ImportedCommit[],
  { clone, openSigner, ...options }: MakeCommits,
  signal: AbortSignal,
): Promise<readonly string[]> {
  // First of all, so that nothing is made that cannot be signed.
  const { runLocal } = clone;
  const signer = await openSigner(signal);
  const stream = importStream(commits, options);
  const hashes = parseMarks((await runLocal(importCommand(stream), signal)).toString());
  if (hashes.length !== commits.length) {
    throw new LynceusError('git-failed', `git made ${hashes.length} of ${commits.length} commits`);
  }
  if (signer === undefined) return hashes;
  return await signInClone(hashes, { signer, runLocal, branch: options.branch }, signal);
}
