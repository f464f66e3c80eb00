import * as z from 'zod';
import { apiPathOf } from '../../core/git/api-path.ts';
import { basicAuthorization } from '../../http/basic-authorization.ts';
import type { MergeMethod } from '../../ports/pull-request-host.ts';
import { askToMerge, createHost, readRow } from '../create-host.ts';
import type { HostApi } from '../host-api.ts';
import type { HostDialect, HostRequest } from '../host-dialect.ts';
import type { HostKind, HostProject } from '../host-kind.ts';
import { azurePlaceOf, requireAzurePlace } from './azure-place.ts';
import { refusesNames } from '../reviewers.ts';
import { azureAdditions } from './azure-additions.ts';
import { findAzureReviewers, SKIPPED, AZURE_API_VERSION } from './azure-reviewers.ts';

const ENTRA = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;

/** Azure DevOps Services and Server. The API is below the organization or collection. */
export const AZURE_DEVOPS: HostKind = {
  hosts: ['dev.azure.com', '*.visualstudio.com'],
  apiUrlOf: ({ protocol, host, path }) =>
    `${protocol}://${host}${azurePlaceOf(host, path)?.collection ?? ''}`,
  headersOf: ({ token }) => ({
    // A personal access token is the password of nobody; one of Microsoft Entra is a JWT.
    authorization: ENTRA.test(token) ? `Bearer ${token}` : basicAuthorization('', token),
    // Asks for a refusal in place of a page to log in at.
    'x-tfs-fedauthredirect': 'Suppress',
  }),
  open: (project, api) => createHost(api, dialectOf(project, api)),
};

const LIMITS = { title: 255, body: 4_000 };

const identity = z.object({
  id: z.string(),
  uniqueName: z.string().optional(),
  displayName: z.string().optional(),
});

const connection = z.object({ authenticatedUser: z.object({ id: z.string() }) });

/** What is used of a pull request (learn.microsoft.com/rest/api/azure/devops/git/pull-requests). */
const row = z.object({
  pullRequestId: z.number(),
  status: z.enum(['active', 'abandoned', 'completed', 'notSet']),
  title: z.string(),
  description: z.string().nullish(),
  sourceRefName: z.string(),
  targetRefName: z.string(),
  createdBy: identity,
  closedBy: identity.nullish(),
  autoCompleteSetBy: identity.nullish(),
  /** Once it is completed, what it became on the target branch. */
  lastMergeCommit: z.object({ commitId: z.string() }).nullish(),
  /** There when its branch is in a fork. */
  forkSource: z.unknown().optional(),
});

type Row = z.infer<typeof row>;

const BRANCH = 'refs/heads/';

/** Lists show so many characters of a description ("Get Pull Requests", on `description`). */
const SHOWN_IN_LISTS = 400;

function dialectOf(remote: HostProject, api: HostApi): HostDialect<Row> {
  const { project, repository } = requireAzurePlace(remote, api.label);
  const webUrl = `${api.baseUrl}${apiPathOf([project, '_git', repository])}/pullrequest`;
  const path = `${apiPathOf([project, '_apis', 'git', 'repositories', repository])}/pullrequests`;
  const rows = { api, path, query: AZURE_API_VERSION, row } as const;
  return {
    ...rows,
    sign: '!',
    abilities: ['labels', 'reviewers', 'auto-merge', 'draft'],
    limits: LIMITS,
    toRequest: (one) => toRequest(one, webUrl),
    openedBy: ({ createdBy }) => createdBy.id,
    account: accountCalls,
    isFromHere: ({ forkSource }) => (forkSource ?? undefined) === undefined,
    paging: SKIPPED,
    openQuery: (branches) => ({ 'searchCriteria.status': 'active', ...criteria(branches), $top: 100 }),
    endedQuery: (branches) => ({ 'searchCriteria.status': 'all', ...criteria(branches), $top: 30 }),
    // The first page alone: only an empty one is known to be the last.
    mostEndedRows: 1,
    // The end of a description is where our marker is.
    complete: async (one, signal) =>
      (one.description ?? '').length < SHOWN_IN_LISTS
        ? one
        : readRow(rows, one.pullRequestId, { what: `read pull request !${one.pullRequestId}`, signal }),
    // TF401179: an active one for these branches is there.
    refusedStatus: 409,
    findReviewers: (names, signal) => findAzureReviewers({ api, project }, names, signal),
    draftBody: ({ head, base, title, body, labels, draft }, reviewers) => ({
      sourceRefName: `${BRANCH}${head}`,
      targetRefName: `${BRANCH}${base}`,
      title,
      description: body,
      isDraft: draft,
      labels: labels.map((name) => ({ name })),
      reviewers: reviewers.map((id) => ({ id })),
    }),
    refusesAdditions: refusesNames,
    additions: azureAdditions(api, path),
    changeMethod: 'PATCH',
    rewrite: ({ title, body }) => ({ body: { title, description: body } }),
    close: (body) => [{ body: { description: body } }, { body: { status: 'abandoned' } }],
    comment: (number, text) => ({
      path: `${path}/${number}/threads`,
      // Closed, so that no rule waits for an answer.
      body: { comments: [{ content: text, commentType: 'text' }], status: 'closed' },
    }),
    // Auto-complete is set in the name of somebody: of who opened the request, which is us.
    async enableAutoMerge(number, { method, squash }, { what, signal }) {
      const { createdBy } = await readRow(rows, number, { what, signal });
      const body = {
        autoCompleteSetBy: { id: createdBy.id },
        completionOptions: {
          mergeStrategy: STRATEGIES[method],
          ...(method === 'squash' && squash !== undefined ? { mergeCommitMessage: squash } : {}),
        },
      };
      const call = { method: 'PATCH', path: `${path}/${number}`, query: AZURE_API_VERSION } as const;
      return askToMerge(api, { ...call, body, what, understands: [400, 409] }, signal);
    },
  };
}

function criteria({ head, base }: { readonly head: string | undefined; readonly base: string }) {
  return {
    'searchCriteria.targetRefName': `${BRANCH}${base}`,
    'searchCriteria.sourceRefName': head === undefined ? undefined : `${BRANCH}${head}`,
  };
}

const STRATEGIES: Readonly<Record<MergeMethod, string>> = {
  merge: 'noFastForward',
  squash: 'squash',
  rebase: 'rebase',
};

const accountCalls: HostDialect<Row>['account'] = [
  {
    method: 'GET',
    path: '/_apis/connectionData',
    query: { 'api-version': '6.0-preview.1' },
    accountIn: ({ content }) => connection.safeParse(content).data?.authenticatedUser.id,
  },
];

function toRequest(one: Row, webUrl: string): HostRequest {
  const { displayName, uniqueName } = one.closedBy ?? {};
  const state = STATES[one.status];
  return {
    number: one.pullRequestId,
    url: `${webUrl}/${one.pullRequestId}`,
    state,
    head: one.sourceRefName.replace(BRANCH, ''),
    base: one.targetRefName.replace(BRANCH, ''),
    title: one.title,
    body: one.description ?? '',
    endedBy: state === 'open' ? undefined : (uniqueName ?? displayName),
    mergedAs: state === 'merged' ? one.lastMergeCommit?.commitId : undefined,
    autoMerge: one.autoCompleteSetBy !== undefined && one.autoCompleteSetBy !== null,
  };
}

const STATES: Readonly<Record<Row['status'], HostRequest['state']>> = {
  notSet: 'open',
  active: 'open',
  completed: 'merged',
  abandoned: 'closed',
};
