import { json } from '../registry-stand-in.ts';
import { GITLAB_COMMIT_ROUTES } from './gitlab-commit-routes.ts';
import type { KeptProject, KeptRequest } from './project.ts';
import {
  answerWith,
  commentRoute,
  optionalText,
  paged,
  readRoute,
  requestOf,
  textOf,
  type HostRoutes,
  type RouteCall,
} from './server.ts';

const ROOT = '^/api/v4/projects/(?<project>[^/]+)/merge_requests';
const NUMBER = '(?<number>\\d+)';

/** The REST API of GitLab, as docs.gitlab.com describes what Lynceus asks of it. */
export const GITLAB_ROUTES: HostRoutes = {
  isLoggedIn: ({ authorization }, token) => authorization === `Bearer ${token}`,
  unauthorized: answerWith(401, { message: '401 Unauthorized' }),
  notFound: answerWith(404, { message: '404 Project Not Found' }),
  limited: (seconds) =>
    answerWith(
      429,
      { message: { error: 'This endpoint has been requested too many times.' } },
      { 'retry-after': String(seconds) },
    ),
  routes: [
    ...GITLAB_COMMIT_ROUTES,
    {
      method: 'GET',
      path: /^\/api\/v4\/users$/,
      answer: ({ project, seen }) => {
        const index = project.people.indexOf(seen.url.searchParams.get('username') ?? '');
        return json(index < 0 ? [] : [{ id: index + 100, username: project.people[index] }]);
      },
    },
    { method: 'GET', path: /^\/api\/v4\/user$/, answer: ({ project }) => json({ username: project.robot }) },
    { method: 'GET', path: new RegExp(`${ROOT}$`), answer: listRequests },
    { method: 'POST', path: new RegExp(`${ROOT}$`), answer: openRequest },
    readRoute(`${ROOT}/${NUMBER}$`, viewOf),
    { method: 'PUT', path: new RegExp(`${ROOT}/${NUMBER}$`), answer: changeRequest },
    { method: 'PUT', path: new RegExp(`${ROOT}/${NUMBER}/merge$`), answer: mergeRequest },
    commentRoute(`${ROOT}/${NUMBER}/notes$`, (sent) => sent['body']),
  ],
};

const STATES = { open: 'opened', closed: 'closed', merged: 'merged' } as const;

function listRequests(call: RouteCall) {
  const { project, seen } = call;
  const query = seen.url.searchParams;
  const state = query.get('state') ?? 'all';
  const found = project.requests.filter(
    (one) =>
      (state === 'all' || STATES[one.state] === state) &&
      (query.get('target_branch') ?? one.base) === one.base &&
      (query.get('source_branch') ?? one.head) === one.head,
  );
  return paged(
    found.toSorted((a, b) => b.number - a.number).map((one) => viewOf(one, call)),
    call,
  );
}

function openRequest(call: RouteCall) {
  const { project, sent } = call;
  const ids = Array.isArray(sent['reviewer_ids']) ? sent['reviewer_ids'].map(Number) : [];
  const title = textOf(sent['title']);
  const opened = project.open({
    head: textOf(sent['source_branch']),
    base: textOf(sent['target_branch']),
    title: title.replace(/^Draft: /, ''),
    draft: title.startsWith('Draft: '),
    body: textOf(sent['description']),
    labels: textOf(sent['labels'])
      .split(',')
      .filter((label) => label !== ''),
    reviewers: ids.map((id) => project.people[id - 100] ?? ''),
  });
  switch (opened.kind) {
    case 'opened':
      return answerWith(201, viewOf(opened.request, call));
    case 'exists':
      return answerWith(409, {
        message: [
          `Another open merge request already exists for this source branch: !${opened.request.number}`,
        ],
      });
    case 'no-branch':
      return answerWith(400, { message: { source_branch: [`"${opened.branch}" does not exist`] } });
  }
}

function changeRequest(call: RouteCall) {
  const request = requestOf(call);
  const { title, description, state_event: event, add_labels: labels, reviewer_ids: ids } = call.sent;
  if (Array.isArray(ids)) {
    const names = ids.map((id) => call.project.people[Number(id) - 100]);
    if (names.includes(undefined)) return answerWith(400, { message: { reviewers: ['is invalid'] } });
    request.reviewers.splice(0, Infinity, ...names.map(textOf));
  }
  if (labels !== undefined) request.labels.push(...textOf(labels).split(','));
  if (title !== undefined) {
    request.draft = textOf(title).startsWith('Draft: ');
    request.title = textOf(title).replace(/^Draft: /, '');
  }
  if (description !== undefined) request.body = textOf(description);
  if (event === 'close') call.project.end(request.number, 'closed', call.project.robot);
  return json(viewOf(request, call));
}

function mergeRequest(call: RouteCall) {
  const { refusesAutoMerge } = call.project;
  if (refusesAutoMerge !== undefined) return answerWith(405, { message: refusesAutoMerge });
  const request = requestOf(call);
  request.autoMerge = call.sent['squash'] === true ? 'squash' : 'merge';
  request.squash = optionalText(call.sent['squash_commit_message']);
  return json(viewOf(requestOf(call), call));
}

function viewOf(one: KeptRequest, { project, url }: { readonly project: KeptProject; readonly url: string }) {
  const by = one.endedBy === undefined ? null : { username: one.endedBy };
  return {
    iid: one.number,
    web_url: `${url}/${project.path}/-/merge_requests/${one.number}`,
    state: STATES[one.state],
    source_branch: one.head,
    target_branch: one.base,
    source_project_id: one.fromFork ? 2 : 1,
    target_project_id: 1,
    title: one.draft ? `Draft: ${one.title}` : one.title,
    description: one.body === '' ? null : one.body,
    author: { username: one.openedBy },
    closed_by: one.state === 'closed' ? by : null,
    merge_user: one.state === 'merged' ? by : null,
    squash_commit_sha: one.mergedAs ?? null,
    merge_when_pipeline_succeeds: one.autoMerge !== undefined,
    reviewers: one.reviewers.map((name) => ({ id: project.people.indexOf(name) + 100 })),
  };
}
