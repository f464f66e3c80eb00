import { json } from '../registry-stand-in.ts';
import type { KeptProject, KeptRequest } from './project.ts';
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

const ROOT = '^/acme/Our%20Shop/_apis/git/repositories/deploy/pullrequests';
const TEAMS = '^/acme/_apis/projects/Our%20Shop/teams';
const NUMBER = '(?<number>\\d+)';

/** The REST API of Azure DevOps, as learn.microsoft.com/rest/api/azure/devops describes what Lynceus asks of it. */
export const AZURE_DEVOPS_ROUTES: HostRoutes = {
  isLoggedIn: ({ authorization }, token) =>
    [`Bearer ${token}`, `Basic ${Buffer.from(`:${token}`).toString('base64')}`][
      token.startsWith('eyJ') ? 0 : 1
    ] === authorization,
  unauthorized: {
    status: 203,
    headers: { 'content-type': 'text/html' },
    body: '<html><title>Azure DevOps Services | Sign In</title></html>',
  },
  notFound: answerWith(404, {
    message: 'TF401019: The Git repository with name or identifier hidden does not exist.',
    typeKey: 'GitRepositoryNotFoundException',
  }),
  limited: (seconds) =>
    answerWith(
      429,
      { message: 'TF400733: The request has been canceled: Request was blocked due to exceeding usage.' },
      { 'retry-after': String(seconds), 'x-ratelimit-remaining': '0' },
    ),
  routes: [
    {
      method: 'GET',
      path: /^\/acme\/_apis\/connectionData$/,
      answer: () => json({ authenticatedUser: { id: idOf(0) } }),
    },
    { method: 'GET', path: new RegExp(`${ROOT}$`), answer: listRequests },
    { method: 'POST', path: new RegExp(`${ROOT}$`), answer: openRequest },
    readRoute(`${ROOT}/${NUMBER}$`, viewOf),
    { method: 'PATCH', path: new RegExp(`${ROOT}/${NUMBER}$`), answer: changeRequest },
    {
      method: 'POST',
      path: new RegExp(`${ROOT}/${NUMBER}/labels$`),
      answer(call) {
        if (call.seen.url.searchParams.get('api-version') !== '6.0-preview.1') return PREVIEW;
        requestOf(call).labels.push(textOf(call.sent['name']));
        return json({ name: call.sent['name'] });
      },
    },
    {
      method: 'POST',
      path: new RegExp(`${ROOT}/${NUMBER}/reviewers$`),
      answer(call) {
        const names = listOf(call.sent).map((one) => nameOf(fieldOf(one, 'id'), call.project));
        if (names.includes('')) return UNKNOWN_IDENTITY;
        const { reviewers } = requestOf(call);
        reviewers.push(...names.filter((name) => !reviewers.includes(name)));
        return json(names);
      },
    },
    commentRoute(`${ROOT}/${NUMBER}/threads$`, (sent) => fieldOf(listOf(sent['comments'])[0], 'content')),
    {
      method: 'GET',
      path: new RegExp(`${TEAMS}$`),
      answer: (call) => pageOf([{ id: idOf(900), name: 'Platform' }], call),
    },
    {
      method: 'GET',
      path: new RegExp(`${TEAMS}/${idOf(900)}/members$`),
      answer: (call) =>
        pageOf(
          call.project.people.map((name, index) => ({
            identity: { id: idOf(index), uniqueName: name, displayName: `The ${name}` },
          })),
          call,
        ),
    },
  ],
};

const UNKNOWN_IDENTITY = answerWith(400, { message: 'TF401349: An unexpected identity was found.' });

const PREVIEW = answerWith(400, {
  message:
    'The requested version "6.0" of the resource is under preview. The -preview flag must be supplied.',
});

const STATES = { open: 'active', closed: 'abandoned', merged: 'completed' } as const;

/** Descriptions are cut in lists. */
function listRequests(call: RouteCall) {
  const query = call.seen.url.searchParams;
  const status = query.get('searchCriteria.status') ?? 'active';
  const wanted = (name: string) => query.get(`searchCriteria.${name}`)?.replace('refs/heads/', '');
  const found = call.project.requests.filter(
    (one) =>
      (status === 'all' || STATES[one.state] === status) &&
      (wanted('targetRefName') ?? one.base) === one.base &&
      (wanted('sourceRefName') ?? one.head) === one.head,
  );
  return pageOf(
    found
      .toSorted((a, b) => b.number - a.number)
      .map((one) => ({ ...viewOf(one, call), description: one.body.slice(0, 400) })),
    call,
  );
}

function openRequest(call: RouteCall) {
  const { project, sent } = call;
  const tooLong = refusedLength(sent['description']);
  if (tooLong !== undefined) return tooLong;
  const reviewers = listOf(sent['reviewers']).map((one) => nameOf(fieldOf(one, 'id'), project));
  if (reviewers.includes('')) return UNKNOWN_IDENTITY;
  const opened = project.open({
    head: textOf(sent['sourceRefName']).replace('refs/heads/', ''),
    base: textOf(sent['targetRefName']).replace('refs/heads/', ''),
    title: textOf(sent['title']),
    body: textOf(sent['description']),
    draft: sent['isDraft'] === true,
    labels: listOf(sent['labels']).map((one) => textOf(fieldOf(one, 'name'))),
    reviewers,
  });
  switch (opened.kind) {
    case 'opened':
      return answerWith(201, viewOf(opened.request, call));
    case 'exists':
      return answerWith(409, {
        message: 'TF401179: An active pull request for the source and target branch already exists.',
        typeKey: 'GitPullRequestExistsException',
      });
    case 'no-branch':
      return answerWith(400, {
        message: 'TF401398: The pull request cannot be activated because the source branch no longer exists.',
        typeKey: 'GitPullRequestCannotBeActivated',
      });
  }
}

function changeRequest(call: RouteCall) {
  const request = requestOf(call);
  const { title, description, status, autoCompleteSetBy, completionOptions } = call.sent;
  const tooLong = refusedLength(description);
  if (tooLong !== undefined) return tooLong;
  if (title !== undefined) request.title = textOf(title);
  if (description !== undefined) request.body = textOf(description);
  if (status === 'abandoned') call.project.end(request.number, 'closed', call.project.robot);
  if (fieldOf(autoCompleteSetBy, 'id') !== undefined) {
    const { refusesAutoMerge } = call.project;
    if (refusesAutoMerge !== undefined) return answerWith(409, { message: refusesAutoMerge });
    request.autoMerge = textOf(fieldOf(completionOptions, 'mergeStrategy'));
    request.squash = optionalText(fieldOf(completionOptions, 'mergeCommitMessage'));
  }
  return json(viewOf(request, call));
}

function refusedLength(description: unknown) {
  if (textOf(description).length <= 4_000) return undefined;
  return answerWith(400, { message: 'Invalid argument value. Parameter name: description' });
}

function idOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}

function nameOf(id: unknown, { people }: KeptProject): string {
  return people.find((_, index) => idOf(index) === id) ?? (id === idOf(900) ? 'team/Platform' : '');
}

function pageOf(items: readonly unknown[], { seen, largestPage }: RouteCall) {
  const query = seen.url.searchParams;
  const from = Number(query.get('$skip') ?? 0);
  const { values } = slice(items, { from, size: Number(query.get('$top') ?? 101), largestPage });
  return json({ value: values, count: values.length });
}

function viewOf(one: KeptRequest, { project }: RouteCall) {
  return {
    pullRequestId: one.number,
    status: STATES[one.state],
    title: one.title,
    description: one.body,
    isDraft: one.draft,
    sourceRefName: `refs/heads/${one.head}`,
    targetRefName: `refs/heads/${one.base}`,
    createdBy: { id: idOf(project.people.indexOf(one.openedBy)), uniqueName: one.openedBy },
    ...(one.endedBy === undefined ? {} : { closedBy: { id: idOf(1), uniqueName: one.endedBy } }),
    ...(one.autoMerge === undefined ? {} : { autoCompleteSetBy: { id: idOf(0) } }),
    ...(one.mergedAs === undefined ? {} : { lastMergeCommit: { commitId: one.mergedAs } }),
    ...(one.fromFork ? { forkSource: { name: 'refs/heads/x' } } : {}),
  };
}
