import { longestMatch } from '../core/git/longest-match.ts';
import { parseGitRemote, type GitRemote } from '../core/git/remote.ts';
import { transportKey } from '../core/identity/branch.ts';
import type { GitPlace } from '../core/policy.ts';
import { asLynceusError, LynceusError } from '../errors.ts';
import type { GitLogin, GitLogins } from '../ports/git-logins.ts';
import type { ArgocdRepositories } from './argocd-repositories.ts';
import { whyNotEnvironment } from './environment-bound.ts';
import { loginFromNamedSecret, loginFromSecret, TOKEN_USER, type FoundGitLogin } from './git-secret.ts';
import type { GithubAppTokens } from './github-app/installation-tokens.ts';
import type { ReadSecret, SecretName } from './kube-secrets.ts';
import type { GitRemoteRow } from '../settings/git-remote.ts';
import { checkNamedGitSecret } from './named-git-secret.ts';
import { checkSecretProxy } from './secret-proxy.ts';
import type { NamedSecret } from './secret-purpose.ts';
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
  /** Starts of the URLs of the remotes that the login of the environment is for. */
  readonly loginFor?: readonly string[];
  /** Namespace of Argo CD; absent means `argocd`. */
  readonly argocdNamespace?: string;
  /** Whether an administrator named a proxy, so that a Secret of any namespace may; absent means that none did. */
  readonly isNamedProxy?: (url: URL) => boolean;
}

/** The logins that are in the cluster. */
export interface ClusterSecrets {
  readonly repositories: ArgocdRepositories;
  readonly read: ReadSecret;
}

/**
 * Finds logins, in this order: the Secret that the Application names, the row with the longest URL, what Argo CD knows
 * (for an Application that leaves it to that), the environment. A login that was named or is there and cannot be used is
 * an error, never a lesser login; that of the environment is sent only to the remotes that it is for. Over plain `http://` a password is sent only where a row or Argo CD names that very
 * remote, or to this machine itself; `GIT_PASSWORD` alone never goes over the network in clear.
 *
 * Throws `config-invalid` when a row's URL cannot be used, or two rows have the same one.
 */
export function createGitLogins(options: GitLoginsOptions): GitLogins {
  const { remotes, env, secrets, appTokens, argocdNamespace = 'argocd' } = options;
  const loginFor = (options.loginFor ?? []).map(parseGitRemote);
  const rows = remotes.map((row) => ({ row, prefix: parseGitRemote(row.url) }));
  checkUnique(rows.map(({ prefix }) => prefix));

  async function locate(place: GitPlace, signal: AbortSignal): Promise<FoundGitLogin> {
    const { remote, credentials, isOwnSource = false } = place;
    const row = longestMatch(remote, rows, ({ prefix }) => prefix)?.row;
    if (credentials.kind === 'secret') {
      const { project = 'default', onlyWhereNamed = false } = credentials;
      const check = (secret: NamedSecret) => {
        checkNamedGitSecret(secret, { place, project, argocdNamespace, onlyWhereNamed });
        checkSecretProxy(secret, { argocdNamespace, isNamedProxy: options.isNamedProxy });
      };
      return fromNamed(credentials, { remote, row, env, secrets, check, signal });
    }
    if (remote.transport === 'local') return { kind: 'none', caFile: undefined };
    const refusal = (isKnown: boolean) =>
      whyNotEnvironment(remote, { loginFor, hasRow: row !== undefined, isOwnSource, isKnown });
    const own = remote.transport === 'ssh' ? row?.sshPrivateKeyFile : (row?.githubApp ?? row?.passwordFrom);
    if (own !== undefined || secrets === undefined)
      return ownLogin({ remote, row, env, refusal: refusal(false) });
    return fromArgocd(credentials.project, { remote, row, env, secrets, refusal, signal });
  }

  return {
    async find(place, signal) {
      const found = await locate(place, signal);
      if (found.kind !== 'github-app') return found;
      return withToken(found, await appTokens.get(found.app, ownerOf(place.remote), signal));
    },
    async renew(place, refused, signal) {
      const found = await locate(place, signal);
      // Every other login is read anew for each cycle.
      if (found.kind !== 'github-app' || refused.kind !== 'basic') return undefined;
      const target = { ...ownerOf(place.remote), refused: refused.password };
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

interface ClusterLoginInput extends Omit<GitLoginInput, 'refusal'> {
  readonly secrets: ClusterSecrets;
  /** Why the login of the environment is not for the remote, by whether Argo CD has a Secret for it. */
  readonly refusal: (isKnown: boolean) => string | undefined;
  readonly signal: AbortSignal;
}

async function fromNamed(
  { namespace, name }: SecretName,
  asking: Omit<GitLoginInput, 'refusal'> & {
    readonly secrets: ClusterSecrets | undefined;
    readonly check: (secret: NamedSecret) => void;
    readonly signal: AbortSignal;
  },
): Promise<FoundGitLogin> {
  const { remote, secrets, check, signal } = asking;
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
  check({ ...secret, namespace, name });
  return loginFromNamedSecret(remote, { where, fields: secret.fields }, await trustOf(asking));
}

/** Without permission to read Argo CD's Secrets, the login of the environment is used, if there is one. */
async function fromArgocd(project: string | undefined, asking: ClusterLoginInput): Promise<FoundGitLogin> {
  const { remote, row, env, secrets, signal } = asking;
  let denied: LynceusError | undefined;
  let isKnown = false;
  try {
    const secret = await secrets.repositories.find(remote, project, signal);
    const login = secret && loginFromSecret(remote, secret, await trustOf(asking));
    if (login !== undefined) return login;
    // Those of a project can be made by whoever may write its Applications.
    isKnown = secret !== undefined && (secret.fields['project'] ?? '').trim() === '';
  } catch (error) {
    if (!(error instanceof LynceusError) || error.code !== 'kube-denied') throw error;
    denied = error;
  }
  const own = ownLogin({ remote, row, env, refusal: asking.refusal(isKnown) });
  if (denied !== undefined) {
    const login = await own.catch(() => undefined);
    if (login === undefined || login.kind === 'none') throw denied;
    return login;
  }
  const login = await own.catch(async (thrown: unknown) => {
    const error = asLynceusError(thrown);
    if (error.code !== 'credentials-missing') throw error;
    const lookedAt = await secrets.repositories.describeUnfit(remote, project, signal);
    const { code, message, hint } = error;
    throw new LynceusError(code, `${message}; ${lookedAt}`, hint === undefined ? {} : { hint });
  });
  if (login.kind !== 'none') return login;
  const unfit = await secrets.repositories.describeUnfit(remote, project, signal);
  return { ...login, lookedAt: login.lookedAt === undefined ? unfit : `${login.lookedAt}; ${unfit}` };
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
