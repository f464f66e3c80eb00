import * as z from 'zod';
import { asLynceusError } from '../../errors.ts';
import { SKIPPED, VERSION, type AzureRepository } from './pull-requests.ts';

const team = z.object({ id: z.string(), name: z.string() });

const member = z.object({
  identity: z.object({
    id: z.string(),
    uniqueName: z.string().optional(),
    displayName: z.string().optional(),
  }),
});

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TEAM = 'team/';

interface Reviewers {
  readonly ids: readonly string[];
  /** One sentence for each who was not found. */
  readonly shortcomings: readonly string[];
}

/**
 * Reviewers go by the id of their identity. An id stays as it is; others are looked for in the teams of the project, by
 * the name they log in with or the name shown; `team/NAME` is a team. The directory of all identities is another host.
 */
export async function findReviewers(
  repository: AzureRepository,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Reviewers> {
  const known = names.filter((name) => ID.test(name));
  const wanted = names.filter((name) => !ID.test(name));
  if (wanted.length === 0) return { ids: known, shortcomings: [] };
  try {
    const ids = await idsByName(repository, wanted, signal);
    const missing = wanted.filter((name) => !ids.has(name.toLowerCase()));
    return {
      ids: [...known, ...wanted.flatMap((name) => ids.get(name.toLowerCase()) ?? [])],
      shortcomings: missing.map((name) => `${repository.label} knows no ${name} to ask for a review`),
    };
  } catch (thrown) {
    const error = asLynceusError(thrown);
    if (error.code === 'aborted') throw error;
    return { ids: known, shortcomings: [error.line] };
  }
}

async function idsByName(
  { api, project }: AzureRepository,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const path = `/_apis/projects/${encodeURIComponent(project)}/teams`;
  const reading = {
    method: 'GET',
    query: { $top: 100, ...VERSION },
    what: 'find the reviewers in the teams of the project',
    paging: SKIPPED,
  } as const;
  const ids = new Map<string, string>();
  const isDone = () => wanted.every((name) => ids.has(name.toLowerCase()));
  const teams = await api.readPages({ ...reading, path }, team, signal);
  for (const { id, name } of teams) ids.set(`${TEAM}${name}`.toLowerCase(), id);
  for (const { id } of teams) {
    if (isDone()) break;
    const members = await api.readPages({ ...reading, path: `${path}/${id}/members` }, member, signal);
    for (const { identity } of members) {
      for (const name of [identity.uniqueName, identity.displayName]) {
        if (name !== undefined) ids.set(name.toLowerCase(), identity.id);
      }
    }
  }
  return ids;
}
