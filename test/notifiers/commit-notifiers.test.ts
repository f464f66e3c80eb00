import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Notice } from '../../src/core/notices/notice.ts';
import type { NotifierParts } from '../../src/notifiers/notifier-parts.ts';
import type { OutgoingNotice } from '../../src/ports/notifier.ts';
import { plainMarkup } from '../../src/notifiers/plain-markup.ts';
import { HOSTS, TOKEN } from '../helpers/pull-request-stand-in/hosts.ts';
import { createProject } from '../helpers/pull-request-stand-in/project.ts';
import { startHostStandIn, type HostStandIn } from '../helpers/pull-request-stand-in/server.ts';
import type { Answer } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { outgoing, theNotifier } from './a-notice.ts';

const NEVER = new AbortController().signal;
const SHA = '1'.repeat(40);
const OTHER_SHA = '2'.repeat(40);

/** Words of each host for how a commit does. */
const WORDS = {
  github: {
    begun: ['pending', 'in_progress'],
    good: ['success', 'success'],
    bad: ['failure', 'failure'],
    unknown: ['error', 'error'],
  },
  gitlab: {
    begun: ['running', 'running'],
    good: ['success', 'success'],
    bad: ['failed', 'failed'],
    unknown: ['canceled', 'canceled'],
  },
} as const;

const ROWS = (['github', 'gitlab'] as const).map((kind) => ({ kind, ...WORDS[kind] }));

describe.each(ROWS)('at $kind', ({ kind, begun, good, bad, unknown }) => {
  let host: HostStandIn;

  beforeEach(async () => {
    const project = createProject({ hasCommit: (sha) => [SHA, OTHER_SHA].includes(sha) });
    host = await startHostStandIn(HOSTS[kind].routes, { project, token: TOKEN });
  });

  afterEach(() => host.stop());

  interface Sending {
    readonly settings?: Readonly<Record<string, unknown>>;
    readonly token?: string;
    readonly others?: Partial<OutgoingNotice>;
    readonly parts?: Partial<NotifierParts>;
    readonly signal?: AbortSignal;
  }

  function commitOf(sha: string, remote = `${host.url}/acme/deploy`) {
    return { sha, branch: 'main', remote };
  }

  async function send(
    notice: Partial<Notice>,
    { settings = {}, token = TOKEN, others = {}, parts = {}, signal = NEVER }: Sending = {},
  ): Promise<void> {
    const row = {
      [kind]: {
        url: `${host.url}/acme`,
        apiUrl: `${host.url}${HOSTS[kind].api}`,
        tokenFrom: 'env:TOKEN',
        ...settings,
      },
    };
    const notifier = await theNotifier(row, { 'env:TOKEN': token }, parts);
    await notifier.send(outgoing(notifier, { commit: commitOf(SHA), ...notice }, others), signal);
  }

  /** Each status and deployment with its newest state. */
  function seen() {
    const { statuses, deployments } = host.project;
    return {
      statuses: statuses.map(({ sha, context, state }) => [sha, context, state]),
      deployments: deployments.map(({ sha, environment, states }) => [sha, environment, states.at(-1)]),
    };
  }

  test.each<[string, Partial<Notice>, readonly [string, string]]>([
    ['updated, with nothing to verify', {}, good],
    ['updated, and yet to be verified', { awaitsVerification: true }, begun],
    ['verified', { kind: 'verified' }, good],
    ['that failed its verification', { kind: 'verification-failed' }, bad],
    ['whose verification decided nothing', { kind: 'verification-inconclusive' }, unknown],
    ['that could not be taken back', { kind: 'rollback-failed' }, bad],
    ['that took another back', { kind: 'rolled-back' }, good],
  ])('a commit %s has a status and a deployment', async (_what, notice, [status, deployment]) => {
    await send(notice);

    expect(seen()).toEqual({
      statuses: [[SHA, 'lynceus/argocd/shop', status]],
      deployments: [[SHA, 'shop', deployment]],
    });
  });

  test('its description is the title of the notice, as long as it may be', async () => {
    await send({}, { others: { title: `shop ${'ü'.repeat(500)}` } });

    expect(host.project.statuses[0]?.description).toMatch(/^shop ü{50,}…$/);
  });

  test('the same deployment goes on, and is not made again', async () => {
    await send({ awaitsVerification: true });
    await send({ kind: 'verified' });

    expect(seen().deployments).toEqual([[SHA, 'shop', good[1]]]);
    expect(host.project.deployments[0]?.states).toEqual([begun[1], good[1]]);
  });

  test('a notice that is sent twice changes nothing the second time', async () => {
    await send({ kind: 'verified' });
    const first = structuredClone(host.project.deployments);
    await send({ kind: 'verified' });

    expect(host.project.deployments).toEqual(first);
    expect(new Set(seen().statuses.map(String)).size).toBe(1);
  });

  test('a notice that is sent twice while its commit is pending changes nothing either', async () => {
    await send({ awaitsVerification: true });
    await send({ awaitsVerification: true });

    expect(seen().deployments).toEqual([[SHA, 'shop', begun[1]]]);
    expect(new Set(seen().statuses.map(String)).size).toBe(1);
  });

  test('one that was sent late takes nothing back', async () => {
    await send({ kind: 'verification-failed' });
    await send({ awaitsVerification: true });

    expect(seen().statuses.at(-1)?.[2]).toBe(bad[0]);
    expect(seen().deployments).toEqual([[SHA, 'shop', bad[1]]]);
  });

  test('what failed after all is known as failed', async () => {
    await send({ kind: 'verified' });
    await send({ kind: 'verification-failed' });

    expect(seen().statuses.at(-1)?.[2]).toBe(bad[0]);
    expect(seen().deployments).toEqual([[SHA, 'shop', bad[1]]]);
  });

  test('a rollback says how both commits do', async () => {
    await send({ kind: 'rolled-back', failedCommit: commitOf(OTHER_SHA) });

    expect(seen().statuses).toEqual([
      [OTHER_SHA, 'lynceus/argocd/shop', bad[0]],
      [SHA, 'lynceus/argocd/shop', good[0]],
    ]);
  });

  test('a rollback that is only proposed says nothing of its own commit', async () => {
    await send({
      kind: 'rolled-back',
      commit: { ...commitOf(SHA), branch: 'lynceus/rollback', isProposed: true },
      failedCommit: commitOf(OTHER_SHA),
    });

    expect(seen().statuses).toEqual([[OTHER_SHA, 'lynceus/argocd/shop', bad[0]]]);
  });

  test('a commit on a branch that nobody follows yet has neither', async () => {
    await send({ commit: { ...commitOf(SHA), branch: 'lynceus/shop', isProposed: true } });

    expect(host.calls()).toEqual([]);
  });

  test('two Applications of one commit have a status each', async () => {
    await send({});
    await send({ application: { namespace: 'argocd', name: 'web' } });

    expect(seen().statuses.map(([, context]) => context)).toEqual([
      'lynceus/argocd/shop',
      'lynceus/argocd/web',
    ]);
    expect(seen().deployments.map(([, environment]) => environment)).toEqual(['shop', 'web']);
  });

  test.each<[string, Readonly<Record<string, unknown>>, ReturnType<typeof seen>]>([
    [
      'statuses alone',
      { deployments: false, context: 'north' },
      { statuses: [[SHA, 'north/argocd/shop', good[0]]], deployments: [] },
    ],
    [
      'deployments alone',
      { statuses: false, environmentPrefix: 'north/' },
      { statuses: [], deployments: [[SHA, 'north/shop', good[1]]] },
    ],
  ])('%s', async (_what, settings, expected) => {
    await send({}, { settings });

    expect(seen()).toEqual(expected);
  });

  test.each<[string, (port: string) => string, (port: string) => string]>([
    [
      'the transport',
      () => 'https://127.0.0.1/acme',
      (port) => `ssh://git@127.0.0.1:${port}/acme/deploy.git`,
    ],
    [
      'its end, and large letters',
      (port) => `http://127.0.0.1:${port}/ACME/`,
      (port) => `http://127.0.0.1:${port}/acme/deploy.git/`,
    ],
    [
      'a user',
      (port) => `http://127.0.0.1:${port}/acme`,
      (port) => `http://jane@127.0.0.1:${port}/acme/deploy`,
    ],
  ])('a remote that differs in %s is the same', async (_what, urlAt, remoteAt) => {
    const { port } = new URL(host.url);

    await send({ commit: commitOf(SHA, remoteAt(port)) }, { settings: { url: urlAt(port) } });

    expect(seen().statuses).toHaveLength(1);
  });

  test.each<[string, Partial<Notice>]>([
    ['at another host', { commit: { sha: SHA, branch: 'main', remote: 'https://git.example/acme/deploy' } }],
    ['in a folder', { commit: { sha: SHA, branch: 'main', remote: '/srv/git/deploy' } }],
    ['that is no remote', { commit: { sha: SHA, branch: 'main', remote: 'ext::sh -c id' } }],
    ['of no Application', { application: undefined } as unknown as Partial<Notice>],
    ['that is not there', { commit: undefined } as unknown as Partial<Notice>],
    ['of a pull request', { kind: 'pull-request-opened' }],
    ['that failed', { kind: 'failing' }],
  ])('of a commit %s nothing is said, and the token stays here', async (_what, notice) => {
    await send(notice);

    expect(host.calls()).toEqual([]);
  });

  test('nothing is said of what is beside the URL of the service', async () => {
    await send({ commit: commitOf(SHA, `${host.url}/acme-2/deploy`) });
    await send({ commit: commitOf(SHA, `${host.url}/other/deploy`) });

    expect(host.calls()).toEqual([]);
  });

  test.each<[string, Sending, string]>([
    ['a wrong token', { token: 'another' }, 'notifier-denied'],
    ['a token of several lines', { token: 'a\r\nX-Evil: b' }, 'credentials-failed'],
    ['an empty token', { token: '' }, 'credentials-failed'],
  ])('%s is refused, and not shown', async (_what, sending, code) => {
    const error = await errorOf(send({}, sending));

    expect(error).toMatchObject({ code, retryable: code === 'credentials-failed' });
    expect(error.line).not.toContain('another');
    expect(error.line).not.toContain('X-Evil');
  });

  test.each<[string, Answer, { code: string; retryable: boolean }]>([
    ['that fails', { status: 503 }, { code: 'notifier-failed', retryable: true }],
    ['that breaks off', { reset: 'half-way' }, { code: 'notifier-unreachable', retryable: true }],
    [
      'that sends elsewhere',
      { status: 307, headers: { location: 'http://127.0.0.1:9/' } },
      { code: 'notifier-failed', retryable: false },
    ],
  ])('a host %s is not given up too early, nor followed', async (_what, answer, expected) => {
    host.inject(answer);

    expect(await errorOf(send({}))).toMatchObject(expected);

    await send({});
    expect(seen().statuses.at(-1)?.[2]).toBe(good[0]);
  });

  test('a host that says nothing is left with the signal', async () => {
    const stop = new AbortController();
    host.inject({ hang: 'at-once' });
    const sending = errorOf(send({}, { signal: stop.signal }));
    await expect.poll(() => host.calls().length).toBe(1);
    stop.abort();

    expect(await sending).toMatchObject({ code: 'aborted' });
  });

  test.each([
    ['HTML', '<script>alert(1)</script>'],
    ['mentions', '@everyone @acme/admins #1 !1'],
    ['escape sequences', '\u001b[31mred\u001b[0m'],
    ['turned text', '\u202eevil\u202c'],
    ['line breaks', 'a\r\nb\u2028c'],
    ['much', '9'.repeat(10_000)],
  ])('%s in a name is one short line of a description, which hosts show as text', async (_what, text) => {
    await send({}, { others: { title: plainMarkup(140).escape(text) } });

    const [status] = host.project.statuses;
    expect(status?.description).toMatch(/^\P{C}+$/u);
    expect(status?.context).toBe('lynceus/argocd/shop');
  });

  test('a host that repeats the token is not repeated', async () => {
    host.inject({ status: 500, body: JSON.stringify({ message: `who is ${TOKEN}?` }) });

    const error = await errorOf(send({}));

    expect(error).toMatchObject({ code: 'notifier-failed', retryable: true });
    expect(error.line).toContain('who is ***?');
  });

  test('without a token of its own it takes that of pull requests, for this remote and AppProject', async () => {
    const asked: (readonly [string, string | undefined])[] = [];
    const parts: Partial<NotifierParts> = {
      hostToken: async ({ label }, project) => {
        asked.push([label, project]);
        return await Promise.resolve(TOKEN);
      },
    };

    await send({ project: 'team-a' }, { settings: { tokenFrom: undefined }, parts });

    expect(asked).toEqual([[`${host.host}/acme/deploy`, 'team-a']]);
    expect(seen().statuses).toHaveLength(1);
  });

  test('without any token it says where one is set', async () => {
    const error = await errorOf(send({}, { settings: { tokenFrom: undefined } }));

    expect(error).toMatchObject({ code: 'credentials-missing', retryable: false });
    expect(error.line).toContain('tokenFrom');
    expect(host.calls()).toEqual([]);
  });

  test('a commit that the host does not have is refused for good', async () => {
    const error = await errorOf(send({ commit: commitOf('3'.repeat(40)) }));

    expect(error.retryable).toBe(false);
    expect(error.line).toMatch(/to set the status of a commit: .*ommit/);
  });

  test('a host that wants fewer requests says when', async () => {
    host.limit(30);

    expect(await errorOf(send({}))).toMatchObject({
      code: 'notifier-rate-limited',
      retryable: true,
      retryAfter: 30_000,
    });
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['a repository', { url: 'https://git.example/acme/deploy' }],
    ['an owner', { url: 'https://git.example/acme' }],
  ])('a test says whether the token is taken, where the URL is that of %s', async (_what, settings) => {
    const others = { isTest: true } as const;

    await send({}, { settings, others });
    const error = await errorOf(send({}, { settings, others, token: 'another' }));

    expect(error.code).toBe('notifier-denied');
    expect(seen()).toEqual({ statuses: [], deployments: [] });
  });
});
