import * as z from 'zod';
import type { PullRequest } from '../../ports/pull-request-host.ts';
import type { ApiCall, HostApi } from '../host-api.ts';

/** One repository of GitHub. */
export interface GitHubRepository {
  /** `/repos/acme/deploy`. */
  readonly path: string;
  readonly owner: string;
  readonly api: HostApi;
}

const side = z.object({
  ref: z.string(),
  /** `null` when the fork is gone. */
  repo: z.object({ id: z.number() }).nullable(),
});

/** What is used of a pull request (docs.github.com/rest/pulls/pulls). */
export const pull = z.object({
  number: z.number(),
  node_id: z.string(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  merged_at: z.string().nullable(),
  title: z.string(),
  body: z.string().nullable(),
  head: side,
  base: side,
  auto_merge: z.unknown().optional(),
});

export type Pull = z.infer<typeof pull>;

const closer = z.object({ closed_by: z.object({ login: z.string() }).nullish() });

/** All open pull requests that the query names. */
export async function listOpenPulls(
  { path, api }: GitHubRepository,
  query: NonNullable<ApiCall['query']>,
  signal: AbortSignal,
): Promise<readonly Pull[]> {
  const call: ApiCall = {
    method: 'GET',
    path: `${path}/pulls`,
    query: { state: 'open', ...query },
    what: 'list open pull requests',
  };
  return (await api.readPages(call, pull, signal)).filter(isFromHere);
}

/** The last ended pull requests of a branch, newest first. */
export async function listEndedPulls(
  repository: GitHubRepository,
  { head, base }: { readonly head: string; readonly base: string },
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const { path, owner, api } = repository;
  const query = { state: 'closed', head: `${owner}:${head}`, base, sort: 'created', direction: 'desc' };
  const what = 'list the ended pull requests of a branch';
  const call: ApiCall = { method: 'GET', path: `${path}/pulls`, query: { ...query, per_page: 30 }, what };
  const found = (await api.read(call, z.array(pull), signal)).filter(isFromHere);
  const [newest, ...older] = found.toSorted((a, b) => b.number - a.number);
  if (newest === undefined) return [];
  // Asked of the last one alone, because it costs a request.
  const by = newest.merged_at === null ? await closedBy(repository, newest.number, signal) : undefined;
  return [toRequest(newest, by), ...older.map((one) => toRequest(one))];
}

/** The list of pull requests does not say who closed them; the issue behind each does. */
async function closedBy(
  { path, api }: GitHubRepository,
  number: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const what = 'read who closed a pull request';
  const call: ApiCall = { method: 'GET', path: `${path}/issues/${number}`, what };
  return (await api.read(call, closer, signal)).closed_by?.login;
}

/** A fork may have a branch of the same name. */
function isFromHere({ head, base }: Pull): boolean {
  return head.repo !== null && head.repo.id === base.repo?.id;
}

export function toRequest(one: Pull, endedBy?: string): PullRequest {
  const ended = one.merged_at === null ? 'closed' : 'merged';
  return {
    number: one.number,
    url: one.html_url,
    state: one.state === 'open' ? 'open' : ended,
    head: one.head.ref,
    base: one.base.ref,
    title: one.title,
    body: one.body ?? '',
    endedBy,
    autoMerge: one.auto_merge !== undefined && one.auto_merge !== null,
  };
}
