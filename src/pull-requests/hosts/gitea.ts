import * as z from 'zod';
import { apiPathOf, segmentsOf } from '../../core/git/api-path.ts';
import { LynceusError } from '../../errors.ts';
import { basicAuthorization } from '../../http/basic-authorization.ts';
import { nextTarget } from '../../http/link.ts';
import { askToMerge, createHost } from '../create-host.ts';
import { createDraftTitle } from '../draft-title.ts';
import type { HostApi } from '../host-api.ts';
import type { HostDialect, HostRequest } from '../host-dialect.ts';
import type { HostKind, HostProject } from '../host-kind.ts';
import { LINKED, withParameter, type Paging } from '../paging.ts';
import type { ApiAnswer } from '../refusal.ts';
import { askForReviews } from '../reviewers.ts';

/** Gitea and Forgejo, also below a path of their host (docs.gitea.com, "API Usage"; `/api/swagger` of any of them). */
export const GITEA: HostKind = {
  hosts: ['gitea.com', 'codeberg.org'],
  apiUrlOf: ({ protocol, host, path }) =>
    `${protocol}://${host}${apiPathOf(segmentsOf(path).slice(0, -2))}/api/v1`,
  // Basic takes a token in place of the password, and a password where there is no second factor.
  headersOf: ({ username, token }) => ({
    authorization: username === '' ? `token ${token}` : basicAuthorization(username, token),
  }),
  open: (project, api) => createHost(api, dialectOf(project, api)),
};

const LIMITS = { title: 255, body: 65_536 };

/** `repository.pull-request` of Gitea's settings, unless changed. */
const DRAFT = createDraftTitle('WIP: ', /^(?:wip:|\[wip\]) */i, LIMITS.title);

const user = z.object({ login: z.string() });

const side = z.object({
  /** Name of the branch. `ref` is none: it becomes `refs/pull/7/head` when the branch is deleted. */
  label: z.string(),
  /** -1 when the fork is gone. */
  repo_id: z.number(),
});

/** What is used of a pull request (modules/structs/pull.go of Gitea). */
const row = z.object({
  number: z.number(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  user: user.nullish(),
  merged_by: user.nullish(),
  merge_commit_sha: z.string().nullish(),
  title: z.string(),
  body: z.string().nullable(),
  head: side,
  base: side,
});

type Row = z.infer<typeof row>;

/** The `Link` header names the address that Gitea believes to have, so only its being there is used. */
const NUMBERED: Paging = {
  itemsOf: LINKED.itemsOf,
  nextOf: ({ headers }, { url }) =>
    nextTarget(headers['link']) === undefined
      ? undefined
      : withParameter(url, 'page', Number(url.searchParams.get('page') ?? 1) + 1),
};

/** The first page, as large as Gitea gives one unless its `MAX_RESPONSE_ITEMS` was changed. */
const FIRST_PAGE = { page: 1, limit: 50 };

function dialectOf({ path: slug }: HostProject, api: HostApi): HostDialect<Row> {
  const [owner, name] = segmentsOf(slug).slice(-2);
  if (owner === undefined || name === undefined) {
    throw new LynceusError(
      'config-invalid',
      `${api.label} is no repository of Gitea: OWNER/REPOSITORY expected`,
    );
  }
  const repository: Repository = { api, owner, path: `/repos${apiPathOf([owner, name])}` };
  const path = `${repository.path}/pulls`;
  return {
    abilities: ['labels', 'reviewers', 'auto-merge', 'draft'],
    limits: LIMITS,
    path,
    row,
    toRequest,
    openedBy: ({ user: opener }) => opener?.login,
    account: accountCalls,
    isFromHere: ({ head, base }) => head.repo_id === base.repo_id,
    paging: NUMBERED,
    // Versions before 1.24 do not know `base_branch`, and give all.
    openQuery: ({ base }) => ({ state: 'open', base_branch: base, ...FIRST_PAGE }),
    endedQuery: ({ base }) => ({ state: 'closed', base_branch: base, ...FIRST_PAGE }),
    endedBy: ({ number }, signal) => closedBy(repository, number, signal),
    refusedStatus: 409,
    draftBody: ({ head, base, title, body, draft }) => ({
      head,
      base,
      title: draft ? DRAFT.mark(title) : title,
      body,
    }),
    additions: {
      labels: (number, labels, signal) => addLabels(repository, number, { labels, signal }),
      reviewers: askForReviews(api, path),
    },
    changeMethod: 'PATCH',
    rewrite:
      ({ title, body }) =>
      (now) => ({ body: { title: DRAFT.keepMark(title, now.title), body } }),
    close: (body) => [{ body: { state: 'closed', body } }],
    comment: (number, body) => ({ path: `${repository.path}/issues/${number}/comments`, body: { body } }),
    // Merges at once where no check is missing.
    async enableAutoMerge(number, { method, squash, again }, { what, signal }) {
      const merge = `${path}/${number}/merge`;
      // What is scheduled cannot be changed.
      if (again) await api.call({ method: 'DELETE', path: merge, what, understands: [404] }, signal);
      const message = method === 'squash' ? messageFields(squash) : {};
      const body = { Do: method, merge_when_checks_succeed: true, ...message };
      const understands = [405, 409];
      const call = { method: 'POST', path: merge, body, what, understands } as const;
      const result = await askToMerge(api, call, signal);
      return result.kind === 'refused' && IS_SCHEDULED.test(result.reason) ? { kind: 'as-before' } : result;
    },
  };
}

function messageFields(message: string | undefined): Readonly<Record<string, string>> {
  if (message === undefined) return {};
  const [title = '', ...rest] = message.trim().split('\n');
  return { MergeTitleField: title, MergeMessageField: rest.join('\n').trim() };
}

/** 409 is answered for a conflict too. */
const IS_SCHEDULED = /already scheduled/i;

/** Gitea does not show whether a request is to be merged by itself, nor who closed it. */
const accountCalls: HostDialect<Row>['account'] = [
  {
    method: 'GET',
    path: '/user',
    accountIn: ({ content }) => user.safeParse(content).data?.login,
  },
];

function toRequest(one: Row): HostRequest {
  const ended = one.merged ? 'merged' : 'closed';
  return {
    number: one.number,
    url: one.html_url,
    state: one.state === 'open' ? 'open' : ended,
    head: one.head.label,
    base: one.base.label,
    title: DRAFT.strip(one.title),
    body: one.body ?? '',
    endedBy: one.merged ? one.merged_by?.login : undefined,
    mergedAs: one.merged ? (one.merge_commit_sha ?? undefined) : undefined,
    autoMerge: false,
  };
}

interface Repository {
  readonly api: HostApi;
  readonly owner: string;
  /** `/repos/acme/deploy`. */
  readonly path: string;
}

const timelineEvent = z.object({ type: z.string(), user: user.nullish() });

async function closedBy(
  { path, api }: Repository,
  number: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const call = {
    method: 'GET',
    path: `${path}/issues/${number}/timeline`,
    query: FIRST_PAGE,
    what: 'read who closed a pull request',
    paging: NUMBERED,
  } as const;
  const events = await api.readPages(call, timelineEvent, signal);
  return events.findLast(({ type }) => type === 'close')?.user?.login;
}

/** 404: the owner is a person, who has no labels. */
const NONE_OF_A_PERSON = {
  paging: { ...NUMBERED, itemsOf: (content: unknown) => NUMBERED.itemsOf(content) ?? [] },
  understands: [404],
} as const;

const labelRow = z.object({ id: z.number(), name: z.string() });

/** Labels are given by number. Those that are missing are made, as GitHub and GitLab do by themselves. */
async function addLabels(
  { path, owner, api }: Repository,
  number: number,
  { labels, signal }: { readonly labels: readonly string[]; readonly signal: AbortSignal },
): Promise<ApiAnswer> {
  const what = `label pull request #${number}`;
  const reading = { method: 'GET', query: FIRST_PAGE, what, paging: NUMBERED } as const;
  const known = new Map<string, number>();
  for (const one of await api.readPages({ ...reading, path: `${path}/labels` }, labelRow, signal)) {
    known.set(one.name, one.id);
  }
  if (labels.some((name) => !known.has(name))) {
    const ofOwner = { ...reading, path: `/orgs/${encodeURIComponent(owner)}/labels`, ...NONE_OF_A_PERSON };
    const found = await api.readPages(ofOwner, labelRow, signal);
    for (const one of found) if (!known.has(one.name)) known.set(one.name, one.id);
  }
  const ids: number[] = [];
  for (const name of labels) {
    const body = { name, color: '#ededed' };
    const making = { method: 'POST', path: `${path}/labels`, body, what: `make the label ${name}` } as const;
    ids.push(known.get(name) ?? (await api.read(making, labelRow, signal)).id);
  }
  const adding = { method: 'POST', path: `${path}/issues/${number}/labels`, what } as const;
  return await api.call({ ...adding, body: { labels: ids } }, signal);
}
