import * as z from 'zod';
import { asLynceusError } from '../../errors.ts';
import type { CreatedRequest, PullRequestDraft } from '../../ports/pull-request-host.ts';
import { hideComments } from '../hidden-comments.ts';
import type { ApiCall } from '../host-api.ts';
import { fieldOf } from '../paging.ts';
import { saidBy, type ApiAnswer } from '../refusal.ts';
import { listOpen, pullRequest, toRequest, VALUES, type CloudRepository } from './pull-requests.ts';

/**
 * Opens a pull request; the one that is there already is as good. It is looked for first: Bitbucket Cloud does not refuse
 * a second one of the same branches but writes the new title and text over the first.
 */
export async function openPullRequest(
  repository: CloudRepository,
  wish: PullRequestDraft,
  signal: AbortSignal,
): Promise<CreatedRequest> {
  const { label, path, api } = repository;
  const { head, base, title, body, draft } = wish;
  const [existing] = await listOpen(repository, { head, base }, signal);
  if (existing !== undefined) return { request: existing, shortcomings: [] };
  const { reviewers, shortcomings } = await findReviewers(repository, wish.reviewers, signal);
  if (wish.labels.length > 0) shortcomings.push(`${label} has no labels: Bitbucket gives pull requests none`);
  const content = {
    title,
    description: hideComments(body),
    source: { branch: { name: head } },
    destination: { branch: { name: base } },
    ...(draft ? { draft: true } : {}),
  };
  const what = 'open a pull request';
  const opening: ApiCall = {
    method: 'POST',
    path,
    body: { ...content, reviewers },
    what,
    understands: [400],
  };
  let answer = await api.call(opening, signal);
  if (isAboutReviewers(answer) && reviewers.length > 0) {
    shortcomings.push(`${label} does not take the reviewers: ${saidBy(answer.content)}`);
    answer = await api.call({ ...opening, body: content }, signal);
  }
  if (answer.status === 400) throw api.refusal(answer, what);
  return { request: toRequest(api.check(answer.content, pullRequest, what)), shortcomings };
}

/** One who left, or who wrote the request: `{ error: { fields: { reviewers: [...] } } }`. */
export function isAboutReviewers({ status, content }: ApiAnswer): boolean {
  return status === 400 && fieldOf(fieldOf(fieldOf(content, 'error'), 'fields'), 'reviewers') !== undefined;
}

const UUID = /^\{[0-9a-f-]{36}\}$/i;

const member = z.object({
  user: z.object({
    uuid: z.string(),
    account_id: z.string().optional(),
    nickname: z.string().optional(),
    display_name: z.string().optional(),
  }),
});

/** Bitbucket has no user names any more: a reviewer is a UUID in braces, an account id, a nickname or the name shown. */
async function findReviewers(
  { label, workspace, api }: CloudRepository,
  names: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly reviewers: { readonly uuid: string }[]; readonly shortcomings: string[] }> {
  const reviewers = names.filter((name) => UUID.test(name)).map((uuid) => ({ uuid }));
  const wanted = names.filter((name) => !UUID.test(name));
  const shortcomings: string[] = [];
  if (wanted.length === 0) return { reviewers, shortcomings };
  const call = {
    method: 'GET',
    path: `/workspaces/${encodeURIComponent(workspace)}/members`,
    query: { pagelen: 100 },
    what: 'find the reviewers among the members of the workspace',
    paging: VALUES,
  } as const;
  const members = await api.readPages(call, member, signal).catch((thrown: unknown) => {
    const error = asLynceusError(thrown);
    if (error.code === 'aborted') throw error;
    shortcomings.push(error.line);
  });
  if (members === undefined) return { reviewers, shortcomings };
  for (const name of wanted) {
    const found = members.filter(({ user }) =>
      [user.account_id, user.nickname, user.display_name].includes(name),
    );
    const [only] = found;
    if (only !== undefined && found.length === 1) reviewers.push({ uuid: only.user.uuid });
    else
      shortcomings.push(
        `${label} knows ${found.length === 0 ? 'no' : 'several'} ${name} to ask for a review`,
      );
  }
  return { reviewers, shortcomings };
}
