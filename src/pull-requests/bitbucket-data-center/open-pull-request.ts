import type { CreatedRequest, PullRequestDraft } from '../../ports/pull-request-host.ts';
import { hideComments } from '../hidden-comments.ts';
import type { ApiCall } from '../host-api.ts';
import { fieldOf } from '../paging.ts';
import { saidBy, type ApiAnswer } from '../refusal.ts';
import { listOpen, pullRequest, refOf, toRequest, type DataCenterRepository } from './pull-requests.ts';

/** Opens a pull request; the one that is there already is as good. Both that and an unknown reviewer are a 409. */
export async function openPullRequest(
  repository: DataCenterRepository,
  wish: PullRequestDraft,
  signal: AbortSignal,
): Promise<CreatedRequest> {
  const { label, project, slug, path, api } = repository;
  const { head, base, title, body, draft, labels } = wish;
  const shortcomings: string[] = [];
  if (labels.length > 0) shortcomings.push(`${label} has no labels: Bitbucket gives pull requests none`);
  const where = { slug, project: { key: project } };
  const content = {
    title,
    description: hideComments(body),
    fromRef: { id: refOf(head), repository: where },
    toRef: { id: refOf(base), repository: where },
    ...(draft ? { draft: true } : {}),
  };
  const what = 'open a pull request';
  const opening: ApiCall = { method: 'POST', path, body: content, what, understands: [409] };
  const open = (reviewers: readonly string[]) =>
    api.call(
      { ...opening, body: { ...content, reviewers: reviewers.map((name) => ({ user: { name } })) } },
      signal,
    );
  let answer = await open(wish.reviewers);
  if (names(answer, 'InvalidPullRequestReviewersException')) {
    shortcomings.push(`${label} does not take all reviewers: ${saidBy(answer.content)}`);
    answer = await open(validReviewers(answer, wish.reviewers));
  }
  if (answer.status !== 409) {
    return { request: toRequest(api.check(answer.content, pullRequest, what)), shortcomings };
  }
  const existing = names(answer, 'DuplicatePullRequestException')
    ? (await listOpen(repository, base, signal)).find((one) => one.head === head)
    : undefined;
  if (existing === undefined) throw api.refusal(answer, what);
  return { request: existing, shortcomings: [] };
}

/** Whether it is an error of this name: `com.atlassian.bitbucket.pull.NAME`, `com.atlassian.stash.…` of old. */
export function names({ status, content }: ApiAnswer, name: string): boolean {
  return (
    status === 409 &&
    errorsOf(content).some((one) => String(fieldOf(one, 'exceptionName')).endsWith(`.${name}`))
  );
}

/** Those of whom nothing is said in `reviewerErrors`, where `context` is the name. */
function validReviewers({ content }: ApiAnswer, wished: readonly string[]): readonly string[] {
  const refused = errorsOf(content)
    .flatMap((one) => listIn(one, 'reviewerErrors'))
    .map((one) => fieldOf(one, 'context'));
  return refused.length === 0 ? [] : wished.filter((name) => !refused.includes(name));
}

function errorsOf(content: unknown): readonly unknown[] {
  return listIn(content, 'errors');
}

function listIn(content: unknown, name: string): readonly unknown[] {
  const found = fieldOf(content, name);
  return Array.isArray(found) ? found : [];
}
