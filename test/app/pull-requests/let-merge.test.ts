import { expect, test } from 'vitest';
import { letMerge } from '../../../src/app/pull-requests/let-merge.ts';
import { createRequestMemory } from '../../../src/app/pull-requests/request-memory.ts';
import { LynceusError } from '../../../src/errors.ts';
import type { AutoMergeResult, HostAbility, MergeMethod } from '../../../src/ports/pull-request-host.ts';
import { collectLog } from '../../helpers/logs.ts';
import { aPlaceAt } from '../../helpers/policies.ts';
import { aHost, aRequest } from './a-request.ts';

interface Wish {
  readonly abilities?: readonly HostAbility[];
  /** What the host answers in each cycle, the last one again and again. */
  readonly answers?: readonly (AutoMergeResult | LynceusError)[];
}

/** One process: each cycle may have another setting. */
function aProcess({ abilities = ['auto-merge'], answers = [] }: Wish = {}) {
  const { log, lines } = collectLog();
  const memory = createRequestMemory();
  const asked: string[] = [];
  const host = aHost({
    label: 'git.example/acme/deploy',
    abilities: new Set(abilities),
    enableAutoMerge(number) {
      asked.push(`#${number}`);
      const answer = answers[asked.length - 1] ?? answers.at(-1) ?? { kind: 'enabled' };
      return answer instanceof LynceusError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  const place = aPlaceAt('https://one.example/acme/deploy.git', { base: 'main' });
  const { signal } = new AbortController();
  return {
    asked,
    warned: () =>
      lines.filter(({ level }) => level === 'warn').map(({ fields: { url, reason } }) => [url, reason]),
    async cycle(
      autoMerge: MergeMethod | undefined,
      { url = 'u/1', dryRun = false, mayMerge = true, again = false } = {},
    ) {
      const pullRequests = {
        hosts: { find: () => Promise.resolve(host), close: () => undefined },
        settingsOf: () => ({ labels: [], reviewers: [], autoMerge, draft: false, deleteBranch: true }),
        memory,
      };
      const work = { host, place, pullRequests, dryRun, mayMerge, log, signal };
      await letMerge(aRequest({ url }), { text: { squash: undefined }, again }, work);
    },
  };
}

const NONE = 'git.example/acme/deploy has no auto-merge: autoMerge has no effect there';

test.each<MergeMethod>(['merge', 'squash', 'rebase'])(
  'a host without auto-merge is told of once for each request, also when %s is set later',
  async (method) => {
    const { cycle, warned, asked } = aProcess({ abilities: [] });

    await cycle(undefined);
    expect(warned()).toEqual([]);
    for (let count = 0; count < 3; count += 1) await cycle(method, { again: count === 2 });
    await cycle(method, { url: 'u/2', mayMerge: false });

    expect(warned()).toEqual([
      ['u/1', NONE],
      ['u/2', NONE],
    ]);
    expect(asked).toEqual([]);
  },
);

const FORBIDDEN = new LynceusError('host-denied', 'it does not allow to let it merge by itself: status 403');

test.each<[string, AutoMergeResult | LynceusError, string]>([
  ['in its words', { kind: 'refused', reason: 'auto-merge is not allowed' }, 'auto-merge is not allowed'],
  ['by a status', FORBIDDEN, FORBIDDEN.line],
  ['by a failure', new LynceusError('host-failed', 'status 500'), 'status 500'],
])(
  'what the host refuses %s is a warning once, and is asked for in each cycle',
  async (_, answer, reason) => {
    const { cycle, warned, asked } = aProcess({ answers: [answer] });

    await cycle(undefined);
    for (let count = 0; count < 4; count += 1) await cycle('squash');
    await cycle('squash', { url: 'u/2' });

    expect(warned()).toEqual([
      ['u/1', expect.stringContaining(reason)],
      ['u/2', expect.stringContaining(reason)],
    ]);
    expect(asked).toHaveLength(5);
  },
);

test('another reason is said as well, but no host fills the log with them', async () => {
  const answers = ['checking', 'not allowed', 'checking', 'id 1', 'id 2', 'id 3'].map(
    (reason): AutoMergeResult => ({ kind: 'refused', reason }),
  );
  const { cycle, warned } = aProcess({ answers });

  for (const _ of answers) await cycle('squash');

  expect(warned().map(([, reason]) => reason)).toEqual(['checking', 'not allowed', 'id 1']);
});

test.each([{ dryRun: true }, { mayMerge: false }])('nothing is asked for with %j', async (changes) => {
  const { cycle, warned, asked } = aProcess();

  await cycle('squash', changes);

  expect([warned(), asked]).toEqual([[], []]);
});

test('a host that takes it is no reason for a warning', async () => {
  const { cycle, warned, asked } = aProcess({ answers: [{ kind: 'enabled' }, { kind: 'as-before' }] });

  await cycle('squash');
  await cycle('squash');

  expect([warned(), asked]).toEqual([[], ['#1', '#1']]);
});
