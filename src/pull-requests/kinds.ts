import type { HostKindName } from '../core/pull-requests/host-kinds.ts';
import { AZURE_DEVOPS } from './azure-devops/azure-devops-host.ts';
import { BITBUCKET_CLOUD } from './bitbucket-cloud/bitbucket-cloud-host.ts';
import { BITBUCKET_DATA_CENTER } from './bitbucket-data-center/bitbucket-data-center-host.ts';
import { GITEA } from './gitea/gitea-host.ts';
import { GITHUB } from './github/github-host.ts';
import { GITLAB } from './gitlab/gitlab-host.ts';
import type { HostKind } from './host-kind.ts';

/** Every kind of Git host that is spoken with; a new one is a folder beside these and a row here. */
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

export type { HostKindName };

export function isHostKind(name: string): name is HostKindName {
  return Object.hasOwn(HOST_KINDS, name);
}

/** The kind of a host that everybody knows; `undefined` for one of one's own. */
export function knownKind(host: string): HostKindName | undefined {
  for (const [name, { hosts }] of Object.entries(HOST_KINDS) as [HostKindName, HostKind][]) {
    if (hosts.some((known) => isHost(known, host))) return name;
  }
  return undefined;
}

function isHost(known: string, host: string): boolean {
  return known.startsWith('*.') ? known.slice(1) === host.replace(/^[^.]+/, '') : known === host;
}
