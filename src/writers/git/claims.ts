import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { errnoOf } from '../../errors.ts';

/** Claims of this process that nobody has given back yet. */
const held = new Set<string>();

/**
 * Takes a folder for this process alone by writing `<folder>.claim`. `false` when another living process, or
 * another part of this one, has it. A claim that a dead process left behind counts for nothing; so does one of
 * another machine, because a cache folder is not meant to be shared between machines.
 */
export async function claimFolder(folder: string): Promise<boolean> {
  if (held.has(folder)) return false;
  held.add(folder);
  if (await write(folder)) return true;
  if (!(await isClaimed(folder))) {
    await rm(claimFile(folder), { force: true });
    if (await write(folder)) return true;
  }
  held.delete(folder);
  return false;
}

export async function giveBack(folder: string): Promise<void> {
  if (!held.has(folder)) return;
  await rm(claimFile(folder), { force: true });
  held.delete(folder);
}

/** Whether a living process has it. */
export async function isClaimed(folder: string): Promise<boolean> {
  const [pid = '', host = ''] = (await readClaim(folder)).split(' ');
  if (Number(pid) === process.pid) return held.has(folder) && host === hostname();
  return host === hostname() && isAlive(Number(pid));
}

export function claimFile(folder: string): string {
  return `${folder}.claim`;
}

async function write(folder: string): Promise<boolean> {
  try {
    await writeFile(claimFile(folder), `${process.pid} ${hostname()}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    held.delete(folder);
    throw error;
  }
}

async function readClaim(folder: string): Promise<string> {
  try {
    return await readFile(claimFile(folder), 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, but belongs to somebody else.
    return errnoOf(error) === 'EPERM';
  }
}
