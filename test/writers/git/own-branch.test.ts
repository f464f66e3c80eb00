import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeSet } from '../../../src/core/change.ts';
import type { CommitResult } from '../../../src/ports/writer.ts';
import type { GitWriterOptions } from '../../../src/writers/git/git-writer.ts';
import {
  branchesOf,
  commitTo,
  createBranch,
  git,
  headOf,
  logOf,
  readAt,
  type WorldFile,
} from '../../helpers/git-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../../helpers/git-servers.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

let world: WriterWorld;

beforeEach(() => {
  world = createWriterWorld();
});

afterEach(() => world.remove());

const FILES = { 'app.yaml': 'tag: 1.0\n', 'web.yaml': 'tag: 5.0\n' };

function propose(remote: string, to: string, from = '1.0'): ChangeSet {
  const commit = aCommit(`update to ${to}`, aFile('app.yaml', { from, to }));
  return aSet(aPlaceAt(remote, { push: 'lynceus/shop' }), commit);
}

async function apply(
  set: ChangeSet,
  options: Partial<GitWriterOptions> = {},
): Promise<readonly CommitResult[]> {
  const session = world.writer(options).open();
  const results = await session.apply(set, LASTING);
  await session.close();
  return results;
}

async function outcomesOf(
  set: ChangeSet,
  options: Partial<GitWriterOptions> = {},
): Promise<readonly string[]> {
  world.operations.length = 0;
  return [...(await apply(set, options)).map(outcomeOf), ...world.operations];
}

function messagesOf(remote: string): readonly string[] {
  return logOf(remote, 'lynceus/shop').map(({ message }) => message.trim());
}

/** A commit as a person makes it who takes ours and changes it: the author stays, the committer is another. */
function amend(remote: string, files: Readonly<Record<string, WorldFile>>): void {
  const [ours] = logOf(remote, 'lynceus/shop');
  const parent = ours?.parents[0] ?? '';
  git(remote, ['update-ref', 'refs/heads/lynceus/shop', parent]);
  commitTo(remote, 'lynceus/shop', files);
  const made = headOf(remote, 'lynceus/shop') ?? '';
  const raw = git(remote, ['cat-file', 'commit', made]);
  const amended = raw.replace(/^author .*$/m, 'author lynceus <lynceus@example.com> 1700000000 +0000');
  const sha = git(remote, ['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(amended)).trim();
  git(remote, ['update-ref', 'refs/heads/lynceus/shop', sha]);
}

describe('a push branch of our own', () => {
  it('is made from the base, and then nothing more is pushed or fetched', async () => {
    const remote = world.remote(FILES);
    expect(await outcomesOf(propose(remote, '1.1'))).toEqual(['pushed', 'fetch', 'push']);
    const head = headOf(remote, 'lynceus/shop');
    expect(await outcomesOf(propose(remote, '1.1'))).toEqual(['unchanged']);
    expect(headOf(remote, 'lynceus/shop')).toBe(head);
    expect(branchesOf(remote)).toEqual(['lynceus/shop', 'main']);
    expect(readAt(remote, 'main', 'app.yaml')).toBe('tag: 1.0\n');
  });

  it('is made anew for a newer version: one commit on the base, not one on another', async () => {
    const remote = world.remote(FILES);
    await apply(propose(remote, '1.1'));
    expect(await outcomesOf(propose(remote, '1.2'))).toEqual(['pushed', 'push']);
    expect(messagesOf(remote)).toEqual(['update to 1.2', 'first commit']);
    expect(readAt(remote, 'lynceus/shop', 'app.yaml')).toBe('tag: "1.2"\n');
    expect(await outcomesOf(propose(remote, '1.2'))).toEqual(['unchanged']);
  });

  it('follows its base when that moves', async () => {
    const remote = world.remote(FILES);
    await apply(propose(remote, '1.1'));
    commitTo(remote, 'main', { 'README.md': 'hello\n' });
    expect(await outcomesOf(propose(remote, '1.1'))).toEqual(['pushed', 'fetch', 'push']);
    expect(readAt(remote, 'lynceus/shop', 'README.md')).toBe('hello\n');
    expect(await outcomesOf(propose(remote, '1.1'))).toEqual(['unchanged']);
  });

  it('is made anew from the base once that has all of it', async () => {
    const remote = world.remote(FILES);
    await apply(propose(remote, '1.1'));
    git(remote, ['update-ref', 'refs/heads/main', 'refs/heads/lynceus/shop']);
    commitTo(remote, 'main', { 'README.md': 'hello\n' });
    expect((await outcomesOf(propose(remote, '1.2', '1.1')))[0]).toBe('pushed');
    expect(messagesOf(remote)).toEqual([
      'update to 1.2',
      'a change by hand',
      'update to 1.1',
      'first commit',
    ]);
  });

  it('is made anew after it was squashed into the base', async () => {
    const remote = world.remote(FILES);
    await apply(propose(remote, '1.1'));
    commitTo(remote, 'main', { 'app.yaml': 'tag: 1.1\n' }, 'update to 1.1 (#7)');
    expect((await outcomesOf(propose(remote, '1.2', '1.1')))[0]).toBe('pushed');
    expect(messagesOf(remote)).toEqual(['update to 1.2', 'update to 1.1 (#7)', 'first commit']);
  });

  it.each([
    ['keeps a long history', { history: 20 }],
    ['keeps one commit', { history: 1 }],
  ])('is known again by a clone that is new and %s', async (_, options) => {
    const remote = world.remote(FILES);
    for (const number of [1, 2, 3]) commitTo(remote, 'main', { 'README.md': `${number}\n` });
    await apply(propose(remote, '1.1'), options);
    const fresh = { ...options, cacheDirectory: `${world.cacheDirectory}-2` };
    expect((await outcomesOf(propose(remote, '1.1'), fresh))[0]).toBe('unchanged');
    commitTo(remote, 'main', { 'README.md': 'more\n' });
    const later = { ...options, cacheDirectory: `${world.cacheDirectory}-3` };
    expect((await outcomesOf(propose(remote, '1.1'), later))[0]).toBe('pushed');
    expect(messagesOf(remote)).toHaveLength(6);
    expect(await outcomesOf(propose(remote, '1.1'), later)).toEqual(['unchanged']);
  });

  it('holds the commits of several Applications', async () => {
    const remote = world.remote(FILES);
    const place = aPlaceAt(remote, { push: 'updates' });
    const app = aCommit('app', aFile('app.yaml', { from: '1.0', to: '1.1' }));
    const web = aCommit('web', aFile('web.yaml', { from: '5.0', to: '5.1' }));
    expect(await outcomesOf(aSet(place, app, web))).toEqual(['pushed', 'pushed', 'fetch', 'push']);
    expect(await outcomesOf(aSet(place, app, web))).toEqual(['unchanged', 'unchanged']);
    // What is no longer wanted goes.
    expect(await outcomesOf(aSet(place, web))).toEqual(['pushed', 'push']);
    expect(readAt(remote, 'updates', 'app.yaml')).toBe('tag: 1.0\n');
  });
});

describe("a push branch with somebody else's commits", () => {
  it.each<readonly [string, (remote: string) => void]>([
    ['on top of ours', (remote) => commitTo(remote, 'lynceus/shop', { 'note.md': 'mine' })],
    ['that amend ours', (remote) => amend(remote, { 'app.yaml': 'tag: 1.1\nreplicas: 3\n' })],
    [
      'that merge the base',
      (remote) => {
        const base = commitTo(remote, 'main', { 'README.md': 'hello\n' });
        const head = headOf(remote, 'lynceus/shop') ?? '';
        const args = ['commit-tree', `${head}^{tree}`, '-p', head, '-p', base, '-m', 'Merge main'];
        git(remote, ['update-ref', 'refs/heads/lynceus/shop', git(remote, args).trim()]);
      },
    ],
  ])('%s is left alone, also after it was left alone before', async (_, change) => {
    const remote = world.remote(FILES);
    await apply(propose(remote, '1.1'));
    change(remote);
    const head = headOf(remote, 'lynceus/shop');
    for (const cacheDirectory of [world.cacheDirectory, `${world.cacheDirectory}-2`]) {
      const words = await outcomesOf(propose(remote, '1.2'), { cacheDirectory });
      expect(words.filter((word) => word !== 'fetch')).toEqual(['branch-foreign']);
    }
    expect(headOf(remote, 'lynceus/shop')).toBe(head);
  });

  it('below ours is left alone too: somebody works on that branch', async () => {
    const remote = world.remote(FILES);
    createBranch(remote, 'lynceus/shop');
    commitTo(remote, 'lynceus/shop', { 'feature.txt': 'work\n' });
    const asBase = aPlaceAt(remote, { base: 'lynceus/shop' });
    await apply(aSet(asBase, aCommit('ours', aFile('app.yaml', { from: '1.0', to: '1.1' }))));
    const [result] = await apply(propose(remote, '1.2'));
    expect(result?.ending).toMatchObject({
      kind: 'failed',
      error: {
        code: 'branch-foreign',
        message: expect.stringMatching(
          /^the branch "lynceus\/shop" of .* \(commit [0-9a-f]{7} by "A Human"\), so it is left alone$/,
        ) as string,
      },
    });
    expect(readAt(remote, 'lynceus/shop', 'feature.txt')).toBe('work\n');
  });
});

describe('a race for the push branch', () => {
  let server: GitHttpServer;

  beforeEach(async () => {
    server = await startGitHttpServer({ root: world.root });
  });

  afterEach(() => server.stop());

  it('is lost to a person who commits between our look and our push', async () => {
    const remote = world.remote(FILES);
    const url = `${server.url}/deploy.git`;
    await apply(propose(url, '1.1'));
    server.inject('refs for push', {
      do: 'call',
      call: () => void commitTo(remote, 'lynceus/shop', { 'note.md': 'mine' }),
    });
    expect((await outcomesOf(propose(url, '1.2')))[0]).toBe('branch-foreign');
    expect(readAt(remote, 'lynceus/shop', 'note.md')).toBe('mine');
    expect(readAt(remote, 'lynceus/shop', 'app.yaml')).toBe('tag: "1.1"\n');
  });
});
