import { GITHUB } from './github/github-host.ts';
import { GITLAB } from './gitlab/gitlab-host.ts';
import type { HostKind } from './host-kind.ts';

/** Every kind of Git host that is spoken with; a new one is a folder beside these and a row here. */
export const HOST_KINDS = {
  github: GITHUB,
  gitlab: GITLAB,
} as const satisfies Record<string, HostKind>;

export type HostKindName = keyof typeof HOST_KINDS;

/** The kind of a host that everybody knows; `undefined` for one of one's own. */
export function knownKind(host: string): HostKindName | undefined {
  for (const [name, { hosts }] of Object.entries(HOST_KINDS) as [HostKindName, HostKind][]) {
    if (hosts.includes(host)) return name;
  }
  return undefined;
}
