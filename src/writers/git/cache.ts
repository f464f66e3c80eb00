import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LynceusError, messageOf } from '../../errors.ts';
import { claimFolder, giveBack } from './claims.ts';
import { keepWithin, removeUnlessUsed, type Removed } from './disc-budget.ts';
import { ASKPASS_SCRIPT } from './environment.ts';
import { DEFAULT_GIT_BYTES, limitedGitScript, type GitProgram } from './limited-git.ts';

/**
 * The folder of clones. Everything in it can be deleted at any time that Lynceus does not run:
 *
 *     <hash of the remote's URL>.git     bare repository: the last commits of each branch that was read
 *     work-<random>/askpass, home/       for one writer: hands git its login; git's empty home
 *     work-<random>/git.sh               becomes git, held to its limits
 *     work-<random>/signing/         keyring or key by which commits are signed
 *     work-<random>/key-<random>         private key that came as text, for ssh to read
 *     *.claim                            which process uses it
 */
export interface CloneCache {
  /** Script that answers git's prompts for a login. */
  readonly askpass: string;
  /** git, held to its limits. */
  readonly git: GitProgram;
  /** An empty folder that git takes for the user's home. */
  readonly home: string;
  /** Takes the folder of the remote's clone; it may be missing, and is free of locks that a killed git left. */
  take(url: string): Promise<string>;
  /** Puts a secret into a file that nobody else can read, until `close`. */
  keep(secret: string): Promise<string>;
  /** Path of a folder that nobody else can read, until `close`; the caller makes it. */
  folder(name: string): string;
  /** Gives everything back, removes what is of no use to the next run, and then clones beyond the budget. */
  close(): Promise<Removed>;
}

export interface CloneCacheOptions {
  readonly directory: string;
  /** How much room clones may take between two sessions, in bytes. */
  readonly budget: number;
  /** Address space and largest file of each git, in bytes. */
  readonly gitBytes?: number | undefined;
}

/** How many processes may have a clone of one remote in one cache folder. */
const MOST_CLONES = 8;
const UNUSED_FOR = 14 * 24 * 60 * 60 * 1000;
const REPOSITORY = /^[0-9a-f]{32}(?:-\d)?\.git$/;
const WORK = /^work-[0-9a-f-]{36}$/;

export async function openCloneCache({
  directory,
  budget,
  gitBytes = DEFAULT_GIT_BYTES,
}: CloneCacheOptions): Promise<CloneCache> {
  const work = join(directory, `work-${randomUUID()}`);
  const taken: string[] = [];
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await checkOwner(directory);
    await sweep(directory);
    await claimFolder(work);
    await mkdir(join(work, 'home'), { recursive: true, mode: 0o700 });
    await writeFile(join(work, 'askpass'), ASKPASS_SCRIPT);
    await chmod(join(work, 'askpass'), 0o700);
    await writeFile(join(work, 'git.sh'), limitedGitScript(gitBytes));
  } catch (error) {
    throw unusable(directory, error);
  }
  return {
    askpass: join(work, 'askpass'),
    git: ['/bin/sh', join(work, 'git.sh')],
    home: join(work, 'home'),
    async take(url) {
      const name = createHash('sha256').update(url).digest('hex').slice(0, 32);
      try {
        const folder = await takeFolder(join(directory, name));
        taken.push(folder);
        await sweepLocks(folder);
        return folder;
      } catch (error) {
        throw unusable(directory, error);
      }
    },
    async keep(secret) {
      const path = join(work, `key-${randomUUID()}`);
      try {
        await writeFile(path, secret, { mode: 0o600, flag: 'wx' });
        return path;
      } catch (error) {
        throw unusable(directory, error);
      }
    },
    folder: (name) => join(work, name),
    async close() {
      for (const folder of taken) await giveBack(folder);
      await rm(work, { recursive: true, force: true });
      await giveBack(work);
      return keepWithin(budget, await clonesIn(directory));
    },
  };
}

/** Settings in a clone can make git run programs, so nobody else may have put one there. */
async function checkOwner(directory: string): Promise<void> {
  const { uid } = await stat(directory);
  const own = process.getuid?.() ?? uid;
  if (uid !== own && uid !== 0) throw new Error(`it belongs to user ${uid}, and Lynceus runs as ${own}`);
}

async function takeFolder(stem: string): Promise<string> {
  for (let number = 1; number <= MOST_CLONES; number += 1) {
    const folder = number === 1 ? `${stem}.git` : `${stem}-${number}.git`;
    if (!(await claimFolder(folder))) continue;
    if (await exists(folder)) await utimes(folder, new Date(), new Date());
    return folder;
  }
  throw new LynceusError('git-failed', `${MOST_CLONES} processes have a clone of this remote already`, {
    hint: 'give each Lynceus its own git.cacheDirectory',
  });
}

/** Removes what processes that were killed left behind, and clones that nobody used for two weeks. */
async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const folder = join(directory, name);
    if (WORK.test(name)) await removeUnlessUsed(folder);
    if (REPOSITORY.test(name) && (await isOld(folder))) await removeUnlessUsed(folder);
  }
}

async function clonesIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory);
  return names.filter((name) => REPOSITORY.test(name)).map((name) => join(directory, name));
}

async function isOld(folder: string): Promise<boolean> {
  return (await stat(folder)).mtimeMs < Date.now() - UNUSED_FOR;
}

/** Lock files and half-written packs: the clone is ours alone now, so nobody is behind them. */
export async function sweepLocks(folder: string): Promise<void> {
  if (!(await exists(folder))) return;
  for (const name of await readdir(folder, { recursive: true })) {
    const leftOver = name.endsWith('.lock') || /(?:^|\/)(?:tmp_|\.tmp-)[^/]*$/.test(name);
    if (leftOver) await rm(join(folder, name), { recursive: true, force: true });
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function unusable(directory: string, cause: unknown): LynceusError {
  if (cause instanceof LynceusError) return cause;
  const why = messageOf(cause);
  return new LynceusError('git-failed', `the folder of git clones ${directory} cannot be used: ${why}`, {
    cause,
    hint: 'git.cacheDirectory must be a folder that Lynceus may write to',
  });
}
