import { spawn } from 'node:child_process';
import { LynceusError } from '../../../errors.ts';
import { createProcessGroup } from '../process-group.ts';

export interface ProgramRun {
  readonly args: readonly string[];
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>;
  readonly input: Buffer;
  /** What the program can read as file descriptor 3. */
  readonly secret?: string | undefined;
  /** In milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface ProgramResult {
  /** `undefined` when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const LONGEST_OUTPUT = 256 * 1024;

/**
 * Runs a program of a signature without a shell. An exit code that is not 0 is an answer. Throws `aborted`, and
 * `signing-failed` when it cannot be started, takes too long or says too much; then nothing of it is left.
 */
export async function runProgram(program: string, run: ProgramRun): Promise<ProgramResult> {
  const { signal, timeout } = run;
  if (signal.aborted) throw aborted(program);
  const group = createProcessGroup();
  let failure: LynceusError | undefined;
  let ended: Promise<void> | undefined;
  function stop(reason: LynceusError): void {
    failure ??= reason;
    ended ??= group.end();
  }
  function onAbort(): void {
    stop(aborted(program));
  }
  const timer = setTimeout(() => stop(failed(`${program} did not end within ${timeout / 1000} s`)), timeout);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const result = await group.run(() => start(program, run, stop));
    if (failure === undefined) return result;
  } catch (error) {
    failure ??= notStarted(program, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    await ended;
  }
  throw failure;
}

function start(
  program: string,
  { args, env, input, secret }: ProgramRun,
  stop: (reason: LynceusError) => void,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const secretPipe = secret === undefined ? 'ignore' : 'pipe';
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe', secretPipe] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let length = 0;
    const keepIn = (chunks: Buffer[]) => (chunk: Buffer) => {
      length += chunk.length;
      if (length <= LONGEST_OUTPUT) chunks.push(chunk);
      else stop(failed(`${program} printed more than ${LONGEST_OUTPUT} bytes`));
    };
    child.stdout?.on('data', keepIn(stdout));
    child.stderr?.on('data', keepIn(stderr));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({
        code: code ?? undefined,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
    const pipes = [[child.stdin, input] as const, [child.stdio[3], `${secret ?? ''}\n`] as const];
    for (const [pipe, content] of pipes) {
      if (pipe === null || pipe === undefined || !('write' in pipe)) continue;
      // A program that ends early breaks these pipes, and its exit code says more.
      pipe.on('error', () => undefined);
      pipe.end(content);
    }
  });
}

function notStarted(program: string, error: unknown): LynceusError {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  const why = error instanceof Error ? error.message : String(error);
  return missing
    ? failed(`${program} is not installed`, `install ${program}, or go without signatures`)
    : failed(`${program} cannot be started: ${why}`);
}

function aborted(program: string): LynceusError {
  return new LynceusError('aborted', `${program} was stopped`);
}

function failed(message: string, hint?: string): LynceusError {
  return new LynceusError('signing-failed', message, hint === undefined ? {} : { hint });
}
