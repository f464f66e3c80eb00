import { matchRemote, type GitRemote } from '../core/git/remote.ts';

/** What makes a remote one that the login of the environment is for. */
export interface EnvironmentClaims {
  /** `git.loginFor`. */
  readonly loginFor: readonly GitRemote[];
  /** An entry of `git.remotes` is for it, which leaves the login to the environment. */
  readonly hasRow: boolean;
  /** It is a source of the Application, so that Argo CD connects to it. */
  readonly isOwnSource: boolean;
  /** Argo CD has a Secret for it. */
  readonly isKnown: boolean;
}

const LOGINS = [
  { variable: 'GIT_PASSWORD', isKey: false },
  { variable: 'GITHUB_APP_ID', isKey: false },
  { variable: 'GIT_SSH_PRIVATE_KEY_FILE', isKey: true },
] as const;

/** The variables that hold a login for which no remote is listed, so that it goes to every source of an Application. */
export function openLogins(
  env: Readonly<Record<string, string | undefined>>,
  loginFor: readonly GitRemote[],
): readonly string[] {
  return LOGINS.filter(({ isKey }) => listedFor(loginFor, isKey).length === 0)
    .map(({ variable }) => variable)
    .filter((variable) => (env[variable] ?? '') !== '');
}

function listedFor(loginFor: readonly GitRemote[], isKey: boolean): readonly GitRemote[] {
  return loginFor.filter(({ transport }) => (transport === 'ssh') === isKey);
}

/**
 * Why the login of the environment is not for a remote, as a sentence with what to do; `undefined` when it is. A list counts for
 * the kind of login that its URLs are for: `https` for the password and the GitHub App, `ssh` for the key.
 */
export function whyNotEnvironment(
  remote: GitRemote,
  { loginFor, hasRow, isOwnSource, isKnown }: EnvironmentClaims,
): string | undefined {
  const listed = listedFor(loginFor, remote.transport === 'ssh');
  if (hasRow || listed.some((prefix) => matchRemote(remote, prefix) !== undefined)) return undefined;
  if (listed.length === 0 && (isOwnSource || isKnown)) return undefined;
  const why =
    listed.length === 0
      ? 'it is no source of the Application, and Argo CD has no Secret for it'
      : `git.loginFor has ${listed.map(({ label }) => label).join(', ')}`;
  return `the login of the environment is not sent to ${remote.label}: ${why}; an administrator may add ${remote.written} to git.loginFor`;
}
