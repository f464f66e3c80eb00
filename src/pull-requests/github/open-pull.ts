import { asLynceusError } from '../../errors.ts';
import type { CreatedRequest, PullRequestDraft } from '../../ports/pull-request-host.ts';
import type { ApiCall } from '../host-api.ts';
import { listOpenPulls, pull, toRequest, type GitHubRepository } from './pulls.ts';

/** Opens a pull request; the one that is there already is as good. */
export async function openPull(
  repository: GitHubRepository,
  wish: PullRequestDraft,
  signal: AbortSignal,
): Promise<CreatedRequest> {
  const { path, owner, api } = repository;
  const { head, base, title, body, draft } = wish;
  const call: ApiCall = {
    method: 'POST',
    path: `${path}/pulls`,
    body: { head, base, title, body, ...(draft ? { draft: true } : {}) },
    what: 'open a pull request',
    understands: [422],
  };
  const answer = await api.call(call, signal);
  if (answer.status !== 422) {
    const opened = toRequest(api.check(answer.content, pull, call.what));
    return { request: opened, shortcomings: await adorn(repository, opened.number, { wish, signal }) };
  }
  const [existing] = await listOpenPulls(repository, { head: `${owner}:${head}`, base }, signal);
  if (existing === undefined) throw api.refusal(answer, call.what);
  return { request: toRequest(existing), shortcomings: [] };
}

const TEAM = 'team/';

/** A request without its labels is better than none. */
async function adorn(
  { path, api }: GitHubRepository,
  number: number,
  { wish, signal }: { readonly wish: PullRequestDraft; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { labels, reviewers } = wish;
  const calls: ApiCall[] = [];
  if (labels.length > 0) {
    const what = `label pull request #${number}`;
    calls.push({ method: 'POST', path: `${path}/issues/${number}/labels`, body: { labels }, what });
  }
  if (reviewers.length > 0) {
    const what = `ask for reviews of pull request #${number}`;
    const teams = reviewers.filter((name) => name.startsWith(TEAM)).map((name) => name.slice(TEAM.length));
    const people = reviewers.filter((name) => !name.startsWith(TEAM));
    const body = { reviewers: people, team_reviewers: teams };
    calls.push({ method: 'POST', path: `${path}/pulls/${number}/requested_reviewers`, body, what });
  }
  const shortcomings: string[] = [];
  for (const call of calls) {
    await api.call(call, signal).catch((thrown: unknown) => {
      const error = asLynceusError(thrown);
      if (error.code === 'aborted') throw error;
      shortcomings.push(error.line);
    });
  }
  return shortcomings;
}
