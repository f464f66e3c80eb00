import { describe, expect, test } from 'vitest';
import { createUpstreamHistories } from '../../../src/app/promotion/upstream-histories.ts';
import type { GitPlace } from '../../../src/core/policy.ts';
import { LynceusError } from '../../../src/errors.ts';
import type { HistoryCommit, HistoryRequest } from '../../../src/ports/writer.ts';
import { aPlaceAt } from '../../helpers/policies.ts';

const SIGNAL = AbortSignal.timeout(60_000);
const REMOTE = 'https://git.test/deploy.git';
const PATHS = ['dev/values.yaml', 'load/values.yaml'];

function aCommitOf(sha: string, message = 'a change'): HistoryCommit {
  return { sha, author: 'Ada', email: 'ada@acme.test', at: 1, message, committedBy: 'others', paths: [] };
}

/** A remote whose branches `main` and `next` can be moved, and a note of every reading of its history. */
function aRemote() {
  const commits = new Map([
    ['main', 'a1'],
    ['next', 'b1'],
  ]);
  let readings = 0;
  const remote = {
    commits,
    message: 'a change',
    /** What the branch is at once its history is read. */
    movesTo: undefined as string | undefined,
    fails: false,
    get readings() {
      return readings;
    },
  };
  const session = {
    heads: () => Promise.resolve({ commits: new Map(commits), default: 'main' }),
    history: ({ base }: GitPlace) => {
      readings += 1;
      if (remote.fails) return Promise.reject(new LynceusError('git-unreachable', 'gone'));
      if (remote.movesTo !== undefined) commits.set(base, remote.movesTo);
      return Promise.resolve([aCommitOf(commits.get(base) ?? '', remote.message), aCommitOf('older')]);
    },
  };
  return { remote, session };
}

interface Ask {
  readonly place?: GitPlace;
  readonly request?: Partial<HistoryRequest>;
}

const MAIN = aPlaceAt(REMOTE, { base: 'main' });

describe('a history is read again', () => {
  const rows: readonly (Ask & {
    readonly what: string;
    readonly between?: (remote: ReturnType<typeof aRemote>['remote']) => void;
    readonly reads: number;
  })[] = [
    { what: 'not while nothing moves', reads: 0 },
    {
      what: 'not for paths in another order, or named twice',
      request: { paths: [...PATHS.toReversed(), ...PATHS] },
      reads: 0,
    },
    {
      what: 'not for another spelling of the remote',
      place: aPlaceAt('https://GIT.test/deploy', { base: 'main' }),
      reads: 0,
    },
    { what: 'not when another branch moves', between: ({ commits }) => commits.set('next', 'b2'), reads: 0 },
    { what: 'when its branch moves', between: ({ commits }) => commits.set('main', 'a2'), reads: 1 },
    { what: 'when its branch goes back', between: ({ commits }) => commits.set('main', 'older'), reads: 1 },
    { what: 'for further paths', request: { paths: [...PATHS, 'qa/values.yaml'] }, reads: 1 },
    { what: 'for what is further back', request: { reach: 'far' }, reads: 1 },
    { what: 'for another branch', place: aPlaceAt(REMOTE, { base: 'next' }), reads: 1 },
    {
      what: 'for another login',
      place: { ...MAIN, credentials: { kind: 'secret', namespace: 'argocd', name: 'bot' } },
      reads: 1,
    },
    {
      what: 'for another remote',
      place: aPlaceAt('https://git.test/other.git', { base: 'main' }),
      reads: 1,
    },
  ];

  test.each(rows)('$what', async ({ place = MAIN, request = {}, between, reads }) => {
    const { remote, session } = aRemote();
    const histories = createUpstreamHistories();
    const asked = { session, signal: SIGNAL };
    const first = await histories.read(MAIN, { paths: PATHS, reach: 'recent' }, asked);
    expect(first.commits.map(({ sha }) => sha)).toEqual(['a1', 'older']);
    between?.(remote);
    const again = await histories.read(place, { paths: PATHS, reach: 'recent', ...request }, asked);
    expect(remote.readings).toBe(1 + reads);
    expect(again.commits[0]?.sha).toBe(remote.commits.get(place.base));
  });
});

describe('nothing is kept', () => {
  test('of a reading that failed', async () => {
    const { remote, session } = aRemote();
    const histories = createUpstreamHistories();
    const read = () => histories.read(MAIN, { paths: PATHS, reach: 'recent' }, { session, signal: SIGNAL });
    remote.fails = true;
    await expect(read()).rejects.toThrow('gone');
    remote.fails = false;
    expect((await read()).commits).toHaveLength(2);
    await read();
    expect(remote.readings).toBe(2);
  });

  test('of a branch that moved while it was read', async () => {
    const { remote, session } = aRemote();
    const histories = createUpstreamHistories();
    const read = () => histories.read(MAIN, { paths: PATHS, reach: 'recent' }, { session, signal: SIGNAL });
    remote.movesTo = 'a2';
    await read();
    await read();
    // The second one is of the new head.
    await read();
    expect(remote.readings).toBe(2);
  });

  test('of more than there is room for: those go that were asked for longest ago', async () => {
    const { remote, session } = aRemote();
    remote.message = 'x'.repeat(100);
    const histories = createUpstreamHistories(500);
    const read = (path: string) =>
      histories.read(MAIN, { paths: [path], reach: 'recent' }, { session, signal: SIGNAL });
    for (const path of ['one', 'two', 'three', 'four', 'five', 'one']) await read(path);
    expect(remote.readings).toBe(6);
    for (const path of ['one', 'five', 'four', 'one']) await read(path);
    expect(remote.readings).toBe(6);
    remote.message = 'x'.repeat(1_000);
    await read('large');
    await read('large');
    expect(remote.readings).toBe(8);
    // The large one took nobody's place.
    await read('one');
    expect(remote.readings).toBe(8);
  });
});
