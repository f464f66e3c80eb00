import { longestMatch } from '../core/git/longest-match.ts';
import { parseGitRemote, type GitRemote } from '../core/git/remote.ts';
import { transportKey } from '../core/identity/branch.ts';
import type { GitPlace } from '../core/policy.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { GitLogin, GitLogins } from '../ports/git-logins.ts';
import type { ArgocdRepositories } from './argocd-repositories.ts';
import { loginFromNamedSecret, loginFromSecret, TOKEN_USER, type FoundGitLogin } from './git-secret.ts';
import type { GithubAppTokens } from './github-app/installation-tokens.ts';
import type { ReadSecret } from './kube-secrets.ts';
import type { GitRemoteRow } from '../settings/git-remote.ts';
import { ownLogin, trustOf, type GitLoginInput } from './own-git-login.ts';

export interface GitLoginsOptions {
  readonly remotes: readonly GitRemoteRow[];
  /**
   * Holds what rows refer to, and the login of remotes without a row: `GIT_USERNAME`, `GIT_PASSWORD`,
   * `GIT_SSH_PRIVATE_KEY_FILE`, `GIT_SSH_KNOWN_HOSTS_FILE`, `GITHUB_APP_…`. Also `ARGOCD_SSH_DATA_PATH` and `ARGOCD_TLS_DATA_PATH`,
   * the folders with Argo CD's host keys and authorities.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Without it there is no cluster to read logins from. */
  readonly secrets?: ClusterSecrets | undefined;
  readonly appTokens: GithubAppTokens;
}

/** The logins that are in the cluster. */
export interface ClusterSecrets {
  readonly repositories: ArgocdRepositories;
  readonly read: ReadSecret;
}

/**
 * Finds logins, in this order: the Secret that the Application names, the row with the longest URL, what Argo CD knows
 * (for an Application that leaves it to that), the environment. A login that was named or is there and cannot be used is
 * an error, never a lesser login. Over plain `http://` a password is sent only where a row or Argo CD names that very
 * remote, or to this machine itself; `GIT_PASSWORD` alone never goes over the network in clear.
 *
 * Throws `config-invalid` when a row's URL cannot be used, or two rows have the same one.
 */
export function createGitLogins({ remotes, env, secrets, appTokens }: GitLoginsOptions): GitLogins {
  const rows = remotes.map((row) => ({ row, prefix: parseGitRemote(row.url) }));
  checkUnique(rows.map(({ prefix }) => prefix));

  async function locate(
    remote: GitRemote,
    credentials: GitPlace['credentials'],
    signal: AbortSignal,
  ): Promise<FoundGitLogin> {
    const row = longestMatch(remote, rows, ({ prefix }) => prefix)?.row;
    if (credentials.kind === 'secret') return fromNamed(credentials, { remote, row, env, secrets, signal });
    if (remote.transport === 'local') return { kind: 'none', caFile: undefined };
    const own = remote.transport === 'ssh' ? row?.sshPrivateKeyFile : (row?.githubApp ?? row?.passwordFrom);
    if (own !== undefined || secrets === undefined) return ownLogin({ remote, row, env });
    return fromArgocd(credentials.project, { remote, row, env, secrets, signal });
  }

  return {
    async find({ remote, credentials }, signal) {
      const found = await locate(remote, credentials, signal);
      if (found.kind !== 'github-app') return found;
      return withToken(found, await appTokens.get(found.app, ownerOf(remote), signal));
    },
    async renew({ remote, credentials }, refused, signal) {
      const found = await locate(remote, credentials, signal);
      // Every other login is read anew for each cycle.
      if (found.kind !== 'github-app' || refused.kind !== 'basic') return undefined;
      const target = { ...ownerOf(remote), refused: refused.password };
      const token = await appTokens.renew(found.app, target, signal);
      return token === undefined ? undefined : withToken(found, token);
    },
  };
}

function withToken(
  { caFile, proxy, client }: Extract<FoundGitLogin, { kind: 'github-app' }>,
  password: string,
): GitLogin {
  return {
    kind: 'basic',
    username: TOKEN_USER,
    password,
    caFile,
    ...(proxy === undefined ? {} : { proxy }),
    ...(client === undefined ? {} : { client }),
  };
}

/** `acme/deploy`: whose repository it is, to find the installation of an App by. */
function ownerOf({ path, label }: GitRemote): { readonly owner: string; readonly repository: string } {
  const [owner = '', repository = '', ...rest] = path.split('/');
  if (owner !== '' && repository !== '' && rest.length === 0) return { owner, repository };
  throw new LynceusError('credentials-failed', `a GitHub App cannot log in to ${label}`, {
    hint: 'repositories on GitHub are called OWNER/NAME',
    retryable: false,
  });
}

interface ClusterLoginInput extends GitLoginInput {
  readonly secrets: ClusterSecrets;
  readonly signal: AbortSignal;
}

type NamedSecret = Extract<GitPlace['credentials'], { kind: 'secret' }>;

async function fromNamed(
  { namespace, name }: NamedSecret,
  asking: GitLoginInput & { readonly secrets: ClusterSecrets | undefined; readonly signal: AbortSignal },
): Promise<FoundGitLogin> {
  const { remote, secrets, signal } = asking;
  const where = `the Secret ${namespace}/${name}`;
  if (secrets === undefined) {
    throw new LynceusError(
      'credentials-missing',
      `the login is to come from ${where}, and there is no cluster to read it from`,
      { hint: 'use write-back-method "git" and give the login by configuration or environment' },
    );
  }
  const secret = await secrets.read({ namespace, name }, signal);
  if (secret === undefined)
    throw new LynceusError('credentials-missing', `there is no Secret ${namespace}/${name}`, {
      hint: 'it is named by write-back-method: see docs/secrets.md',
    });
  if (remote.transport === 'local') return { kind: 'none', caFile: undefined };
  return loginFromNamedSecret(remote, { where, fields: secret.fields }, await trustOf(asking));
}

/** Without permission to read Argo CD's Secrets, the login of the environment is used, if there is one. */
async function fromArgocd(project: string | undefined, asking: ClusterLoginInput): Promise<FoundGitLogin> {
  const { remote, secrets, signal } = asking;
  let denied: LynceusError | undefined;
  try {
    const secret = await secrets.repositories.find(remote, project, signal);
    const login = secret && loginFromSecret(remote, secret, await trustOf(asking));
    if (login !== undefined) return login;
  } catch (error) {
    if (!(error instanceof LynceusError) || error.code !== 'kube-denied') throw error;
    denied = error;
  }
  if (denied !== undefined) {
    const login = await ownLogin(asking).catch(() => undefined);
    if (login === undefined || login.kind === 'none') throw denied;
    return login;
  }
  const login = await ownLogin(asking).catch(async (thrown: unknown) => {
    const error = asLynceusError(thrown);
    if (error.code !== 'credentials-missing') throw error;
    const lookedAt = await secrets.repositories.describeUnfit(remote, project, signal);
    const { code, message, hint } = error;
    throw new LynceusError(code, `${message}; ${lookedAt}`, hint === undefined ? {} : { hint });
  });
  if (login.kind !== 'none') return login;
  return { ...login, lookedAt: await secrets.repositories.describeUnfit(remote, project, signal) };
}

function checkUnique(prefixes: readonly GitRemote[]): void {
  const seen = new Set<string>();
  for (const prefix of prefixes) {
    const key = transportKey(prefix);
    if (seen.has(key)) {
      throw new LynceusError('config-invalid', `git.remotes names ${prefix.label} twice`, {
        hint: 'keep one of them',
      });
    }
    seen.add(key);
  }
}
