import { LynceusError } from '../errors.ts';
import {
  runProgram,
  type ProgramEnding,
  type ProgramEnvironment,
  type ProgramExit,
} from '../processes/run-program.ts';
import { parseUserPassword } from './user-password.ts';

/** Runs a program that prints a login, and returns what it printed. */
export type RunScript = (path: string, options: RunScriptOptions) => Promise<string>;

export interface RunScriptOptions {
  readonly env: ProgramEnvironment;
  readonly signal: AbortSignal;
  /** Milliseconds; 10 s by default, as in Argo CD Image Updater. */
  readonly timeout?: number;
}

export const USUAL_TIMEOUT = 10_000;
export const LONGEST_OUTPUT = 64 * 1024;

/** Variables of our environment that a program gets: how to find other programs and how to reach its cloud, not our other logins. */
const PASSED_ON = /^(?:PATH|HOME|(?:AWS|GOOGLE|AZURE)_.+|(?:https?|no)_proxy|SSL_CERT_(?:FILE|DIR))$/i;

/** Our environment reduced to the variables that a program for logins may see. */
export function passedOn(env: ProgramEnvironment, also?: RegExp): ProgramEnvironment {
  const known = (name: string): boolean => PASSED_ON.test(name) || also?.test(name) === true;
  return Object.fromEntries(Object.entries(env).filter(([name]) => known(name)));
}

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
  const ending = await runProgram(path, {
    env: passedOn(env),
    signal,
    timeout,
    longestOutput: LONGEST_OUTPUT,
  });
  const interpreterMissing = ending.kind === 'not-started' && ending.code === 'ENOENT';
  if (ending.kind === 'not-found' || interpreterMissing) {
    throw new LynceusError('credentials-missing', `there is no program ${path} to run for a login`, {
      hint: 'the path must exist where this process runs, and so must the interpreter in its first line',
    });
  }
  if (ending.kind !== 'exited') throw noExit(path, ending, { what: noLogin(path), timeout });
  if (ending.code !== 0) throw failed(path, `it ended with ${ending.how}${firstErrorLine(ending)}`);
  return ending.stdout.toString();
}

/** The error for a program that was found and did not end by itself. */
export function noExit(
  program: string,
  ending: Exclude<ProgramEnding, { kind: 'exited' | 'not-found' }>,
  { what, timeout }: { readonly what: string; readonly timeout: number },
): LynceusError {
  const because = (reason: string) => new LynceusError('credentials-failed', `${what}: ${reason}`);
  switch (ending.kind) {
    case 'not-started':
      return because(`it could not be started (${ending.code})`);
    case 'aborted':
      return new LynceusError('aborted', `${program} was stopped`);
    case 'timeout':
      return because(`it did not end within ${timeout / 1000} seconds`);
    case 'too-much':
      return because(`it printed more than ${LONGEST_OUTPUT} bytes`);
  }
}

/** The first line of standard error, unless the login might be in it. */
function firstErrorLine({ stdout, stderr }: ProgramExit): string {
  const line = (stderr.split(/[\r\n]/).find((text) => text.trim() !== '') ?? '')
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, 200)
    .trim();
  const printed = stdout.toString();
  const secrets = [printed.trim(), parseUserPassword(printed)?.password ?? ''].filter((text) => text !== '');
  return line === '' || secrets.some((secret) => stderr.includes(secret)) ? '' : `: ${line}`;
}

function noLogin(path: string): string {
  return `the program ${path} gave no login`;
}

function failed(path: string, reason: string): LynceusError {
  return new LynceusError('credentials-failed', `${noLogin(path)}: ${reason}`);
}
