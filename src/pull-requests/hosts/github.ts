import * as z from 'zod';
import { apiPathOf } from '../../core/git/api-path.ts';
import { githubGraphqlPath, githubHeaders, githubOrServerApiUrl } from '../../core/git/github-api.ts';
import type { AutoMergeResult, MergeMethod, Merging } from '../../ports/pull-request-host.ts';
import { createHost, readRow, type RequestPath } from '../create-host.ts';
import type { ApiCall, HostApi } from '../host-api.ts';
import type { CallContext, HostDialect, HostRequest } from '../host-dialect.ts';
import type { HostKind, HostProject } from '../host-kind.ts';
import { askForReviews, NAME_REFUSED } from '../reviewers.ts';

/** github.com, GitHub with data residency, and GitHub Enterprise Server. */
export const GITHUB: HostKind = {
  hosts: ['github.com', '*.ghe.com'],
  apiUrlOf: ({ protocol, host }) => githubOrServerApiUrl(protocol, host),
  headersOf: ({ token }) => githubHeaders(token),
  open: (project, api) => createHost(api, dialectOf(project, api)),
};

const LIMITS = { title: 255, body: 65_536 };

const closer = z.object({ closed_by: z.object({ login: z.string() }).nullish() });

const account = z.object({ login: z.string() });

const viewer = z.object({ data: z.object({ viewer: account }).nullish() });

const side = z.object({
  ref: z.string(),
  /** `null` when the fork is gone. */
  repo: z.object({ id: z.number() }).nullable(),
});

/** What is used of a pull request (docs.github.com/rest/pulls/pulls). */
const row = z.object({
  number: z.number(),
  node_id: z.string(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  merged_at: z.string().nullable(),
  merge_commit_sha: z.string().nullish(),
  title: z.string(),
  body: z.string().nullable(),
  /** `null` when the account is gone. */
  user: account.nullish(),
  head: side,
  base: side,
  auto_merge: z.unknown().optional(),
});

type Row = z.infer<typeof row>;

function dialectOf({ path: slug }: HostProject, api: HostApi): HostDialect<Row> {
  const [owner = ''] = slug.split('/');
  const repository = `/repos${apiPathOf(slug.split('/'))}`;
  const path = `${repository}/pulls`;
  const issue = (number: number) => `${repository}/issues/${number}`;
  const ofBranch = (head: string | undefined) => (head === undefined ? undefined : `${owner}:${head}`);
  return {
    abilities: ['labels', 'reviewers', 'auto-merge', 'draft'],
    limits: LIMITS,
    path,
    row,
    toRequest,
    openedBy: ({ user }) => user?.login,
    account: accountCalls(api),
    isFromHere: ({ head, base }) => head.repo !== null && head.repo.id === base.repo?.id,
    openQuery: ({ head, base }) => ({ state: 'open', head: ofBranch(head), base, per_page: 100 }),
    endedQuery: ({ head, base }) => ({
      state: 'closed',
      head: ofBranch(head),
      base,
      sort: 'created',
      direction: 'desc',
      per_page: 30,
    }),
    async endedBy({ number, merged_at: merged }, signal) {
      if (merged !== null) return undefined;
      // The request itself does not hold who closed it, its issue does.
      const what = 'read who closed a pull request';
      return (await api.read({ method: 'GET', path: issue(number), what }, closer, signal)).closed_by?.login;
    },
    refusedStatus: 422,
    draftBody: ({ head, base, title, body, draft }) => ({
      head,
      base,
      title,
      body,
      ...(draft ? { draft: true } : {}),
    }),
    additions: {
      labels(number, labels, signal) {
        const call = {
          method: 'POST',
          path: `${issue(number)}/labels`,
          body: { labels },
          what: `label pull request #${number}`,
          // 404 is answered to a token without the right.
          understands: NAME_REFUSED.filter((status) => status !== 404),
        } as const;
        return api.call(call, signal);
      },
      reviewers: askForReviews(api, path),
    },
    changeMethod: 'PATCH',
    rewrite: ({ title, body }) => ({ body: { title, body } }),
    close: (body) => [{ body: { state: 'closed', body } }],
    comment: (number, body) => ({ path: `${issue(number)}/comments`, body: { body } }),
    enableAutoMerge: (number, merging, context) =>
      enableAutoMerge({ api, path, row }, number, { ...merging, ...context }),
  };
}

function accountCalls(api: Pick<HostApi, 'baseUrl'>): HostDialect<Row>['account'] {
  return [
    { method: 'GET', path: '/user', accountIn: ({ content }) => account.safeParse(content).data?.login },
    // The first one does not answer a GitHub App.
    {
      method: 'POST',
      path: githubGraphqlPath(api.baseUrl),
      body: { query: 'query { viewer { login } }' },
      accountIn: ({ content }) => viewer.safeParse(content).data?.data?.viewer.login,
    },
  ];
}

function toRequest(one: Row): HostRequest {
  const ended = one.merged_at === null ? 'closed' : 'merged';
  return {
    number: one.number,
    url: one.html_url,
    state: one.state === 'open' ? 'open' : ended,
    head: one.head.ref,
    base: one.base.ref,
    title: one.title,
    body: one.body ?? '',
    endedBy: undefined,
    mergedAs: one.merged_at === null ? undefined : (one.merge_commit_sha ?? undefined),
    autoMerge: one.auto_merge !== undefined && one.auto_merge !== null,
  };
}

const ENABLE = `mutation($id: ID!, $method: PullRequestMergeMethod!, $headline: String, $body: String) {
  enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: $method, commitHeadline: $headline, commitBody: $body }) { clientMutationId }
}`;

/** What is enabled cannot be changed. */
const DISABLE = `mutation($id: ID!) {
  disablePullRequestAutoMerge(input: { pullRequestId: $id }) { clientMutationId }
}`;

const METHODS: Readonly<Record<MergeMethod, string>> = { merge: 'MERGE', squash: 'SQUASH', rebase: 'REBASE' };

/** GitHub takes the first line and the rest apart. */
function messageParts(message: string | undefined): Readonly<Record<string, string>> {
  if (message === undefined) return {};
  const [headline = '', ...rest] = message.trim().split('\n');
  return { headline, body: rest.join('\n').trim() };
}

const graphAnswer = z.object({ errors: z.array(z.object({ message: z.string() })).optional() });

/** The REST API cannot do this. */
async function enableAutoMerge(
  requests: RequestPath<Row>,
  number: number,
  { method, squash, again, what, signal }: CallContext & Merging,
): Promise<AutoMergeResult> {
  const { api } = requests;
  const { node_id: id, auto_merge: now } = await readRow(requests, number, { what, signal });
  const ask = (query: string, variables: Readonly<Record<string, string>>) => {
    const path = githubGraphqlPath(api.baseUrl);
    const graph: ApiCall = { method: 'POST', path, body: { query, variables }, what };
    return api.call(graph, signal);
  };
  if (again && now !== undefined && now !== null) await ask(DISABLE, { id });
  const message = method === 'squash' ? messageParts(squash) : {};
  const answer = await ask(ENABLE, { id, method: METHODS[method], ...message });
  const { errors = [] } = api.check(answer.content, graphAnswer, what);
  if (errors.length === 0) return { kind: 'enabled' };
  return { kind: 'refused', reason: api.reasonOf({ ...answer, content: errors }) };
}
