import * as z from 'zod';
import type { PullRequest } from '../../ports/pull-request-host.ts';
import { showComments } from '../hidden-comments.ts';
import type { ApiCall, HostApi } from '../host-api.ts';
import { fieldOf, listUnder, type Paging } from '../paging.ts';

/** One repository of Bitbucket Cloud. */
export interface CloudRepository {
  readonly label: string;
  readonly workspace: string;
  /** `/repositories/acme/deploy/pullrequests`. */
  readonly path: string;
  readonly api: HostApi;
}

const side = z.object({
  branch: z.object({ name: z.string() }),
  /** `null` when the fork is gone. */
  repository: z.object({ full_name: z.string() }).nullish(),
});

/** What is used of a pull request (developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests). */
export const pullRequest = z.object({
  id: z.number(),
  title: z.string(),
  description: z.string().nullish(),
  state: z.enum(['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED']),
  draft: z.boolean().optional(),
  source: side,
  destination: side,
  links: z.object({ html: z.object({ href: z.string() }) }),
  closed_by: z.object({ nickname: z.string().optional(), display_name: z.string().optional() }).nullish(),
  reviewers: z.array(z.object({ uuid: z.string() })).optional(),
});

type CloudPullRequest = z.infer<typeof pullRequest>;

/** `{ values, next }`, `next` the whole URL (".../rest/intro/#pagination"). */
export const VALUES: Paging = {
  itemsOf: listUnder('values'),
  nextOf({ content }) {
    const next = fieldOf(content, 'next');
    return typeof next === 'string' ? next : undefined;
  },
};

/** Largest page of pull requests. */
const PAGE = 50;

export async function listOpen(
  { path, api }: CloudRepository,
  { head, base }: { readonly head?: string; readonly base: string },
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const query = { state: 'OPEN', q: filterOf({ head, base }), pagelen: PAGE };
  const what = 'list open pull requests';
  const call = { method: 'GET', path, query, what, paging: VALUES } as const;
  return (await api.readPages(call, pullRequest, signal)).filter(isFromHere).map(toRequest);
}

const page = z.object({ values: z.array(pullRequest) });

/** The last ended pull requests of a branch, newest first. */
export async function listEnded(
  { path, api }: CloudRepository,
  { head, base }: { readonly head: string; readonly base: string },
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const query = {
    state: ['MERGED', 'DECLINED', 'SUPERSEDED'],
    q: filterOf({ head, base }),
    sort: '-created_on',
    pagelen: 30,
  };
  const call: ApiCall = { method: 'GET', path, query, what: 'list the ended pull requests of a branch' };
  const { values } = await api.read(call, page, signal);
  return values
    .filter(isFromHere)
    .map(toRequest)
    .toSorted((a, b) => b.number - a.number);
}

/** In the query language of Bitbucket (".../rest/intro/#filtering"). */
function filterOf({ head, base }: { readonly head?: string | undefined; readonly base: string }): string {
  const into = `destination.branch.name=${quoted(base)}`;
  return head === undefined ? into : `source.branch.name=${quoted(head)} AND ${into}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function isFromHere({ source, destination }: CloudPullRequest): boolean {
  const from = source.repository?.full_name;
  return from !== undefined && from === destination.repository?.full_name;
}

export function toRequest(one: CloudPullRequest): PullRequest {
  const { nickname, display_name: name } = one.closed_by ?? {};
  return {
    number: one.id,
    url: one.links.html.href,
    state: STATES[one.state],
    head: one.source.branch.name,
    base: one.destination.branch.name,
    title: one.title,
    body: showComments(one.description ?? ''),
    endedBy: one.state === 'OPEN' ? undefined : (nickname ?? name),
    autoMerge: false,
  };
}

/** `SUPERSEDED`: another one of the same branches took its place. */
const STATES: Readonly<Record<CloudPullRequest['state'], PullRequest['state']>> = {
  OPEN: 'open',
  MERGED: 'merged',
  DECLINED: 'closed',
  SUPERSEDED: 'closed',
};
