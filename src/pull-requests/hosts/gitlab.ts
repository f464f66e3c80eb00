import * as z from 'zod';
import { gitlabApiUrl, gitlabHeaders } from '../../core/git/gitlab-api.ts';
import { askToMerge, createHost, readRow, type RequestPath } from '../create-host.ts';
import { createDraftTitle } from '../draft-title.ts';
import type { HostApi } from '../host-api.ts';
import type { Additions, CallContext, HostDialect, HostRequest } from '../host-dialect.ts';
import type { HostKind, HostProject } from '../host-kind.ts';
import { NAME_REFUSED, orShortcoming, refusesNames, type FoundReviewers } from '../reviewers.ts';

/** gitlab.com and GitLab of one's own. */
export const GITLAB: HostKind = {
  hosts: ['gitlab.com'],
  apiUrlOf: ({ protocol, host }) => gitlabApiUrl(protocol, host),
  headersOf: ({ token }) => gitlabHeaders(token),
  open: (project, api) => createHost(api, dialectOf(project, api)),
};

const LIMITS = { title: 255, body: 65_536 };

const DRAFT = createDraftTitle('Draft: ', /^draft: */i, LIMITS.title);

const user = z.object({ username: z.string() });

/** What is used of a merge request (docs.gitlab.com/api/merge_requests). */
const row = z.object({
  iid: z.number(),
  web_url: z.string(),
  state: z.enum(['opened', 'closed', 'merged', 'locked']),
  source_branch: z.string(),
  target_branch: z.string(),
  source_project_id: z.number().nullable(),
  target_project_id: z.number(),
  title: z.string(),
  description: z.string().nullable(),
  author: user.nullish(),
  closed_by: user.nullish(),
  merge_user: user.nullish(),
  merged_by: user.nullish(),
  merge_when_pipeline_succeeds: z.boolean().optional(),
  squash_commit_sha: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  reviewers: z.array(z.object({ id: z.number() })).nullish(),
});

type Row = z.infer<typeof row>;

function dialectOf({ path: slug }: HostProject, api: HostApi): HostDialect<Row> {
  const path = `/projects/${encodeURIComponent(slug)}/merge_requests`;
  return {
    noun: 'merge request',
    sign: '!',
    abilities: ['labels', 'reviewers', 'auto-merge', 'draft'],
    limits: LIMITS,
    path,
    row,
    toRequest,
    openedBy: ({ author }) => author?.username,
    account: accountCalls,
    isFromHere: ({ source_project_id: from, target_project_id: to }) => from === to,
    openQuery: ({ head, base }) => ({
      state: 'opened',
      per_page: 100,
      source_branch: head,
      target_branch: base,
    }),
    endedQuery: ({ head, base }) => ({
      state: 'all',
      source_branch: head,
      target_branch: base,
      order_by: 'created_at',
      sort: 'desc',
      per_page: 30,
    }),
    refusedStatus: 409,
    findReviewers: (names, signal) => findReviewers(api, names, signal),
    draftBody: ({ head, base, title, body, labels, draft }, reviewers) => ({
      source_branch: head,
      target_branch: base,
      title: draft ? DRAFT.mark(title) : title,
      description: body,
      ...(labels.length === 0 ? {} : { labels: labels.join(',') }),
      ...(reviewers.length === 0 ? {} : { reviewer_ids: reviewers.map(Number) }),
    }),
    refusesAdditions: refusesNames,
    additions: additionsOf({ api, path, row }),
    changeMethod: 'PUT',
    rewrite:
      ({ title, body }) =>
      (now) => ({ body: { title: DRAFT.keepMark(title, now.title), description: body } }),
    close: (body) => [{ body: { state_event: 'close', description: body } }],
    comment: (number, body) => ({ path: `${path}/${number}/notes`, body: { body } }),
    enableAutoMerge(number, { method, squash }, { what, signal }) {
      // GitLab 17.11 renamed the first one to the second.
      const body = {
        merge_when_pipeline_succeeds: true,
        auto_merge: true,
        squash: method === 'squash',
        // The project may demand a squash. A push ends what was set before, so it is never an old message.
        ...(squash === undefined ? {} : { squash_commit_message: squash }),
      };
      // Right after it was opened GitLab still checks whether it can be merged, and answers one of these.
      const understands = [405, 406, 409, 422];
      const call = { method: 'PUT', path: `${path}/${number}/merge`, body, what, understands } as const;
      return askToMerge(api, call, signal);
    },
  };
}

function additionsOf(requests: RequestPath<Row>): Additions {
  const { api, path } = requests;
  const add = (number: number, body: unknown, { what, signal }: CallContext) => {
    const call = { method: 'PUT', path: `${path}/${number}`, body, what, understands: NAME_REFUSED } as const;
    return api.call(call, signal);
  };
  return {
    labels(number, labels, signal) {
      const what = `label merge request !${number}`;
      return add(number, { add_labels: labels.join(',') }, { what, signal });
    },
    async reviewers(number, ids, signal) {
      const context = { what: `ask for reviews of merge request !${number}`, signal };
      // What is sent takes the place of all that are there.
      const { reviewers } = await readRow(requests, number, context);
      const all = new Set([...(reviewers ?? []).map(({ id }) => id), ...ids.map(Number)]);
      return add(number, { reviewer_ids: [...all] }, context);
    },
  };
}

const accountCalls: HostDialect<Row>['account'] = [
  {
    method: 'GET',
    path: '/user',
    accountIn: ({ content }) => user.safeParse(content).data?.username,
  },
];

function toRequest(one: Row): HostRequest {
  const by = one.state === 'closed' ? one.closed_by : (one.merge_user ?? one.merged_by);
  return {
    number: one.iid,
    url: one.web_url,
    state: STATES[one.state],
    head: one.source_branch,
    base: one.target_branch,
    title: DRAFT.strip(one.title),
    body: one.description ?? '',
    endedBy: one.state === 'opened' ? undefined : by?.username,
    mergedAs:
      one.state === 'merged' ? (one.squash_commit_sha ?? one.merge_commit_sha ?? undefined) : undefined,
    autoMerge: one.merge_when_pipeline_succeeds ?? false,
  };
}

/** `locked` is for the moment of merging. */
const STATES: Readonly<Record<Row['state'], HostRequest['state']>> = {
  opened: 'open',
  locked: 'merged',
  merged: 'merged',
  closed: 'closed',
};

const people = z.array(z.object({ id: z.number() }));

async function findReviewers(
  api: HostApi,
  names: readonly string[],
  signal: AbortSignal,
): Promise<FoundReviewers> {
  const ids = new Map<string, string>();
  const shortcomings: string[] = [];
  const unasked: string[] = [];
  for (const username of names) {
    const call = { method: 'GET', path: '/users', query: { username }, what: 'find a reviewer' } as const;
    const found = await orShortcoming(shortcomings, () => api.read(call, people, signal));
    const [person] = found ?? [];
    if (found === undefined) unasked.push(username);
    else if (person !== undefined) ids.set(username, String(person.id));
    else shortcomings.push(`${api.label} knows no user ${username} to ask for a review`);
  }
  return { ids, shortcomings, unasked };
}
