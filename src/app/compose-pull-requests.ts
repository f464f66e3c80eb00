import { readFile } from 'node:fs/promises';
import type { PolicyContext } from '../argocd/read-policies.ts';
import type { Config } from '../config/config.ts';
import { templateLimitsOf } from '../config/template-limits.ts';
import { longestMatch } from '../core/git/longest-match.ts';
import { parseGitRemote, type GitRemote } from '../core/git/remote.ts';
import { readSecret } from '../credentials/own-git-login.ts';
import { LynceusError } from '../errors.ts';
import type { AddressGuard } from '../http/address-guard.ts';
import type { GitLogin, GitLogins } from '../ports/git-logins.ts';
import { createPullRequestHosts, type HostAccess } from '../pull-requests/find-host.ts';
import { isHostKind } from '../pull-requests/kinds.ts';
import type { PullRequestConfig } from '../settings/pull-request.ts';
import { VERSION } from '../version.ts';
import type { PullRequestServices } from './pull-requests/pull-request-services.ts';
import { createRequestMemory } from './pull-requests/request-memory.ts';
import type { Environment } from './environment.ts';

/** Pull requests: the hosts, and the settings of each remote. */
export function composePullRequests(
  { pullRequests, limits }: Config,
  { clock, env, registerSecret = () => undefined }: Environment,
  { logins, guard }: { readonly logins: GitLogins; readonly guard: AddressGuard },
): PullRequestServices {
  const rowOf = rowFinder(pullRequests);
  const templateLimits = templateLimitsOf(limits, () => clock.now());
  const hosts = createPullRequestHosts({
    clock,
    userAgent: `lynceus/${VERSION}`,
    guard,
    settingsOf: (remote, named) => {
      const row = rowOf(remote);
      const kind = row?.kind ?? named;
      return { kind: kind !== undefined && isHostKind(kind) ? kind : undefined, apiUrl: row?.apiUrl };
    },
    async accessOf(place, remote, signal) {
      const tokenFrom = rowOf(remote)?.tokenFrom;
      if (tokenFrom === undefined) return await accessFrom(await logins.find(place, signal), remote);
      const token = await readSecret(tokenFrom, { env, what: `token for pull requests to ${remote.label}` });
      registerSecret(token);
      const login = remote.transport === 'ssh' ? undefined : await logins.find(place, signal);
      return { login: { username: '', token }, ca: await authorityOf(login) };
    },
  });
  return {
    hosts,
    memory: createRequestMemory(),
    covers: (remote) => rowOf(remote) !== undefined,
    settingsOf(remote) {
      const row = rowOf(remote);
      return {
        labels: row?.labels ?? [],
        title: row?.title,
        templateLimits,
        reviewers: row?.reviewers ?? [],
        autoMerge: row?.autoMerge,
        draft: row?.draft ?? false,
        deleteBranch: row?.deleteBranch ?? true,
      };
    },
  };
}

/** What a missing annotation `pull-request` means for a remote. */
export function pullRequestDefaults({ pullRequests }: Config): NonNullable<PolicyContext['pullRequests']> {
  const rowOf = rowFinder(pullRequests);
  return (remote) => {
    const row = rowOf(remote);
    return { enabled: row?.enabled ?? false, grouping: row?.group ?? 'application' };
  };
}

/** The row with the longest URL that the remote lies under. */
function rowFinder(rows: readonly PullRequestConfig[]): (remote: GitRemote) => PullRequestConfig | undefined {
  const parsed = rows.map((row) => ({ row, prefix: parseGitRemote(row.url) }));
  return (remote) => longestMatch(remote, parsed, ({ prefix }) => prefix)?.row;
}

async function accessFrom(login: GitLogin, { label, transport }: GitRemote): Promise<HostAccess> {
  if (login.kind === 'basic') {
    const { username, password: token } = login;
    return { login: { username, token }, ca: await authorityOf(login) };
  }
  const why = transport === 'ssh' ? 'an SSH key is none' : 'the remote is read without a login';
  throw new LynceusError('credentials-missing', `pull requests to ${label} need a token, and ${why}`, {
    hint: 'set tokenFrom in pullRequests for its URL: see docs/pull-requests.md',
  });
}

async function authorityOf(login: GitLogin | undefined): Promise<string | undefined> {
  const file = login?.kind === 'basic' || login?.kind === 'none' ? login.caFile : undefined;
  return file === undefined ? undefined : await readFile(file, 'utf8');
}
