import { LynceusError } from '../../errors.ts';
import { checkObjectsCommand, readObjectsCommand, type GitCommand } from './commands.ts';
import { parseObjectInfos, parseObjects, type ObjectInfo } from './parse.ts';
import type { GitResult } from './run.ts';

/** Runs git in the clone; `maximum` bounds its output in bytes. Throws `git-failed` when git says no. */
export type RunLocal = (command: GitCommand, signal: AbortSignal, maximum?: number) => Promise<GitResult>;

export interface ReadObject {
  readonly info: ObjectInfo;
  /** `undefined` when the object is missing, of another type than asked for, or too large. */
  readonly bytes: Buffer | undefined;
}

export interface ObjectsWanted {
  /** Hashes, or `<commit>:<path>`. */
  readonly names: readonly string[];
  readonly type: 'blob' | 'tree';
  /** In bytes. */
  readonly largest: number;
}

/** Gives objects of a clone, in the order of their names. */
export type ReadObjects = (wanted: ObjectsWanted, signal: AbortSignal) => Promise<readonly ReadObject[]>;

/** Reads objects; files that are not here are obtained first, all in one go. */
export function createObjectReader(
  run: RunLocal,
  obtainFiles: (hashes: readonly string[], signal: AbortSignal) => Promise<void>,
): ReadObjects {
  return async (wanted, signal) => {
    const found = await readObjects(wanted, run, signal);
    const missing = wanted.names.filter((_, index) => found[index]?.info.kind === 'missing');
    if (wanted.type !== 'blob' || missing.length === 0) return found;
    await obtainFiles(missing, signal);
    return readObjects(wanted, run, signal);
  };
}

const MEBIBYTE = 1024 * 1024;

/** Reads objects in two processes: the first tells their sizes, so that nothing large is ever asked for. */
async function readObjects(
  { names, type, largest }: ObjectsWanted,
  run: RunLocal,
  signal: AbortSignal,
): Promise<readonly ReadObject[]> {
  if (names.length === 0) return [];
  const infos = parseObjectInfos((await run(checkObjectsCommand(names), signal)).stdout);
  if (infos.length !== names.length) throw new LynceusError('git-failed', 'git answered for too few objects');
  const wanted = new Map<string, { readonly sha: string; readonly size: number }>();
  for (const info of infos) {
    if (info.kind === 'object' && info.type === type && info.size <= largest) wanted.set(info.sha, info);
  }
  const bytes = new Map<string, Buffer | undefined>();
  for (const part of inParts([...wanted.values()])) {
    const maximum = part.reduce((sum, { size }) => sum + size + 100, MEBIBYTE);
    const hashes = part.map(({ sha }) => sha);
    const objects = parseObjects((await run(readObjectsCommand(hashes), signal, maximum)).stdout);
    for (const [index, hash] of hashes.entries()) bytes.set(hash, objects[index]);
  }
  return infos.map((info) => ({ info, bytes: info.kind === 'object' ? bytes.get(info.sha) : undefined }));
}

/** Splits so that one process never answers with more than about 64 MiB. */
function inParts<T extends { readonly size: number }>(objects: readonly T[]): readonly (readonly T[])[] {
  const parts: T[][] = [];
  let room = 0;
  for (const object of objects) {
    if (parts.length === 0 || object.size > room) {
      parts.push([]);
      room = 64 * MEBIBYTE;
    }
    parts.at(-1)?.push(object);
    room -= object.size;
  }
  return parts;
}
