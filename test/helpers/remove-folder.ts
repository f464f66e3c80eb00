import { rmSync } from 'node:fs';

const MOST_TRIES = 100;

/** Removes a folder, also one in which the far side of a connection that was cut is still writing for a moment. */
export function removeFolder(folder: string): void {
  for (let tries = 1; ; tries += 1) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
