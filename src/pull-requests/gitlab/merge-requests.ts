import * as z from 'zod';
import type { PullRequest } from '../../ports/pull-request-host.ts';
import type { ApiCall, HostApi } from '../host-api.ts';

/** One project of GitLab. */
export interface GitLabProject {
  readonly label: string;
  /** `/projects/acme%2Fdeploy/merge_requests`. */
  readonly path: string;
  readonly api: HostApi;
}

const user = z.object({ username: z.string() });

/** What is used of a merge request (docs.gitlab.com/api/merge_requests). */
export const mergeRequest = z.object({
  iid: z.number(),
  web_url: z.string(),
  state: z.enum(['opened', 'closed', 'merged', 'locked']),
  source_branch: z.string(),
  target_branch: z.string(),
  source_project_id: z.number().nullable(),
  target_project_id: z.number(),
  title: z.string(),
  description: z.string().nullable(),
  closed_by: user.nullish(),
  merge_user: user.nullish(),
  merged_by: user.nullish(),
  merge_when_pipeline_succeeds: z.boolean().optional(),
});

type MergeRequest = z.infer<typeof mergeRequest>;

/** How a title says that it is not meant to be merged yet. */
export const DRAFT = /^draft: */i;

/** All open merge requests that the query names. */
export async function listOpened(
  { path, api }: GitLabProject,
  query: NonNullable<ApiCall['query']>,
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const what = 'list open merge requests';
  const call: ApiCall = { method: 'GET', path, query: { state: 'opened', per_page: 100, ...query }, what };
  return (await api.readPages(call, mergeRequest, signal)).filter(isFromHere).map(toRequest);
}

/** The last ended merge requests of a branch, newest first. */
export async function listEnded(
  { path, api }: GitLabProject,
  { head, base }: { readonly head: string; readonly base: string },
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const query = {
    state: 'all',
    source_branch: head,
    target_branch: base,
    order_by: 'created_at',
    sort: 'desc',
  };
  const what = 'list the ended merge requests of a branch';
  const call: ApiCall = { method: 'GET', path, query: { ...query, per_page: 30 }, what };
  const found = (await api.read(call, z.array(mergeRequest), signal)).filter(isFromHere).map(toRequest);
  return found.filter(({ state }) => state !== 'open').toSorted((a, b) => b.number - a.number);
}

function isFromHere({ source_project_id: from, target_project_id: to }: MergeRequest): boolean {
  return from === to;
}

export function toRequest(one: MergeRequest): PullRequest {
  const by = one.state === 'closed' ? one.closed_by : (one.merge_user ?? one.merged_by);
  return {
    number: one.iid,
    url: one.web_url,
    state: STATES[one.state],
    head: one.source_branch,
    base: one.target_branch,
    title: one.title.replace(DRAFT, ''),
    body: one.description ?? '',
    endedBy: one.state === 'opened' ? undefined : by?.username,
    autoMerge: one.merge_when_pipeline_succeeds ?? false,
  };
}

/** `locked` is for the moment of merging. */
const STATES: Readonly<Record<MergeRequest['state'], PullRequest['state']>> = {
  opened: 'open',
  locked: 'merged',
  merged: 'merged',
  closed: 'closed',
};
