import { spawn, type ChildProcess } from 'node:child_process';
import { listenToAbort } from '../async/listen-to-abort.ts';
import { errnoOf } from '../errors.ts';
import { findProgram } from './find-program.ts';
import { endGroup, endGroupOnExit } from './process-group.ts';

export type ProgramEnvironment = Readonly<Record<string, string | undefined>>;

export interface ProgramOptions {
  /** Visible to everyone on the machine, so never a secret. */
  readonly args?: readonly string[];
  /** Folder it runs in; that of this process unless given. */
  readonly directory?: string;
  /** Its whole environment. */
  readonly env: ProgramEnvironment;
  /** For its standard input; without it there is none. */
  readonly input?: Buffer | string;
  /** One line that it can read from file descriptor 3. */
  readonly secret?: string | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of standard output and standard error together. */
  readonly longestOutput: number;
}

export type ProgramEnding =
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-started'; readonly code: string }
  | { readonly kind: 'aborted' | 'timeout' | 'too-much' }
  | ProgramExit;

export interface ProgramExit {
  readonly kind: 'exited';
  /** `undefined` when a signal ended it. */
  readonly code: number | undefined;
  /** `exit code 0` or `signal SIGTERM`. */
  readonly how: string;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs a program without a shell, as the leader of a process group. When time is up, when it prints too much or when
 * the signal is aborted, it is ended with everything it started, and nothing of that is left afterwards: git runs `ssh`
 * and `git-remote-https` as children, which outlive it when it alone is killed. Never throws.
 */
export async function runProgram(program: string, options: ProgramOptions): Promise<ProgramEnding> {
  const { args = [], directory, env, input, secret, signal } = options;
  const path = await findProgram(program, env['PATH'] ?? '');
  if (signal.aborted) return { kind: 'aborted' };
  if (path === undefined) return { kind: 'not-found' };
  const stdin = input === undefined ? 'ignore' : 'pipe';
  const further = secret === undefined ? [] : ['pipe' as const];
  let child: ChildProcess;
  try {
    child = spawn(path, args, {
      cwd: directory,
      env,
      stdio: [stdin, 'pipe', 'pipe', ...further],
      detached: true,
    });
  } catch (error) {
    // Node.js throws some failures, as arguments that are too long, and emits the others.
    return { kind: 'not-started', code: codeOf(error) };
  }
  endGroupOnExit(child);
  for (const [pipe, content] of [[child.stdin, input] as const, [child.stdio[3], `${secret}\n`] as const]) {
    if (pipe === null || pipe === undefined || !('write' in pipe)) continue;
    // A program that does not read may close its end, and its exit code is the better error.
    pipe.on('error', () => undefined);
    pipe.end(content);
  }
  return await watch(child, options);
}

function watch(
  child: ChildProcess,
  { signal, timeout, longestOutput }: Pick<ProgramOptions, 'signal' | 'timeout' | 'longestOutput'>,
): Promise<ProgramEnding> {
  return new Promise((resolve) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    let isStopped = false;
    const timer = setTimeout(() => stop('timeout'), timeout);
    const release = listenToAbort(signal, () => stop('aborted'));

    function stop(kind: 'aborted' | 'timeout' | 'too-much'): void {
      if (isStopped) return;
      end();
      // The outputs may be held open by a process that left the group, so nobody waits for their end.
      void endGroup(child).then(() => {
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
        resolve({ kind });
      });
    }

    function end(): void {
      isStopped = true;
      clearTimeout(timer);
      release();
    }

    function collect(into: Buffer[], chunk: Buffer): void {
      size += chunk.length;
      if (size > longestOutput) stop('too-much');
      else into.push(chunk);
    }

    child.stdout?.on('data', (chunk: Buffer) => collect(stdout, chunk));
    child.stderr?.on('data', (chunk: Buffer) => collect(stderr, chunk));
    child.once('error', (error) => {
      if (isStopped) return;
      end();
      resolve({ kind: 'not-started', code: codeOf(error) });
    });
    child.once('close', (code, killedBy) => {
      if (isStopped) return;
      end();
      resolve({
        kind: 'exited',
        code: code ?? undefined,
        how: code === null ? `signal ${killedBy}` : `exit code ${code}`,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

function codeOf(error: unknown): string {
  return errnoOf(error) ?? (error instanceof Error ? error.name : String(error));
}
