import { execFileSync } from 'node:child_process';
import { devNull } from 'node:os';
import { LynceusError } from '../../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Git = (...argv: readonly string[]) => string;

/**
 * Git as the person of the demo uses it: in one folder, under one name, blind to the configuration of whoever runs it.
 */
export function createGit(directory: string, env: Environment): Git {
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
  return (...argv) => {
    try {
      return execFileSync('git', argv, {
        cwd: directory,
        env: settings,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 30_000,
      });
    } catch (thrown) {
      throw asGitError(thrown, argv);
    }
  };
}

function asGitError(thrown: unknown, argv: readonly string[]): LynceusError {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') {
    return new LynceusError(
      'usage-invalid',
      'the demo needs the program git, and there is none on the PATH',
      {
        cause: thrown,
        hint: 'install git 2.30 or newer and run the demo again',
      },
    );
  }
  const said = thrown instanceof Error && 'stderr' in thrown ? String(thrown.stderr).trim() : '';
  return new LynceusError('git-failed', `git ${argv[0] ?? ''} failed in the demo's own repository: ${said}`, {
    cause: thrown,
  });
}
