import * as z from 'zod';
import type { PullRequest } from '../../ports/pull-request-host.ts';
import type { ApiQuery, HostApi } from '../host-api.ts';
import { nextTarget } from '../../http/link.ts';
import { LINKED, withParameter, type Paging } from '../paging.ts';

/** One repository of Gitea. */
export interface GiteaRepository {
  readonly label: string;
  /** `/repos/acme/deploy`. */
  readonly path: string;
  readonly owner: string;
  readonly api: HostApi;
}

const user = z.object({ login: z.string() });

const side = z.object({
  /** Name of the branch. `ref` is none: it becomes `refs/pull/7/head` when the branch is deleted. */
  label: z.string(),
  /** -1 when the fork is gone. */
  repo_id: z.number(),
});

/** What is used of a pull request (modules/structs/pull.go of Gitea). */
export const pull = z.object({
  number: z.number(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  merged_by: user.nullish(),
  title: z.string(),
  body: z.string().nullable(),
  head: side,
  base: side,
});

type Pull = z.infer<typeof pull>;

/** How a title says that it is not meant to be merged yet: `repository.pull-request` of Gitea's settings, unless changed. */
export const DRAFT = /^(?:wip:|\[wip\]) */i;

/** The `Link` header names the address that Gitea believes to have, so only its being there is used. */
export const NUMBERED: Paging = {
  itemsOf: LINKED.itemsOf,
  nextOf: ({ headers }, { url }) =>
    nextTarget(headers['link']) === undefined
      ? undefined
      : withParameter(url, 'page', Number(url.searchParams.get('page') ?? 1) + 1),
};

/** As many as Gitea gives in one page unless its `MAX_RESPONSE_ITEMS` was changed. */
export const PAGE = 50;

/** Open requests into a branch. Versions before 1.24 do not know `base_branch`, and give all. */
export async function listOpen(
  { path, api }: GiteaRepository,
  base: string,
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const query: ApiQuery = { state: 'open', base_branch: base, page: 1, limit: PAGE };
  const what = 'list open pull requests';
  const call = { method: 'GET', path: `${path}/pulls`, query, what, paging: NUMBERED } as const;
  const found = (await api.readPages(call, pull, signal)).filter(isFromHere).map((one) => toRequest(one));
  return found.filter((one) => one.base === base);
}

const WANTED = 20;
/** Gitea cannot be asked for the requests of one branch, and a busy project has thousands of others. */
const MOST_LOOKED_AT = 500;

/** The last ended requests of a branch, newest first, among the last 500 of the project. */
export async function listEnded(
  repository: GiteaRepository,
  { head, base }: { readonly head: string; readonly base: string },
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const { path, api } = repository;
  const isWanted = (one: Pull) => isFromHere(one) && one.head.label === head && one.base.label === base;
  const call = {
    method: 'GET',
    path: `${path}/pulls`,
    query: { state: 'closed', base_branch: base, page: 1, limit: PAGE },
    what: 'list the ended pull requests of a branch',
    paging: NUMBERED,
    enough: (read: readonly Pull[]) =>
      read.length >= MOST_LOOKED_AT || read.filter(isWanted).length >= WANTED,
  } as const;
  const found = (await api.readPages(call, pull, signal)).filter(isWanted);
  const [newest, ...older] = found.toSorted((a, b) => b.number - a.number);
  if (newest === undefined) return [];
  // Asked of the last one alone, because it costs a request.
  const by = newest.merged ? undefined : await closedBy(repository, newest.number, signal);
  return [toRequest(newest, by), ...older.map((one) => toRequest(one))];
}

const happening = z.object({ type: z.string(), user: user.nullish() });

/** A pull request does not say who closed it; what happened to it does. */
async function closedBy(
  { path, api }: GiteaRepository,
  number: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const what = 'read who closed a pull request';
  const query = { page: 1, limit: PAGE };
  const call = {
    method: 'GET',
    path: `${path}/issues/${number}/timeline`,
    query,
    what,
    paging: NUMBERED,
  } as const;
  const happened = await api.readPages(call, happening, signal);
  return happened.findLast(({ type }) => type === 'close')?.user?.login;
}

function isFromHere({ head, base }: Pull): boolean {
  return head.repo_id === base.repo_id;
}

/** Gitea does not tell what is to be merged by itself. */
export function toRequest(one: Pull, closer?: string): PullRequest {
  const ended = one.merged ? 'merged' : 'closed';
  return {
    number: one.number,
    url: one.html_url,
    state: one.state === 'open' ? 'open' : ended,
    head: one.head.label,
    base: one.base.label,
    title: one.title.replace(DRAFT, ''),
    body: one.body ?? '',
    endedBy: one.merged ? one.merged_by?.login : closer,
    autoMerge: false,
  };
}
