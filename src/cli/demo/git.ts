import { devNull } from 'node:os';
import { LynceusError } from '../../errors.ts';
import { runProgram, type ProgramEnvironment } from '../../processes/run-program.ts';

/** Runs git and returns what it printed. */
export type Git = (...argv: readonly string[]) => Promise<string>;

/**
 * Git as the person of the demo uses it: in one folder, under one name, blind to the configuration of whoever runs it.
 */
export function createGit(directory: string, env: ProgramEnvironment): Git {
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
      env: settings,
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
    const said = ending.kind === 'exited' ? ending.stderr.trim() : ending.kind;
    throw new LynceusError('git-failed', `git ${args[0] ?? ''} failed in the demo's own repository: ${said}`);
  };
}
