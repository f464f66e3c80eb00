import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { CommitObject } from './signed-commits.ts';

const COMMIT = 1;

/** A pack of whole commits for `git unpack-objects` (gitformat-pack, version 2). */
export function commitPack(commits: readonly CommitObject[]): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK', 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(commits.length, 8);
  const body = [header, ...commits.flatMap(({ bytes }) => [entryHeader(bytes.length), deflateSync(bytes)])];
  const pack = Buffer.concat(body);
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
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
