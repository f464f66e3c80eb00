import { json } from '../registry-stand-in.ts';
import { GITHUB_COMMIT_ROUTES } from './github-commit-routes.ts';
import type { KeptProject, KeptRequest } from './project.ts';
import {
  answerWith,
  commentRoute,
  paged,
  readRoute,
  requestOf,
  textOf,
  textsOf,
  type HostRoutes,
  type RouteCall,
} from './server.ts';

const ROOT = '^/api/v3/repos/(?<project>[^/]+/[^/]+)';
const NUMBER = '(?<number>\\d+)';

/** The REST and GraphQL API of GitHub Enterprise, as docs.github.com describes what Lynceus asks of it. */
export const GITHUB_ROUTES: HostRoutes = {
  isLoggedIn: ({ authorization }, token) => authorization === `Bearer ${token}`,
  unauthorized: answerWith(401, { message: 'Bad credentials' }),
  notFound: answerWith(404, { message: 'Not Found' }),
  limited: (seconds) =>
    answerWith(
      403,
      { message: 'You have exceeded a secondary rate limit.' },
      { 'retry-after': String(seconds) },
    ),
  routes: [
    ...GITHUB_COMMIT_ROUTES,
    { method: 'GET', path: /^\/api\/v3\/user$/, answer: ({ project }) => json({ login: project.robot }) },
    { method: 'GET', path: new RegExp(`${ROOT}/pulls$`), answer: listPulls },
    { method: 'POST', path: new RegExp(`${ROOT}/pulls$`), answer: openPull },
    readRoute(`${ROOT}/pulls/${NUMBER}$`, pullOf),
    { method: 'PATCH', path: new RegExp(`${ROOT}/pulls/${NUMBER}$`), answer: changePull },
    {
      method: 'POST',
      path: new RegExp(`${ROOT}/pulls/${NUMBER}/requested_reviewers$`),
      answer: askForReviews,
    },
    { method: 'GET', path: new RegExp(`${ROOT}/issues/${NUMBER}$`), answer: readIssue },
    {
      method: 'POST',
      path: new RegExp(`${ROOT}/issues/${NUMBER}/labels$`),
      answer: (call) => {
        requestOf(call).labels.push(...textsOf(call.sent['labels']));
        return json([]);
      },
    },
    commentRoute(`${ROOT}/issues/${NUMBER}/comments$`, (sent) => sent['body']),
    { method: 'POST', path: /^\/api\/graphql$/, answer: mutate },
  ],
};

function listPulls(call: RouteCall) {
  const { project, seen } = call;
  const query = seen.url.searchParams;
  const state = query.get('state') ?? 'open';
  const [owner = ''] = project.path.split('/');
  const found = project.requests.filter(
    (one) =>
      (state === 'all' || (one.state === 'open') === (state === 'open')) &&
      (query.get('base') ?? one.base) === one.base &&
      (query.get('head') ?? labelOf(one, owner)) === labelOf(one, owner),
  );
  return paged(
    found.toSorted((a, b) => b.number - a.number).map((one) => pullOf(one, call)),
    call,
  );
}

/** `owner:branch`, as the `head` parameter wants it. */
function labelOf({ head, fromFork }: KeptRequest, owner: string): string {
  return `${fromFork ? 'stranger' : owner}:${head}`;
}

function openPull(call: RouteCall) {
  const { project, sent } = call;
  const opened = project.open({
    head: textOf(sent['head']),
    base: textOf(sent['base']),
    title: textOf(sent['title']),
    body: textOf(sent['body']),
    draft: sent['draft'] === true,
  });
  switch (opened.kind) {
    case 'opened':
      return answerWith(201, pullOf(opened.request, call));
    case 'exists':
      return invalid({ message: `A pull request already exists for acme:${opened.request.head}.` });
    case 'no-branch':
      return invalid({ field: 'head', code: 'invalid' });
  }
}

function invalid(error: unknown) {
  return answerWith(422, { message: 'Validation Failed', errors: [error] });
}

function changePull(call: RouteCall) {
  const request = requestOf(call);
  const { title, body, state } = call.sent;
  if (title !== undefined) request.title = textOf(title);
  if (body !== undefined) request.body = textOf(body);
  if (state === 'closed') call.project.end(request.number, 'closed', call.project.robot);
  return json(pullOf(request, call));
}

function askForReviews(call: RouteCall) {
  const people = textsOf(call.sent['reviewers']);
  if (people.some((name) => !call.project.people.includes(name)))
    return answerWith(422, { message: 'Reviews may only be requested from collaborators.' });
  const teams = textsOf(call.sent['team_reviewers']).map((name) => `team/${name}`);
  requestOf(call).reviewers.push(...people, ...teams);
  return answerWith(201, pullOf(requestOf(call), call));
}

function readIssue(call: RouteCall) {
  const { number, state, endedBy } = requestOf(call);
  const closed_by = state === 'open' || endedBy === undefined ? null : { login: endedBy };
  return json({ number, closed_by });
}

/** GraphQL answers 200 whatever happens. */
function mutate({ project, sent }: RouteCall) {
  const { id, method, headline, body } = sent['variables'] as Record<string, unknown>;
  const request = project.find(Number(textOf(id).replace('PR_', '')));
  if (request === undefined || project.refusesAutoMerge !== undefined) {
    const message = project.refusesAutoMerge ?? 'Could not resolve to a node';
    return json({ data: { enablePullRequestAutoMerge: null }, errors: [{ message }] });
  }
  if (textOf(sent['query']).includes('disablePullRequestAutoMerge')) {
    request.autoMerge = undefined;
    return json({ data: { disablePullRequestAutoMerge: { clientMutationId: null } } });
  }
  if (request.autoMerge !== undefined)
    return json({ errors: [{ message: 'Pull request Auto merge is already enabled' }] });
  request.squash = headline === undefined ? undefined : `${textOf(headline)}\n\n${textOf(body)}`;
  request.autoMerge = textOf(method).toLowerCase();
  return json({ data: { enablePullRequestAutoMerge: { clientMutationId: null } } });
}

function pullOf(one: KeptRequest, { project, url }: { readonly project: KeptProject; readonly url: string }) {
  return {
    number: one.number,
    node_id: `PR_${one.number}`,
    html_url: `${url}/${project.path}/pull/${one.number}`,
    state: one.state === 'open' ? 'open' : 'closed',
    merged_at: one.state === 'merged' ? '2026-01-01T00:00:00Z' : null,
    merge_commit_sha: one.mergedAs ?? null,
    title: one.title,
    body: one.body === '' ? null : one.body,
    draft: one.draft,
    user: { login: one.openedBy },
    head: { ref: one.head, repo: one.fromFork ? { id: 2 } : { id: 1 } },
    base: { ref: one.base, repo: { id: 1 } },
    auto_merge: one.autoMerge === undefined ? null : { merge_method: one.autoMerge },
  };
}
