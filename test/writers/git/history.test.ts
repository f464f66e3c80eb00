import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryCommit, HistoryRequest, WriterSession } from '../../../src/ports/writer.ts';
import type { GitWriterOptions } from '../../../src/writers/git/git-writer.ts';
import { commonFolders } from '../../../src/writers/git/history.ts';
import { parseChanges, parseLog } from '../../../src/writers/git/parse-history.ts';
import { createDryRunWriter } from '../../../src/writers/dry-run-writer.ts';
import { commitTo, createBranch, git, headOf } from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, NOW, type WriterWorld } from './writer-world.ts';

let world: WriterWorld;
beforeEach(() => {
  world = createWriterWorld();
});
afterEach(() => world.remove());

async function inSession<T>(
  work: (session: WriterSession) => Promise<T>,
  options: Partial<GitWriterOptions> = {},
): Promise<T> {
  const session = world.writer(options).open();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function historyOf(
  remote: string,
  paths: readonly string[] = [],
  options: Partial<GitWriterOptions> = {},
  reach: HistoryRequest['reach'] = 'recent',
): Promise<readonly HistoryCommit[]> {
  return inSession((session) => session.history(aPlaceAt(remote), { paths, reach }, LASTING), options);
}

/** A merge commit on the branch: its tree is that of the merged one, as with a pull request that is up to date. */
function mergeInto(remote: string, branch: string, merged: string, seconds: number): void {
  const stream = [
    `commit refs/heads/${branch}`,
    `committer A Human <human@example.com> ${seconds} +0000`,
    'data 28\nMerge pull request #7 from x',
    `from refs/heads/${branch}^0`,
    `merge refs/heads/${merged}^0`,
    ...git(remote, ['ls-tree', '-r', `refs/heads/${merged}`])
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^(\d+) blob (\w+)\t(.*)$/, 'M $1 $2 $3')),
    '',
  ];
  git(remote, ['fast-import', '--quiet'], Buffer.from(stream.join('\n')));
}

describe('history', () => {
  it('tells who changed which of the asked files, newest first', async () => {
    const remote = world.remote({ 'a.yaml': 'tag: 1.0\n', 'b.yaml': 'tag: 1.0\n' });
    commitTo(remote, 'main', { 'a.yaml': 'tag: 1.1\n' }, 'a to 1.1\n\nbody\n');
    commitTo(remote, 'main', { 'b.yaml': 'tag: 1.1\n', 'c.yaml': 'x\n' }, 'b to 1.1');
    commitTo(remote, 'main', { 'a.yaml': null }, 'a gone');

    const history = await historyOf(remote, ['a.yaml', 'b.yaml', 'never.yaml']);

    expect(history.map(({ message, paths }) => [message, paths])).toEqual([
      ['a gone', ['a.yaml']],
      ['b to 1.1', ['b.yaml']],
      ['a to 1.1\n\nbody\n', ['a.yaml']],
      ['first commit', ['a.yaml', 'b.yaml']],
    ]);
    expect(history[0]).toMatchObject({
      sha: headOf(remote, 'main'),
      author: 'A Human',
      email: 'human@example.com',
      at: 1_700_000_000_000,
    });
    expect(world.operations).toEqual(['fetch']);
  });

  it('is cut where git.history says, and does not know what the oldest one changed', async () => {
    const remote = world.remote();
    for (let index = 1; index <= 5; index += 1)
      commitTo(remote, 'main', { 'app.yaml': `tag: 1.${index}\n` }, `${index}`);
    const history = await historyOf(remote, ['app.yaml'], { history: 3 });
    expect(history.map(({ message, paths }) => [message, paths])).toEqual([
      ['5', ['app.yaml']],
      ['4', ['app.yaml']],
      ['3', undefined],
    ]);
  });

  it('goes ten times as far back on request, with one more fetch, and keeps it', async () => {
    const remote = world.remote();
    for (let index = 1; index <= 25; index += 1)
      commitTo(remote, 'main', { 'app.yaml': `tag: 1.${index}\n` }, `${index}`);
    const numbers = async (reach: HistoryRequest['reach']) =>
      (await historyOf(remote, ['app.yaml'], { history: 2 }, reach)).map(({ message }) => message);
    expect(await numbers('recent')).toEqual(['25', '24']);
    expect(await numbers('far')).toEqual(Array.from({ length: 20 }, (_, index) => String(25 - index)));
    expect(world.operations).toEqual(['fetch', 'fetch']);
    commitTo(remote, 'main', { 'app.yaml': 'tag: 2\n' }, '26');
    expect(await numbers('recent')).toEqual(['26', '25']);
    expect((await numbers('far')).at(-1)).toBe('7');
    expect(world.operations).toEqual(['fetch', 'fetch', 'fetch']);
  });

  it('has nothing further back where all of it is here', async () => {
    const remote = world.remote();
    commitTo(remote, 'main', { 'app.yaml': 'tag: 1.1\n' }, 'one');
    const far = await historyOf(remote, ['app.yaml'], { history: 20 }, 'far');
    expect(far.map(({ message }) => message)).toEqual(['one', 'first commit']);
    expect(world.operations).toEqual(['fetch']);
  });

  it('reads on in the clone of a time when less was kept, with one more fetch', async () => {
    const remote = world.remote();
    for (let index = 1; index <= 5; index += 1)
      commitTo(remote, 'main', { 'app.yaml': `tag: 1.${index}\n` }, `${index}`);
    await historyOf(remote, [], { history: 1 });
    const history = await historyOf(remote, ['app.yaml'], { history: 4 });
    expect(history.map(({ message }) => message)).toEqual(['5', '4', '3', '2']);
    await historyOf(remote, ['app.yaml'], { history: 4 });
    expect(world.operations).toEqual(['fetch', 'fetch']);
  });

  it('sees a revert that came with a pull request, and not only its merge', async () => {
    const remote = world.remote();
    const update = commitTo(remote, 'main', { 'app.yaml': 'tag: 1.1\n' }, 'update');
    createBranch(remote, 'rollback');
    commitTo(
      remote,
      'rollback',
      { 'app.yaml': 'tag: 1.0\n' },
      `Revert "update"\n\nThis reverts commit ${update}.\n`,
    );
    mergeInto(remote, 'main', 'rollback', 1_700_000_100);

    const history = await historyOf(remote, ['app.yaml']);

    expect(history.map(({ message, paths }) => [message.split('\n')[0], paths])).toEqual([
      ['Merge pull request #7 from x', ['app.yaml']],
      ['Revert "update"', ['app.yaml']],
      ['update', ['app.yaml']],
      ['first commit', ['app.yaml']],
    ]);
  });

  it('goes on after what this process pushed, without another fetch', async () => {
    const remote = world.remote();
    const set = aSet(aPlaceAt(remote), aCommit('ours', aFile('app.yaml', { from: '1.0', to: '1.1' })));
    const history = await inSession(async (session) => {
      await session.apply(set, LASTING);
      return session.history(set.place, { paths: ['app.yaml'], reach: 'recent' }, LASTING);
    });
    expect(history.map(({ message, author, at, paths }) => [message, author, at, paths])).toEqual([
      ['ours\n', 'lynceus', NOW, ['app.yaml']],
      ['first commit', 'A Human', 1_700_000_000_000, ['app.yaml']],
    ]);
    expect(world.operations).toEqual(['fetch', 'push']);
  });

  it('is of the base, also where there is a push branch', async () => {
    const remote = world.remote();
    createBranch(remote, 'updates');
    commitTo(remote, 'updates', { 'app.yaml': 'tag: 1.1\n' }, 'proposed');
    const place = { ...aPlaceAt(remote), push: 'updates' };
    const history = await inSession((session) =>
      session.history(place, { paths: [], reach: 'recent' }, LASTING),
    );
    expect(history.map(({ message, paths }) => [message, paths])).toEqual([['first commit', []]]);
  });

  it('is the same in a dry run', async () => {
    const remote = world.remote();
    const dry = createDryRunWriter(world.writer(), {
      editOptions: { createMissing: false },
    });
    const session = dry.open();
    const history = await session.history(
      aPlaceAt(remote),
      { paths: ['app.yaml'], reach: 'recent' },
      LASTING,
    );
    await session.close();
    expect(history.map(({ paths }) => paths)).toEqual([['app.yaml']]);
  });

  it('throws like read where there is no such branch', async () => {
    const place = { ...aPlaceAt(world.remote()), base: 'gone' };
    await expect(
      inSession((session) => session.history(place, { paths: [], reach: 'recent' }, LASTING)),
    ).rejects.toMatchObject({
      code: 'git-branch-missing',
    });
  });

  it('finds the same for hundreds of files as for one', async () => {
    const paths = Array.from({ length: 300 }, (_, index) => `apps/${index % 30}/${index}/values.yaml`);
    const remote = world.remote(Object.fromEntries(paths.map((path) => [path, 'tag: 1.0\n'])));
    commitTo(remote, 'main', { [paths[7] ?? '']: 'tag: 1.1\n', 'apps/7/7/other.yaml': 'x\n' }, 'one');
    const [many] = await historyOf(remote, paths);
    const [one] = await historyOf(remote, paths.slice(7, 8));
    expect(many?.paths).toEqual([paths[7]]);
    expect(one).toEqual(many);
  });

  it('is not led astray by names, paths and messages', async () => {
    const remote = world.remote();
    const sha = headOf(remote, 'main') ?? '';
    const message = `\n\x1b[31m:100644\n${sha}\ncommit ${sha}\nÄ\u2028\n\n`;
    const author = 'A "B" \\ grafted, (x) | $(id) Ünï';
    const hostile = ['-rf', sha, ':(glob)*', 'a "b"\\c', 'ü ü/\u200b.yaml', '*.yaml', 'x\ty'];
    const stream = [
      'commit refs/heads/main\n',
      `author ${author} <a b@c> 1700000001 +0000\n`,
      'committer C <> 1700000002 +0000\n',
      `data ${Buffer.byteLength(message)}\n${message}\n`,
      `from ${sha}\n`,
      ...hostile.map((path) => `M 100644 inline ${JSON.stringify(path)}\ndata 1\nx\n`),
    ];
    git(remote, ['fast-import', '--quiet'], Buffer.from(stream.join('')));

    const [newest, ...rest] = await historyOf(remote, [...hostile, 'app.yaml']);

    expect(newest).toMatchObject({ author, email: 'a b@c', at: 1_700_000_002_000, message });
    expect([...(newest?.paths ?? [])].toSorted()).toEqual(hostile.toSorted());
    expect(rest.map(({ paths }) => paths)).toEqual([['app.yaml']]);
  });
});

const US = 'lynceus <lynceus@example.com>';
const RECORD =
  'Lynceus-Update: app=shop namespace=argocd alias=api image=x/api file=a.yaml key=tag from=1.0 to=1.1';
const RELEASE = 'Lynceus-Release: app=shop namespace=argocd alias=api image=x/api file=a.yaml key=tag';
const BY_PEER = "build: automatic update of shop\n\nupdates image x/api tag '1.0' to '1.1'\n";

interface Made {
  readonly name: string;
  readonly by?: string;
  readonly message?: string;
  /** What the commit does to the remote, where it is more than a change of the file. */
  readonly make?: (remote: string, message: string, by: string) => void;
  readonly committedBy: HistoryCommit['committedBy'];
  readonly options?: Partial<GitWriterOptions>;
}

/** A commit with the tree and parents that are named. */
function commitTree(
  remote: string,
  tree: string,
  parents: readonly string[],
  message: string,
  by: string,
): void {
  const heads = parents.flatMap((parent) => ['-p', parent]);
  const sha = git(remote, ['commit-tree', tree, ...heads, '-m', message]).trim();
  const raw = git(remote, ['cat-file', 'commit', sha]).replaceAll(/^(author|committer) .*?>/gm, `$1 ${by}`);
  const made = git(remote, ['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(raw)).trim();
  git(remote, ['update-ref', 'refs/heads/main', made]);
}

const MADE: readonly Made[] = [
  { name: 'ours', committedBy: 'us' },
  { name: 'ours, with a name that git tidied', by: 'lynceus. <Lynceus@example.com>', committedBy: 'us' },
  {
    name: 'of an author of earlier times',
    by: 'bot <bot@example.com>',
    options: { formerAuthors: [{ name: 'bot', email: 'bot@example.com' }] },
    committedBy: 'us',
  },
  { name: 'of a person who wrote a record', by: 'Eve <eve@example.com>', committedBy: 'others' },
  { name: 'of our name alone', by: 'lynceus <eve@example.com>', committedBy: 'others' },
  { name: 'of our address alone', by: 'Eve <lynceus@example.com>', committedBy: 'others' },
  { name: 'of a host that squashed', by: 'GitHub <noreply@github.com>', committedBy: 'others' },
  {
    name: 'cherry-picked by a person',
    by: 'Eve <eve@example.com>',
    message: `x\n\n${RECORD}\n(cherry picked from commit ${'a'.repeat(40)})`,
    committedBy: 'others',
  },
  {
    name: 'a merge',
    make: (remote, message, by) => {
      createBranch(remote, 'side');
      commitTo(remote, 'side', { 'a.yaml': 'tag: 1.1\n' });
      commitTree(remote, 'side^{tree}', ['main', 'side'], message, by);
    },
    committedBy: 'others',
  },
  {
    name: 'an empty one with an update',
    make: (remote, message, by) => commitTree(remote, 'main^{tree}', ['main'], message, by),
    committedBy: 'others',
  },
  {
    name: 'an empty one of ours with a release, which changes no file',
    message: `release\n\n${RELEASE}`,
    make: (remote, message, by) => commitTree(remote, 'main^{tree}', ['main'], message, by),
    committedBy: 'us',
  },
  {
    name: 'an empty one of a person with a release',
    by: 'Eve <eve@example.com>',
    message: `release\n\n${RELEASE}`,
    make: (remote, message, by) => commitTree(remote, 'main^{tree}', ['main'], message, by),
    committedBy: 'others',
  },
  {
    name: 'to another file',
    make: (remote, message, by) => void commitTo(remote, 'main', { 'b.yaml': 'x\n' }, message, by),
    committedBy: 'others',
  },
  {
    name: 'to the mode of the file alone',
    make: (remote, message, by) =>
      void commitTo(remote, 'main', { 'a.yaml': { content: 'tag: 1.0\n', mode: '100755' } }, message, by),
    committedBy: 'others',
  },
  {
    name: 'of Argo CD Image Updater',
    by: 'argocd-image-updater <noreply@argoproj.io>',
    message: BY_PEER,
    committedBy: 'peer',
  },
  {
    name: 'of Argo CD Image Updater, as if it wrote our records',
    by: 'argocd-image-updater <noreply@argoproj.io>',
    committedBy: 'peer',
  },
  {
    name: 'of a person in the words of that updater',
    by: 'Eve <eve@example.com>',
    message: BY_PEER,
    committedBy: 'others',
  },
  {
    name: 'of that updater to another file',
    by: 'argocd-image-updater <noreply@argoproj.io>',
    message: BY_PEER,
    make: (remote, message, by) => void commitTo(remote, 'main', { 'b.yaml': 'x\n' }, message, by),
    committedBy: 'others',
  },
];

describe('who made a commit', () => {
  it.each(MADE)('$name', async ({ by = US, message = `x\n\n${RECORD}`, make, committedBy, options }) => {
    const remote = world.remote({ 'a.yaml': 'tag: 1.0\n' });
    if (make === undefined) commitTo(remote, 'main', { 'a.yaml': 'tag: 1.1\n' }, message, by);
    else make(remote, message, by);
    const [newest] = await historyOf(remote, ['a.yaml'], options);
    const counts = newest?.committedBy ?? 'others';
    // A commit that Argo CD Image Updater made for another file is found by its file later.
    expect(counts === 'peer' && newest?.paths?.length === 0 ? 'others' : counts).toBe(committedBy);
  });
});

describe('parseLog', () => {
  const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''));
  const hash = fc.stringMatching(/^[0-9a-f]{40}$/);

  it('reads whatever names and messages say', () => {
    const commits = fc.array(
      fc.record({
        sha: hash,
        author: text,
        email: text,
        committer: fc.record({ name: text, email: text }),
        message: text,
      }),
    );
    fc.assert(
      fc.property(commits, (written) => {
        const stdout = written
          .map(
            ({ sha, author, email, committer: { name, email: by }, message }) =>
              `${sha}\0${sha}\0\0${author}\0${email}\0${name}\0${by}\x0012\0${message}\0`,
          )
          .join('');
        const expected = written.map((one) => {
          return { ...one, parents: [one.sha], isGrafted: false, at: 12_000 };
        });
        expect(parseLog(stdout)).toEqual(expected);
      }),
    );
  });

  it.each(['x', `${'a'.repeat(40)}\0\0`, `no hash\0\0\0a\0b\x001\0m\0`])('refuses %j', (stdout) => {
    expect(() => parseLog(stdout)).toThrow('a part of log');
  });

  it.each([':000000 100644 0 1 A\0', 'x\0', `${'a'.repeat(40)}`, `${'a'.repeat(40)}\0:x\0`])(
    'parseChanges refuses %j',
    (stdout) => {
      expect(() => parseChanges(stdout)).toThrow('a part of diff-tree');
    },
  );
});

describe('the folders that git is asked about', () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['none', [], []],
    ['few', ['a/b', 'a/b', 'c'], ['a/b', 'c']],
    ['many in one folder', Array.from({ length: 30 }, (_, index) => `a/b/${index}.yaml`), ['a/b']],
    ['many at the root', Array.from({ length: 30 }, (_, index) => `${index}.yaml`), []],
    [
      'many, one of them at the root',
      ['x', ...Array.from({ length: 30 }, (_, index) => `a/${index}/y`)],
      ['x', 'a'],
    ],
  ])('%s', (_name, paths, folders) => {
    expect(commonFolders(paths)).toEqual(folders);
  });
});
