import { simpleGit } from 'simple-git';
import { listenToAbort } from '../../async/listen-to-abort.ts';
import { LynceusError, messageOf } from '../../errors.ts';
import { runProgram } from '../../processes/run-program.ts';
import type { GitCommand } from './commands.ts';
import type { GitEnvironment } from './environment.ts';
import { shorten } from './failure.ts';
import { gitTooLarge, isAtLimit, PLAIN_GIT, type GitProgram } from './limited-git.ts';

export interface GitResult {
  /** `undefined` when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitRunOptions {
  /** Plain git unless given. */
  readonly program?: GitProgram;
  /** Folder git runs in; it must exist. */
  readonly directory: string;
  /** The whole environment of the process. */
  readonly environment: GitEnvironment;
  /** Longest time the process may take, in milliseconds. */
  readonly timeout: number;
  /** Longest output in bytes. */
  readonly maximum?: number | undefined;
  readonly signal: AbortSignal;
}

const MEBIBYTE = 1024 * 1024;
const USUAL_MAXIMUM = 64 * MEBIBYTE;

/**
 * Runs a command that talks to a remote. git starts `ssh` or `git-remote-https` for it, so that it runs as a process
 * group. An exit code that is not 0 is a result. Throws `aborted`, `git-timeout`, and `git-failed` when git cannot be
 * started or prints too much; then nothing it started is left.
 */
export async function runRemoteGit(
  { args, config = [], input }: GitCommand,
  {
    program: [program, ...script] = PLAIN_GIT,
    directory,
    environment,
    timeout,
    maximum = USUAL_MAXIMUM,
    signal,
  }: GitRunOptions,
): Promise<GitResult> {
  const settings = [...config, ...transferSettings(timeout)].flatMap((setting) => ['-c', setting]);
  const ending = await runProgram(program, {
    args: [...script, ...settings, ...args],
    directory,
    env: environment,
    ...(input === undefined ? {} : { input }),
    signal,
    timeout,
    longestOutput: maximum,
  });
  const [verb = ''] = args;
  switch (ending.kind) {
    case 'exited':
      return ending;
    case 'not-found':
      throw notInstalled();
    case 'not-started':
      throw new LynceusError('git-failed', `git could not be started (${ending.code})`);
    case 'aborted':
      throw abortedError();
    case 'timeout':
      throw timeoutError(verb, timeout);
    case 'too-much':
      throw new TooMuchOutput(verb, maximum);
  }
}

/** Settings for this one process; a transfer that stands still ends by itself as well. */
function transferSettings(timeout: number): readonly string[] {
  const stalled = Math.max(5, Math.ceil(timeout / 2_000));
  return [
    'gc.auto=0',
    'maintenance.auto=false',
    'fetch.writeCommitGraph=false',
    // A redirect would take a login along: connection.ts looks at where it leads.
    'http.followRedirects=false',
    'transfer.bundleURI=false',
    'fetch.uriProtocols=',
    'http.lowSpeedLimit=1000',
    `http.lowSpeedTime=${stalled}`,
    'push.gpgSign=false',
    'push.followTags=false',
  ];
}

/** Each of these allows something that is a constant of ours, never text from an Application. */
const UNSAFE = {
  allowUnsafeConfigPaths: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeCustomBinary: true,
} as const;

/**
 * Runs a command that stays in the clone and starts no further process, and returns its output. Throws `aborted`,
 * `git-timeout`, and `git-failed` when git cannot be started, prints too much or fails.
 */
export async function runLocalGit(
  { args, input }: GitCommand,
  { program = PLAIN_GIT, directory, environment, timeout, maximum = USUAL_MAXIMUM, signal }: GitRunOptions,
): Promise<Buffer> {
  const [verb = '', ...rest] = args;
  if (signal.aborted) throw abortedError();
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(timeoutError(verb, timeout)), timeout);
  const release = listenToAbort(signal, () => stop.abort(abortedError()));
  let exitCode = 0;
  const git = simpleGit({
    baseDir: directory,
    binary: [...program],
    abort: stop.signal,
    allowEnvironment: Object.keys(environment),
    unsafe: UNSAFE,
    input: () => input,
    completion: { onClose: true, onExit: false },
    // By itself it takes a process that fails without a word for one that succeeded.
    errors: (error, result) => {
      ({ exitCode } = result);
      return exitCode === 0 ? error : (error ?? Buffer.from(`it ended with ${exitCode ?? 'a signal'}`));
    },
  });
  git.env(environment).outputHandler((_program, stdout, stderr) => {
    let size = 0;
    for (const stream of [stdout, stderr]) {
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maximum) stop.abort(new TooMuchOutput(verb, maximum));
      });
    }
  });
  try {
    if (verb === 'cat-file') return (await git.binaryCatFile(rest)) as Buffer;
    return Buffer.from(await git.raw([...args]));
  } catch (thrown) {
    if (stop.signal.reason instanceof LynceusError) throw stop.signal.reason;
    // What was not started has the error number of the system in place of an exit code.
    if (exitCode < 0) throw notInstalled();
    const reason = shorten(messageOf(thrown));
    if (isAtLimit(messageOf(thrown))) throw gitTooLarge(`git ${verb} gave up in the clone: ${reason}`);
    throw new LynceusError('git-failed', `git ${verb} failed in the clone: ${reason}`);
  } finally {
    clearTimeout(timer);
    release();
  }
}

function notInstalled(): LynceusError {
  return new LynceusError('git-failed', 'git could not be started', {
    hint: 'install git 2.34 or later and make sure that it is on the PATH',
  });
}

function abortedError(): LynceusError {
  return new LynceusError('aborted', 'stopped before git was finished');
}

function timeoutError(verb: string, timeout: number): LynceusError {
  return new LynceusError('git-timeout', `git ${verb} took longer than ${timeout / 1000} s`, {
    hint: 'if the remote is slow or large, raise git.timeout',
  });
}

/** git printed more than it was allowed to. */
export class TooMuchOutput extends LynceusError {
  constructor(verb: string, maximum: number) {
    super('git-failed', `git ${verb} gave more than ${Math.round(maximum / MEBIBYTE)} MiB of output`);
  }
}
