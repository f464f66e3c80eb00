import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../../src/app/decide-images.ts';
import { askHosts, type AskedHosts, type AskOptions } from '../../../src/app/pull-requests/ask-hosts.ts';
import { markerOf, markerText } from '../../../src/core/pull-requests/marker.ts';
import { describeRequest } from '../../../src/core/pull-requests/describe-request.ts';
import { toPlannedChange } from '../../../src/core/plan/planned-commit.ts';
import type { GitPlace } from '../../../src/core/policy.ts';
import { toUpdates } from '../../../src/app/plan-evaluations.ts';
import { LynceusError } from '../../../src/errors.ts';
import type { PullRequestHost } from '../../../src/ports/pull-request-host.ts';
import { createResultsInMemory } from '../../../src/app/verification/results-in-memory.ts';
import { indexHistory } from '../../../src/core/overrides/record-index.ts';
import type { FailureAction } from '../../../src/core/verification/verify-policy.ts';
import type { VerificationEnding } from '../../../src/core/verification/write-result.ts';
import { createRequestMemory } from '../../../src/app/pull-requests/request-memory.ts';
import { aHost, aProposal, aRequest, type Proposal } from './a-request.ts';

const ONE = 'https://one.example/acme/deploy.git';
const TWO = 'https://two.example/acme/deploy.git';
const FAILED = new LynceusError('host-failed', 'the host is ill');

interface World {
  readonly find?: (place: GitPlace) => PullRequestHost | Promise<PullRequestHost>;
  readonly branchName?: AskOptions['plan']['branchName'];
  readonly signal?: AbortSignal;
  readonly past?: Pick<AskOptions, 'sources' | 'ends'>;
}

async function ask(evaluations: readonly Evaluation[], world: World = {}): Promise<AskedHosts> {
  const {
    find = () => aHost(),
    branchName = (template) => template,
    signal = new AbortController().signal,
    past = {},
  } = world;
  const pullRequests: AskOptions['pullRequests'] = {
    hosts: { find: async (place) => await find(place), close: () => undefined },
    settingsOf: () => ({
      labels: [],
      reviewers: [],
      autoMerge: undefined,
      draft: false,
      deleteBranch: true,
    }),
    memory: createRequestMemory(),
  };
  return await askHosts(evaluations, { pullRequests, plan: { branchName }, signal, ...past });
}

/** Each image by its Application: the outcome, and the code of it. */
function outcomesOf({ evaluations }: AskedHosts): Readonly<Record<string, string>> {
  return Object.fromEntries(
    evaluations.map(({ tracked, decision }) => [
      tracked.application.name,
      `${decision.outcome} ${decision.code}`,
    ]),
  );
}

/** The body that a request for these images has. */
function bodyOf(...evaluations: readonly Evaluation[]): string {
  const changes = evaluations.flatMap(toUpdates).map(toPlannedChange);
  return describeRequest({ group: 'shop', message: 'update', changes, limits: aHost().limits }).body;
}

describe('a host that cannot be asked', () => {
  test.each<readonly [string, PullRequestHost | Error, string]>([
    ['is not found', new LynceusError('config-invalid', 'which kind?'), 'config-invalid'],
    ['refuses to list', aHost({ listOpen: () => Promise.reject(FAILED) }), 'host-failed'],
    ['refuses to say what has ended', aHost({ listEnded: () => Promise.reject(FAILED) }), 'host-failed'],
    ['throws what is no error', aHost({ listOpen: () => Promise.reject(Object(undefined)) }), 'internal'],
    [
      'throws at once',
      aHost({
        listOpen: () => {
          throw new TypeError('a defect');
        },
      }),
      'internal',
    ],
  ])('fails its images and no others: it %s', async (_, answer, code) => {
    const find = ({ remote }: GitPlace): PullRequestHost => {
      if (remote.url === TWO) return aHost();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const asked = await ask(
      [
        aProposal({ app: 'a', url: ONE }),
        aProposal({ app: 'b', url: ONE }),
        aProposal({ app: 'c', url: TWO }),
      ],
      { find },
    );
    expect(outcomesOf(asked)).toEqual({
      a: `failed ${code}`,
      b: `failed ${code}`,
      c: 'update newer-version',
    });
    expect([...asked.views.values()].map(({ kind }) => kind).toSorted()).toEqual(['failed', 'open']);
  });

  test('is asked once, and what is not to be written stays as it is', async () => {
    let count = 0;
    const find = (): never => {
      count += 1;
      throw FAILED;
    };
    const asked = await ask([aProposal({ app: 'a' }), aProposal({ app: 'b', outcome: 'current' })], { find });
    expect(outcomesOf(asked)).toEqual({ a: 'failed host-failed', b: 'current up-to-date' });
    expect(count).toBe(1);
  });

  test('and never answers: the others are asked meanwhile', async () => {
    const first = await new Promise((resolve) => {
      const find = ({ remote }: GitPlace): PullRequestHost =>
        aHost({
          listOpen: () => (remote.url === ONE ? new Promise(() => undefined) : Promise.resolve([])),
          listEnded: (head) => {
            resolve(head);
            return Promise.resolve([]);
          },
        });
      void ask([aProposal({ app: 'a', url: ONE }), aProposal({ app: 'b', url: TWO })], { find });
    });
    expect(first).toBe('lynceus/main/b');
  });

  test('while the cycle ends: it is an abort, and no failure of an image', async () => {
    const controller = new AbortController();
    const find = (): never => {
      controller.abort(new Error('enough'));
      throw FAILED;
    };
    await expect(ask([aProposal()], { find, signal: controller.signal })).rejects.toThrow('enough');
  });
});

describe('a group', () => {
  test('whose branch cannot be named fails alone, and its host is asked for the others', async () => {
    const branchName: AskOptions['plan']['branchName'] = (template) => {
      if (template === 'wrong') throw new LynceusError('template-invalid', 'nothing is left');
      return template;
    };
    const asked = await ask([aProposal({ app: 'a', push: 'wrong' }), aProposal({ app: 'b' })], {
      branchName,
    });
    expect(outcomesOf(asked)).toEqual({ a: 'failed template-invalid', b: 'update newer-version' });
    expect([...asked.views.values()].map(({ kind }) => kind)).toEqual(['open']);
  });

  test('the answers for a group stay with its base and host', async () => {
    const find = ({ remote }: GitPlace): PullRequestHost =>
      aHost({
        listEnded: (_, base) =>
          remote.url === ONE && base === 'next' ? Promise.reject(FAILED) : Promise.resolve([]),
      });
    const asked = await ask(
      [
        aProposal({ app: 'a', base: 'next' }),
        aProposal({ app: 'b', base: 'main' }),
        aProposal({ app: 'c', base: 'next', url: TWO }),
      ],
      { find },
    );
    expect(outcomesOf(asked)).toEqual({
      a: 'failed host-failed',
      b: 'update newer-version',
      c: 'update newer-version',
    });
  });

  test('that is proposed already is not asked for what has ended', async () => {
    const evaluation = aProposal();
    const ended: string[] = [];
    const host = aHost({
      listOpen: () => Promise.resolve([aRequest({ body: bodyOf(evaluation) })]),
      listEnded: (head) => {
        ended.push(head);
        return Promise.resolve([]);
      },
    });
    expect(outcomesOf(await ask([evaluation], { find: () => host }))).toEqual({
      shop: 'update newer-version',
    });
    expect(ended).toEqual([]);
  });

  test.each([
    ['that says that it is withdrawn', aProposal(), true],
    ['with another image', aProposal({ parts: { alias: 'web' } }), false],
  ])('whose request is one %s is asked for what has ended', async (_, other, withdrawn) => {
    const changes = toUpdates(other).map(toPlannedChange);
    const body = markerText({ ...markerOf('shop', changes), withdrawn });
    const ended: string[] = [];
    const host = aHost({
      listOpen: () => Promise.resolve([aRequest({ body })]),
      listEnded: (head) => {
        ended.push(head);
        return Promise.resolve([]);
      },
    });
    await ask([aProposal()], { find: () => host });
    expect(ended).toEqual(['lynceus/main/shop']);
  });
});

describe('a version that a person refused', () => {
  test.each<readonly [string, Proposal, Parameters<typeof aRequest>[0], string]>([
    ['by closing its request is held', {}, { state: 'closed' }, 'held'],
    ['is not one that was merged', {}, { state: 'merged' }, 'update'],
    [
      'is another one for another image',
      { parts: { alias: 'web', image: 'ghcr.io/acme/web' } },
      { state: 'closed' },
      'update',
    ],
  ])('%s', async (_, wish, ended, outcome) => {
    const body = bodyOf(aProposal());
    const find = () => aHost({ listEnded: () => Promise.resolve([aRequest({ body, ...ended })]) });
    const { evaluations } = await ask([aProposal(wish)], { find });
    expect(evaluations.map(({ decision }) => decision.outcome)).toEqual([outcome]);
  });
});

describe('a version in force that the host made one commit of', () => {
  interface Row {
    readonly when: string;
    readonly onFailure?: FailureAction;
    readonly ending?: VerificationEnding['outcome'];
    /** The commit that the result is of. */
    readonly of?: string;
    readonly expected: string;
  }

  const SQUASHED = 'd'.repeat(40);

  test.each<Row>([
    { when: 'and that failed its checks holds the next one', expected: 'held verification-failed' },
    { when: 'and whose failure is only told', onFailure: 'notify', expected: 'update newer-version' },
    { when: 'and that was verified', ending: 'verified', expected: 'update newer-version' },
    { when: 'after another commit failed', of: 'e'.repeat(40), expected: 'update newer-version' },
  ])('$when', async ({ onFailure = 'hold', ending = 'failed', of = SQUASHED, expected }) => {
    const evaluation = aProposal({ parts: { verify: { checks: ['health'], onFailure } } });
    const { tracked, present } = evaluation;
    const change = { application: 'argocd/shop', alias: 'api', image: 'ghcr.io/acme/api' };
    const changes = [{ ...change, from: '0.9.0', to: '1.0.0' }];
    const body = markerText({ group: 'shop', changes, withdrawn: false });
    const request = aRequest({ state: 'merged', body, mergedAs: SQUASHED });
    const results = createResultsInMemory();
    const { application } = tracked;
    const written = { application, alias: 'api', image: 'ghcr.io/acme/api', version: '1.0.0', writtenAt: 1 };
    results.keep([{ ...written, commit: of, ending: { outcome: ending, at: 2 } }]);
    const path = present?.path;
    const commit = { sha: SQUASHED, author: 'Jane', message: 'Update (#1)', committedBy: 'others' } as const;
    const history = indexHistory([{ ...commit, paths: path === undefined ? [] : [path] }]);
    const asked = await ask([evaluation], {
      find: () => aHost({ listEnded: () => Promise.resolve([request]) }),
      past: {
        sources: new Map([[tracked, { kind: 'history', path, history }]]),
        ends: { results, onInconclusive: 'notify' },
      },
    });
    expect(outcomesOf(asked)).toEqual({ shop: expected });
  });
});
