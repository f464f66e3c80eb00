import { LynceusError } from '../../errors.ts';
import { checkObjectsCommand, readObjectsCommand, type GitCommand } from './commands.ts';
import { parseObjectInfos, parseObjects, type ReadObject } from './parse.ts';
import { TooMuchOutput } from './run.ts';

/** Runs git in the clone and returns its output, of at most `maximum` bytes. Throws `git-failed` when git fails. */
export type RunLocal = (command: GitCommand, signal: AbortSignal, maximum?: number) => Promise<Buffer>;

export interface ObjectsRequest {
  /** Hashes, or `<commit>:<path>`. */
  readonly names: readonly string[];
  readonly type: 'blob' | 'tree';
  /** In bytes. */
  readonly largest: number;
}

/**
 * Gives objects of a clone, in the order of their names. One that is of another type or too large comes without its
 * bytes.
 */
export type ReadObjects = (request: ObjectsRequest, signal: AbortSignal) => Promise<readonly ReadObject[]>;

/** Reads objects; files that are not here are obtained first, all in one go. */
export function createObjectReader(
  run: RunLocal,
  obtainFiles: (hashes: readonly string[], signal: AbortSignal) => Promise<void>,
): ReadObjects {
  return async (request, signal) => {
    const found = await readObjects(request, run, signal);
    const missing = request.names.filter((_, index) => found[index]?.info.kind === 'missing');
    if (request.type !== 'blob' || missing.length === 0) return found;
    await obtainFiles(missing, signal);
    return readObjects(request, run, signal);
  };
}

const MEBIBYTE = 1024 * 1024;

/** What one process may print before it is asked for sizes first. */
const MOST_AT_ONCE = 16 * MEBIBYTE;

async function readObjects(
  request: ObjectsRequest,
  run: RunLocal,
  signal: AbortSignal,
): Promise<readonly ReadObject[]> {
  const { names, type, largest } = request;
  if (names.length === 0) return [];
  const objects = await readAtOnce(names, run, signal).catch((thrown: unknown) => {
    if (!(thrown instanceof TooMuchOutput)) throw thrown;
    return readWithinLimits(request, run, signal);
  });
  if (objects.length !== names.length)
    throw new LynceusError('git-failed', 'git answered for too few objects');
  return objects.map(({ info, bytes }) => {
    const isWanted = info.kind === 'object' && info.type === type && info.size <= largest;
    return { info, bytes: isWanted ? bytes : undefined };
  });
}

async function readAtOnce(
  names: readonly string[],
  run: RunLocal,
  signal: AbortSignal,
): Promise<readonly ReadObject[]> {
  return parseObjects(await run(readObjectsCommand(names), signal, MOST_AT_ONCE));
}

/** Asks for types and sizes first, so that no object is read that is not wanted. */
async function readWithinLimits(
  { names, type, largest }: ObjectsRequest,
  run: RunLocal,
  signal: AbortSignal,
): Promise<readonly ReadObject[]> {
  const infos = parseObjectInfos(await run(checkObjectsCommand(names), signal));
  const sizes = new Map<string, number>();
  for (const info of infos) {
    if (info.kind === 'object' && info.type === type && info.size <= largest) sizes.set(info.sha, info.size);
  }
  if (sizes.size === 0) return infos.map((info) => ({ info, bytes: undefined }));
  const hashes = [...sizes.keys()];
  const maximum = [...sizes.values()].reduce((sum, size) => sum + size + 100, MEBIBYTE);
  const objects = parseObjects(await run(readObjectsCommand(hashes), signal, maximum));
  const bytes = new Map(hashes.map((hash, index) => [hash, objects[index]?.bytes]));
  return infos.map((info) => ({ info, bytes: info.kind === 'object' ? bytes.get(info.sha) : undefined }));
}
