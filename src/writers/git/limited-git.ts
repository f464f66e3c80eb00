import { LynceusError } from '../../errors.ts';

/** The program that is git, and what comes before its own arguments. */
export type GitProgram = readonly [program: string] | readonly [program: string, script: string];

/** Where nothing holds git to a limit. */
export const PLAIN_GIT: GitProgram = ['git'];

/** What the system allows one process of git unless the configuration says otherwise, in bytes. */
export const DEFAULT_GIT_BYTES = 512 * 1024 * 1024;

/**
 * What git keeps in memory of what a remote sent, whatever that is: a larger file is passed on in pieces, and packs are
 * looked at through small windows.
 */
const FRUGAL = [
  'core.bigFileThreshold=16m',
  'core.packedGitWindowSize=16m',
  'core.packedGitLimit=128m',
  'core.deltaBaseCacheLimit=32m',
  'pack.threads=1',
];

/**
 * A shell script that becomes git, which has no larger address space and writes no larger file than so many bytes; its
 * children, as `ssh` and `git-remote-https`, neither. A write beyond that is an error that git reports, and no signal. What a
 * system does not know (macOS: `ulimit -v`) is left out.
 */
export function limitedGitScript(bytes: number): string {
  const settings = FRUGAL.map((setting) => `-c ${setting}`).join(' ');
  return `#!/bin/sh
trap '' XFSZ
ulimit -c 0 2>/dev/null || :
ulimit -f ${Math.ceil(bytes / 512)} 2>/dev/null || :
ulimit -v ${Math.ceil(bytes / 1024)} 2>/dev/null || :
exec git ${settings} "$@"
`;
}

/** What git and its children print at the limits. Lines of the remote's own are not meant. */
const AT_A_LIMIT =
  /^(?!remote:).*(?:File too large|out of memory|cannot allocate memory|failed to map segment|mmap failed)/im;

/** Whether git gave up because of a limit. */
export function isAtLimit(stderr: string): boolean {
  return AT_A_LIMIT.test(stderr);
}

/** The error for a remote that is more than git may take. */
export function gitTooLarge(what: string): LynceusError {
  return new LynceusError('git-too-large', what, {
    hint: 'make the remote smaller (large files do not belong beside versions), or raise limits.gitMiB',
  });
}
