import { simpleGit } from 'simple-git';
import { asLynceusError, LynceusError } from '../../errors.ts';
import type { GitCommand } from './commands.ts';
import type { Environment } from './environment.ts';
import { createProcessGroup } from './process-group.ts';

export interface GitResult {
  /** `undefined` when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitRunOptions {
  /** Folder git runs in; it must exist. */
  readonly directory: string;
  /** The whole environment of the process. */
  readonly environment: Environment;
  /** Longest time the process may take, in milliseconds. */
  readonly timeout: number;
  /** Longest output in bytes. */
  readonly maximum?: number;
  readonly signal: AbortSignal;
}

const MEBIBYTE = 1024 * 1024;

/**
 * Runs git once and tells how it ended; an exit code that is not 0 is an answer, not an error. Throws `aborted`,
 * `git-timeout`, and `git-failed` when git cannot be started or says too much. Then nothing it started is left.
 */
export async function runGit(command: GitCommand, options: GitRunOptions): Promise<GitResult> {
  const { directory, environment, timeout, maximum = 64 * MEBIBYTE, signal } = options;
  throwIfAborted(signal);
  const group = createProcessGroup();
  let failure: LynceusError | undefined;
  let ended: Promise<void> | undefined;
  function stop(reason: LynceusError): void {
    failure ??= reason;
    ended ??= group.end();
  }
  const [verb = ''] = command.args;
  const timer = setTimeout(() => stop(timeoutError(verb, timeout)), timeout);
  function onAbort(): void {
    stop(abortedError());
  }
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const result = await group.run(() => start(command, { directory, environment, timeout, maximum, stop }));
    if (failure === undefined) return result;
  } catch (error) {
    // What stopped it says more than how that looked from inside.
    failure ??= asLynceusError(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    await ended;
  }
  throw failure;
}

interface StartOptions extends Omit<GitRunOptions, 'signal' | 'maximum'> {
  readonly maximum: number;
  readonly stop: (reason: LynceusError) => void;
}

/** Every switch here allows something that is a constant of ours, never text from an Application. */
const UNSAFE = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
} as const;

async function start(command: GitCommand, options: StartOptions): Promise<GitResult> {
  const { directory, environment, timeout, maximum, stop } = options;
  let result: GitResult | undefined;
  const git = simpleGit({
    baseDir: directory,
    allowEnvironment: Object.keys(environment),
    unsafe: UNSAFE,
    config: [...(command.config ?? []), ...configOf(timeout)],
    input: () => command.input,
    completion: { onClose: true, onExit: 1_000 },
    // The one place where the exit code and both outputs are told apart.
    errors: (_error, { exitCode, stdOut, stdErr }) => {
      const code = Number.isInteger(exitCode) ? exitCode : undefined;
      result = { code, stdout: Buffer.concat(stdOut), stderr: Buffer.concat(stdErr).toString() };
      return undefined;
    },
  });
  git.env(environment);
  git.outputHandler((_binary, stdout, stderr) => {
    let size = 0;
    for (const stream of [stdout, stderr]) {
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maximum) stop(tooMuchError(command.args[0] ?? '', maximum));
      });
    }
  });
  try {
    await git.raw([...command.args]);
  } catch (thrown) {
    throw new LynceusError('git-failed', `git could not be run: ${String(thrown)}`, { cause: thrown });
  }
  if (result === undefined) throw new LynceusError('internal', 'git ended without a result');
  return checkStarted(result);
}

/** Settings for this one process; a transfer that stands still ends by itself as well. */
function configOf(timeout: number): string[] {
  const stalled = Math.max(5, Math.ceil(timeout / 2_000));
  return [
    'gc.auto=0',
    'maintenance.auto=false',
    'fetch.writeCommitGraph=false',
    'http.lowSpeedLimit=1000',
    `http.lowSpeedTime=${stalled}`,
    'push.gpgSign=false',
    'push.followTags=false',
  ];
}

/** simple-git reports a program that is not there as output of it. */
function checkStarted(result: GitResult): GitResult {
  if (!/^Error: spawn \S+ (ENOENT|EACCES)/.test(result.stderr)) return result;
  throw new LynceusError('git-failed', 'git could not be started', {
    hint: 'install git 2.34 or later and make sure that it is on the PATH',
  });
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortedError();
}

function abortedError(): LynceusError {
  return new LynceusError('aborted', 'stopped before git was finished');
}

function timeoutError(verb: string, timeout: number): LynceusError {
  return new LynceusError('git-timeout', `git ${verb} took longer than ${timeout / 1000} s`, {
    hint: 'if the remote is slow or large, raise git.timeout',
  });
}

function tooMuchError(verb: string, maximum: number): LynceusError {
  return new LynceusError(
    'git-failed',
    `git ${verb} gave more than ${Math.round(maximum / MEBIBYTE)} MiB of output`,
  );
}
