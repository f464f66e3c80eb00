import { spawn, type ChildProcess } from 'node:child_process';

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** For its standard input; without it there is none. */
  readonly input?: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of standard output and standard error together. */
  readonly longestOutput: number;
}

export type ProgramEnding =
  | { readonly kind: 'not-started'; readonly code: string }
  | { readonly kind: 'timeout' | 'stopped' | 'too-much' }
  /** `how` is `exit code 0` or `signal SIGTERM`. */
  | { readonly kind: 'ended'; readonly how: string; readonly stdout: string; readonly stderr: string };

/**
 * Runs a program without a shell. When time is up, when it prints too much or when the signal is aborted, it is killed
 * with everything it started. Never throws.
 */
export async function runProgram(
  path: string,
  { args = [], input, env, signal, timeout, longestOutput }: ProgramOptions,
): Promise<ProgramEnding> {
  if (signal.aborted) return { kind: 'stopped' };
  const child = spawn(path, args, {
    env,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    // A group of its own, so that its children can be killed with it.
    detached: true,
  });
  // Who does not read its input may close it.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return await watch(child, { signal, timeout, longestOutput });
}

function watch(
  child: ChildProcess,
  { signal, timeout, longestOutput }: Pick<ProgramOptions, 'signal' | 'timeout' | 'longestOutput'>,
): Promise<ProgramEnding> {
  return new Promise((resolve) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => kill('timeout'), timeout);
    const onAbort = (): void => kill('stopped');
    signal.addEventListener('abort', onAbort, { once: true });

    function end(ending: ProgramEnding): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(ending);
    }

    function kill(kind: 'timeout' | 'stopped' | 'too-much'): void {
      killGroup(child);
      end({ kind });
    }

    function collect(into: Buffer[], chunk: Buffer): void {
      size += chunk.length;
      if (size > longestOutput) kill('too-much');
      else into.push(chunk);
    }

    child.stdout?.on('data', (chunk: Buffer) => collect(stdout, chunk));
    child.stderr?.on('data', (chunk: Buffer) => collect(stderr, chunk));
    child.once('error', (error: NodeJS.ErrnoException) =>
      end({ kind: 'not-started', code: error.code ?? error.name }),
    );
    child.once('close', (code, killedBy) => {
      const how = code === null ? `signal ${killedBy}` : `exit code ${code}`;
      end({
        kind: 'ended',
        how,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended already.
  }
}
