import { renameSync, rmSync } from 'node:fs';
import { freshFolder, hasRunFolder } from './run-folder.ts';

const MOST_TRIES = 100;

/**
 * Removes a folder, also one in which the far side of a connection that was cut is still writing for a moment.
 * During a run of tests it goes to where everything is removed in the end: to go through all its files takes
 * longer than many tests.
 */
export function removeFolder(folder: string): void {
  if (hasRunFolder() && isMovedAway(folder)) return;
  for (let tries = 1; ; tries += 1) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** `false` for what is not there, or is on another disc. */
function isMovedAway(folder: string): boolean {
  try {
    renameSync(folder, freshFolder());
    return true;
  } catch {
    return false;
  }
}
