import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isMissing } from '../../errors.ts';

/** A file that is replaced as a whole. Other processes may read, replace, damage or delete it at any time. */
export interface CacheFile {
  /** `undefined` when there is none. Throws `Error` with a sentence when it is there and cannot be used. */
  read(): Promise<Buffer | undefined>;
  /** Whether what is there is what was read or written last by this process. */
  isUnchanged(): Promise<boolean>;
  /** Readers see the old content or the new one, nothing in between. */
  write(lines: Iterable<string>): Promise<void>;
}

export interface CacheFileOptions {
  readonly path: string;
  /** A larger file is none of ours. */
  readonly mostBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What a writer that was killed left behind is removed after this time. */
const LEFT_OVER_AFTER = 3_600_000;

/** Written at once, so that a large file does not hold up the rest of the process. */
const CHUNK = 256 * 1024;

type Identity = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs'>;

export function createCacheFile({ path, mostBytes, now }: CacheFileOptions): CacheFile {
  let known: Identity | undefined;

  async function readFrom(handle: FileHandle): Promise<Buffer> {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is no regular file');
    checkOwner(found);
    if (found.size > mostBytes) throw new Error(`it has more than ${mostBytes} bytes`);
    const bytes = await readUpTo(handle, found.size);
    known = found;
    return bytes;
  }

  return {
    async read() {
      // A pipe in its place would be waited for.
      const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(unlessMissing);
      if (handle === undefined) return undefined;
      try {
        return await readFrom(handle);
      } finally {
        await handle.close();
      }
    },
    async isUnchanged() {
      const found = await stat(path).catch(() => undefined);
      return found !== undefined && known !== undefined && isSame(found, known);
    },
    async write(lines) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await sweep(path, now());
      const draft = `${path}.${randomUUID()}.tmp`;
      try {
        const written = await writeDraft(draft, lines);
        await rename(draft, path);
        known = written;
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
  };
}

/** Another user's file in a shared folder, such as /tmp, could hold anything. */
function checkOwner({ uid }: Stats): void {
  const own = process.getuid?.() ?? uid;
  if (uid !== own && uid !== 0) throw new Error(`it belongs to user ${uid}, and Lynceus runs as ${own}`);
}

/** It may have become shorter since its size was asked for, and must not be read on when it became longer. */
async function readUpTo(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function writeDraft(draft: string, lines: Iterable<string>): Promise<Identity> {
  const handle = await open(draft, 'wx', 0o600);
  try {
    let chunk = '';
    for (const line of lines) {
      chunk += line;
      if (chunk.length < CHUNK) continue;
      await handle.writeFile(chunk);
      chunk = '';
    }
    await handle.writeFile(chunk);
    await handle.datasync();
    return await handle.stat();
  } finally {
    await handle.close();
  }
}

async function sweep(path: string, now: number): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !/\.[0-9a-f-]{36}\.tmp$/.test(name)) continue;
    const draft = join(folder, name);
    const found = await stat(draft).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < now - LEFT_OVER_AFTER) await rm(draft, { force: true });
  }
}

function isSame(one: Identity, other: Identity): boolean {
  return (
    one.dev === other.dev && one.ino === other.ino && one.size === other.size && one.mtimeMs === other.mtimeMs
  );
}

function unlessMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}
