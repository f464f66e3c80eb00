import { expect, test } from 'vitest';
import { addLacking } from '../../../src/app/pull-requests/add-lacking.ts';
import { createRequestMemory } from '../../../src/app/pull-requests/request-memory.ts';
import { bodyWithMarker } from '../../../src/core/pull-requests/describe-request.ts';
import { readMarker, type RequestLacks } from '../../../src/core/pull-requests/marker.ts';
import type { PullRequest } from '../../../src/core/pull-requests/request.ts';
import type { Added } from '../../../src/ports/pull-request-host.ts';
import { collectLog } from '../../helpers/logs.ts';
import { aPlaceAt } from '../../helpers/policies.ts';
import { aHost, aRequest } from './a-request.ts';

const { signal } = new AbortController();

interface Wish {
  readonly reviewers?: readonly string[];
  readonly dryRun?: boolean;
  /** What the host answers to each attempt, the last one again and again. */
  readonly answers?: readonly Added[];
}

/** One process, and a host whose request lacks something. */
function aProcess(lacks: unknown, { reviewers = ['jane', 'joe'], dryRun = false, answers = [] }: Wish = {}) {
  const asked: RequestLacks[] = [];
  const { log, lines } = collectLog();
  const memory = createRequestMemory();
  const marker = { group: 'shop', changes: [], withdrawn: false, lacks: lacks as RequestLacks };
  let request: PullRequest = aRequest({ body: bodyWithMarker('a text', marker, 10_000) });
  const host = aHost({
    add(_, wanted) {
      asked.push(wanted);
      return Promise.resolve(answers[asked.length - 1] ?? answers.at(-1) ?? { shortcomings: [] });
    },
    update(_, text) {
      request = { ...request, ...text };
      return Promise.resolve();
    },
  });
  const pullRequests = {
    hosts: { find: () => Promise.resolve(host), close: () => undefined },
    settingsOf: () => ({ labels: [], reviewers, autoMerge: undefined, draft: false, deleteBranch: true }),
    memory,
  };
  const place = aPlaceAt('https://one.example/acme/deploy.git', { base: 'main' });
  return {
    asked,
    lines,
    lacksNow: () => readMarker(request.body)?.lacks,
    cycle: () => addLacking(request, { host, place, pullRequests, dryRun, log, signal }),
  };
}

test.each<[string, RequestLacks]>([
  ['a label', { labels: ['deps'], reviewers: [] }],
  ['a reviewer', { labels: [], reviewers: ['jane'] }],
  ['both', { labels: ['deps'], reviewers: ['jane', 'joe'] }],
])('%s that was added is not asked for again', async (_, lacks) => {
  const { cycle, asked, lacksNow, lines } = aProcess(lacks);

  for (let count = 0; count < 3; count += 1) await cycle();

  expect(asked).toEqual([lacks]);
  expect(lacksNow()).toBeUndefined();
  expect(lines).toEqual([]);
});

test('what is refused for ever is asked for less and less', async () => {
  const lacks = { labels: [], reviewers: ['jane'] };
  const { cycle, asked, lines } = aProcess(lacks, { answers: [{ shortcomings: ['no right'], lacks }] });
  const cyclesOfAttempts: number[] = [];

  for (let count = 1; count <= 40; count += 1) {
    const before = asked.length;
    await cycle();
    if (asked.length > before) cyclesOfAttempts.push(count);
  }

  expect(cyclesOfAttempts).toEqual([1, 2, 4, 8, 16, 32]);
  expect(lines).toHaveLength(6);
});

test('another request is tried whatever became of the first', () => {
  const memory = createRequestMemory();
  const due = (url: string) => memory.isDue(url);

  expect(['a', 'a', 'a', 'b', 'a', 'b', 'b'].map(due)).toEqual([true, true, false, true, true, true, false]);
});

test('what was added of several is remembered', async () => {
  const left = { labels: [], reviewers: ['joe'] };
  const { cycle, asked, lacksNow } = aProcess(
    { labels: ['deps'], reviewers: ['jane', 'joe'] },
    { answers: [{ shortcomings: ['no joe now'], lacks: left }, { shortcomings: [] }] },
  );

  await cycle();
  expect(lacksNow()).toEqual(left);
  await cycle();

  expect(asked[1]).toEqual(left);
  expect(lacksNow()).toBeUndefined();
});

test.each<[string, readonly string[], unknown, readonly string[]]>([
  ['is not configured any more', ['joe'], ['jane', 'joe'], ['joe']],
  ['never was configured', ['jane'], ['mallory', 'jane'], ['jane']],
  ['is no text', ['jane'], [7, { name: 'jane' }, 'jane'], ['jane']],
])('a reviewer who %s is not asked', async (_, configured, reviewers, expected) => {
  const { cycle, asked, lacksNow } = aProcess({ labels: [], reviewers }, { reviewers: configured });

  await cycle();

  expect(asked).toEqual([{ labels: [], reviewers: expected }]);
  expect(lacksNow()).toBeUndefined();
});

test('a marker with thousands of labels does not make thousands of calls', async () => {
  const labels = Array.from({ length: 3_000 }, () => 'x');
  const { cycle, asked } = aProcess({ labels, reviewers: [] });

  await cycle();

  expect(asked[0]?.labels).toHaveLength(100);
});

test('a dry run asks nobody', async () => {
  const { cycle, asked } = aProcess({ labels: ['deps'], reviewers: [] }, { dryRun: true });

  await cycle();

  expect(asked).toEqual([]);
});
