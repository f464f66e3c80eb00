import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VARIABLE = 'LYNCEUS_TEST_RUN_FOLDER';

/** A folder for what the test files of one run share. Workers inherit its path; returns a function that removes it. */
export function createRunFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-run-'));
  process.env[VARIABLE] = folder;
  // Many thousand files, for which nobody has to wait.
  return () => spawn('rm', ['-rf', folder], { detached: true, stdio: 'ignore' }).unref();
}

export function hasRunFolder(): boolean {
  return process.env[VARIABLE] !== undefined;
}

/**
 * Path of what `make` puts into the folder that it is given: made by the first who asks, in whichever worker.
 * Two may make it at the same time: the first rename wins. Nobody may change what is there.
 */
export async function madeOnce(name: string, make: (folder: string) => unknown): Promise<string> {
  const target = join(runFolder(), name);
  if (existsSync(target)) return target;
  const fresh = freshFolder();
  await make(fresh);
  return publish(fresh, target);
}

/** The same for what is made at once. */
export function madeOnceSync(name: string, make: (folder: string) => void): string {
  const target = join(runFolder(), name);
  if (existsSync(target)) return target;
  const fresh = freshFolder();
  make(fresh);
  return publish(fresh, target);
}

/** Without the test runner, as in benchmarks, the folder lives as long as the process. */
function runFolder(): string {
  const given = process.env[VARIABLE];
  if (given !== undefined) return given;
  process.once('exit', createRunFolder());
  return runFolder();
}

/** An empty folder in the one of the run. */
export function freshFolder(): string {
  mkdirSync(runFolder(), { recursive: true });
  return mkdtempSync(join(runFolder(), 'part-'));
}

function publish(fresh: string, target: string): string {
  try {
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}
