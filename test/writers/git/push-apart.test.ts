import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import type { ChangeSet, PlannedCommit } from '../../../src/core/change.ts';
import { LynceusError } from '../../../src/errors.ts';
import { pushApart } from '../../../src/writers/git/push-apart.ts';
import type { PushedTogether } from '../../../src/writers/git/push-results.ts';
import { createRefusedPushes } from '../../../src/writers/git/refused-pushes.ts';
import { readAt, setPreReceiveHook } from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, NOW, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000 });

/** As hosts refuse files: whoever pushes one below a folder is told its name. */
const REFUSES_LOCKED = `while read old new ref; do
  git rev-parse -q --verify "$old^{commit}" >/dev/null || old=main
  found=$(git diff --name-only "$old" "$new" | grep '^locked/' | tr '\\n' ' ')
  if [ -n "$found" ]; then echo "file name $found""was prohibited by a pattern"; exit 1; fi
done`;

function commitOf(name: string, path: string): PlannedCommit {
  return {
    ...aCommit(name, aFile(path, { from: '1.0', to: '1.1' })),
    applications: [{ namespace: 'argocd', name }],
  };
}

/** `free/a.yaml` and the like, some of them below `locked/`. */
function pathsOf(count: number, locked: readonly number[]): readonly string[] {
  return Array.from(
    { length: count },
    (_, index) => `${locked.includes(index) ? 'locked' : 'free'}/${index}.yaml`,
  );
}

describe('a remote that refuses some paths', () => {
  let world: WriterWorld;
  beforeEach(() => {
    world = createWriterWorld();
  });
  afterEach(() => world.remove());

  function aRemote(paths: readonly string[]): string {
    const remote = world.remote(Object.fromEntries(paths.map((path) => [path, 'tag: 1.0\n'])));
    setPreReceiveHook(remote, REFUSES_LOCKED);
    return remote;
  }

  it.each([
    { push: undefined, locked: [0] },
    { push: undefined, locked: [1, 3] },
    { push: 'updates', locked: [0, 3] },
  ])('gets all others on $push, whichever are refused: $locked', async ({ push, locked }) => {
    const paths = pathsOf(4, locked);
    const remote = aRemote(paths);
    const writer = world.writer();
    const set = aSet(aPlaceAt(remote, { push }), ...paths.map((path) => commitOf(path, path)));
    const cycle = async () => {
      const session = writer.open();
      const results = await session.apply(set, LASTING);
      await session.close();
      return results;
    };

    const results = await cycle();

    expect(results.map(outcomeOf)).toEqual(
      paths.map((path) => (path.startsWith('locked/') ? 'git-denied' : 'pushed')),
    );
    for (const { ending, commit } of results) {
      const [path = ''] = commit.files.map(({ target }) =>
        target.kind === 'helm-values' ? target.path : '',
      );
      const branch = push ?? 'main';
      if (ending.kind === 'failed')
        expect(ending.error.message).toContain(`file name ${path} was prohibited`);
      expect(readAt(remote, branch, path)).toBe(path.startsWith('locked/') ? 'tag: 1.0\n' : 'tag: "1.1"\n');
    }
    expect(world.logLines.filter((line) => line.startsWith('push refused'))).toHaveLength(1);

    // The next cycle does not look for them again: they are pushed by themselves, all at once.
    const before = world.operations.length;
    expect((await cycle()).map(outcomeOf)).toEqual(
      paths.map((path) => (path.startsWith('locked/') ? 'git-denied' : 'unchanged')),
    );
    expect(world.operations.slice(before).filter((one) => one.startsWith('push'))).toEqual(['push!']);
  });

  it('gets the Applications of one commit apart', async () => {
    const paths = pathsOf(3, [1]);
    const remote = aRemote(paths);
    const parts = paths.map((path) => commitOf(path, path));
    const whole: PlannedCommit = {
      applications: parts.flatMap(({ applications }) => applications),
      message: 'all',
      files: parts.flatMap(({ files }) => files),
      parts,
    };
    const session = world.writer().open();
    const results = await session.apply(aSet(aPlaceAt(remote), whole), LASTING);
    await session.close();
    expect(results.map((result) => [result.commit.message, outcomeOf(result)])).toEqual([
      ['free/0.yaml', 'pushed'],
      ['locked/1.yaml', 'git-denied'],
      ['free/2.yaml', 'pushed'],
    ]);
  });

  it('is asked once where it takes all of them', async () => {
    const paths = pathsOf(4, []);
    const remote = aRemote(paths);
    const session = world.writer().open();
    const set = aSet(aPlaceAt(remote), ...paths.map((path) => commitOf(path, path)));
    expect((await session.apply(set, LASTING)).map(outcomeOf)).toEqual(paths.map(() => 'pushed'));
    await session.close();
    expect(world.operations.filter((one) => one.startsWith('push'))).toEqual(['push']);
  });
});

/** Pushes to a remote that refuses the commits of these names, and counts. */
function aRemoteThat({ refuses }: { readonly refuses: (name: string) => boolean }) {
  const place = aPlaceAt('https://git.example/acme/deploy.git');
  const set: ChangeSet = { place, pushBranch: undefined, commits: [] };
  let now = NOW;
  const refusals = createRefusedPushes({ now: () => now });
  const pushes: number[] = [];
  const push = (commits: readonly PlannedCommit[]): Promise<PushedTogether> => {
    pushes.push(commits.length);
    const names = commits.map(({ message }) => message).filter(refuses);
    const error = new LynceusError('git-denied', `no ${names.join()}`);
    if (names.length === 0) {
      const ending = { kind: 'pushed', sha: 'a'.repeat(40), branch: 'main' } as const;
      return Promise.resolve({
        kind: 'done',
        results: commits.map((commit) => ({ commit, ending, refused: [], diff: '' })),
        error: undefined,
      });
    }
    const ending = { kind: 'failed', error } as const;
    return Promise.resolve({
      kind: 'refused',
      results: commits.map((commit) => ({ commit, ending, refused: [], diff: '' })),
      error,
    });
  };
  return {
    pushes,
    later: (milliseconds: number) => {
      now += milliseconds;
    },
    async cycle(commits: readonly PlannedCommit[]) {
      const before = pushes.length;
      const { results, counts } = await pushApart(commits, {
        push,
        refusals: {
          find: (commit) => refusals.find(set, commit),
          remember: (commit, error) => refusals.remember(set, commit, error),
          forget: (commit) => refusals.forget(set, commit),
        },
      });
      const failed = results.filter(({ ending }) => ending.kind === 'failed');
      const messages = failed.flatMap(({ ending }) => (ending.kind === 'failed' ? ending.error.message : []));
      return {
        failed: failed.map(({ commit }) => commit.message),
        messages,
        counts,
        pushes: pushes.length - before,
      };
    },
  };
}

describe('how many pushes it takes', () => {
  const MANY = Array.from({ length: 500 }, (_, index) => commitOf(`c${index}`, `${index}.yaml`));

  test.each([
    { refused: ['c0'], most: 20 },
    { refused: ['c250'], most: 20 },
    { refused: ['c499'], most: 20 },
    { refused: ['c17', 'c411'], most: 32 },
  ])('$refused of five hundred: at most $most', async ({ refused, most }) => {
    const remote = aRemoteThat({ refuses: (name) => refused.includes(name) });
    const first = await remote.cycle(MANY);
    expect(first.failed).toEqual(refused);
    expect(first.messages).toEqual(refused.map((name) => `no ${name}`));
    expect(first.pushes).toBeLessThanOrEqual(most);
    const next = await remote.cycle(MANY);
    expect({ failed: next.failed, pushes: next.pushes, counts: next.counts }).toEqual({
      failed: refused,
      pushes: 2,
      counts: undefined,
    });
  });

  test('a remote that takes nothing is not asked for each of them, and once in the next cycle', async () => {
    const remote = aRemoteThat({ refuses: () => true });
    const { failed, pushes, messages, counts } = await remote.cycle(MANY);
    expect(failed).toHaveLength(500);
    expect(pushes).toBeLessThanOrEqual(13);
    expect(counts?.left).toBeGreaterThan(490);
    expect(messages.at(-1)).toContain('this was said to several commits together');
    expect((await remote.cycle(MANY)).pushes).toBe(1);
    remote.later(60 * 60 * 1000);
    expect((await remote.cycle(MANY)).pushes).toBe(pushes);
  });

  test('more than can be found in one cycle are found in the next ones', async () => {
    const bad = (name: string) => Number(name.slice(1)) % 40 === 7;
    const remote = aRemoteThat({ refuses: bad });
    const counts: number[] = [];
    let left: readonly PlannedCommit[] = MANY;
    for (let cycle = 0; cycle < 8; cycle += 1) {
      const { failed, pushes } = await remote.cycle(left);
      expect(pushes).toBeLessThanOrEqual(34);
      left = left.filter(({ message }) => failed.includes(message));
      counts.push(left.length);
    }
    expect(left.every(({ message }) => bad(message))).toBe(true);
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  });

  test('what is allowed again goes through with the next cycle', async () => {
    const locked = new Set(['c1']);
    const remote = aRemoteThat({ refuses: (name) => locked.has(name) });
    const few = MANY.slice(0, 4);
    expect((await remote.cycle(few)).failed).toEqual(['c1']);
    locked.clear();
    expect((await remote.cycle(few)).failed).toEqual([]);
    expect((await remote.cycle(few)).pushes).toBe(1);
  });
});
