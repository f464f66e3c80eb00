import { json, type Answer } from '../registry-stand-in.ts';
import type { KeptRequest } from './project.ts';
import {
  answerWith,
  commentRoute,
  fieldOf,
  listOf,
  optionalText,
  readRoute,
  requestOf,
  slice,
  textOf,
  type HostRoutes,
  type RouteCall,
} from './server.ts';

const ROOT = '^/git/rest/api/1.0/projects/acme/repos/deploy/pull-requests';
const NUMBER = '(?<number>\\d+)';

/** The REST API of Bitbucket Data Center below a context path, as developer.atlassian.com/server/bitbucket/rest describes it. */
export const BITBUCKET_DATA_CENTER_ROUTES: HostRoutes = {
  isLoggedIn: ({ authorization }, token) =>
    [`Bearer ${token}`, `Basic ${Buffer.from(`bot:${token}`).toString('base64')}`].includes(
      authorization ?? '',
    ),
  unauthorized: failed(401, {
    message: 'Authentication failed.',
    exceptionName: 'x.AuthenticationException',
  }),
  notFound: failed(404, {
    message: 'Repository acme/hidden does not exist.',
    exceptionName: 'com.atlassian.bitbucket.repository.NoSuchRepositoryException',
  }),
  limited: (seconds) => ({
    ...failed(429, { message: 'You have been rate limited' }),
    headers: { 'retry-after': String(seconds) },
  }),
  routes: [
    {
      method: 'GET',
      path: new RegExp(ROOT.replace('/pull-requests', '$')),
      answer: ({ project }) => json({}, { 'x-ausername': encodeURIComponent(project.robot) }),
    },
    { method: 'GET', path: new RegExp(`${ROOT}$`), answer: listRequests },
    { method: 'POST', path: new RegExp(`${ROOT}$`), answer: openRequest },
    readRoute(`${ROOT}/${NUMBER}$`, viewOf),
    { method: 'PUT', path: new RegExp(`${ROOT}/${NUMBER}$`), answer: changeRequest },
    { method: 'POST', path: new RegExp(`${ROOT}/${NUMBER}/decline$`), answer: declineRequest },
    { method: 'POST', path: new RegExp(`${ROOT}/${NUMBER}/merge$`), answer: mergeRequest },
    {
      method: 'GET',
      path: new RegExp(`${ROOT}/${NUMBER}/auto-merge$`),
      answer: (call) =>
        requestOf(call).autoMerge === undefined
          ? failed(404, { message: 'Auto-merge was not requested.' })
          : json({ createdDate: 1 }),
    },
    {
      method: 'DELETE',
      path: new RegExp(`${ROOT}/${NUMBER}/auto-merge$`),
      answer(call) {
        requestOf(call).autoMerge = undefined;
        return { status: 204 };
      },
    },
    { method: 'GET', path: new RegExp(`${ROOT}/${NUMBER}/activities$`), answer: listActivities },
    commentRoute(`${ROOT}/${NUMBER}/comments$`, (sent) => sent['text']),
  ],
};

function failed(status: number, error: unknown): Extract<Answer, { readonly status: number }> {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ errors: [error] }),
  };
}

const STATES = { open: 'OPEN', closed: 'DECLINED', merged: 'MERGED' } as const;

function listRequests(call: RouteCall) {
  const query = call.seen.url.searchParams;
  const state = query.get('state') ?? 'OPEN';
  const at = query.get('at');
  const isOutgoing = query.get('direction') === 'OUTGOING';
  const found = call.project.requests.filter(
    (one) =>
      (state === 'ALL' || STATES[one.state] === state) &&
      (at === null || at === `refs/heads/${isOutgoing ? one.head : one.base}`),
  );
  return pageOf(
    found.toSorted((a, b) => b.number - a.number).map((one) => viewOf(one, call)),
    call,
  );
}

const PULL = 'com.atlassian.bitbucket.pull';

function openRequest(call: RouteCall) {
  const { project, sent } = call;
  const reviewers = reviewersOf(sent['reviewers']);
  const refused = refusedReviewers(reviewers, call);
  if (refused !== undefined) return refused;
  const opened = project.open({
    head: textOf(fieldOf(sent, 'fromRef', 'id')).replace('refs/heads/', ''),
    base: textOf(fieldOf(sent, 'toRef', 'id')).replace('refs/heads/', ''),
    title: textOf(sent['title']),
    body: textOf(sent['description']),
    draft: sent['draft'] === true,
    reviewers,
  });
  switch (opened.kind) {
    case 'opened':
      return answerWith(201, viewOf(opened.request, call));
    case 'exists':
      return failed(409, {
        message: 'Only one pull request may be open for a given source and target branch',
        exceptionName: `${PULL}.DuplicatePullRequestException`,
      });
    case 'no-branch':
      return failed(404, { message: `Branch "${opened.branch}" does not exist.` });
  }
}

function refusedReviewers(reviewers: readonly string[], { project }: RouteCall) {
  const unknown = reviewers.filter((name) => !project.people.includes(name));
  if (unknown.length === 0) return undefined;
  return failed(409, {
    message: 'Errors encountered while adding some reviewers to this pull request.',
    exceptionName: `${PULL}.InvalidPullRequestReviewersException`,
    reviewerErrors: unknown.map((context) => ({ context, message: `${context} is not a user.` })),
  });
}

/** What is left out is taken away. */
function changeRequest(call: RouteCall) {
  const request = requestOf(call);
  const { version, title, description, reviewers, draft } = call.sent;
  if (version !== request.version) return outOfDate(request);
  if (request.state !== 'open') return failed(409, { message: 'This pull request has been declined.' });
  const refused = refusedReviewers(reviewersOf(reviewers), call);
  if (refused !== undefined) return refused;
  Object.assign(request, {
    title: textOf(title),
    body: textOf(description),
    reviewers: reviewersOf(reviewers),
    draft: draft === true,
    version: request.version + 1,
  });
  return json(viewOf(request, call));
}

function declineRequest(call: RouteCall) {
  const request = requestOf(call);
  if (Number(call.seen.url.searchParams.get('version') ?? -1) !== request.version) return outOfDate(request);
  call.project.end(request.number, 'closed', call.project.robot);
  return json(viewOf(request, call));
}

function mergeRequest(call: RouteCall) {
  const request = requestOf(call);
  const { refusesAutoMerge } = call.project;
  if (Number(call.seen.url.searchParams.get('version') ?? -1) !== request.version) return outOfDate(request);
  if (refusesAutoMerge !== undefined) return failed(409, { message: refusesAutoMerge });
  request.squash = optionalText(call.sent['message']);
  if (call.sent['autoMerge'] === true) request.autoMerge = textOf(call.sent['strategyId']);
  return json(viewOf(request, call));
}

function outOfDate({ version }: KeptRequest) {
  return failed(409, {
    message: 'You are attempting to modify a pull request based on out-of-date information.',
    exceptionName: `${PULL}.PullRequestOutOfDateException`,
    currentVersion: version,
  });
}

function listActivities(call: RouteCall) {
  const { state, endedBy } = requestOf(call);
  const opened = { action: 'OPENED', user: { name: call.project.robot } };
  const ended = { action: STATES[state], user: { name: endedBy } };
  return json({ values: state === 'open' ? [opened] : [ended, opened], isLastPage: true });
}

function reviewersOf(value: unknown): readonly string[] {
  return listOf(value).map((one) => textOf(fieldOf(one, 'user', 'name')));
}

function pageOf(items: readonly unknown[], { seen, largestPage }: RouteCall) {
  const query = seen.url.searchParams;
  const from = Number(query.get('start') ?? 0);
  const size = Number(query.get('limit') ?? 25);
  const { values, next } = slice(items, { from, size, largestPage });
  return json({ values, isLastPage: next === undefined, nextPageStart: next ?? null });
}

function viewOf(one: KeptRequest, { url }: RouteCall) {
  const here = { slug: 'deploy', project: { key: 'ACME' } };
  const fork = { slug: 'deploy', project: { key: '~STRANGER' } };
  return {
    id: one.number,
    version: one.version,
    title: one.title,
    description: one.body,
    state: STATES[one.state],
    draft: one.draft,
    fromRef: { id: `refs/heads/${one.head}`, repository: one.fromFork ? fork : here },
    toRef: { id: `refs/heads/${one.base}`, repository: here },
    reviewers: one.reviewers.map((name) => ({ user: { name } })),
    author: { user: { name: one.openedBy } },
    properties: one.mergedAs === undefined ? {} : { mergeCommit: { id: one.mergedAs } },
    links: { self: [{ href: `${url}/git/projects/ACME/repos/deploy/pull-requests/${one.number}` }] },
  };
}
