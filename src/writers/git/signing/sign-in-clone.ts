import { LynceusError } from '../../../errors.ts';
import { keepCommand, readObjectsCommand, unpackCommand } from '../commands.ts';
import type { RunLocal } from '../objects.ts';
import { parseObjects } from '../parse.ts';
import { commitPack } from './commit-pack.ts';
import { signedCommits } from './signed-commits.ts';
import type { Signer } from './signer.ts';

export interface SignInClone {
  readonly signer: Pick<Signer, 'sign'>;
  readonly runLocal: RunLocal;
  /** The branch that they are made for. */
  readonly branch: string;
}

/**
 * Makes signed commits of unsigned ones that continue one another, in three processes of git however many they are.
 * Returns their hashes, in order. What git made before is left to itself: no ref leads there.
 */
export async function signInClone(
  hashes: readonly string[],
  { signer, runLocal, branch }: SignInClone,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const objects = parseObjects((await runLocal(readObjectsCommand(hashes), signal)).stdout);
  const commits = hashes.map((hash, index) => {
    const bytes = objects[index]?.bytes;
    if (bytes === undefined)
      throw new LynceusError('git-failed', `the commit ${hash} is missing in the clone`);
    return { hash, bytes };
  });
  const signed = await signedCommits(commits, signer.sign, signal);
  const last = signed.at(-1);
  if (last === undefined) return [];
  await runLocal(unpackCommand(commitPack(signed)), signal);
  await runLocal(keepCommand(branch, last.hash), signal);
  return signed.map(({ hash }) => hash);
}
