import { webHost } from '../core/git/remote.ts';
import type { HostKindName } from '../core/pull-requests/host-kinds.ts';
import { AZURE_DEVOPS } from './hosts/azure-devops.ts';
import { BITBUCKET_CLOUD } from './hosts/bitbucket-cloud.ts';
import { BITBUCKET_DATA_CENTER } from './hosts/bitbucket-data-center.ts';
import { GITEA } from './hosts/gitea.ts';
import { GITHUB } from './hosts/github.ts';
import { GITLAB } from './hosts/gitlab.ts';
import type { HostKind } from './host-kind.ts';

/** Every kind of Git host that has pull requests here; a new one is a file in `hosts/` and a row here. */
export const HOST_KINDS = {
  github: GITHUB,
  gitlab: GITLAB,
  gitea: GITEA,
  /** Forgejo's API is that of Gitea. */
  forgejo: GITEA,
  'bitbucket-cloud': BITBUCKET_CLOUD,
  'bitbucket-data-center': BITBUCKET_DATA_CENTER,
  'azure-devops': AZURE_DEVOPS,
} as const satisfies Record<HostKindName, HostKind>;

export function isHostKind(name: string): name is HostKindName {
  return Object.hasOwn(HOST_KINDS, name);
}

/** The kind of the public host that a host of a remote is; `undefined` for any other. */
export function knownKind(host: string): HostKindName | undefined {
  const there = webHost(host);
  for (const [name, { hosts }] of Object.entries(HOST_KINDS) as [HostKindName, HostKind][]) {
    if (hosts.some((known) => isHost(known, there))) return name;
  }
  return undefined;
}

function isHost(known: string, host: string): boolean {
  return known.startsWith('*.') ? known.slice(1) === host.replace(/^[^.]+/, '') : known === host;
}
