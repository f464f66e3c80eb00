import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeSet, PlannedCommit } from '../../../src/core/change.ts';
import { fileKey } from '../../../src/core/identity/file.ts';
import { slotKey } from '../../../src/core/identity/slot.ts';
import { formatName } from '../../../src/core/image/reference.ts';
import { branchLine, recordLine } from '../../../src/core/overrides/record.ts';
import { addTrailers } from '../../../src/core/plan/trailers.ts';
import type { CommitResult } from '../../../src/ports/writer.ts';
import { createDryRunWriter } from '../../../src/writers/dry-run-writer.ts';
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
  setPreReceiveHook,
} from '../../helpers/git-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../../helpers/git-servers.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

let world: WriterWorld;

beforeEach(() => {
  world = createWriterWorld();
});

afterEach(() => world.remove());

/** As the program runs, unless it is told to leave records out. */
const RECORDING = { trailers: true };

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
    await apply(proposeRecorded(remote, '1.1'), RECORDING);
    git(remote, ['update-ref', 'refs/heads/main', 'refs/heads/lynceus/shop']);
    commitTo(remote, 'main', { 'README.md': 'hello\n' });
    expect((await outcomesOf(proposeRecorded(remote, '1.2', '1.1'), RECORDING))[0]).toBe('pushed');
    expect(messagesOf(remote).map((message) => message.split('\n')[0])).toEqual([
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

/** Our proposal with the record in its message, as Lynceus writes it. */
function proposeRecorded(remote: string, to: string, from = '1.0'): ChangeSet {
  const set = propose(remote, to, from);
  return {
    ...set,
    commits: set.commits.map((commit) => ({ ...commit, message: recorded(commit, from, to) })),
  };
}

function recorded({ message, files }: PlannedCommit, from: string, to: string): string {
  const [file] = files;
  const [change] = file?.changes ?? [];
  if (file === undefined || change === undefined) throw new Error('the commit has no change');
  const { application, alias, image, slot } = change;
  const place = { file: fileKey(file.target), key: slotKey(slot) };
  const record = {
    kind: 'update',
    application,
    alias,
    image: formatName(image),
    ...place,
    from,
    to,
  } as const;
  return addTrailers(message, [recordLine(record), branchLine('lynceus/shop')]);
}

/** What "update branch" does with the base: a merge by a person, with the files that a merge gives. */
function mergeBase(remote: string, files: Readonly<Record<string, WorldFile>>): void {
  const base = commitTo(remote, 'main', files);
  const head = headOf(remote, 'lynceus/shop') ?? '';
  commitTo(remote, 'lynceus/shop', files);
  const args = ['commit-tree', 'refs/heads/lynceus/shop^{tree}', '-p', head, '-p', base, '-m', 'Merge main'];
  git(remote, ['update-ref', 'refs/heads/lynceus/shop', git(remote, args).trim()]);
}

/** The same by a rebase: the author stays, the committer is a person. */
function rebaseOnto(remote: string, files: Readonly<Record<string, WorldFile>>): void {
  const [ours] = logOf(remote, 'lynceus/shop');
  const author = git(remote, ['cat-file', 'commit', ours?.sha ?? '']).match(/^author .*$/m)?.[0] ?? '';
  const text = readAt(remote, 'lynceus/shop', 'app.yaml') ?? '';
  createBranch(remote, 'lynceus/shop', 'main');
  commitTo(remote, 'main', files);
  createBranch(remote, 'lynceus/shop', 'main');
  const made = commitTo(remote, 'lynceus/shop', { 'app.yaml': text }, ours?.message ?? '');
  const raw = git(remote, ['cat-file', 'commit', made]).replace(/^author .*$/m, author);
  const sha = git(remote, ['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(raw)).trim();
  git(remote, ['update-ref', 'refs/heads/lynceus/shop', sha]);
}

const RENAMED = { author: { name: 'another', email: 'another@example.com' } };

interface Deed {
  readonly name: string;
  readonly change: (remote: string) => void;
  /** What becomes of a newer version. */
  readonly newer: 'pushed' | 'branch-foreign';
  readonly options?: Partial<GitWriterOptions>;
  /** An open request of ours has the branch as its head. */
  readonly isProposed?: true;
}

const DEEDS: readonly Deed[] = [
  {
    name: 'the base was merged into it',
    change: (remote) => mergeBase(remote, { 'README.md': 'hello\n' }),
    newer: 'pushed',
  },
  {
    name: 'it was rebased onto the base',
    change: (remote) => rebaseOnto(remote, { 'README.md': 'hello\n' }),
    newer: 'branch-foreign',
  },
  {
    name: 'the branch of an open request was rebased onto the base',
    change: (remote) => rebaseOnto(remote, { 'README.md': 'hello\n' }),
    newer: 'pushed',
    isProposed: true,
  },
  { name: 'git.author was another', change: () => undefined, newer: 'branch-foreign', options: RENAMED },
  {
    name: 'git.author was another when the request was opened',
    change: () => undefined,
    newer: 'pushed',
    options: RENAMED,
    isProposed: true,
  },
  {
    name: 'somebody started its checks with an empty commit',
    change: (remote) => {
      const head = headOf(remote, 'lynceus/shop') ?? '';
      const args = ['commit-tree', `${head}^{tree}`, '-p', head, '-m', 'run the checks'];
      git(remote, ['update-ref', 'refs/heads/lynceus/shop', git(remote, args).trim()]);
    },
    newer: 'pushed',
  },
  {
    name: 'a reviewer added a file',
    change: (remote) => void commitTo(remote, 'lynceus/shop', { 'note.md': 'mine\n' }),
    newer: 'branch-foreign',
  },
  {
    name: 'a reviewer changed the same file',
    change: (remote) => void commitTo(remote, 'lynceus/shop', { 'app.yaml': 'tag: "1.1"\nreplicas: 3\n' }),
    newer: 'branch-foreign',
  },
  {
    name: 'the base was merged with something more',
    change: (remote) => {
      mergeBase(remote, { 'README.md': 'hello\n' });
      commitTo(remote, 'lynceus/shop', { 'README.md': 'mine\n' });
    },
    newer: 'branch-foreign',
  },
  {
    name: 'the base was pushed back behind it',
    change: (remote) => {
      commitTo(remote, 'main', { 'README.md': 'hello\n' });
      mergeBase(remote, { 'OTHER.md': 'more\n' });
      git(remote, ['update-ref', 'refs/heads/main', 'refs/heads/main~2']);
    },
    newer: 'branch-foreign',
  },
];

describe('a push branch with commits of others beside our records', () => {
  it.each(DEEDS)('$name: left as it is, and a newer version is $newer', async (deed) => {
    const { change, newer, isProposed = false } = deed;
    const options = { ...RECORDING, ...deed.options };
    const wanted = (to: string) => ({ ...proposeRecorded(remote, to), isProposed });
    const remote = world.remote(FILES);
    await apply(wanted('1.1'), RECORDING);
    change(remote);
    const head = headOf(remote, 'lynceus/shop');
    const [result] = await apply(wanted('1.1'), options);
    expect(result?.ending).toMatchObject({ kind: 'unchanged', branch: 'lynceus/shop' });
    expect(result?.ending).toHaveProperty('others.sha');
    // The base moves on, and still nobody's work is replaced.
    commitTo(remote, 'main', { 'later.md': 'later\n' });
    const fresh = { ...options, cacheDirectory: `${world.cacheDirectory}-2` };
    const words = await outcomesOf(wanted('1.1'), fresh);
    expect(words.filter((word) => word !== 'fetch')).toEqual(['unchanged']);
    expect(headOf(remote, 'lynceus/shop')).toBe(head);

    expect((await outcomesOf(wanted('1.2'), options))[0]).toBe(newer);
    if (newer === 'branch-foreign') {
      expect(headOf(remote, 'lynceus/shop')).toBe(head);
      return;
    }
    expect(readAt(remote, 'lynceus/shop', 'app.yaml')).toBe('tag: "1.2"\n');
    for (const path of ['README.md', 'later.md'])
      expect(readAt(remote, 'lynceus/shop', path)).toBe(readAt(remote, 'main', path));
    expect(await outcomesOf(wanted('1.2'), options)).toEqual(['unchanged']);
  });

  it('lets the images go on that it has, and fails those that it has not', async () => {
    const remote = world.remote(FILES);
    await apply(proposeRecorded(remote, '1.1'));
    commitTo(remote, 'lynceus/shop', { 'note.md': 'mine\n' });
    const web = aCommit('web', aFile('web.yaml', { from: '5.0', to: '5.1' }));
    const both = proposeRecorded(remote, '1.1');
    const set = { ...both, commits: [...both.commits, web] };
    expect((await outcomesOf(set)).slice(0, 2)).toEqual(['unchanged', 'branch-foreign']);
  });

  it('is told to somebody who only looks', async () => {
    const remote = world.remote(FILES);
    await apply(proposeRecorded(remote, '1.1'));
    mergeBase(remote, { 'README.md': 'hello\n' });
    const look = async (to: string): Promise<readonly string[]> => {
      const session = createDryRunWriter(world.writer(), { editOptions: { createMissing: false } }).open();
      const results = await session.apply(proposeRecorded(remote, to), LASTING);
      await session.close();
      return results.map(outcomeOf);
    };
    expect(await look('1.1')).toEqual(['unchanged']);
    expect(await look('1.2')).toEqual(['shown']);
    commitTo(remote, 'lynceus/shop', { 'note.md': 'mine\n' });
    expect(await look('1.1')).toEqual(['unchanged']);
    expect(await look('1.2')).toEqual(['branch-foreign']);
  });
});

describe('a push branch whose host takes no forced push', () => {
  const denying = (remote: string) => git(remote, ['config', 'receive.denyNonFastForwards', 'true']);

  it.each([
    ['is on the base', () => undefined],
    ['was left behind', (remote: string) => void commitTo(remote, 'main', { 'README.md': 'hello\n' })],
    ['has another file', (remote: string) => void commitTo(remote, 'main', { 'web.yaml': 'tag: 6.0\n' })],
  ])('gets a commit on top when it %s', async (_, change) => {
    const remote = world.remote(FILES);
    denying(remote);
    await apply(proposeRecorded(remote, '1.1'));
    change(remote);
    const writer = world.writer();
    const next = async (to: string): Promise<readonly string[]> => {
      world.operations.length = 0;
      const session = writer.open();
      const results = await session.apply(proposeRecorded(remote, to), LASTING);
      await session.close();
      return [...results.map(outcomeOf), ...world.operations.filter((word) => word !== 'fetch')];
    };
    expect(await next('1.2')).toEqual(['pushed', 'push!', 'push']);
    expect(readAt(remote, 'lynceus/shop', 'app.yaml')).toBe('tag: "1.2"\n');
    expect(logOf(remote, 'lynceus/shop')).toHaveLength(3);
    expect(await next('1.2')).toEqual(['unchanged']);
    // It is remembered that force is refused there.
    expect(await next('1.3')).toEqual(['pushed', 'push']);
    expect(await next('1.3')).toEqual(['unchanged']);
  });

  it.each([
    'GitLab: You are not allowed to force push code to a protected branch on this project.',
    'error: GH006: Protected branch update failed for refs/heads/lynceus/shop. error: Cannot force-push to this branch',
    'Gitea: Branch lynceus/shop is protected from force push',
    'You are attempting to update refs in a way that is not permitted: rewriting branch history is denied',
    "TF401027: You need the Git 'ForcePush' permission to perform this action.",
  ])('gets it where the host says: %s', async (words) => {
    const remote = world.remote(FILES);
    await apply(proposeRecorded(remote, '1.1'));
    setPreReceiveHook(
      remote,
      `while read old new ref; do git merge-base --is-ancestor $old $new || { echo "${words}" >&2; exit 1; }; done`,
    );
    expect(await outcomesOf(proposeRecorded(remote, '1.2'))).toEqual(['pushed', 'push!', 'push']);
    expect(readAt(remote, 'lynceus/shop', 'app.yaml')).toBe('tag: "1.2"\n');
  });

  it('keeps what is no longer wanted, and says so', async () => {
    const remote = world.remote(FILES);
    denying(remote);
    await apply(proposeRecorded(remote, '1.1'));
    const web = aCommit('web', aFile('web.yaml', { from: '5.0', to: '5.1' }));
    const set = aSet(aPlaceAt(remote, { push: 'lynceus/shop' }), web);
    expect((await outcomesOf(set))[0]).toBe('git-denied');
    expect(readAt(remote, 'lynceus/shop', 'web.yaml')).toBe('tag: 5.0\n');
  });

  it('is another one than a host that takes no push at all', async () => {
    const remote = world.remote(FILES);
    await apply(proposeRecorded(remote, '1.1'));
    mkdirSync(join(remote, 'hooks'), { recursive: true });
    writeFileSync(join(remote, 'hooks', 'pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect((await outcomesOf(proposeRecorded(remote, '1.2')))[0]).toBe('git-denied');
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
