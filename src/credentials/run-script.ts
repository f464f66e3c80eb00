import { spawn, type ChildProcess } from 'node:child_process';
import { LynceusError } from '../errors.ts';
import { parseUserPassword } from './user-password.ts';

/** Runs a program that prints a login, and answers what it printed. */
export type RunScript = (path: string, options: RunScriptOptions) => Promise<string>;

export interface RunScriptOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Milliseconds; 10 s unless said, as in Argo CD Image Updater. */
  readonly timeout?: number;
}

const USUAL_TIMEOUT = 10_000;
const LONGEST_OUTPUT = 64 * 1024;

/** What a program may know of our environment: how to find others, how to reach its cloud. Not our other logins. */
const PASSED_ON = /^(?:PATH|HOME|(?:AWS|GOOGLE|AZURE)_.+|(?:https?|no)_proxy|SSL_CERT_(?:FILE|DIR))$/i;

/**
 * Runs the program at `path` without a shell and without arguments. When time is up it is killed with everything it
 * started. Throws `credentials-missing` when it is not there, `credentials-failed` for whatever else goes wrong; what it
 * printed on standard output is never repeated.
 */
export async function runScript(
  path: string,
  { env, signal, timeout = USUAL_TIMEOUT }: RunScriptOptions,
): Promise<string> {
  if (!path.startsWith('/')) throw failed(path, 'its path is not absolute');
  if (signal.aborted) throw new LynceusError('aborted', `stopped before ${path} was run`);
  const child = spawn(path, [], {
    env: Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.test(name))),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that its children can be killed with it.
    detached: true,
  });
  const ending = await watch(child, { signal, timeout });
  switch (ending.kind) {
    case 'not-started':
      throw notStarted(path, ending.code);
    case 'stopped':
      throw new LynceusError('aborted', `${path} was stopped`);
    case 'timeout':
      throw failed(path, `it did not end within ${timeout / 1000} seconds`);
    case 'too-much':
      throw failed(path, `it printed more than ${LONGEST_OUTPUT} bytes`);
    case 'ended':
      if (ending.how !== 'exit code 0') throw failed(path, `it ended with ${ending.how}${complaint(ending)}`);
      return ending.stdout;
  }
}

type Ending =
  | { readonly kind: 'not-started'; readonly code: string }
  | { readonly kind: 'timeout' | 'stopped' | 'too-much' }
  | { readonly kind: 'ended'; readonly how: string; readonly stdout: string; readonly stderr: string };

function watch(
  child: ChildProcess,
  { signal, timeout }: { readonly signal: AbortSignal; readonly timeout: number },
): Promise<Ending> {
  return new Promise((resolve) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => kill('timeout'), timeout);
    const onAbort = (): void => kill('stopped');
    signal.addEventListener('abort', onAbort, { once: true });

    function end(ending: Ending): void {
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
      if (size > LONGEST_OUTPUT) kill('too-much');
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

function notStarted(path: string, code: string): LynceusError {
  if (code === 'ENOENT') {
    return new LynceusError('credentials-missing', `there is no program ${path} to run for a login`, {
      hint: 'the path is looked for where this process runs; the interpreter in its first line has to be there too',
    });
  }
  return failed(path, `it could not be started (${code})`);
}

/** The first line of standard error, unless the login might be in it. */
function complaint({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  const line = (stderr.split(/[\r\n]/).find((text) => text.trim() !== '') ?? '')
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, 200)
    .trim();
  const secrets = [stdout.trim(), parseUserPassword(stdout)?.password ?? ''].filter((text) => text !== '');
  return line === '' || secrets.some((secret) => stderr.includes(secret)) ? '' : `: ${line}`;
}

function failed(path: string, what: string): LynceusError {
  return new LynceusError('credentials-failed', `the program ${path} gave no login: ${what}`);
}
