import * as z from 'zod';
import type { PullRequest } from '../../ports/pull-request-host.ts';
import { showComments } from '../hidden-comments.ts';
import type { ApiCall, HostApi } from '../host-api.ts';
import { fieldOf, listUnder, withParameter, type Paging } from '../paging.ts';

/** One repository of Bitbucket Data Center. */
export interface DataCenterRepository {
  readonly label: string;
  readonly project: string;
  readonly slug: string;
  /** `/projects/ACME/repos/deploy/pull-requests`. */
  readonly path: string;
  readonly api: HostApi;
}

const person = z.object({ user: z.object({ name: z.string() }) });

const ref = z.object({
  /** `refs/heads/main`. */
  id: z.string(),
  repository: z.object({ slug: z.string(), project: z.object({ key: z.string() }) }),
});

/** What is used of a pull request (developer.atlassian.com/server/bitbucket/rest, "Pull Requests"). */
export const pullRequest = z.object({
  id: z.number(),
  /** Counts changes; who changes it says which one was seen. */
  version: z.number(),
  title: z.string(),
  description: z.string().nullish(),
  state: z.enum(['OPEN', 'MERGED', 'DECLINED']),
  draft: z.boolean().optional(),
  fromRef: ref,
  toRef: ref,
  reviewers: z.array(person).optional(),
  links: z.object({ self: z.array(z.object({ href: z.string() })).min(1) }),
});

export type DataCenterPullRequest = z.infer<typeof pullRequest>;

/** `{ values, isLastPage, nextPageStart }`; a server may give less than was asked for. */
const STARTS: Paging = {
  itemsOf: listUnder('values'),
  nextOf({ content }, { url }) {
    const start = fieldOf(content, 'nextPageStart');
    if (fieldOf(content, 'isLastPage') !== false || typeof start !== 'number') return undefined;
    return withParameter(url, 'start', start);
  },
};

const BRANCH = 'refs/heads/';

export function refOf(branch: string): string {
  return `${BRANCH}${branch}`;
}

/** Open requests into a branch; `INCOMING` is what `at` is the target of. */
export async function listOpen(
  { path, api }: DataCenterRepository,
  base: string,
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const query = { state: 'OPEN', direction: 'INCOMING', at: refOf(base), limit: 100 };
  const what = 'list open pull requests';
  const call = { method: 'GET', path, query, what, paging: STARTS } as const;
  return (await api.readPages(call, pullRequest, signal)).filter(isFromHere).map((one) => toRequest(one));
}

const WANTED = 20;

/** The last ended pull requests of a branch, newest first. */
export async function listEnded(
  repository: DataCenterRepository,
  { head, base }: { readonly head: string; readonly base: string },
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const { path, api } = repository;
  const isWanted = (one: DataCenterPullRequest) =>
    isFromHere(one) && one.state !== 'OPEN' && one.toRef.id === refOf(base);
  const call = {
    method: 'GET',
    path,
    query: { state: 'ALL', direction: 'OUTGOING', at: refOf(head), order: 'NEWEST', limit: 50 },
    what: 'list the ended pull requests of a branch',
    paging: STARTS,
    enough: (read: readonly DataCenterPullRequest[]) => read.filter(isWanted).length >= WANTED,
  } as const;
  const found = (await api.readPages(call, pullRequest, signal)).filter(isWanted);
  const [newest, ...older] = found.toSorted((a, b) => b.id - a.id);
  if (newest === undefined) return [];
  // Asked of the last one alone, because it costs a request.
  const by = await endedBy(repository, newest.id, signal);
  return [toRequest(newest, by), ...older.map((one) => toRequest(one))];
}

const activities = z.object({
  values: z.array(z.object({ action: z.string(), user: z.object({ name: z.string() }).optional() })),
});

/** The newest activities come first. */
async function endedBy(
  { path, api }: DataCenterRepository,
  number: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const what = 'read who closed a pull request';
  const call: ApiCall = { method: 'GET', path: `${path}/${number}/activities`, query: { limit: 50 }, what };
  const { values } = await api.read(call, activities, signal);
  return values.find(({ action }) => action === 'DECLINED' || action === 'MERGED')?.user?.name;
}

function isFromHere({ fromRef, toRef }: DataCenterPullRequest): boolean {
  const [from, to] = [fromRef.repository, toRef.repository];
  return from.slug === to.slug && from.project.key === to.project.key;
}

/** What is to be merged by itself is not told with the request. */
export function toRequest(one: DataCenterPullRequest, by?: string): PullRequest {
  return {
    number: one.id,
    url: one.links.self[0]?.href ?? '',
    state: STATES[one.state],
    head: one.fromRef.id.replace(BRANCH, ''),
    base: one.toRef.id.replace(BRANCH, ''),
    title: one.title,
    body: showComments(one.description ?? ''),
    endedBy: by,
    autoMerge: false,
  };
}

const STATES: Readonly<Record<DataCenterPullRequest['state'], PullRequest['state']>> = {
  OPEN: 'open',
  MERGED: 'merged',
  DECLINED: 'closed',
};
