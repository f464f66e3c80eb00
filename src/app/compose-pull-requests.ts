import type { PolicyContext } from '../argocd/read-policies.ts';
import type { Config } from '../config/config.ts';
import { templateLimitsOf } from '../config/template-limits.ts';
import { longestMatch } from '../core/git/longest-match.ts';
import { parseGitRemote, type GitRemote } from '../core/git/remote.ts';
import type { AddressGuard } from '../http/address-guard.ts';
import type { GitLogins } from '../ports/git-logins.ts';
import { createPullRequestHosts } from '../pull-requests/find-host.ts';
import { isHostKind } from '../pull-requests/kinds.ts';
import type { PullRequestConfig } from '../settings/pull-request.ts';
import { VERSION } from '../version.ts';
import { hostAccess } from './compose-host-access.ts';
import type { PullRequestServices } from './pull-requests/pull-request-services.ts';
import { createRequestMemory } from './pull-requests/request-memory.ts';
import type { Environment } from './environment.ts';

/** Pull requests: the hosts, and the settings of each remote. */
export function composePullRequests(
  { pullRequests, limits }: Config,
  { clock, env, registerSecret = () => undefined }: Environment,
  { logins, guard }: { readonly logins: GitLogins; readonly guard: AddressGuard },
): PullRequestServices {
  const rowOf = pullRequestRows(pullRequests);
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
    accessOf: async (place, _remote, signal) =>
      await hostAccess(place, { rowOf, logins, env, registerSecret, what: 'pull requests' }, signal),
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
  const rowOf = pullRequestRows(pullRequests);
  return (remote) => {
    const row = rowOf(remote);
    return { enabled: row?.enabled ?? false, grouping: row?.group ?? 'application' };
  };
}

/** The row with the longest URL that the remote lies under. */
export function pullRequestRows(
  rows: readonly PullRequestConfig[],
): (remote: GitRemote) => PullRequestConfig | undefined {
  const parsed = rows.map((row) => ({ row, prefix: parseGitRemote(row.url) }));
  return (remote) => longestMatch(remote, parsed, ({ prefix }) => prefix)?.row;
}
