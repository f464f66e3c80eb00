import type { Dirent } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { claimFolder, giveBack } from './claims.ts';

export interface Removed {
  /** How many clones. */
  readonly clones: number;
  readonly bytes: number;
}

/**
 * Removes clones, the least recently used first, until the rest needs no more than `budget` bytes. One that is in
 * use stays, so that more may be left; it counts all the same. When one was used is the time of its folder.
 */
export async function keepWithin(budget: number, folders: readonly string[]): Promise<Removed> {
  const clones = await Promise.all(folders.map(measure));
  let total = clones.reduce((sum, { bytes }) => sum + bytes, 0);
  let removed: Removed = { clones: 0, bytes: 0 };
  for (const { folder, bytes } of clones.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (total <= budget) break;
    if (!(await removeUnlessUsed(folder))) continue;
    total -= bytes;
    removed = { clones: removed.clones + 1, bytes: removed.bytes + bytes };
  }
  return removed;
}

/** Removes a folder that no living process has claimed. It is claimed meanwhile, so that nobody begins to use it. */
export async function removeUnlessUsed(folder: string): Promise<boolean> {
  if (!(await claimFolder(folder))) return false;
  await rm(folder, { recursive: true, force: true });
  await giveBack(folder);
  return true;
}

interface Measured {
  readonly folder: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/** How much room a folder takes on disc, in bytes. What disappears meanwhile has no size. */
export async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((): Dirent[] => []);
  const files = entries.filter((entry) => entry.isFile()).values();
  let bytes = 0;
  const add = async (): Promise<void> => {
    for (const { parentPath, name } of files) {
      const size = await sizeOf(join(parentPath, name));
      bytes += size;
    }
  };
  await Promise.all(Array.from({ length: SIZES_AT_ONCE }, add));
  return bytes;
}

/** A clone may hold thousands of small files, and the size of each is a question to the disc. */
const SIZES_AT_ONCE = 16;

async function measure(folder: string): Promise<Measured> {
  const bytes = await bytesIn(folder);
  const usedAt = await stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return { folder, bytes, usedAt };
}

/** On disc, which may be more than its length. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size, blocks }) => Math.max(size, blocks * 512),
    () => 0,
  );
}
