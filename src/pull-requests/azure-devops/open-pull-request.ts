import type { CreatedRequest, PullRequestDraft } from '../../ports/pull-request-host.ts';
import type { ApiCall } from '../host-api.ts';
import { findReviewers } from './find-reviewers.ts';
import { listOpen, pullRequest, refOf, toRequest, VERSION, type AzureRepository } from './pull-requests.ts';

/** Opens a pull request; the one that is there already is as good. */
export async function openPullRequest(
  repository: AzureRepository,
  wish: PullRequestDraft,
  signal: AbortSignal,
): Promise<CreatedRequest> {
  const { path, api } = repository;
  const { head, base, title, body, labels, draft } = wish;
  const { ids, shortcomings } = await findReviewers(repository, wish.reviewers, signal);
  const call: ApiCall = {
    method: 'POST',
    path,
    query: VERSION,
    body: {
      sourceRefName: refOf(head),
      targetRefName: refOf(base),
      title,
      description: body,
      isDraft: draft,
      labels: labels.map((name) => ({ name })),
      reviewers: ids.map((id) => ({ id })),
    },
    what: 'open a pull request',
    // TF401179: an active one for these branches is there.
    understands: [409],
  };
  const answer = await api.call(call, signal);
  if (answer.status !== 409) {
    const opened = toRequest(repository, api.check(answer.content, pullRequest, call.what));
    return { request: opened, shortcomings };
  }
  const [existing] = await listOpen(repository, { head, base }, signal);
  if (existing === undefined) throw api.refusal(answer, call.what);
  return { request: existing, shortcomings: [] };
}
