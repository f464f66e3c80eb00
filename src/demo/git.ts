import { devNull } from 'node:os';
import { LynceusError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { runProgram, type ProgramEnvironment } from '../processes/run-program.ts';
import { BRANCH } from './files.ts';

/** Runs git and returns what it printed. */
export type Git = (...argv: readonly string[]) => Promise<string>;

/**
 * Git in one folder, with one author, without the Git configuration of this machine; what is committed has the time of the clock.
 */
export function createGit(directory: string, env: ProgramEnvironment, clock?: Pick<Clock, 'now'>): Git {
  const settings = {
    PATH: env['PATH'],
    HOME: directory,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Ida',
    GIT_AUTHOR_EMAIL: 'ida@demo.lynceus.local',
    GIT_COMMITTER_NAME: 'Ida',
    GIT_COMMITTER_EMAIL: 'ida@demo.lynceus.local',
  };
  return async (...args) => {
    const ending = await runProgram('git', {
      args,
      directory,
      env: clock === undefined ? settings : { ...settings, ...datesOf(clock) },
      signal: new AbortController().signal,
      timeout: 30_000,
      longestOutput: 1024 * 1024,
    });
    if (ending.kind === 'exited' && ending.code === 0) return ending.stdout.toString();
    if (ending.kind === 'not-found') {
      throw new LynceusError(
        'usage-invalid',
        'the demo needs the program git, and there is none on the PATH',
        { hint: 'install git 2.30 or newer and run the demo again' },
      );
    }
    const reason = ending.kind === 'exited' ? ending.stderr.trim() : ending.kind;
    throw new LynceusError(
      'git-failed',
      `git ${args[0] ?? ''} failed in the demo's own repository: ${reason}`,
    );
  };
}

function datesOf(clock: Pick<Clock, 'now'>): ProgramEnvironment {
  const date = `@${Math.floor(clock.now() / 1_000)} +0000`;
  return { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
}

/** A commit in the remote. */
export interface DemoCommit {
  readonly id: string;
  readonly author: string;
  readonly message: string;
  readonly diff: string;
}

/** Newest commit of the remote's branch. */
export async function headOf(remote: Git): Promise<string> {
  return (await remote('rev-parse', BRANCH)).trim();
}

/** Commits that came after `commit`, the oldest first. */
export async function commitsSince(remote: Git, commit: string): Promise<readonly DemoCommit[]> {
  const ids = (await remote('rev-list', '--reverse', `${commit}..${BRANCH}`)).split('\n');
  return await Promise.all(ids.filter((id) => id !== '').map((id) => readCommit(remote, id)));
}

async function readCommit(git: Git, id: string): Promise<DemoCommit> {
  return {
    id,
    author: (await git('show', '--no-patch', '--format=%an', id)).trim(),
    message: (await git('show', '--no-patch', '--format=%B', id)).trim(),
    diff: (await git('show', '--format=', '--no-color', '--unified=2', id)).trim(),
  };
}
