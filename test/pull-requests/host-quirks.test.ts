import { afterEach, expect, test } from 'vitest';
import { asLynceusError } from '../../src/errors.ts';
import type { PullRequestHost } from '../../src/ports/pull-request-host.ts';
import { createPullRequestHosts, type HostAccess } from '../../src/pull-requests/find-host.ts';
import { DRAFT, HOSTS, TOKEN, type StoodInKind } from '../helpers/pull-request-stand-in/hosts.ts';
import { createProject } from '../helpers/pull-request-stand-in/project.ts';
import { startHostStandIn, type HostStandIn } from '../helpers/pull-request-stand-in/server.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';

const SQUASH = { method: 'squash', squash: undefined, again: false } as const;

const { signal } = new AbortController();
let standIn: HostStandIn;

afterEach(() => standIn.stop());

async function start(
  kind: StoodInKind,
  login: HostAccess['login'] = { username: 'bot', token: TOKEN },
): Promise<PullRequestHost> {
  const { routes, path } = HOSTS[kind];
  const token = login.token.startsWith('eyJ') ? login.token : TOKEN;
  standIn = await startHostStandIn(routes, { project: createProject(), token, largestPage: 2 });
  const hosts = createPullRequestHosts({
    settingsOf: () => ({ kind, apiUrl: undefined }),
    accessOf: () => Promise.resolve({ login, ca: undefined }),
    userAgent: 'lynceus/test',
    clock: createVirtualClock(),
  });
  const remote = parseGitRemote(`${standIn.url}/${path}.git`);
  return hosts.find({ remote, base: 'main', push: undefined, credentials: { kind: 'repocreds' } }, signal);
}

test.each<[StoodInKind, string, HostAccess['login']]>([
  ['gitea', 'a token alone', { username: '', token: TOKEN }],
  ['gitea', 'a token in place of the password', { username: 'bot', token: TOKEN }],
  ['bitbucket-cloud', 'an access token', { username: '', token: TOKEN }],
  ['bitbucket-cloud', 'an access token as Git has it', { username: 'x-token-auth', token: TOKEN }],
  ['bitbucket-cloud', 'a person', { username: 'bot', token: TOKEN }],
  ['bitbucket-cloud', 'an API token with its address', { username: '', token: `bot@acme.example:${TOKEN}` }],
  ['bitbucket-data-center', 'an access token', { username: '', token: TOKEN }],
  ['bitbucket-data-center', 'an access token as Git has it', { username: 'x-token-auth', token: TOKEN }],
  ['azure-devops', 'a token, whoever it is said to be of', { username: 'jane', token: TOKEN }],
  ['azure-devops', 'a token of Microsoft Entra', { username: '', token: 'eyJhb.eyJpc3.c2ln' }],
])('%s: logs in with %s', async (kind, _, login) => {
  const host = await start(kind, login);

  expect(await host.listOpen('main', signal)).toEqual([]);
});

test('bitbucket-cloud: the token of an address is in no message', async () => {
  const host = await start('bitbucket-cloud', { username: '', token: `bot@acme.example:${TOKEN}` });
  standIn.inject({ status: 400, body: JSON.stringify({ error: { message: `bad ${TOKEN}` } }) });

  const error = asLynceusError(await host.listOpen('main', signal).catch((thrown: unknown) => thrown));

  expect(error.line).toContain('bad ***');
});

test('gitea: knows a request whose branch is deleted, and who closed it', async () => {
  const host = await start('gitea');
  standIn.project.open(DRAFT);
  standIn.project.end(1, 'closed', 'jane');

  expect(await host.listEnded(DRAFT.head, 'main', signal)).toMatchObject([
    { head: DRAFT.head, state: 'closed', endedBy: 'jane' },
  ]);
});

test('gitea: takes labels of the owner too', async () => {
  const host = await start('gitea');
  standIn.project.labels.push('org/a', 'org/b', 'org/deps');

  await host.create({ ...DRAFT, labels: ['org/deps'] }, signal);

  expect(standIn.project.labels).toHaveLength(3);
  expect(standIn.project.requests[0]?.labels).toEqual(['org/deps']);
});

test('gitea: takes labels that are there, and makes those that are not', async () => {
  const host = await start('gitea');
  standIn.project.labels.push('other', 'third', 'deps');

  await host.create({ ...DRAFT, labels: ['new', 'deps'] }, signal);

  expect(standIn.project.labels).toEqual(['other', 'third', 'deps', 'new']);
  expect(standIn.project.requests[0]?.labels).toEqual(['new', 'deps']);
});

test.each(['bitbucket-cloud', 'bitbucket-data-center'] as const)(
  '%s: a comment is kept hidden, and reviewers stay when the text changes',
  async (kind) => {
    const host = await start(kind);
    await host.create({ ...DRAFT, reviewers: ['jane'] }, signal);

    await host.update(1, { title: 'new', body: 'text\n\n<!-- another mark -->' }, signal);

    const [kept] = standIn.project.requests;
    expect(kept).toMatchObject({ title: 'new', reviewers: ['jane'] });
    expect(kept?.body).toMatch(/^text\n\n\[\/\/\]: # \(hidden [\w-]+\)$/);
    expect((await host.listOpen('main', signal))[0]?.body).toBe('text\n\n<!-- another mark -->');
  },
);

test('bitbucket-cloud: does not write over the request that is there', async () => {
  const host = await start('bitbucket-cloud');
  standIn.project.open({ ...DRAFT, title: 'a title of a person' });

  await host.create(DRAFT, signal);

  expect(standIn.calls().some((line) => line.startsWith('POST'))).toBe(false);
});

test('bitbucket-cloud: a reviewer whom it does not take keeps nothing from being opened', async () => {
  const host = await start('bitbucket-cloud');
  const stranger = '{11111111-0000-4000-8000-000000000000}';

  const { shortcomings } = await host.create({ ...DRAFT, reviewers: [stranger] }, signal);

  expect(shortcomings).toEqual([expect.stringContaining('Malformed reviewers list')]);
  expect(standIn.project.requests).toHaveLength(1);
});

test('bitbucket-cloud: a reviewer whom it does not take keeps no other from being asked', async () => {
  const host = await start('bitbucket-cloud');
  const stranger = '{11111111-0000-4000-8000-000000000000}';

  await host.create({ ...DRAFT, draft: true, reviewers: ['jane', stranger, 'joe'] }, signal);

  expect(standIn.project.requests).toMatchObject([{ reviewers: ['jane', 'joe'], draft: true }]);
  expect((await host.listOpen('main', signal))[0]?.body).toBe(DRAFT.body);
});

test('azure-devops: an identity that it does not know keeps no other from being asked', async () => {
  const host = await start('azure-devops');
  const stranger = '11111111-0000-4000-8000-000000000000';

  const draft = { ...DRAFT, labels: ['deps'], reviewers: ['jane', stranger, 'joe'] };
  const { shortcomings, lacks } = await host.create(draft, signal);

  expect(standIn.project.requests).toMatchObject([{ reviewers: ['jane', 'joe'], labels: ['deps'] }]);
  expect(shortcomings).toEqual([expect.stringContaining(stranger)]);
  expect(lacks).toBeUndefined();
});

test('bitbucket-data-center: reviewers are asked again when somebody else was faster', async () => {
  const host = await start('bitbucket-data-center');
  standIn.project.open(DRAFT);
  const outOfDate = { exceptionName: 'com.atlassian.bitbucket.pull.PullRequestOutOfDateException' };
  standIn.inject({ status: 409, body: JSON.stringify({ errors: [outOfDate] }) }, 'PUT');

  const wanted = { labels: [], reviewers: ['jane'] };
  expect(await host.add(1, wanted, signal)).toMatchObject({ lacks: wanted });
  expect(await host.add(1, wanted, signal)).toEqual({ shortcomings: [] });
});

test('bitbucket-cloud: rewrites without a reviewer who has left', async () => {
  const host = await start('bitbucket-cloud');
  standIn.project.open({ ...DRAFT, reviewers: ['jane'] });
  const error = { message: 'Bad request', fields: { reviewers: ['jane is not a member'] } };
  standIn.inject({ status: 400, body: JSON.stringify({ error }) }, 'PUT');

  await host.update(1, { title: 'new', body: '' }, signal);

  expect(standIn.project.requests[0]).toMatchObject({ title: 'new', reviewers: [] });
});

test.each([
  { status: 403, body: JSON.stringify({ message: '403 Forbidden' }) },
  { status: 404 },
  { status: 200, body: '<html>log in</html>' },
  { status: 200, body: JSON.stringify([{ id: 'jane' }]) },
])('gitlab: a look-up of a reviewer that fails with %j costs that reviewer only', async (answer) => {
  const host = await start('gitlab');
  standIn.inject(answer, 'GET');

  const draft = { ...DRAFT, reviewers: ['jane', 'joe', 'nobody'] };
  const { shortcomings, lacks } = await host.create(draft, signal);

  expect(lacks).toEqual({ labels: [], reviewers: ['jane'] });
  expect(shortcomings).toEqual([
    expect.stringContaining('find a reviewer'),
    expect.stringContaining('knows no user nobody'),
  ]);
  expect(standIn.project.requests[0]?.reviewers).toEqual(['joe']);
});

test('gitlab: an abort while reviewers are looked up ends it', async () => {
  const host = await start('gitlab');
  const aborted = AbortSignal.abort();

  await expect(host.create({ ...DRAFT, reviewers: ['jane'] }, aborted)).rejects.toMatchObject({
    code: 'aborted',
  });
  expect(standIn.project.requests).toEqual([]);
});

test('gitea: why it does not merge by itself is said without the token', async () => {
  const host = await start('gitea');
  standIn.project.open(DRAFT);
  standIn.inject({ status: 405, body: JSON.stringify({ message: `not with ${TOKEN}` }) }, 'POST');

  expect(await host.enableAutoMerge(1, SQUASH, signal)).toEqual({
    kind: 'refused',
    reason: 'not with ***',
  });
});

test.each([
  { errors: [{ message: `not with ${TOKEN}` }] },
  { data: null, errors: [{ type: 'FORBIDDEN', message: `not with ${TOKEN}`, path: ['enable'] }] },
  { errors: [{ message: 'not' }, { message: `with ${TOKEN}` }] },
])('github: why it does not merge by itself is said without the token: %j', async (content) => {
  const host = await start('github');
  standIn.project.open(DRAFT);
  standIn.inject({ status: 200, body: JSON.stringify(content) }, 'POST');

  expect(await host.enableAutoMerge(1, SQUASH, signal)).toEqual({
    kind: 'refused',
    reason: expect.stringMatching(/^not(; | )with \*\*\*$/) as string,
  });
});

test('bitbucket-data-center: asks for the other reviewers when one is unknown', async () => {
  const host = await start('bitbucket-data-center');

  const { shortcomings } = await host.create({ ...DRAFT, reviewers: ['nobody', 'jane'] }, signal);

  expect(shortcomings).toHaveLength(1);
  expect(standIn.project.requests[0]?.reviewers).toEqual(['jane']);
});

test('bitbucket-data-center: changes what somebody else changed at the same time', async () => {
  const host = await start('bitbucket-data-center');
  standIn.project.open(DRAFT);
  const outOfDate = {
    message: 'out-of-date information',
    exceptionName: 'com.atlassian.bitbucket.pull.PullRequestOutOfDateException',
  };
  standIn.inject({ status: 409, body: JSON.stringify({ errors: [outOfDate] }) }, 'PUT');

  await host.update(1, { title: 'new', body: '' }, signal);

  expect(standIn.project.requests[0]?.title).toBe('new');
  for (let time = 0; time < 3; time += 1) {
    standIn.inject({ status: 409, body: JSON.stringify({ errors: [outOfDate] }) }, 'PUT');
  }
  await expect(host.update(1, { title: 'newer', body: '' }, signal)).rejects.toThrow('out-of-date');
});

test('azure-devops: reads the whole of a description that lists cut', async () => {
  const host = await start('azure-devops');
  const body = `${'x'.repeat(600)}\n\n<!-- a mark -->`;
  standIn.project.open({ ...DRAFT, body });
  standIn.project.open({ ...DRAFT, head: 'short' });
  standIn.project.end(2, 'closed', 'jane');

  expect((await host.listOpen('main', signal)).map((one) => one.body)).toEqual([body]);
  expect((await host.listEnded('short', 'main', signal)).map((one) => one.body)).toEqual([DRAFT.body]);
  expect(standIn.calls().filter((line) => line.endsWith('/pullrequests/2'))).toEqual([]);
});

test('azure-devops: finds teams and people of the project', async () => {
  const host = await start('azure-devops');

  await host.create({ ...DRAFT, reviewers: ['team/platform', 'The joe', 'JANE'] }, signal);

  expect(standIn.project.requests[0]?.reviewers).toEqual(['team/Platform', 'joe', 'jane']);
});

test.each([
  { status: 403, body: JSON.stringify({ message: 'no right' }) },
  { status: 404 },
  { status: 200, body: '<html>log in</html>' },
])('azure-devops: a team that cannot be read (%j) costs only who may be in it', async (answer) => {
  const host = await start('azure-devops');
  standIn.inject(answer, 'GET', /\/members$/);

  const draft = { ...DRAFT, reviewers: ['team/platform', 'joe', 'nobody'] };
  const { shortcomings, lacks, request } = await host.create(draft, signal);

  expect(standIn.project.requests[0]?.reviewers).toEqual(['team/Platform']);
  expect(shortcomings).toEqual([expect.stringContaining('find the reviewers')]);
  expect(lacks).toEqual({ labels: [], reviewers: ['joe', 'nobody'] });
  const added = await host.add(request.number, lacks ?? { labels: [], reviewers: [] }, signal);
  expect(added).toEqual({ shortcomings: [expect.stringContaining('knows no nobody')] });
  expect(standIn.project.requests[0]?.reviewers).toEqual(['team/Platform', 'joe']);
});

test('azure-devops: a page to log in at is a login that is refused', async () => {
  const host = await start('azure-devops', { username: '', token: 'a-Wrong+token/of=4' });

  const error = asLynceusError(await host.listOpen('main', signal).catch((thrown: unknown) => thrown));

  expect(error.code).toBe('host-denied');
});

test.each([
  ['gitea', 'squash'],
  ['bitbucket-data-center', 'rebase-no-ff'],
  ['azure-devops', 'rebase'],
] as const)('%s: has its own word for the way to merge', async (kind, word) => {
  const host = await start(kind);
  standIn.project.open(DRAFT);

  await host.enableAutoMerge(1, { ...SQUASH, method: kind === 'gitea' ? 'squash' : 'rebase' }, signal);

  expect(standIn.project.requests[0]?.autoMerge).toBe(word);
});
