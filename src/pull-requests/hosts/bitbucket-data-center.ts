import * as z from 'zod';
import { apiPathOf, segmentsOf } from '../../core/git/api-path.ts';
import { LynceusError } from '../../errors.ts';
import { basicAuthorization } from '../../http/basic-authorization.ts';
import type { AutoMergeResult, MergeMethod, Merging } from '../../ports/pull-request-host.ts';
import { askToMerge, createHost, readRow, type RequestPath } from '../create-host.ts';
import { hideComments, roomForHidden, showComments } from '../hidden-comments.ts';
import type { ApiCall, HostApi } from '../host-api.ts';
import type { CallContext, ChangeStep, HostDialect, HostRequest } from '../host-dialect.ts';
import type { HostKind, HostProject } from '../host-kind.ts';
import { jsonField, listUnder, withParameter, type Paging } from '../paging.ts';
import type { ApiAnswer } from '../refusal.ts';
import { NAME_REFUSED, refusesNames } from '../reviewers.ts';

/** Bitbucket Data Center and Server. What is before `scm` in a URL of Git is the context path of the web pages. */
export const BITBUCKET_DATA_CENTER: HostKind = {
  hosts: [],
  apiUrlOf({ protocol, host, path }) {
    const segments = segmentsOf(path);
    const context = segments.slice(0, Math.max(0, segments.lastIndexOf('scm')));
    return `${protocol}://${host}${apiPathOf(context)}/rest/api/1.0`;
  },
  // An HTTP access token is a bearer token; a person's is taken in place of the password too.
  headersOf: ({ username, token }) => ({
    authorization: ['', 'x-token-auth'].includes(username)
      ? `Bearer ${token}`
      : basicAuthorization(username, token),
    // Without it, what a browser could have sent is refused.
    'x-atlassian-token': 'no-check',
  }),
  open: (project, api) => createHost(api, dialectOf(project, api)),
};

/** Bitbucket refuses descriptions longer than 32,768 characters. */
const LIMITS = { title: 255, body: roomForHidden(32_768) };

const person = z.object({ user: z.object({ name: z.string() }) });

const ref = z.object({
  /** `refs/heads/main`. */
  id: z.string(),
  repository: z.object({ slug: z.string(), project: z.object({ key: z.string() }) }),
});

/** What is used of a pull request (developer.atlassian.com/server/bitbucket/rest, "Pull Requests"). */
const row = z.object({
  id: z.number(),
  /** Counts changes; who changes it names the one that was read. */
  version: z.number(),
  title: z.string(),
  description: z.string().nullish(),
  state: z.enum(['OPEN', 'MERGED', 'DECLINED']),
  draft: z.boolean().optional(),
  fromRef: ref,
  toRef: ref,
  author: person.nullish(),
  reviewers: z.array(person).optional(),
  links: z.object({ self: z.array(z.object({ href: z.string() })).min(1) }),
  properties: z.object({ mergeCommit: z.object({ id: z.string() }).nullish() }).nullish(),
});

type Row = z.infer<typeof row>;

/** `{ values, isLastPage, nextPageStart }`; a server may give less than was asked for. */
const STARTS: Paging = {
  itemsOf: listUnder('values'),
  nextOf({ content }, { url }) {
    const start = jsonField(content, 'nextPageStart');
    if (jsonField(content, 'isLastPage') !== false || typeof start !== 'number') return undefined;
    return withParameter(url, 'start', start);
  },
};

const BRANCH = 'refs/heads/';

/** `scm/acme/deploy` over HTTP, `acme/deploy` over SSH, `~jane/deploy` for a project of a person. */
function dialectOf({ path: remote }: HostProject, api: HostApi): HostDialect<Row> {
  const [project, slug] = segmentsOf(remote).slice(-2);
  if (project === undefined || slug === undefined || project === 'scm') {
    throw new LynceusError(
      'config-invalid',
      `${api.label} is no repository of Bitbucket Data Center: PROJECT/REPOSITORY expected`,
    );
  }
  const repository = { slug, project: { key: project } };
  const path = `${apiPathOf(['projects', project, 'repos', slug])}/pull-requests`;
  return {
    abilities: ['reviewers', 'auto-merge', 'draft'],
    limits: LIMITS,
    path,
    row,
    toRequest,
    openedBy: ({ author }) => author?.user.name,
    account: accountCalls({ project, slug }),
    isFromHere: ({ fromRef: { repository: from }, toRef: { repository: to } }) =>
      from.slug === to.slug && from.project.key === to.project.key,
    paging: STARTS,
    // `INCOMING` is what `at` is the target of, `OUTGOING` what it is the source of.
    openQuery: ({ base }) => ({ state: 'OPEN', direction: 'INCOMING', at: `${BRANCH}${base}`, limit: 100 }),
    endedQuery: ({ head }) => ({
      state: 'ALL',
      direction: 'OUTGOING',
      at: `${BRANCH}${head}`,
      order: 'NEWEST',
      limit: 50,
    }),
    endedBy: ({ id }, signal) => endedBy(api, `${path}/${id}`, signal),
    // A request that is there already, and a reviewer who is unknown.
    refusedStatus: 409,
    draftBody: ({ head, base, title, body, draft }, reviewers) => ({
      title,
      description: hideComments(body),
      fromRef: { id: `${BRANCH}${head}`, repository },
      toRef: { id: `${BRANCH}${base}`, repository },
      ...(draft ? { draft: true } : {}),
      reviewers: reviewers.map((name) => ({ user: { name } })),
    }),
    refusesAdditions: (answer) => isAboutReviewers(answer) || refusesNames(answer),
    additions: {
      reviewers: (number, names, signal) => askReviewers({ api, path, row }, number, { names, signal }),
    },
    changeMethod: 'PUT',
    // Somebody else was faster.
    retryChange: { status: 409, when: (answer) => isException(answer, 'PullRequestOutOfDateException') },
    rewrite,
    // In this order, because what is declined cannot be changed.
    close: (body) => [
      rewrite({ body }),
      ({ version }) => ({ method: 'POST', below: '/decline', query: { version }, body: { version } }),
    ],
    comment: (number, text) => ({ path: `${path}/${number}/comments`, body: { text } }),
    enableAutoMerge: (number, merging, context) =>
      enableAutoMerge({ api, path, row }, number, { ...merging, ...context }),
  };
}

/** Neither who ended a request nor whether it merges by itself is shown with it. */
/** Every answer names the account, in a header and with percent-encoding. */
function accountCalls({
  project,
  slug,
}: {
  readonly project: string;
  readonly slug: string;
}): HostDialect<Row>['account'] {
  return [
    {
      method: 'GET',
      path: apiPathOf(['projects', project, 'repos', slug]),
      accountIn: ({ headers }) => segmentsOf(headers['x-ausername'] ?? '')[0] || undefined,
    },
  ];
}

function toRequest(one: Row): HostRequest {
  return {
    number: one.id,
    url: one.links.self[0]?.href ?? '',
    state: STATES[one.state],
    head: one.fromRef.id.replace(BRANCH, ''),
    base: one.toRef.id.replace(BRANCH, ''),
    title: one.title,
    body: showComments(one.description ?? ''),
    endedBy: undefined,
    mergedAs: one.state === 'MERGED' ? one.properties?.mergeCommit?.id : undefined,
    autoMerge: false,
  };
}

const STATES: Readonly<Record<Row['state'], HostRequest['state']>> = {
  OPEN: 'open',
  MERGED: 'merged',
  DECLINED: 'closed',
};

const activities = z.object({
  values: z.array(z.object({ action: z.string(), user: z.object({ name: z.string() }).optional() })),
});

/** The newest activities come first. */
async function endedBy(api: HostApi, path: string, signal: AbortSignal): Promise<string | undefined> {
  const what = 'read who closed a pull request';
  const call = { method: 'GET', path: `${path}/activities`, query: { limit: 50 }, what } as const;
  const { values } = await api.read(call, activities, signal);
  return values.find(({ action }) => action === 'DECLINED' || action === 'MERGED')?.user?.name;
}

/** What a `PUT` leaves out is taken away: without reviewers there are none. */
function rewrite({ title, body }: { readonly title?: string; readonly body: string }): ChangeStep<Row> {
  return ({ version, reviewers = [], draft, ...now }) => ({
    body: {
      version,
      title: title ?? now.title,
      description: hideComments(body),
      reviewers: reviewers.map(({ user: { name } }) => ({ user: { name } })),
      ...(draft === undefined ? {} : { draft }),
    },
  });
}

/** Whether it is an error of this name: `com.atlassian.bitbucket.pull.NAME`, `com.atlassian.stash.…` in old versions. */
function isException({ status, content }: ApiAnswer, name: string): boolean {
  return (
    status === 409 &&
    listIn(content, 'errors').some((one) => String(jsonField(one, 'exceptionName')).endsWith(`.${name}`))
  );
}

/** One whom it does not know, or who may not read the repository. */
function isAboutReviewers(answer: ApiAnswer): boolean {
  return isException(answer, 'InvalidPullRequestReviewersException');
}

async function askReviewers(
  requests: RequestPath<Row>,
  number: number,
  { names, signal }: { readonly names: readonly string[]; readonly signal: AbortSignal },
): Promise<ApiAnswer> {
  const { api, path } = requests;
  const what = `ask for reviews of pull request #${number}`;
  const {
    version,
    title,
    description,
    draft,
    reviewers = [],
  } = await readRow(requests, number, { what, signal });
  const all = new Set([...reviewers.map(({ user: { name } }) => name), ...names]);
  const body = {
    version,
    title,
    description: description ?? '',
    reviewers: [...all].map((name) => ({ user: { name } })),
    ...(draft === undefined ? {} : { draft }),
  };
  const understands = [...NAME_REFUSED, 409];
  const call = { method: 'PUT', path: `${path}/${number}`, body, what, understands } as const;
  const answer = await api.call(call, signal);
  // Somebody else was faster.
  if (answer.status === 409 && !isAboutReviewers(answer)) throw api.refusal(answer, what);
  return answer;
}

function listIn(content: unknown, name: string): readonly unknown[] {
  return listUnder(name)(content) ?? [];
}

const STRATEGIES: Readonly<Record<MergeMethod, string>> = {
  merge: 'no-ff',
  squash: 'squash',
  rebase: 'rebase-no-ff',
};

/**
 * Auto-merge is asked for with a merge (`autoMerge`, 8.15). Bitbucket merges at once where nothing is missing, older ones
 * do that alone; and answers 409 where something is and auto-merge is switched off.
 */
async function enableAutoMerge(
  requests: RequestPath<Row>,
  number: number,
  { method, squash, again, what, signal }: CallContext & Merging,
): Promise<AutoMergeResult> {
  const { api, path } = requests;
  const one = `${path}/${number}`;
  const asking: ApiCall = { method: 'GET', path: `${one}/auto-merge`, what, understands: [404] };
  const asked = await api.call(asking, signal);
  const isSet = asked.status === 200 && asked.content !== undefined;
  if (isSet && !again) return { kind: 'as-before' };
  if (isSet) await api.call({ ...asking, method: 'DELETE' }, signal);
  const { version } = await readRow(requests, number, { what, signal });
  const merging: ApiCall = {
    method: 'POST',
    path: `${one}/merge`,
    query: { version },
    body: {
      autoMerge: true,
      strategyId: STRATEGIES[method],
      ...(method === 'squash' && squash !== undefined ? { message: squash, autoSubject: false } : {}),
    },
    what,
    understands: [400, 409],
  };
  return askToMerge(api, merging, signal);
}
