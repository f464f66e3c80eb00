import { json } from '../registry-stand-in.ts';
import type { KeptProject, KeptRequest } from './project.ts';
import {
  answerWith,
  commentRoute,
  fieldOf,
  listOf,
  readRoute,
  requestOf,
  slice,
  textOf,
  type HostRoutes,
  type RouteCall,
} from './server.ts';

const ROOT = '^/2.0/repositories/(?<project>[^/]+/[^/]+)/pullrequests';
const NUMBER = '(?<number>\\d+)';

/** The REST API of Bitbucket Cloud, as developer.atlassian.com/cloud/bitbucket/rest describes what Lynceus asks of it. */
export const BITBUCKET_CLOUD_ROUTES: HostRoutes = {
  isLoggedIn: ({ authorization }, token) =>
    [
      `Bearer ${token}`,
      `Basic ${Buffer.from(`bot:${token}`).toString('base64')}`,
      `Basic ${Buffer.from(`bot@acme.example:${token}`).toString('base64')}`,
    ].includes(authorization ?? ''),
  unauthorized: answerWith(401, { type: 'error', error: { message: 'Token is invalid or not supported' } }),
  notFound: answerWith(404, {
    type: 'error',
    error: { message: 'Repository acme/hidden not found', detail: 'There is no API hosted at this URL.' },
  }),
  limited: (seconds) =>
    answerWith(
      429,
      { type: 'error', error: { message: 'Rate limit for this resource has been exceeded' } },
      { 'retry-after': String(seconds) },
    ),
  routes: [
    { method: 'GET', path: /^\/2\.0\/user$/, answer: () => json({ uuid: uuidOf(0) }) },
    { method: 'GET', path: new RegExp(`${ROOT}$`), answer: listRequests },
    { method: 'POST', path: new RegExp(`${ROOT}$`), answer: openRequest },
    readRoute(`${ROOT}/${NUMBER}$`, viewOf),
    { method: 'PUT', path: new RegExp(`${ROOT}/${NUMBER}$`), answer: changeRequest },
    {
      method: 'POST',
      path: new RegExp(`${ROOT}/${NUMBER}/decline$`),
      answer: (call) => {
        call.project.end(requestOf(call).number, 'closed', call.project.robot);
        return json(viewOf(requestOf(call), call));
      },
    },
    commentRoute(`${ROOT}/${NUMBER}/comments$`, (sent) => fieldOf(sent, 'content', 'raw')),
    {
      method: 'GET',
      path: /^\/2\.0\/workspaces\/acme\/members$/,
      answer: (call) =>
        pageOf(
          call.project.people.map((nickname, index) => ({
            type: 'workspace_membership',
            user: { uuid: uuidOf(index), nickname },
          })),
          call,
        ),
    },
  ],
};

const STATES = { open: 'OPEN', closed: 'DECLINED', merged: 'MERGED' } as const;

/** Understands as much of the query language as is asked. */
function listRequests(call: RouteCall) {
  const query = call.seen.url.searchParams;
  const states = query.has('state') ? query.getAll('state') : ['OPEN'];
  const wanted = (side: string) =>
    new RegExp(String.raw`${side}\.branch\.name="((?:[^"\\]|\\.)*)"`).exec(query.get('q') ?? '')?.[1];
  const found = call.project.requests.filter(
    (one) =>
      states.includes(STATES[one.state]) &&
      (wanted('destination') ?? one.base) === one.base &&
      (wanted('source') ?? one.head) === one.head,
  );
  return pageOf(
    found.toSorted((a, b) => b.number - a.number).map((one) => viewOf(one, call)),
    call,
  );
}

/** A second one of the same branches is written over the first. */
function openRequest(call: RouteCall) {
  const { project, sent } = call;
  const draft = {
    head: textOf(fieldOf(sent, 'source', 'branch', 'name')),
    base: textOf(fieldOf(sent, 'destination', 'branch', 'name')),
    title: textOf(sent['title']),
    body: textOf(sent['description']),
    draft: sent['draft'] === true,
    reviewers: reviewersOf(call),
  };
  if (draft.reviewers.includes('')) return invalid({ reviewers: ['Malformed reviewers list'] });
  const opened = project.open(draft);
  switch (opened.kind) {
    case 'opened':
      return answerWith(201, viewOf(opened.request, call));
    case 'exists':
      Object.assign(opened.request, { title: draft.title, body: draft.body });
      return answerWith(201, viewOf(opened.request, call));
    case 'no-branch':
      return invalid({ source: [`branch not found: ${opened.branch}`] });
  }
}

/** What is left out is taken away. */
function changeRequest(call: RouteCall) {
  const request = requestOf(call);
  const { title, description, draft } = call.sent;
  if (request.state !== 'open') return invalid({ state: ['This pull request is already closed.'] });
  const reviewers = reviewersOf(call);
  if (reviewers.includes('')) return invalid({ reviewers: ['Malformed reviewers list'] });
  Object.assign(request, {
    title: textOf(title),
    body: textOf(description),
    draft: draft === true,
    reviewers,
  });
  return json(viewOf(request, call));
}

function reviewersOf({ project, sent }: RouteCall): readonly string[] {
  return listOf(sent['reviewers']).map(
    (one) => project.people[project.people.findIndex((_, i) => uuidOf(i) === fieldOf(one, 'uuid'))] ?? '',
  );
}

function uuidOf(index: number): string {
  return `{00000000-0000-4000-8000-${String(index).padStart(12, '0')}}`;
}

function invalid(fields: unknown) {
  return answerWith(400, { type: 'error', error: { message: 'Bad request', fields } });
}

function pageOf(items: readonly unknown[], { seen, url, largestPage }: RouteCall) {
  const query = seen.url.searchParams;
  const page = Number(query.get('page') ?? 1);
  const size = Math.min(Number(query.get('pagelen') ?? 10), largestPage);
  const { values, next } = slice(items, { from: (page - 1) * size, size, largestPage });
  const following = new URL(`${url}${seen.target}`);
  following.searchParams.set('page', String(page + 1));
  return json({ values, page, pagelen: size, ...(next === undefined ? {} : { next: following.href }) });
}

function viewOf(one: KeptRequest, { project, url }: { readonly project: KeptProject; readonly url: string }) {
  return {
    id: one.number,
    title: one.title,
    description: one.body,
    state: STATES[one.state],
    draft: one.draft,
    source: {
      branch: { name: one.head },
      repository: { full_name: one.fromFork ? 'stranger/deploy' : project.path },
    },
    destination: { branch: { name: one.base }, repository: { full_name: project.path } },
    links: { html: { href: `${url}/${project.path}/pull-requests/${one.number}` } },
    merge_commit: one.mergedAs === undefined ? null : { hash: one.mergedAs.slice(0, 12) },
    author: { uuid: uuidOf(project.people.indexOf(one.openedBy)) },
    closed_by: one.endedBy === undefined ? null : { nickname: one.endedBy },
    reviewers: one.reviewers.map((name) => ({ uuid: uuidOf(project.people.indexOf(name)) })),
  };
}
