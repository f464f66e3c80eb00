import * as z from 'zod';
import { apiPathOf, segmentsOf } from '../../core/git/api-path.ts';
import { LynceusError } from '../../errors.ts';
import { basicAuthorization } from '../../http/basic-authorization.ts';
import { createHost, readRow, type RequestPath } from '../create-host.ts';
import { hideComments, roomForHidden, showComments } from '../hidden-comments.ts';
import type { HostApi } from '../host-api.ts';
import type { BranchQuery, ChangeStep, HostDialect, HostRequest } from '../host-dialect.ts';
import type { HostKind, HostLogin, HostProject } from '../host-kind.ts';
import { jsonField, listUnder, type Paging } from '../paging.ts';
import type { ApiAnswer } from '../refusal.ts';
import { findReviewerIds, NAME_REFUSED, refusesNames } from '../reviewers.ts';

/** bitbucket.org; `altssh` is its host for SSH at the port of HTTPS. */
export const BITBUCKET_CLOUD: HostKind = {
  hosts: ['bitbucket.org', 'altssh.bitbucket.org'],
  apiUrlOf: ({ protocol, host }) =>
    /(?:^|\.)bitbucket\.org$/.test(host) ? 'https://api.bitbucket.org/2.0' : `${protocol}://${host}/2.0`,
  headersOf: (login) => ({ authorization: authorizationOf(login) }),
  open: (project, api) => createHost(api, dialectOf(project, api)),
};

/** Names of Git logins that stand for a token and are nobody's. */
const NOBODY = new Set(['', 'x-token-auth', 'x-bitbucket-api-token-auth']);

/** `jane@acme.example:ATATT3x…`. */
const ADDRESS_AND_TOKEN = /^[^\s:@]+@[^\s:]+:\S+$/;

/**
 * An access token of a repository, project or workspace is a bearer token. An API token of a person is the password of
 * her mail address, which Git does not ask for: then the token is given as `ADDRESS:TOKEN`.
 */
function authorizationOf({ username, token }: HostLogin): string {
  if (ADDRESS_AND_TOKEN.test(token)) {
    const cut = token.indexOf(':');
    return basicAuthorization(token.slice(0, cut), token.slice(cut + 1));
  }
  return NOBODY.has(username) ? `Bearer ${token}` : basicAuthorization(username, token);
}

const LIMITS = { title: 255, body: roomForHidden(32_768) };

const account = z.object({ uuid: z.string() });

const side = z.object({
  branch: z.object({ name: z.string() }),
  /** `null` when the fork is gone. */
  repository: z.object({ full_name: z.string() }).nullish(),
});

/** What is used of a pull request (developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests). */
const row = z.object({
  id: z.number(),
  title: z.string(),
  description: z.string().nullish(),
  state: z.enum(['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED']),
  draft: z.boolean().optional(),
  /** The beginning of its hash. */
  merge_commit: z.object({ hash: z.string() }).nullish(),
  source: side,
  destination: side,
  links: z.object({ html: z.object({ href: z.string() }) }),
  author: account.nullish(),
  closed_by: z.object({ nickname: z.string().optional(), display_name: z.string().optional() }).nullish(),
  reviewers: z.array(z.object({ uuid: z.string() })).optional(),
});

type Row = z.infer<typeof row>;

/** `{ values, next }`, `next` the whole URL (".../rest/intro/#pagination"). */
const VALUES: Paging = {
  itemsOf: listUnder('values'),
  nextOf({ content }) {
    const next = jsonField(content, 'next');
    return typeof next === 'string' ? next : undefined;
  },
};

function dialectOf({ path: slug }: HostProject, api: HostApi): HostDialect<Row> {
  const [workspace, name, ...more] = segmentsOf(slug);
  if (workspace === undefined || name === undefined || more.length > 0) {
    throw new LynceusError(
      'config-invalid',
      `${api.label} is no repository of Bitbucket Cloud: WORKSPACE/REPOSITORY expected`,
    );
  }
  const path = `/repositories${apiPathOf([workspace, name])}/pullrequests`;
  return {
    abilities: ['reviewers', 'draft'],
    limits: LIMITS,
    path,
    row,
    toRequest,
    openedBy: ({ author }) => author?.uuid,
    account: accountCalls,
    isFromHere,
    paging: VALUES,
    // 50 is the largest page.
    openQuery: (branches) => ({ state: 'OPEN', q: filterOf(branches), pagelen: 50 }),
    endedQuery: (branches) => ({
      state: ['MERGED', 'DECLINED', 'SUPERSEDED'],
      q: filterOf(branches),
      sort: '-created_on',
      pagelen: 30,
    }),
    overwrites: true,
    refusedStatus: 400,
    findReviewers: (names, signal) =>
      findReviewerIds(names, {
        label: api.label,
        isId: (one) => UUID.test(one),
        find: () => findMembers(api, workspace, signal),
      }),
    draftBody: ({ head, base, title, body, draft }, reviewers) => ({
      title,
      description: hideComments(body),
      source: { branch: { name: head } },
      destination: { branch: { name: base } },
      ...(draft ? { draft: true } : {}),
      reviewers: reviewers.map((uuid) => ({ uuid })),
    }),
    refusesAdditions: refusesNames,
    additions: {
      reviewers: (number, ids, signal) => askReviewers({ api, path, row }, number, { ids, signal }),
    },
    changeMethod: 'PUT',
    // A reviewer who left would keep it as it is for ever.
    retryChange: { status: 400, when: isAboutReviewers },
    rewrite,
    // In this order, because what is declined cannot be changed.
    close: (body) => [rewrite({ body }), { method: 'POST', below: '/decline' }],
    comment: (number, text) => ({ path: `${path}/${number}/comments`, body: { content: { raw: text } } }),
    enableAutoMerge: () =>
      Promise.resolve({ kind: 'refused', reason: 'Bitbucket Cloud merges nothing by itself' }),
  };
}

function isFromHere({ source, destination }: Row): boolean {
  const from = source.repository?.full_name;
  return from !== undefined && from === destination.repository?.full_name;
}

/** In the query language of Bitbucket (".../rest/intro/#filtering"). */
function filterOf({ head, base }: BranchQuery): string {
  const into = `destination.branch.name=${quoted(base)}`;
  return head === undefined ? into : `source.branch.name=${quoted(head)} AND ${into}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

const accountCalls: HostDialect<Row>['account'] = [
  {
    method: 'GET',
    path: '/user',
    accountIn: ({ content }) => account.safeParse(content).data?.uuid,
  },
];

function toRequest(one: Row): HostRequest {
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
    mergedAs: one.state === 'MERGED' ? one.merge_commit?.hash : undefined,
    autoMerge: false,
  };
}

/** `SUPERSEDED`: another one of the same branches took its place. */
const STATES: Readonly<Record<Row['state'], HostRequest['state']>> = {
  OPEN: 'open',
  MERGED: 'merged',
  DECLINED: 'closed',
  SUPERSEDED: 'closed',
};

/** What a `PUT` leaves out is not always kept: without reviewers there are none, which is how refused ones are dropped. */
function rewrite({ title, body }: { readonly title?: string; readonly body: string }): ChangeStep<Row> {
  return (now, refused) => ({
    body: {
      title: title ?? now.title,
      description: hideComments(body),
      ...(now.draft === true ? { draft: true } : {}),
      ...(refused === undefined ? { reviewers: (now.reviewers ?? []).map(({ uuid }) => ({ uuid })) } : {}),
    },
  });
}

async function askReviewers(
  requests: RequestPath<Row>,
  number: number,
  { ids, signal }: { readonly ids: readonly string[]; readonly signal: AbortSignal },
): Promise<ApiAnswer> {
  const { api, path } = requests;
  const what = `ask for reviews of pull request #${number}`;
  const now = await readRow(requests, number, { what, signal });
  const all = new Set([...(now.reviewers ?? []).map(({ uuid }) => uuid), ...ids]);
  const body = {
    title: now.title,
    description: now.description ?? '',
    ...(now.draft === true ? { draft: true } : {}),
    reviewers: [...all].map((uuid) => ({ uuid })),
  };
  const understands = NAME_REFUSED;
  return await api.call({ method: 'PUT', path: `${path}/${number}`, body, what, understands }, signal);
}

/** One who left, or who wrote the request: `{ error: { fields: { reviewers: [...] } } }`. */
function isAboutReviewers({ status, content }: ApiAnswer): boolean {
  return (
    status === 400 && jsonField(jsonField(jsonField(content, 'error'), 'fields'), 'reviewers') !== undefined
  );
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

/** Bitbucket has no user names: a reviewer is a UUID in braces, an account id, a nickname or the name shown. */
async function findMembers(api: HostApi, workspace: string, signal: AbortSignal) {
  const call = {
    method: 'GET',
    path: `/workspaces/${encodeURIComponent(workspace)}/members`,
    query: { pagelen: 100 },
    what: 'find the reviewers among the members of the workspace',
    paging: VALUES,
  } as const;
  const members = await api.readPages(call, member, signal);
  return (name: string): readonly string[] =>
    members
      .filter(({ user }) => [user.account_id, user.nickname, user.display_name].includes(name))
      .map(({ user }) => user.uuid);
}
