import * as z from 'zod';
import type { CreatedRequest, PullRequestDraft } from '../../ports/pull-request-host.ts';
import type { ApiCall } from '../host-api.ts';
import { listOpened, mergeRequest, toRequest, type GitLabProject } from './merge-requests.ts';

/** Longest title, in characters. */
export const LONGEST_TITLE = 255;

/** Opens a merge request; the one that is there already is as good. */
export async function openMergeRequest(
  project: GitLabProject,
  { head, base, title, body, labels, ...wish }: PullRequestDraft,
  signal: AbortSignal,
): Promise<CreatedRequest> {
  const { path, api } = project;
  const { ids, shortcomings } = await findReviewers(project, wish.reviewers, signal);
  const call: ApiCall = {
    method: 'POST',
    path,
    body: {
      source_branch: head,
      target_branch: base,
      title: wish.draft ? asDraft(title) : title,
      description: body,
      ...(labels.length === 0 ? {} : { labels: labels.join(',') }),
      ...(ids.length === 0 ? {} : { reviewer_ids: ids }),
    },
    what: 'open a merge request',
    understands: [409],
  };
  const answer = await api.call(call, signal);
  if (answer.status !== 409) {
    return { request: toRequest(api.check(answer.content, mergeRequest, call.what)), shortcomings };
  }
  const [existing] = await listOpened(project, { source_branch: head, target_branch: base }, signal);
  if (existing === undefined) throw api.refusal(answer, call.what);
  return { request: existing, shortcomings: [] };
}

/** GitLab knows a draft by its title. */
export function asDraft(title: string): string {
  return `Draft: ${title}`.slice(0, LONGEST_TITLE);
}

const people = z.array(z.object({ id: z.number() }));

async function findReviewers(
  { label, api }: GitLabProject,
  names: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly ids: readonly number[]; readonly shortcomings: readonly string[] }> {
  const ids: number[] = [];
  const shortcomings: string[] = [];
  for (const username of names) {
    const call: ApiCall = { method: 'GET', path: '/users', query: { username }, what: 'find a reviewer' };
    const [found] = await api.read(call, people, signal);
    if (found === undefined) shortcomings.push(`${label} knows no user ${username} to ask for a review`);
    else ids.push(found.id);
  }
  return { ids, shortcomings };
}
