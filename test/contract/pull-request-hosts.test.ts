import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asLynceusError, type LynceusError } from '../../src/errors.ts';
import type { Merging, PullRequestHost } from '../../src/ports/pull-request-host.ts';
import { createPullRequestHosts } from '../../src/pull-requests/find-host.ts';
import {
  DRAFT,
  HOSTS,
  STOOD_IN_KINDS,
  TOKEN,
  type StoodInKind,
} from '../helpers/pull-request-stand-in/hosts.ts';
import { createProject } from '../helpers/pull-request-stand-in/project.ts';
import { startHostStandIn, type HostStandIn } from '../helpers/pull-request-stand-in/server.ts';
import type { Answer } from '../helpers/registry-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';

interface Quirks {
  /** A request does not say whether it merges by itself. */
  readonly keepsAutoMergeToItself?: boolean;
  /** The code when a branch is missing; `host-failed` unless said. */
  readonly branchMissing?: 'host-denied';
}

const QUIRKS: Partial<Record<StoodInKind, Quirks>> = {
  gitea: { keepsAutoMergeToItself: true, branchMissing: 'host-denied' },
  'bitbucket-data-center': { keepsAutoMergeToItself: true, branchMissing: 'host-denied' },
};

/** Hosts that are told of labels and reviewers when a request is opened. */
const IN_DRAFT: readonly StoodInKind[] = [
  'gitlab',
  'bitbucket-cloud',
  'bitbucket-data-center',
  'azure-devops',
];

/** Path at which requests are opened. */
const DRAFTS = /\/(?:pulls|merge_requests|pullrequests|pull-requests)$/;

/** A draft that is refused for a reviewer, in the words of any host. */
const REFUSED_DRAFT: Answer = {
  status: 400,
  body: JSON.stringify({ error: { message: 'Bad request', fields: { reviewers: ['is invalid'] } } }),
};

/** The call that looks for reviewers or asks them, and whom the draft has to name so that it is made. */
const ASKING: Readonly<Record<StoodInKind, readonly ['GET' | 'POST' | 'PUT', RegExp, readonly string[]]>> = {
  github: ['POST', /\/requested_reviewers$/, []],
  gitlab: ['GET', /\/users$/, []],
  gitea: ['POST', /\/requested_reviewers$/, []],
  'bitbucket-cloud': ['GET', /\/members$/, []],
  'bitbucket-data-center': ['PUT', /\/1$/, ['nobody-of-ours']],
  'azure-devops': ['GET', /\/teams$/, []],
};

async function caught(attempt: () => Promise<unknown>): Promise<LynceusError> {
  try {
    await attempt();
  } catch (thrown) {
    return asLynceusError(thrown);
  }
  return expect.unreachable('expected an error, and there was none');
}

const SQUASH: Merging = { method: 'squash', squash: undefined, again: false };

const ROWS = STOOD_IN_KINDS.map((kind) => ({ kind, ...HOSTS[kind] }));

describe.each(ROWS)('pull requests of $kind', ({ kind, routes, path }) => {
  const quirks = QUIRKS[kind] ?? {};
  const { signal } = new AbortController();
  const clock = createVirtualClock();
  let standIn: HostStandIn;
  let host: PullRequestHost;

  beforeEach(async () => {
    standIn = await startHostStandIn(routes, { project: createProject(), token: TOKEN, largestPage: 2 });
    host = await open();
  });

  afterEach(() => standIn.stop());

  function open(changes: { readonly token?: string; readonly path?: string } = {}): Promise<PullRequestHost> {
    const hosts = createPullRequestHosts({
      settingsOf: () => ({ kind, apiUrl: undefined }),
      accessOf: () =>
        Promise.resolve({ login: { username: 'bot', token: changes.token ?? TOKEN }, ca: undefined }),
      userAgent: 'lynceus/test',
      clock,
    });
    const remote = parseGitRemote(`${standIn.url}/${changes.path ?? path}.git`);
    return hosts.find({ remote, base: 'main', push: undefined, credentials: { kind: 'repocreds' } }, signal);
  }

  test('opens one, and finds it again among the open ones', async () => {
    const { request, shortcomings } = await host.create(DRAFT, signal);

    const { head, base, title, body } = DRAFT;
    expect(request).toMatchObject({ number: 1, state: 'open', head, base, title, body, autoMerge: false });
    expect(request.url).toMatch(/^http.*1$/);
    expect(shortcomings).toEqual([]);
    expect(await host.listOpen('main', signal)).toEqual([request]);
    expect(await host.listEnded(head, base, signal)).toEqual([]);
  });

  test('gives it labels, reviewers and draft, where the host has them', async () => {
    await host.create({ ...DRAFT, labels: ['deps', 'bot made'], reviewers: ['jane'], draft: true }, signal);

    const { labels, reviewers, draft } = standIn.project.requests[0] ?? {};
    expect({ labels, reviewers, draft }).toEqual({
      labels: host.abilities.has('labels') ? ['deps', 'bot made'] : [],
      reviewers: host.abilities.has('reviewers') ? ['jane'] : [],
      draft: host.abilities.has('draft'),
    });
  });

  test('says what the host has none of', async () => {
    const { shortcomings } = await host.create({ ...DRAFT, labels: ['deps'] }, signal);

    expect(shortcomings.filter((one) => one.includes('labels'))).toHaveLength(
      host.abilities.has('labels') ? 0 : 1,
    );
  });

  test('opens it without a reviewer who does not exist, and says so', async () => {
    const { shortcomings } = await host.create({ ...DRAFT, reviewers: ['nobody-of-ours'] }, signal);

    expect(standIn.project.requests).toHaveLength(1);
    expect(shortcomings).toHaveLength(host.abilities.has('reviewers') ? 1 : 0);
  });

  test('asks the others for a review when one of them does not exist', async () => {
    const reviewers = ['jane', 'nobody-of-ours', 'joe'];
    const { shortcomings, lacks } = await host.create({ ...DRAFT, reviewers }, signal);

    const canAsk = host.abilities.has('reviewers');
    expect(standIn.project.requests[0]?.reviewers).toEqual(canAsk ? ['jane', 'joe'] : []);
    expect(shortcomings).toHaveLength(canAsk ? 1 : 0);
    expect(lacks).toBeUndefined();
  });

  test('opens it without labels or reviewers for whom the draft is refused, and asks for each', async () => {
    standIn.inject(REFUSED_DRAFT, 'POST', DRAFTS);
    const draft = { ...DRAFT, labels: ['deps', 'bot made'], reviewers: ['nobody-of-ours', 'joe', 'jane'] };
    if (!IN_DRAFT.includes(kind)) return;

    const { shortcomings, lacks } = await host.create(draft, signal);

    expect(standIn.project.requests).toMatchObject([
      { labels: host.abilities.has('labels') ? ['deps', 'bot made'] : [], reviewers: ['joe', 'jane'] },
    ]);
    expect(shortcomings.filter((one) => one.includes('nobody-of-ours'))).toHaveLength(1);
    expect(lacks).toBeUndefined();
  });

  test.each<{ readonly fault: Answer; readonly times?: number }>([
    { fault: { status: 403 } },
    { fault: { status: 500 }, times: 4 },
    { fault: { status: 503 }, times: 4 },
    { fault: { reset: 'at-once' }, times: 4 },
  ])('reviewers who could not be asked once can be asked later: %j', async ({ fault, times = 1 }) => {
    const [method, path, refused] = ASKING[kind];
    const draft = { ...DRAFT, reviewers: ['jane', ...refused] };
    // What may be sent twice is sent four times.
    for (let time = 0; time < (method === 'POST' ? 1 : times); time += 1) standIn.inject(fault, method, path);
    const { request, lacks, shortcomings } = await host.create(draft, signal);
    expect(lacks).toEqual({ labels: [], reviewers: draft.reviewers });
    expect(standIn.project.requests).toMatchObject([{ reviewers: [] }]);
    expect(shortcomings).toHaveLength(1);
    standIn.project.requests[0]?.reviewers.push('joe');

    const added = await host.add(request.number, lacks ?? { labels: [], reviewers: [] }, signal);

    expect(standIn.project.requests).toMatchObject([{ reviewers: ['joe', 'jane'], title: DRAFT.title }]);
    expect((await host.listOpen('main', signal))[0]?.body).toBe(DRAFT.body);
    expect(added.lacks).toBeUndefined();
    expect(added.shortcomings).toHaveLength(refused.length);
  });

  test.each([{ status: 403 }, { status: 502 }, { status: 500 }])(
    'labels that could not be added once can be added later: %j',
    async (fault) => {
      if (!host.abilities.has('labels')) return;
      if (IN_DRAFT.includes(kind)) standIn.inject(REFUSED_DRAFT, 'POST', DRAFTS);
      for (let time = 0; time < (kind === 'gitlab' && fault.status >= 500 ? 4 : 1); time += 1)
        standIn.inject(fault, kind === 'gitlab' ? 'PUT' : 'POST', kind === 'gitlab' ? /1$/ : /1\/labels$/);
      const { request, lacks } = await host.create(
        { ...DRAFT, labels: ['deps'], reviewers: ['jane'] },
        signal,
      );
      expect(lacks).toEqual({ labels: ['deps'], reviewers: [] });

      const added = await host.add(request.number, lacks ?? { labels: [], reviewers: [] }, signal);

      expect(added).toEqual({ shortcomings: [] });
      expect(standIn.project.requests).toMatchObject([{ labels: ['deps'], reviewers: ['jane'] }]);
    },
  );

  test('a reviewer who does not exist is not to be asked again', async () => {
    standIn.project.open({ ...DRAFT, labels: ['mine'] });

    const added = await host.add(1, { labels: [], reviewers: ['nobody-of-ours', 'jane'] }, signal);

    expect(added).toEqual({ shortcomings: [expect.stringContaining('nobody-of-ours')] });
    expect(standIn.project.requests).toMatchObject([
      { reviewers: ['jane'], labels: ['mine'], title: DRAFT.title },
    ]);
  });

  test('a second one of the same branch is the first', async () => {
    const { request } = await host.create(DRAFT, signal);

    expect((await host.create({ ...DRAFT, title: 'again' }, signal)).request).toEqual(request);
    expect(standIn.project.requests).toHaveLength(1);
  });

  test('a branch that is not there cannot be proposed', async () => {
    await standIn.stop();
    const project = createProject({ hasBranch: (branch) => branch === 'main' });
    standIn = await startHostStandIn(routes, { project, token: TOKEN });
    host = await open();

    const error = await caught(() => host.create(DRAFT, signal));

    expect(error.code).toBe(quirks.branchMissing ?? 'host-failed');
  });

  test('lists every page, of this base, and nothing of forks', async () => {
    const { project } = standIn;
    for (const name of ['a', 'b', 'c', 'd', 'e']) project.open({ ...DRAFT, head: name });
    project.open({ ...DRAFT, head: 'f', base: 'other' });
    project.open({ ...DRAFT, head: 'a', fromFork: true });

    const found = await host.listOpen('main', signal);

    expect(found.map(({ head }) => head).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('rewrites title and body, and leaves the rest alone', async () => {
    await host.create({ ...DRAFT, draft: true }, signal);

    await host.update(1, { title: 'update shop and cart', body: 'more' }, signal);

    expect(standIn.project.requests[0]).toMatchObject({
      title: 'update shop and cart',
      body: 'more',
      state: 'open',
      draft: host.abilities.has('draft'),
    });
  });

  test('closes with a comment and a last body', async () => {
    await host.create(DRAFT, signal);

    await host.close(1, { body: 'closed by us', comment: 'superseded by #2' }, signal);

    expect(standIn.project.requests[0]).toMatchObject({
      state: 'closed',
      body: 'closed by us',
      comments: ['superseded by #2'],
    });
    expect(await host.listOpen('main', signal)).toEqual([]);
  });

  test('tells how the requests of a branch ended, newest first, and who ended the last', async () => {
    const { project } = standIn;
    project.open(DRAFT);
    project.end(1, 'merged', 'joe');
    project.open({ ...DRAFT, body: 'second' });
    project.end(2, 'closed', 'jane');
    project.open({ ...DRAFT, head: 'another' });
    project.end(3, 'closed', 'joe');

    const ended = await host.listEnded(DRAFT.head, 'main', signal);

    expect(ended.map(({ number, state, body }) => [number, state, body])).toEqual([
      [2, 'closed', 'second'],
      [1, 'merged', DRAFT.body],
    ]);
    expect(['jane', undefined]).toContain(ended[0]?.endedBy);
  });

  test('lets it merge by itself, where the host does', async () => {
    await host.create(DRAFT, signal);
    if (!host.abilities.has('auto-merge')) {
      expect(await host.enableAutoMerge(1, SQUASH, signal)).toMatchObject({ kind: 'refused' });
      return;
    }

    expect(await host.enableAutoMerge(1, SQUASH, signal)).toEqual({ kind: 'enabled' });
    expect((await host.listOpen('main', signal))[0]?.autoMerge).toBe(quirks.keepsAutoMergeToItself !== true);
    if (quirks.keepsAutoMergeToItself === true)
      expect(await host.enableAutoMerge(1, SQUASH, signal)).toEqual({ kind: 'as-before' });
    expect(standIn.project.requests[0]?.autoMerge).toBe('squash');

    standIn.project.open({ ...DRAFT, head: 'another' });
    standIn.project.refusesAutoMerge = 'not in this state';
    expect(await host.enableAutoMerge(2, SQUASH, signal)).toEqual({
      kind: 'refused',
      reason: expect.stringContaining('not in this state') as string,
    });
  });

  test('lets it merge with a message, and with another one later', async () => {
    await host.create(DRAFT, signal);
    if (!host.abilities.has('auto-merge')) return;
    const messageOf = (version: string) =>
      `update shop to ${version}\n\nLynceus-Update: file=a key=b to=${version}`;
    for (const [version, again] of [
      ['1.1', false],
      ['1.2', true],
      ['1.3', true],
    ] as const) {
      const merging = { method: 'squash', squash: messageOf(version), again } as const;
      expect(await host.enableAutoMerge(1, merging, signal)).toEqual({ kind: 'enabled' });
      expect(standIn.project.requests[0]).toMatchObject({ autoMerge: 'squash', squash: messageOf(version) });
    }
  });

  test('a message is sent for a squash alone, or where the project may demand one', async () => {
    await host.create(DRAFT, signal);
    const merging = { method: 'merge', squash: 'a message', again: false } as const;
    await host.enableAutoMerge(1, merging, signal);
    expect(standIn.project.requests[0]?.squash).toBe(kind === 'gitlab' ? 'a message' : undefined);
  });

  test('names the commit that a request became', async () => {
    const sha = '0123456789abcdef0123456789abcdef01234567';
    standIn.project.open(DRAFT);
    standIn.project.end(1, 'merged', 'jane', sha);
    standIn.project.open(DRAFT);
    standIn.project.end(2, 'closed', 'joe');
    const ended = await host.listEnded(DRAFT.head, 'main', signal);
    const [closed, merged] = ended.map(({ mergedAs }) => mergedAs);
    expect(closed).toBeUndefined();
    expect(sha.startsWith(merged ?? 'none')).toBe(true);
  });

  test('a login that is refused says so, without the token', async () => {
    const wrong = await open({ token: 'a-Wrong+token/of=4' });

    const error = await caught(() => wrong.listOpen('main', signal));

    expect([error.code, error.retryable]).toEqual(['host-denied', false]);
    expect(error.line).not.toContain('a-Wrong');
  });

  test('a host that repeats the token in its answer does not get it into a message', async () => {
    standIn.inject({ status: 400, body: JSON.stringify({ message: `bad token ${TOKEN}` }) });

    const error = await caught(() => host.listOpen('main', signal));

    expect(error.line).toContain('bad token ***');
  });

  test('a project that is not there, or hidden, is denied', async () => {
    const elsewhere = await open({ path: path.replace(/[^/]+$/, 'hidden') });

    expect((await caught(() => elsewhere.listOpen('main', signal))).code).toBe('host-denied');
  });

  test('waits as long as the host asks, also before it opens one', async () => {
    standIn.limit(7);
    await host.listOpen('main', signal);
    standIn.limit(9);
    await host.create(DRAFT, signal);

    expect(clock.sleeps.slice(-2)).toEqual([7_000, 9_000]);
    expect(standIn.project.requests).toHaveLength(1);
  });

  test('does not wait for an hour', async () => {
    standIn.limit(3_600);

    const error = await caught(() => host.listOpen('main', signal));

    expect([error.code, error.retryable]).toEqual(['host-rate-limited', true]);
  });

  test('leaves a host alone until the pause that it asked for is over, and no other host', async () => {
    const hosts = createPullRequestHosts({
      settingsOf: () => ({ kind, apiUrl: undefined }),
      accessOf: () => Promise.resolve({ login: { username: 'bot', token: TOKEN }, ca: undefined }),
      userAgent: 'lynceus/test',
      clock,
    });
    const other = await startHostStandIn(routes, { project: createProject(), token: TOKEN });
    const findAt = (url: string): Promise<PullRequestHost> => {
      const remote = parseGitRemote(`${url}/${path}.git`);
      return hosts.find(
        { remote, base: 'main', push: undefined, credentials: { kind: 'repocreds' } },
        signal,
      );
    };
    standIn.limit(3_600);
    expect((await caught(async () => (await findAt(standIn.url)).listOpen('main', signal))).code).toBe(
      'host-rate-limited',
    );
    const asked = standIn.calls().length;

    clock.advance(3_500_000);
    const later = await caught(async () => (await findAt(standIn.url)).listOpen('main', signal));
    expect([later.code, standIn.calls().length]).toEqual(['host-rate-limited', asked]);
    expect(later.line).toMatch(/the host asked for a pause until 2\d{3}-/);
    expect(await (await findAt(other.url)).listOpen('main', signal)).toEqual([]);

    clock.advance(101_000);
    expect(await (await findAt(standIn.url)).listOpen('main', signal)).toEqual([]);
    await other.stop();
    hosts.close();
  });

  test('asks again what may be asked again, and opens nothing twice', async () => {
    standIn.inject({ status: 502 });
    expect(await host.listOpen('main', signal)).toEqual([]);
    standIn.inject({ reset: 'at-once' });
    expect(await host.listOpen('main', signal)).toEqual([]);

    standIn.inject({ status: 502 }, 'POST');
    const error = await caught(() => host.create(DRAFT, signal));
    expect([error.code, error.retryable]).toEqual(['host-failed', true]);
    expect(standIn.project.requests).toEqual([]);
  });

  test.each([
    ['a page of HTML', { status: 200, body: '<html>log in</html>' }],
    ['something else', { status: 200, body: '[{"number":"one"}]' }],
    ['a redirect to a login page', { status: 302, headers: { location: '/login' } }],
  ])('%s is not taken for an answer', async (_, answer) => {
    standIn.inject(answer);

    expect(['host-failed', 'host-denied']).toContain(
      (await caught(() => host.listOpen('main', signal))).code,
    );
  });
});
