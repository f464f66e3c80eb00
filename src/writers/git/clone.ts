import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LynceusError, messageOf } from '../../errors.ts';
import { exists, sweepLocks } from './cache.ts';
import { initCommand, keptRef, type GitCommand, type ObjectFormat } from './commands.ts';
import { bytesIn } from './disc-budget.ts';
import type { GitEnvironment } from './environment.ts';
import { DEFAULT_GIT_BYTES, gitTooLarge, type GitProgram } from './limited-git.ts';
import type { RunLocal } from './objects.ts';
import { HASH } from './parse.ts';
import { runLocalGit, runRemoteGit, type GitResult, type GitRunOptions } from './run.ts';

/** The bare repository that holds the last commits of some branches of one remote. It can be thrown away at any time. */
export interface Clone {
  readonly runLocal: RunLocal;
  /** For a command that talks to the remote; the caller reads its exit code. */
  runRemote(command: GitCommand, signal: AbortSignal): Promise<GitResult>;
  /** The same, and ssh or curl reports on standard error what it does. */
  runTalking(command: GitCommand, signal: AbortSignal): Promise<GitResult>;
  /** For a command that stays in the clone and starts further programs; the caller reads its exit code. */
  runStarting(
    command: GitCommand,
    environment: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<GitResult>;
  /**
   * Commit that is here for a branch: as last fetched, or as last made for a push. The latter may never have
   * arrived, so it means something only when the remote names the same commit.
   */
  keptHead(branch: string): Promise<string | undefined>;
  /** Whether the content of files is fetched with the commits, because the remote does not give it afterwards. */
  isWhole(): boolean;
  /** How many commits of a branch are wanted in it, 0 when that was never said: what a fetch takes away had to be sent again. */
  depth(): number;
  /** No fewer commits than that are fetched from now on, also by later processes. */
  deepen(depth: number): Promise<void>;
  /** A clone takes objects of one format only. */
  objectFormat(): ObjectFormat;
  /** Throws everything away and starts with an empty one. */
  renew(signal: AbortSignal, options?: RenewOptions): Promise<void>;
}

export interface RenewOptions {
  /** As it was unless given. */
  readonly whole?: boolean;
  readonly format?: ObjectFormat;
}

export interface CloneOptions {
  readonly folder: string;
  readonly environment: GitEnvironment;
  /** What is added for commands that talk to the remote. */
  readonly loginEnvironment: GitEnvironment;
  readonly timeout: number;
  /** Plain git unless given. */
  readonly program?: GitProgram;
  /** How large the clone may become, in bytes. */
  readonly largest?: number | undefined;
}

/** A clone made of many small fetches is slower and larger than a new one. */
const MOST_LOOSE = 5_000;
const MOST_PACKS = 200;

/** One of the 256 folders of loose objects, taken as a sample of all: as git does in `gc --auto`. */
const LOOSE_SAMPLE = '17';

/** Holds the number of commits that were once needed of a branch. */
const DEPTH = 'lynceus-depth';

/** Its presence means that the clone is whole; git leaves names that it does not know alone. */
const WHOLE = 'lynceus-whole';

export async function openClone(options: CloneOptions, signal: AbortSignal): Promise<Clone> {
  const { folder } = options;
  const runLocal = createRunLocal(options);
  let whole = await exists(join(folder, WHOLE));
  let depth = await readDepth(folder);

  let format = await readFormat(folder);

  async function renew(during: AbortSignal, wanted: RenewOptions = {}): Promise<void> {
    ({ whole = whole, format = format } = wanted);
    await makeFolder(folder, { empty: true });
    await runLocal(initCommand(folder, format), during);
    if (whole) await writeFile(join(folder, WHOLE), '');
    depth = 0;
  }

  if (!(await isUsable(folder))) await renew(signal);
  return {
    runLocal,
    async runRemote(command, during) {
      const run = () => runRemoteGit(command, inClone(options, during, options.loginEnvironment));
      return command.args[0] === 'fetch' ? await fetchWithin(options, run, () => renew(during)) : await run();
    },
    runTalking: (command, during) =>
      runRemoteGit(command, inClone(options, during, talking(options.loginEnvironment))),
    runStarting: (command, environment, during) =>
      runRemoteGit(command, inClone(options, during, environment)),
    keptHead: (branch) => readKeptHead(folder, branch),
    isWhole: () => whole,
    objectFormat: () => format,
    depth: () => depth,
    async deepen(wanted) {
      depth = Math.max(depth, wanted);
      await writeFile(join(folder, DEPTH), String(depth));
    },
    renew,
  };
}

/**
 * What a fetch leaves that failed or was ended is removed at once: half a pack may fill the disc. A clone that has become
 * too large goes as a whole. Throws `git-too-large` then.
 */
async function fetchWithin(
  { folder, largest = DEFAULT_GIT_BYTES }: CloneOptions,
  fetch: () => Promise<GitResult>,
  renew: () => Promise<void>,
): Promise<GitResult> {
  let isDone = false;
  try {
    const result = await fetch();
    isDone = result.code === 0;
    if (!isDone) return result;
    const bytes = await bytesIn(folder);
    if (bytes <= largest) return result;
    await renew();
    throw gitTooLarge(
      `the clone of the remote was removed: it took ${mebibytes(bytes)} MiB, more than ${mebibytes(largest)} MiB`,
    );
  } finally {
    if (!isDone) await sweepLocks(folder);
  }
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}

/**
 * The ref as git keeps it in a file. Reading that costs no process, and no ref of ours is ever packed. One that is not
 * in a file counts as missing, so that the branch is fetched again.
 */
async function readKeptHead(folder: string, branch: string): Promise<string | undefined> {
  const text = await readFile(join(folder, keptRef(branch)), 'utf8').catch(() => '');
  return HASH.test(text.trim()) ? text.trim() : undefined;
}

/** As `git init` writes it (gitrepository-layout, `extensions.objectFormat`). */
async function readFormat(folder: string): Promise<ObjectFormat> {
  const config = await readFile(join(folder, 'config'), 'utf8').catch(() => '');
  return /^\s*objectformat\s*=\s*sha256\s*$/im.test(config) ? 'sha256' : 'sha1';
}

async function readDepth(folder: string): Promise<number> {
  const text = await readFile(join(folder, DEPTH), 'utf8').catch(() => '');
  return /^\d{1,6}$/.test(text) ? Number(text) : 0;
}

/** Whether it seems to be a repository of reasonable size. What else is wrong with it shows when it is used. */
async function isUsable(folder: string): Promise<boolean> {
  await makeFolder(folder, { empty: false });
  const [loose, packs, refs, head] = await Promise.all([
    namesIn(join(folder, 'objects', LOOSE_SAMPLE)),
    namesIn(join(folder, 'objects', 'pack')),
    exists(join(folder, 'refs')),
    exists(join(folder, 'HEAD')),
  ]);
  if (!refs || !head || packs === undefined) return false;
  const packCount = packs.filter((name) => name.endsWith('.pack')).length;
  return (loose?.length ?? 0) * 256 <= MOST_LOOSE && packCount <= MOST_PACKS;
}

/** Names in a folder; `undefined` when it cannot be read. */
async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  return await readdir(folder).catch(() => undefined);
}

/** Of a login git says in its reports only that there is one. */
function talking(login: GitEnvironment): GitEnvironment {
  const ssh = login['GIT_SSH_COMMAND'];
  if (ssh !== undefined) return { ...login, GIT_SSH_COMMAND: `${ssh} -v` };
  return { ...login, GIT_TRACE_CURL: '1', GIT_TRACE_CURL_NO_DATA: '1', GIT_TRACE_REDACT: '1' };
}

async function makeFolder(folder: string, { empty }: { readonly empty: boolean }): Promise<void> {
  try {
    if (empty) await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why = messageOf(cause);
    throw new LynceusError('git-failed', `the clone ${folder} cannot be made: ${why}`, { cause });
  }
}

function createRunLocal(options: CloneOptions): RunLocal {
  return (command, signal, maximum) => runLocalGit(command, { ...inClone(options, signal, {}), maximum });
}

/** GIT_DIR is named outright, so that a damaged clone is an error and no reason to search the folders above. */
function inClone(
  { folder, environment, timeout, program }: CloneOptions,
  signal: AbortSignal,
  login: GitEnvironment,
): GitRunOptions {
  return {
    ...(program === undefined ? {} : { program }),
    directory: folder,
    environment: { ...environment, ...login, GIT_DIR: folder },
    timeout,
    signal,
  };
}
