import { json } from '../registry-stand-in.ts';
import type { KeptProject, KeptRequest } from './project.ts';
import {
  answerWith,
  commentRoute,
  listOf,
  paged,
  readRoute,
  requestOf,
  textOf,
  textsOf,
  type HostRoutes,
  type RouteCall,
} from './server.ts';

const ROOT = '^/api/v1/repos/(?<project>[^/]+/[^/]+)';
const NUMBER = '(?<number>\\d+)';

/** The REST API of Gitea, as its sources and `/api/swagger` describe what Lynceus asks of it. */
export const GITEA_ROUTES: HostRoutes = {
  isLoggedIn: ({ authorization }, token) =>
    [`token ${token}`, `Basic ${Buffer.from(`bot:${token}`).toString('base64')}`].includes(
      authorization ?? '',
    ),
  unauthorized: answerWith(401, { message: 'user does not exist [uid: 0, name: ]' }),
  notFound: answerWith(404, { message: "The target couldn't be found.", errors: null }),
  limited: (seconds) => answerWith(429, { message: 'too many requests' }, { 'retry-after': String(seconds) }),
  routes: [
    { method: 'GET', path: /^\/api\/v1\/user$/, answer: ({ project }) => json({ login: project.robot }) },
    { method: 'GET', path: new RegExp(`${ROOT}/pulls$`), answer: listPulls },
    { method: 'POST', path: new RegExp(`${ROOT}/pulls$`), answer: openPull },
    readRoute(`${ROOT}/pulls/${NUMBER}$`, pullOf),
    { method: 'PATCH', path: new RegExp(`${ROOT}/pulls/${NUMBER}$`), answer: changePull },
    { method: 'POST', path: new RegExp(`${ROOT}/pulls/${NUMBER}/merge$`), answer: mergePull },
    { method: 'DELETE', path: new RegExp(`${ROOT}/pulls/${NUMBER}/merge$`), answer: cancelMerge },
    {
      method: 'POST',
      path: new RegExp(`${ROOT}/pulls/${NUMBER}/requested_reviewers$`),
      answer: askForReviews,
    },
    {
      method: 'GET',
      path: new RegExp(`${ROOT}/labels$`),
      answer: (call) => listLabels(call, (name) => !name.startsWith('org/')),
    },
    {
      method: 'GET',
      path: /^\/api\/v1\/orgs\/acme\/labels$/,
      answer: (call) =>
        call.project.labels.some((name) => name.startsWith('org/'))
          ? listLabels(call, (name) => name.startsWith('org/'))
          : GITEA_ROUTES.notFound,
    },
    {
      method: 'POST',
      path: new RegExp(`${ROOT}/labels$`),
      answer: ({ project, sent }) =>
        answerWith(201, { id: project.labels.push(textOf(sent['name'])) - 1, name: sent['name'] }),
    },
    {
      method: 'POST',
      path: new RegExp(`${ROOT}/issues/${NUMBER}/labels$`),
      answer: (call) => {
        const names = listOf(call.sent['labels']).map((id) => call.project.labels[Number(id)] ?? '');
        requestOf(call).labels.push(...names);
        return json([]);
      },
    },
    { method: 'GET', path: new RegExp(`${ROOT}/issues/${NUMBER}/timeline$`), answer: listHappenings },
    commentRoute(`${ROOT}/issues/${NUMBER}/comments$`, (sent) => sent['body']),
  ],
};

function listLabels(call: RouteCall, isListed: (name: string) => boolean) {
  const labels = call.project.labels.map((name, id) => ({ id, name }));
  return paged(
    labels.filter(({ name }) => isListed(name)),
    call,
    'limit',
  );
}

function listPulls(call: RouteCall) {
  const query = call.seen.url.searchParams;
  const isOpen = (query.get('state') ?? 'open') === 'open';
  const found = call.project.requests.filter(
    (one) => (one.state === 'open') === isOpen && (query.get('base_branch') ?? one.base) === one.base,
  );
  return paged(
    found.toSorted((a, b) => b.number - a.number).map((one) => pullOf(one, call)),
    call,
    'limit',
  );
}

function openPull(call: RouteCall) {
  const title = textOf(call.sent['title']);
  const opened = call.project.open({
    head: textOf(call.sent['head']),
    base: textOf(call.sent['base']),
    title: title.replace(/^WIP: /, ''),
    draft: title.startsWith('WIP: '),
    body: textOf(call.sent['body']),
  });
  switch (opened.kind) {
    case 'opened':
      return answerWith(201, pullOf(opened.request, call));
    case 'exists':
      return answerWith(409, {
        message: `pull request already exists for these targets [id: ${opened.request.number}]`,
      });
    case 'no-branch':
      return GITEA_ROUTES.notFound;
  }
}

/** Answers 201, which its own sources call a mistake. */
function changePull(call: RouteCall) {
  const request = requestOf(call);
  const { title, body, state } = call.sent;
  if (title !== undefined) {
    request.draft = textOf(title).startsWith('WIP: ');
    request.title = textOf(title).replace(/^WIP: /, '');
  }
  if (body !== undefined) request.body = textOf(body);
  if (state === 'closed') call.project.end(request.number, 'closed', call.project.robot);
  return answerWith(201, pullOf(request, call));
}

function mergePull(call: RouteCall) {
  const { refusesAutoMerge } = call.project;
  const request = requestOf(call);
  if (refusesAutoMerge !== undefined) return answerWith(405, { message: refusesAutoMerge });
  if (request.autoMerge !== undefined)
    return answerWith(409, {
      message: 'pull request is already scheduled to auto merge when checks succeed [pull_id: 1]',
    });
  const { MergeTitleField: title, MergeMessageField: message } = call.sent;
  request.squash = title === undefined ? undefined : `${textOf(title)}\n\n${textOf(message)}`;
  if (call.sent['merge_when_checks_succeed'] === true) request.autoMerge = textOf(call.sent['Do']);
  return { status: 201 };
}

function cancelMerge(call: RouteCall) {
  const request = requestOf(call);
  if (request.autoMerge === undefined) return GITEA_ROUTES.notFound;
  request.autoMerge = undefined;
  return { status: 204 };
}

function askForReviews(call: RouteCall) {
  const people = textsOf(call.sent['reviewers']);
  const missing = people.find((name) => !call.project.people.includes(name));
  if (missing !== undefined) return answerWith(404, { message: `user does not exist [name: ${missing}]` });
  requestOf(call).reviewers.push(
    ...people,
    ...textsOf(call.sent['team_reviewers']).map((name) => `team/${name}`),
  );
  return answerWith(201, []);
}

function listHappenings(call: RouteCall) {
  const { state, endedBy } = requestOf(call);
  const opened = { type: 'comment', user: { login: call.project.robot } };
  const closed = { type: 'close', user: { login: endedBy } };
  return paged(
    [opened, { type: 'label', user: null }, ...(state === 'closed' ? [closed] : [])],
    call,
    'limit',
  );
}

/** `ref` of the head is no branch any more when the branch was deleted, as it is when a request has ended. */
function pullOf(one: KeptRequest, { project, url }: { readonly project: KeptProject; readonly url: string }) {
  return {
    number: one.number,
    html_url: `${url}/${project.path}/pulls/${one.number}`,
    state: one.state === 'open' ? 'open' : 'closed',
    merged: one.state === 'merged',
    merge_commit_sha: one.mergedAs ?? null,
    merged_by: one.state === 'merged' ? { login: one.endedBy } : null,
    title: one.draft ? `WIP: ${one.title}` : one.title,
    body: one.body,
    user: { login: one.openedBy },
    head: {
      label: one.head,
      ref: one.state === 'open' ? one.head : `refs/pull/${one.number}/head`,
      repo_id: one.fromFork ? 2 : 1,
    },
    base: { label: one.base, ref: one.base, repo_id: 1 },
  };
}
