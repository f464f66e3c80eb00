import { createHash } from 'node:crypto';
import { LynceusError } from '../../../errors.ts';
import type { ObjectFormat } from '../commands.ts';
import { formatOfHash } from '../parse.ts';
import type { Signer } from './signer.ts';

/** A commit as git keeps it. */
export interface CommitObject {
  readonly hash: string;
  readonly bytes: Buffer;
}

/**
 * The same commits with a signature in each, in their order. A signature is part of the hash, so each commit gets the
 * new hash of its parent before it is signed; everything else in it stays to the byte.
 */
export async function signedCommits(
  commits: readonly CommitObject[],
  sign: Pick<Signer, 'sign'>['sign'],
  signal: AbortSignal,
): Promise<readonly CommitObject[]> {
  const renamed = new Map<string, string>();
  const signed: CommitObject[] = [];
  for (const { hash, bytes } of commits) {
    const payload = withParents(bytes, renamed);
    const signature = await sign(payload, signal);
    const format = formatOfHash(hash);
    const made = withSignature(payload, signature, format);
    const name = hashOf(made, format);
    renamed.set(hash, name);
    signed.push({ hash: name, bytes: made });
  }
  return signed;
}

/** Headers end at the first empty line; a message may hold lines that could be headers. */
function headEnd(bytes: Buffer): number {
  const end = bytes.indexOf('\n\n');
  if (end === -1) throw new LynceusError('git-failed', 'git gave a commit without an end of its headers');
  return end + 1;
}

function withParents(bytes: Buffer, renamed: ReadonlyMap<string, string>): Buffer {
  const end = headEnd(bytes);
  // Latin-1 keeps every byte as it is.
  const head = bytes
    .toString('latin1', 0, end)
    .replaceAll(/^parent ([0-9a-f]{40,64})$/gm, (line, hash: string) => {
      const name = renamed.get(hash);
      return name === undefined ? line : `parent ${name}`;
    });
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes.subarray(end)]);
}

/** Behind the other headers, each further line of it with a space in front (gitformat-signature, "SIGNED COMMITS"). */
function withSignature(payload: Buffer, signature: string, format: ObjectFormat): Buffer {
  const end = headEnd(payload);
  const header = `${HEADERS[format]} ${signature.trimEnd().replaceAll('\n', '\n ')}\n`;
  return Buffer.concat([payload.subarray(0, end), Buffer.from(header), payload.subarray(end)]);
}

/** By which git knows the signature of a commit (commit.c, `gpg_sig_headers`). */
const HEADERS: Readonly<Record<ObjectFormat, string>> = { sha1: 'gpgsig', sha256: 'gpgsig-sha256' };

function hashOf(bytes: Buffer, format: ObjectFormat): string {
  return createHash(format).update(`commit ${bytes.length}\0`).update(bytes).digest('hex');
}
