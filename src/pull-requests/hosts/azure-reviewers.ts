import * as z from 'zod';
import type { HostApi } from '../host-api.ts';
import { listUnder, withParameter, type Paging } from '../paging.ts';
import { findReviewerIds, orShortcoming, TEAM, type FoundReviewers } from '../reviewers.ts';

/** Version of the API; a server of 2020 and later knows it. */
export const AZURE_API_VERSION = { 'api-version': '6.0' } as const;

/** `{ count, value }` cut by `$top` and `$skip`. How many a page holds at most is not documented: an empty one is the end. */
export const SKIPPED: Paging = {
  itemsOf: listUnder('value'),
  nextOf: (_, { url, count }) =>
    count === 0 ? undefined : withParameter(url, '$skip', Number(url.searchParams.get('$skip') ?? 0) + count),
};

const team = z.object({ id: z.string(), name: z.string() });

const member = z.object({
  identity: z.object({
    id: z.string(),
    uniqueName: z.string().optional(),
    displayName: z.string().optional(),
  }),
});

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** After so many teams that could not be read, no other is. */
const MOST_FAILED = 3;

interface AzureProject {
  readonly api: HostApi;
  readonly project: string;
}

/**
 * Reviewers go by the id of their identity. Others are looked for in the teams of the project, by the name they log in
 * with or the name shown; `team/NAME` is a team. The directory of all identities is another host.
 */
export function findAzureReviewers(
  { api, project }: AzureProject,
  names: readonly string[],
  signal: AbortSignal,
): Promise<FoundReviewers> {
  const path = `/_apis/projects/${encodeURIComponent(project)}/teams`;
  const reading = {
    method: 'GET',
    query: { $top: 100, ...AZURE_API_VERSION },
    what: 'find the reviewers in the teams of the project',
    paging: SKIPPED,
  } as const;
  return findReviewerIds(names, {
    label: api.label,
    isId: (name) => ID.test(name),
    async find(wanted, shortcomings) {
      const ids = new Map<string, string>();
      const isDone = () => wanted.every((name) => ids.has(name.toLowerCase()));
      const teams = await api.readPages({ ...reading, path }, team, signal);
      for (const { id, name } of teams) ids.set(`${TEAM}${name}`.toLowerCase(), id);
      let failed = 0;
      for (const { id } of teams) {
        if (isDone() || failed === MOST_FAILED) break;
        const call = { ...reading, path: `${path}/${id}/members` };
        const members = await orShortcoming(shortcomings, () => api.readPages(call, member, signal));
        if (members === undefined) failed += 1;
        for (const { identity } of members ?? []) {
          for (const name of [identity.uniqueName, identity.displayName]) {
            if (name !== undefined) ids.set(name.toLowerCase(), identity.id);
          }
        }
      }
      return (name) => {
        const id = ids.get(name.toLowerCase());
        if (id !== undefined) return [id];
        return failed === 0 ? [] : undefined;
      };
    },
  });
}
