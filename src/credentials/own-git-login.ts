import { access, constants, readFile, stat } from 'node:fs/promises';
import { isLoopback, type GitRemote } from '../core/git-remote.ts';
import { LynceusError } from '../errors.ts';
import type { GitLogin, GitRoute } from '../ports/git-logins.ts';
import type { GitRemoteRow } from '../settings/git-remote.ts';
import type { SecretReference } from '../settings/secret-place.ts';
import { argocdCaFile, argocdKnownHostsFile } from './argocd-files.ts';
import { checkAppHost, TOKEN_USER, type FoundGitLogin, type GitTrust } from './git-secret.ts';
import { githubAppOfEnvironment } from './github-app/app-of-environment.ts';
import { githubAppOf, gitHostOf, type GithubAppNames, type GithubAppTexts } from './github-app/github-app.ts';
import { GIT_HINT as HINT, oneLine } from './one-line.ts';
import { hasPassphrase } from './private-key.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const ROW_KEYS: GithubAppNames = {
  appId: 'appId',
  installationId: 'installationId',
  privateKey: 'privateKeyFrom',
  baseUrl: 'baseUrl',
};

/** A remote, and what the configuration and the environment may know of it. */
export interface Asking {
  readonly remote: GitRemote;
  readonly row: GitRemoteRow | undefined;
  readonly env: Environment;
}

/** The login that a row gives, else the environment. */
export function ownLogin({ remote, row, env }: Asking): Promise<FoundGitLogin> {
  return remote.transport === 'ssh' ? sshLogin(remote, row, env) : httpLogin(remote, row, env);
}

/** Whom to trust at a remote, whoever's login it is. */
export async function trustOf({ remote, row, env }: Asking): Promise<GitTrust> {
  return remote.transport === 'ssh'
    ? { caFile: undefined, knownHostsFile: await knownHostsOf(row, env) }
    : { ...(await routeOf({ remote, row, env })), knownHostsFile: undefined };
}

async function routeOf({ remote, row, env }: Asking): Promise<GitRoute> {
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

async function httpLogin(
  remote: GitRemote,
  row: GitRemoteRow | undefined,
  env: Environment,
): Promise<FoundGitLogin> {
  const route = await routeOf({ remote, row, env });
  if (row?.githubApp !== undefined) {
    const { privateKeyFrom, ...texts } = row.githubApp;
    const where = `git.remotes, ${row.url}`;
    const privateKey = await readText(privateKeyFrom, { env, what: `private key of ${row.url}` });
    return appLogin({ ...texts, privateKey }, { remote, names: ROW_KEYS, where, route });
  }
  if (row?.passwordFrom !== undefined) {
    const password = await readSecret(row.passwordFrom, { env, what: `password of ${row.url}` });
    const username =
      row.usernameFrom === undefined
        ? TOKEN_USER
        : await readSecret(row.usernameFrom, { env, what: `user name of ${row.url}` });
    return { kind: 'basic', username, password, ...route };
  }
  const safe = remote.transport === 'https' || isLoopback(remote);
  const app = safe ? await appOfEnvironment(remote, { env, route }) : undefined;
  if (app !== undefined) return app;
  const password = env['GIT_PASSWORD'] ?? '';
  if (password === '' || !safe) return { kind: 'none', ...route };
  const username = env['GIT_USERNAME'] ?? '';
  return {
    kind: 'basic',
    username: oneLine(username === '' ? TOKEN_USER : username, 'GIT_USERNAME'),
    password: oneLine(password, 'GIT_PASSWORD'),
    ...route,
  };
}

interface AppQuestion {
  readonly remote: GitRemote;
  readonly names: GithubAppNames;
  readonly where: string;
  readonly route: GitRoute;
}

function appLogin(texts: GithubAppTexts, { remote, names, where, route }: AppQuestion): FoundGitLogin {
  const app = githubAppOf(texts, { names, where, route });
  checkAppHost(remote, app);
  return { kind: 'github-app', app, ...route };
}

/** The App that the environment describes, for the remotes on its own host. The key may be in a file of its own. */
async function appOfEnvironment(
  remote: GitRemote,
  { env, route }: { readonly env: Environment; readonly route: GitRoute },
): Promise<FoundGitLogin | undefined> {
  const app = await githubAppOfEnvironment(env);
  if (app === undefined || gitHostOf(app) !== remote.host.toLowerCase().replace(/:\d+$/, ''))
    return undefined;
  return { kind: 'github-app', app: { ...app, route }, ...route };
}

async function sshLogin(
  remote: GitRemote,
  row: GitRemoteRow | undefined,
  env: Environment,
): Promise<GitLogin> {
  const privateKeyFile = row?.sshPrivateKeyFile ?? nonEmpty(env['GIT_SSH_PRIVATE_KEY_FILE']);
  if (privateKeyFile === undefined) {
    throw new LynceusError('credentials-missing', `there is no SSH key for ${remote.label}`, {
      hint: `set GIT_SSH_PRIVATE_KEY_FILE, or sshPrivateKeyFile in git.remotes, or register it in Argo CD; ${HINT}`,
    });
  }
  await checkPrivateKey(privateKeyFile);
  return { kind: 'ssh', privateKeyFile, knownHostsFile: await knownHostsOf(row, env) };
}

/** ssh ignores a key of ours that others can read, and says so in words that git hides. */
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
export async function readSecret(source: SecretReference, question: SecretQuestion): Promise<string> {
  return oneLine(await readText(source, question), question.what);
}

interface SecretQuestion {
  readonly env: Environment;
  readonly what: string;
}

async function readText(source: SecretReference, { env, what }: SecretQuestion): Promise<string> {
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

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
