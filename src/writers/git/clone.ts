import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LynceusError } from '../../errors.ts';
import { countObjectsCommand, initCommand, keptRef, keptRefsCommand, type GitCommand } from './commands.ts';
import type { Environment } from './environment.ts';
import { shorten } from './failure.ts';
import { parseCounts, parseRefs } from './parse.ts';
import type { RunLocal } from './objects.ts';
import { runGit, type GitResult } from './run.ts';

/** The bare repository that holds the last commits of some branches of one remote. It can be thrown away at any time. */
export interface Clone {
  readonly runLocal: RunLocal;
  /** For a command that talks to the remote; how it ended is the caller's business. */
  runRemote(command: GitCommand, signal: AbortSignal): Promise<GitResult>;
  /** The same, and ssh tells on standard error what it does. */
  runTalking(command: GitCommand, signal: AbortSignal): Promise<GitResult>;
  /**
   * Commit that is here for a branch: as last fetched, or as last made for a push. The latter may never have
   * arrived, so it means something only when the remote names the same commit.
   */
  keptHead(branch: string): string | undefined;
  /** Reads the kept heads again. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Whether the content of files is fetched with the commits, because the remote does not give it afterwards. */
  isWhole(): boolean;
  /** Throws everything away and starts with an empty one. */
  renew(signal: AbortSignal, options?: { readonly whole: boolean }): Promise<void>;
}

export interface CloneOptions {
  readonly folder: string;
  readonly environment: Environment;
  /** What is added for commands that talk to the remote. */
  readonly loginEnvironment: Environment;
  readonly timeout: number;
}

/** A clone made of many small fetches is slower and larger than a new one. */
const MOST_LOOSE = 5_000;
const MOST_PACKS = 200;

/** Its presence says that the clone is whole; git leaves names that it does not know alone. */
const WHOLE = 'lynceus-whole';

export async function openClone(options: CloneOptions, signal: AbortSignal): Promise<Clone> {
  const { folder } = options;
  const runLocal = createRunLocal(options);
  let kept: ReadonlyMap<string, string> = new Map();

  let whole = await exists(join(folder, WHOLE));

  async function renew(during: AbortSignal, wanted = { whole }): Promise<void> {
    await makeFolder(folder, { empty: true });
    await runLocal(initCommand(folder), during);
    if (wanted.whole) await writeFile(join(folder, WHOLE), '');
    ({ whole } = wanted);
    kept = new Map();
  }

  async function refresh(during: AbortSignal): Promise<void> {
    kept = parseRefs((await runLocal(keptRefsCommand(), during)).stdout.toString());
  }

  async function isUsable(): Promise<boolean> {
    await makeFolder(folder, { empty: false });
    try {
      const { stdout } = await runLocal(countObjectsCommand(), signal);
      const { loose, packs } = parseCounts(stdout.toString());
      await refresh(signal);
      return loose <= MOST_LOOSE && packs <= MOST_PACKS;
    } catch (error) {
      if (error instanceof LynceusError && error.code === 'git-failed') return false;
      throw error;
    }
  }

  if (!(await isUsable())) await renew(signal);
  return {
    runLocal,
    runRemote: (command, during) =>
      runIn(options, command, { signal: during, login: options.loginEnvironment }),
    runTalking: (command, during) =>
      runIn(options, command, { signal: during, login: talking(options.loginEnvironment) }),
    keptHead: (branch) => kept.get(keptRef(branch)),
    refresh,
    isWhole: () => whole,
    renew,
  };
}

function talking(login: Environment): Environment {
  const ssh = login['GIT_SSH_COMMAND'];
  return ssh === undefined ? login : { ...login, GIT_SSH_COMMAND: `${ssh} -v` };
}

async function makeFolder(folder: string, { empty }: { readonly empty: boolean }): Promise<void> {
  try {
    if (empty) await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LynceusError('git-failed', `the clone ${folder} cannot be made: ${why}`, { cause });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function createRunLocal(options: CloneOptions): RunLocal {
  return async (command, signal, maximum) => {
    const result = await runIn(options, command, { signal, login: {}, maximum });
    if (result.code === 0) return result;
    const said = shorten(result.stderr);
    throw new LynceusError('git-failed', `git ${command.args[0]} failed in the clone: ${said}`);
  };
}

interface RunDetails {
  readonly signal: AbortSignal;
  readonly login: Environment;
  readonly maximum?: number | undefined;
}

/** GIT_DIR is named outright, so that a damaged clone is an error and no reason to look in the folders above. */
function runIn(
  { folder, environment, timeout }: CloneOptions,
  command: GitCommand,
  { signal, login, maximum }: RunDetails,
): Promise<GitResult> {
  return runGit(command, {
    directory: folder,
    environment: { ...environment, ...login, GIT_DIR: folder },
    timeout,
    signal,
    ...(maximum === undefined ? {} : { maximum }),
  });
}
