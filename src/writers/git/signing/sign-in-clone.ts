import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { LynceusError } from '../../../errors.ts';
import { keepCommand, readObjectsCommand, unpackCommand, type ObjectFormat } from '../commands.ts';
import type { RunLocal } from '../objects.ts';
import { formatOfHash, parseObjects } from '../parse.ts';
import { signedCommits, type CommitObject } from './signed-commits.ts';
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
  const objects = parseObjects(await runLocal(readObjectsCommand(hashes), signal));
  const commits = hashes.map((hash, index) => {
    const bytes = objects[index]?.bytes;
    if (bytes === undefined)
      throw new LynceusError('git-failed', `the commit ${hash} is missing in the clone`);
    return { hash, bytes };
  });
  const signed = await signedCommits(commits, signer.sign, signal);
  const last = signed.at(-1);
  if (last === undefined) return [];
  await runLocal(unpackCommand(commitPack(signed, formatOfHash(last.hash))), signal);
  await runLocal(keepCommand(branch, last.hash), signal);
  return signed.map(({ hash }) => hash);
}

const COMMIT = 1;

/** A pack of whole commits for `git unpack-objects` (gitformat-pack, version 2). */
function commitPack(commits: readonly CommitObject[], format: ObjectFormat): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK', 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(commits.length, 8);
  const body = [header, ...commits.flatMap(({ bytes }) => [entryHeader(bytes.length), deflateSync(bytes)])];
  const pack = Buffer.concat(body);
  return Buffer.concat([pack, createHash(format).update(pack).digest()]);
}

/** Type and size: four bits of the size beside the type, then seven a byte, lowest first. */
function entryHeader(size: number): Buffer {
  const bytes: number[] = [];
  let byte = (COMMIT << 4) | (size & 0x0f);
  for (let rest = size >>> 4; rest > 0; rest >>>= 7) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  return Buffer.from([...bytes, byte]);
}
