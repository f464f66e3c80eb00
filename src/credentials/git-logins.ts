import { access, constants, readFile, stat } from 'node:fs/promises';
import { isLoopback, matchRemote, parseGitRemote, type GitRemote } from '../core/git-remote.ts';
import { LynceusError } from '../errors.ts';
import type { GitLogin, GitLogins } from '../ports/git-logins.ts';

/** Where a secret is. */
export type SecretSource =
  | { readonly kind: 'env'; readonly variable: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string };

/** The login of all remotes whose URL starts with `url`; the longest wins. */
export interface GitRemoteRow {
  readonly url: string;
  readonly usernameFrom: SecretSource | undefined;
  readonly passwordFrom: SecretSource | undefined;
  readonly sshPrivateKeyFile: string | undefined;
  readonly sshKnownHostsFile: string | undefined;
  readonly caFile: string | undefined;
}

export interface GitLoginsOptions {
  readonly remotes: readonly GitRemoteRow[];
  /**
   * Holds what rows refer to, and the login of remotes without a row: `GIT_USERNAME`, `GIT_PASSWORD`,
   * `GIT_SSH_PRIVATE_KEY_FILE`, `GIT_SSH_KNOWN_HOSTS_FILE`.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Environment = GitLoginsOptions['env'];

/** What forges take as the user name of a token. */
const TOKEN_USER = 'x-access-token';

const HINT = 'see docs/git.md, "Logging in"';

/**
 * Logins from the configuration and the environment. Over plain `http://` a password is sent only where a row
 * names that very remote, or to this machine itself; `GIT_PASSWORD` alone never goes over the network in clear.
 *
 * Throws `config-invalid` when a row's URL cannot be used, or two rows have the same one.
 */
export function createGitLogins({ remotes, env }: GitLoginsOptions): GitLogins {
  const rows = remotes.map((row) => ({ row, prefix: parseGitRemote(row.url) }));
  checkUnique(rows.map(({ prefix }) => prefix));
  return {
    async find(place) {
      if (place.credentials.kind === 'secret') {
        const { namespace, name } = place.credentials;
        throw new LynceusError(
          'credentials-missing',
          `the login is to come from the Kubernetes secret ${namespace}/${name}, and there is no cluster to read it from`,
          { hint: 'use write-back-method "git" and give the login by configuration or environment' },
        );
      }
      const remote = parseGitRemote(place.remote);
      const row = findRow(remote, rows);
      if (remote.transport === 'local') return { kind: 'none', caFile: undefined };
      if (remote.transport === 'ssh') return sshLogin(remote, row, env);
      return httpLogin(remote, row, env);
    },
  };
}

interface ParsedRow {
  readonly row: GitRemoteRow;
  readonly prefix: GitRemote;
}

function findRow(remote: GitRemote, rows: readonly ParsedRow[]): GitRemoteRow | undefined {
  let best: { readonly row: GitRemoteRow; readonly length: number } | undefined;
  for (const { row, prefix } of rows) {
    const length = matchRemote(remote, prefix);
    if (length !== undefined && length > (best?.length ?? -1)) best = { row, length };
  }
  return best?.row;
}

function checkUnique(prefixes: readonly GitRemote[]): void {
  const seen = new Set<string>();
  for (const { transport, label } of prefixes) {
    const key = `${transport} ${label}`;
    if (seen.has(key)) {
      throw new LynceusError('config-invalid', `git.remotes names ${label} twice`, {
        hint: 'keep one of them',
      });
    }
    seen.add(key);
  }
}

async function httpLogin(
  remote: GitRemote,
  row: GitRemoteRow | undefined,
  env: Environment,
): Promise<GitLogin> {
  const caFile = row?.caFile;
  if (row?.passwordFrom !== undefined) {
    const password = await readSecret(row.passwordFrom, { env, what: `password of ${row.url}` });
    const username =
      row.usernameFrom === undefined
        ? TOKEN_USER
        : await readSecret(row.usernameFrom, { env, what: `user name of ${row.url}` });
    return { kind: 'basic', username, password, caFile };
  }
  const password = env['GIT_PASSWORD'] ?? '';
  const safe = remote.transport === 'https' || isLoopback(remote);
  if (password === '' || !safe) return { kind: 'none', caFile };
  const username = env['GIT_USERNAME'] ?? '';
  return {
    kind: 'basic',
    username: checkLine(username === '' ? TOKEN_USER : username, 'GIT_USERNAME'),
    password: checkLine(password, 'GIT_PASSWORD'),
    caFile,
  };
}

async function sshLogin(
  remote: GitRemote,
  row: GitRemoteRow | undefined,
  env: Environment,
): Promise<GitLogin> {
  const privateKeyFile = row?.sshPrivateKeyFile ?? nonEmpty(env['GIT_SSH_PRIVATE_KEY_FILE']);
  if (privateKeyFile === undefined) {
    throw new LynceusError('credentials-missing', `there is no SSH key for ${remote.label}`, {
      hint: `set GIT_SSH_PRIVATE_KEY_FILE, or sshPrivateKeyFile in git.remotes; ${HINT}`,
    });
  }
  await checkPrivateKey(privateKeyFile);
  const knownHostsFile = row?.sshKnownHostsFile ?? nonEmpty(env['GIT_SSH_KNOWN_HOSTS_FILE']);
  if (knownHostsFile !== undefined) await checkReadable(knownHostsFile, 'known_hosts file');
  return { kind: 'ssh', privateKeyFile, knownHostsFile };
}

/** ssh ignores a key of ours that others can read, and says so in words that git hides. */
async function checkPrivateKey(path: string): Promise<void> {
  await checkReadable(path, 'SSH key');
  const { mode, uid } = await stat(path);
  if (uid !== process.getuid?.() || (mode & 0o077) === 0) return;
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  throw new LynceusError(
    'credentials-failed',
    `the SSH key ${path} can be used by others (mode ${octal}), so ssh refuses it`,
    { hint: `run chmod 600 ${path}; for a mounted secret set defaultMode to 0400`, retryable: false },
  );
}

async function checkReadable(path: string, what: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
    if ((await stat(path)).isFile()) return;
  } catch (cause) {
    throw new LynceusError('credentials-failed', `the ${what} ${path} cannot be read`, { cause, hint: HINT });
  }
  throw new LynceusError('credentials-failed', `the ${what} ${path} is not a file`, { hint: HINT });
}

async function readSecret(
  source: SecretSource,
  { env, what }: { readonly env: Environment; readonly what: string },
): Promise<string> {
  switch (source.kind) {
    case 'text':
      return checkLine(source.text, what);
    case 'env': {
      const value = env[source.variable] ?? '';
      if (value !== '') return checkLine(value, what);
      throw new LynceusError(
        'credentials-missing',
        `the ${what} is to come from the environment variable ${source.variable}, which is not set`,
        { hint: HINT },
      );
    }
    case 'file':
      return checkLine(await readSecretFile(source.path, what), what);
  }
}

async function readSecretFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new LynceusError('credentials-failed', `the ${what} cannot be read from the file ${path}`, {
      cause,
      hint: HINT,
    });
  }
}

/** A secret that was made with an editor ends with a line break that is no part of it. */
function checkLine(text: string, what: string): string {
  const line = text.replace(/\r?\n$/, '');
  // oxlint-disable-next-line no-control-regex -- git asks for one line
  if (line !== '' && !/[\u0000-\u001f\u007f]/.test(line)) return line;
  throw new LynceusError('credentials-failed', `the ${what} is empty or holds a line break`, {
    hint: HINT,
    retryable: false,
  });
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
