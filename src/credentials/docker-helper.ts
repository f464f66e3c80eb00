import { LynceusError } from '../errors.ts';
import { runProgram, type ProgramEnvironment } from '../processes/run-program.ts';
import { LONGEST_OUTPUT, noExit, passedOn, USUAL_TIMEOUT } from './run-script.ts';
import type { UserPassword } from './user-password.ts';

/** What a credential helper of Docker is asked for. */
export interface HelperRequest {
  /** What comes after `docker-credential-` in the name of the program: `ecr-login`. */
  readonly helper: string;
  /** Server as the Docker configuration names it: `ghcr.io`, `https://index.docker.io/v1/`. */
  readonly server: string;
  /** File that names the helper, for messages. */
  readonly where: string;
}

export interface HelperOptions {
  readonly env: ProgramEnvironment;
  readonly signal: AbortSignal;
  /** Milliseconds; 10 s by default. */
  readonly timeout?: number;
}

/** It becomes a part of a path: nothing but what such programs are called. */
const HELPER_NAME = /^[a-z0-9-]+$/;

/** Variables that helpers need, besides those that any program gets. */
const HELPER_VARIABLES =
  /^(?:DOCKER_CONFIG|GNUPGHOME|PASSWORD_STORE_.+|DBUS_SESSION_BUS_ADDRESS|XDG_.+|CLOUDSDK_.+)$/;

/** What helpers print when they have no login (docker-credential-helpers, `credentials/error.go`). */
const NOTHING = /credentials not found in native keychain|no credentials (?:server URL|username)/i;

/**
 * Asks `docker-credential-NAME get`, found on PATH, as Docker does: the server on standard input, JSON with `Username`
 * and `Secret` on standard output. `undefined` when the helper has no login for the server. Throws
 * `credentials-missing` when there is no such program, `credentials-failed` for whatever else goes wrong; what it
 * printed is never repeated.
 */
export async function askDockerHelper(
  { helper, server, where }: HelperRequest,
  { env, signal, timeout = USUAL_TIMEOUT }: HelperOptions,
): Promise<UserPassword | undefined> {
  if (!HELPER_NAME.test(helper))
    throw failed(
      `${where} names a credential helper with a name that no program has`,
      'it is what comes after docker-credential-, in small letters, digits and -',
    );
  const program = `docker-credential-${helper}`;
  const ending = await runProgram(program, {
    args: ['get'],
    input: server,
    env: passedOn(env, HELPER_VARIABLES),
    signal,
    timeout,
    longestOutput: LONGEST_OUTPUT,
  });
  const what = `${program} gave no login for ${server}`;
  if (ending.kind === 'not-found')
    throw new LynceusError(
      'credentials-missing',
      `there is no program ${program}, which ${where} names for ${server}`,
      { hint: 'put it on the PATH of Lynceus, or take the helper out of the file' },
    );
  if (ending.kind !== 'exited') throw noExit(program, ending, { what, timeout });
  const printed = ending.stdout.toString();
  if (NOTHING.test(printed) || NOTHING.test(ending.stderr)) return undefined;
  // Helpers print errors on standard output, which is also where secrets are.
  if (ending.code !== 0)
    throw failed(
      `${what}: it ended with ${ending.how}`,
      `run it by hand where Lynceus runs: echo ${server} | ${program} get`,
    );
  const login = readAnswer(printed);
  if (login === undefined) throw failed(`${what}: expected JSON with Username and Secret`);
  return login;
}

function readAnswer(text: string): UserPassword | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null) return undefined;
    const { Username: username, Secret: password } = answer as Readonly<Record<string, unknown>>;
    if (typeof username !== 'string' || typeof password !== 'string') return undefined;
    return username === '' || password === '' ? undefined : { username, password };
  } catch {
    return undefined;
  }
}

function failed(message: string, hint?: string): LynceusError {
  return new LynceusError('credentials-failed', message, { hint });
}
