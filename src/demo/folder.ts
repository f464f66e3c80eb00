import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LynceusError, messageOf } from '../errors.ts';

/** The folder of the demo, and how to remove it with everything in it. */
export interface DemoFolder {
  readonly directory: string;
  readonly release: () => Promise<void>;
}

/** A temporary folder, or the named one if it is empty. */
export async function claimDemoFolder(wanted: string | undefined): Promise<DemoFolder> {
  if (wanted === undefined) {
    const directory = await mkdtemp(join(tmpdir(), 'lynceus-demo-'));
    return { directory, release: () => rm(directory, { recursive: true, force: true }) };
  }
  const directory = resolve(wanted);
  const created = await mkdir(directory, { recursive: true }).catch((thrown: unknown) => {
    throw new LynceusError(
      'usage-invalid',
      `cannot make the folder ${directory} for the demo: ${messageOf(thrown)}`,
      { cause: thrown },
    );
  });
  if ((await readdir(directory)).length > 0) {
    throw new LynceusError('usage-invalid', `the demo needs an empty folder, and ${directory} is not empty`, {
      hint: 'name another one with --dir, or leave --dir out for a temporary one',
    });
  }
  const release = async (): Promise<void> => {
    for (const entry of await readdir(directory))
      await rm(join(directory, entry), { recursive: true, force: true });
    if (created !== undefined) await rm(directory, { recursive: true, force: true });
  };
  return { directory, release };
}
