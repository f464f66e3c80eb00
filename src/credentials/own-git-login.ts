import { access, constants, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hostnameOf, portHint, type GitRemote } from '../core/git/remote.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import { isLoopbackHost } from '../http/loopback.ts';
import type { GitLogin, GitRoute } from '../ports/git-logins.ts';
import type { GitRemoteRow } from '../settings/git-remote.ts';
import type { SecretReference } from '../settings/secret-place.ts';
import {
  GIT_HINT as HINT,
  isAtGithub,
  loginOfApp,
  secretLine,
  TOKEN_USER,
  type FoundGitLogin,
  type GitTrust,
} from './git-secret.ts';
import { githubAppOfEnvironment } from './github-app/app-at.ts';
import type { GithubAppNames } from './github-app/github-app.ts';
import { hasPassphrase } from './private-key.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const ROW_KEYS: GithubAppNames = {
  appId: 'appId',
  installationId: 'installationId',
  privateKey: 'privateKeyFrom',
  baseUrl: 'baseUrl',
};

/** A remote, and what the configuration and the environment may know of it. */
export interface GitLoginInput {
  readonly remote: GitRemote;
  readonly row: GitRemoteRow | undefined;
  readonly env: Environment;
  /** Why the login of the environment is not for it, as a sentence; absent when it is. */
  readonly refusal?: string | undefined;
}

/** The login that a row gives, else the environment. */
export function ownLogin(input: GitLoginInput): Promise<FoundGitLogin> {
  return input.remote.transport === 'ssh' ? sshLogin(input) : httpLogin(input);
}

/** The host keys and certificate authorities to trust at a remote, whichever login is used. */
export async function trustOf({ remote, row, env }: Omit<GitLoginInput, 'refusal'>): Promise<GitTrust> {
  return remote.transport === 'ssh'
    ? { caFile: undefined, knownHostsFile: await knownHostsOf(row, env) }
    : { ...(await routeOf({ remote, row, env })), knownHostsFile: undefined };
}

async function routeOf({ remote, row, env }: Omit<GitLoginInput, 'refusal'>): Promise<GitRoute> {
  const { proxy, clientCertFile: certFile, clientKeyFile: keyFile } = row ?? {};
  if (certFile !== undefined) await checkReadable(certFile, 'client certificate');
  if (keyFile !== undefined) await checkReadable(keyFile, 'key of the client certificate');
  return {
    caFile: row?.caFile ?? (await argocdCaFile(remote, env)),
    ...(proxy === undefined ? {} : { proxy }),
    ...(certFile === undefined || keyFile === undefined
      ? {}
      : { client: { kind: 'files', certFile, keyFile } }),
  };
}

async function knownHostsOf(row: GitRemoteRow | undefined, env: Environment): Promise<string | undefined> {
  const named = row?.sshKnownHostsFile ?? nonEmpty(env['GIT_SSH_KNOWN_HOSTS_FILE']);
  if (named !== undefined) await checkReadable(named, 'known_hosts file');
  return named ?? (await argocdKnownHostsFile(env));
}

async function httpLogin({ remote, row, env, refusal }: GitLoginInput): Promise<FoundGitLogin> {
  const route = await routeOf({ remote, row, env });
  if (row?.githubApp !== undefined) {
    const { privateKeyFrom, ...texts } = row.githubApp;
    const where = `git.remotes, ${row.url}`;
    const privateKey = await readText(privateKeyFrom, { env, what: `private key of ${row.url}` });
    return loginOfApp(remote, { ...texts, privateKey }, { names: ROW_KEYS, where, route });
  }
  if (row?.passwordFrom !== undefined) {
    const password = await readSecret(row.passwordFrom, { env, what: `password of ${row.url}` });
    const username =
      row.usernameFrom === undefined
        ? TOKEN_USER
        : await readSecret(row.usernameFrom, { env, what: `user name of ${row.url}` });
    return { kind: 'basic', username, password, ...route };
  }
  const safe = remote.transport === 'https' || isLoopbackHost(remote.host);
  if (refusal !== undefined)
    return { kind: 'none', ...route, ...(hasHttpLogin(env) && safe ? { lookedAt: refusal } : {}) };
  const app = safe ? await appOfEnvironment(remote, { env, route }) : undefined;
  if (app !== undefined) return app;
  const password = env['GIT_PASSWORD'] ?? '';
  if (password === '' || !safe) return { kind: 'none', ...route };
  const username = env['GIT_USERNAME'] ?? '';
  return {
    kind: 'basic',
    username: secretLine(username === '' ? TOKEN_USER : username, 'GIT_USERNAME'),
    password: secretLine(password, 'GIT_PASSWORD'),
    ...route,
  };
}

/** The App that the environment describes, for the remotes on its own host. The key may be in a file of its own. */
async function appOfEnvironment(
  remote: GitRemote,
  { env, route }: { readonly env: Environment; readonly route: GitRoute },
): Promise<FoundGitLogin | undefined> {
  const app = await githubAppOfEnvironment(env);
  if (app === undefined || !isAtGithub(remote, app)) return undefined;
  return { kind: 'github-app', app: { ...app, route }, ...route };
}

function hasHttpLogin(env: Environment): boolean {
  return ['GIT_PASSWORD', 'GITHUB_APP_ID'].some((name) => nonEmpty(env[name]) !== undefined);
}

async function sshLogin({ remote, row, env, refusal }: GitLoginInput): Promise<GitLogin> {
  const ofEnvironment = nonEmpty(env['GIT_SSH_PRIVATE_KEY_FILE']);
  if (row?.sshPrivateKeyFile === undefined && ofEnvironment !== undefined && refusal !== undefined)
    throw new LynceusError('credentials-denied', refusal, { hint: HINT, retryable: false });
  const privateKeyFile = row?.sshPrivateKeyFile ?? ofEnvironment;
  if (privateKeyFile === undefined) {
    const port = portHint(remote);
    throw new LynceusError('credentials-missing', `there is no SSH key for ${remote.label}`, {
      hint:
        port ??
        `set GIT_SSH_PRIVATE_KEY_FILE, or sshPrivateKeyFile in git.remotes, or register it in Argo CD; ${HINT}`,
    });
  }
  await checkPrivateKey(privateKeyFile);
  return { kind: 'ssh', privateKeyFile, knownHostsFile: await knownHostsOf(row, env) };
}

/** ssh ignores a key of ours that others can read, with a message that git hides. */
async function checkPrivateKey(path: string): Promise<void> {
  await checkReadable(path, 'SSH key');
  if (hasPassphrase(await readFile(path, 'latin1'))) {
    throw new LynceusError('credentials-failed', `the SSH key ${path} has a passphrase`, {
      hint: 'use a key without one: ssh-keygen -p -N "" -f takes it away',
      retryable: false,
    });
  }
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

/** One line of text from where it is. Throws `credentials-missing` and `credentials-failed`, without it. */
export async function readSecret(source: SecretReference, input: SecretInput): Promise<string> {
  return secretLine(await readText(source, input), input.what);
}

/** Reads the passphrase of the signing key. Throws `signing-failed`, never with the passphrase. */
export async function readSigningPassphrase(source: SecretReference, env: Environment): Promise<string> {
  try {
    return await readSecret(source, { env, what: 'passphrase of the signing key' });
  } catch (thrown) {
    const { message } = asLynceusError(thrown);
    throw new LynceusError('signing-failed', message, {
      cause: thrown,
      hint: 'see git.signing.passphraseFrom',
    });
  }
}

interface SecretInput {
  readonly env: Environment;
  readonly what: string;
}

async function readText(source: SecretReference, { env, what }: SecretInput): Promise<string> {
  switch (source.kind) {
    case 'text':
      return source.text;
    case 'env': {
      const value = env[source.variable] ?? '';
      if (value !== '') return value;
      throw new LynceusError(
        'credentials-missing',
        `the ${what} is to come from the environment variable ${source.variable}, which is not set`,
        { hint: HINT },
      );
    }
    case 'file':
      return await readSecretFile(source.path, what);
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

/** Argo CD's ConfigMap `argocd-ssh-known-hosts-cm`, where it is mounted; `undefined` when it is not. */
async function argocdKnownHostsFile(env: Environment): Promise<string | undefined> {
  const folder = nonEmpty(env['ARGOCD_SSH_DATA_PATH']) ?? '/app/config/ssh';
  return fileAt(join(folder, 'ssh_known_hosts'));
}

/** The authorities that Argo CD's ConfigMap `argocd-tls-certs-cm` holds for the host of a remote, in the same way. */
async function argocdCaFile(remote: GitRemote, env: Environment): Promise<string | undefined> {
  const folder = nonEmpty(env['ARGOCD_TLS_DATA_PATH']) ?? '/app/config/tls';
  return fileAt(join(folder, hostnameOf(remote)));
}

async function fileAt(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? path : undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
