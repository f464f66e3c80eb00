import { readFile } from 'node:fs/promises';
import type { GitRemote } from '../core/git/remote.ts';
import type { GitPlace } from '../core/policy.ts';
import { readSecret } from '../credentials/own-git-login.ts';
import { LynceusError } from '../errors.ts';
import type { GitLogin, GitLogins } from '../ports/git-logins.ts';
import type { HostAccess } from '../pull-requests/find-host.ts';
import type { PullRequestConfig } from '../settings/pull-request.ts';
import type { Environment } from './environment.ts';

export interface HostAccessParts extends Pick<Environment, 'env' | 'registerSecret'> {
  readonly rowOf: (remote: GitRemote) => PullRequestConfig | undefined;
  readonly logins: GitLogins;
  /** What the token is for, in messages: `pull requests`. */
  readonly what: string;
}

/**
 * How the API of the host of a remote is asked: with the token of `pullRequests`, else with what git logs in with. Throws
 * `credentials-missing` where that is no token.
 */
export async function hostAccess(
  place: GitPlace,
  { rowOf, logins, env, registerSecret = () => undefined, what }: HostAccessParts,
  signal: AbortSignal,
): Promise<HostAccess> {
  const { remote } = place;
  const tokenFrom = rowOf(remote)?.tokenFrom;
  if (tokenFrom === undefined) return await accessFrom(await logins.find(place, signal), remote, what);
  const token = await readSecret(tokenFrom, { env, what: `token for ${what} to ${remote.label}` });
  registerSecret(token);
  const login = remote.transport === 'ssh' ? undefined : await logins.find(place, signal);
  return { login: { username: '', token }, ca: await authorityOf(login) };
}

async function accessFrom(
  login: GitLogin,
  { label, transport }: GitRemote,
  what: string,
): Promise<HostAccess> {
  if (login.kind === 'basic') {
    const { username, password: token } = login;
    return { login: { username, token }, ca: await authorityOf(login) };
  }
  const why = transport === 'ssh' ? 'an SSH key is none' : 'the remote is read without a login';
  throw new LynceusError('credentials-missing', `${what} to ${label} need a token, and ${why}`, {
    hint: 'set tokenFrom in pullRequests for its URL: see docs/pull-requests.md',
  });
}

async function authorityOf(login: GitLogin | undefined): Promise<string | undefined> {
  const file = login?.kind === 'basic' || login?.kind === 'none' ? login.caFile : undefined;
  return file === undefined ? undefined : await readFile(file, 'utf8');
}
