import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTreePath } from '../../../src/core/git/tree-path.ts';
import { createGitRoot, gitEnvironment } from '../../helpers/git-world.ts';

/** A name that not even one part of a path may have, whatever stands before and behind it. */
const GIT_FOLDERS = [
  '.git',
  '.GiT',
  '.git.',
  '.git ',
  '.git . .',
  '.git::$INDEX_ALLOCATION',
  '.git:stream',
  '.git. :x',
  'git~1',
  'GIT~1',
  'git~1.',
  'git~1 :x',
  '.g\u200cit',
  '\u200e.git',
  '.git\ufeff',
  '.\u206fG\u202aI\u200dT',
  '.git\\hooks',
  'a\\git~1',
  '.g\u200dit .',
];

const GIT_FILES = [
  '.gitmodules',
  '.GITMODULES .',
  '.gitattributes',
  '.gitignore::$DATA',
  '.mail\u200cmap',
  'gitmod~1',
  'GITATT~4 ',
  'gi7eba~1',
  'gi7d2~10',
  'ma~12345',
  '~1234567',
];

const UNFIT = ['a'.repeat(256), 'ü'.repeat(128), 'a\ud800', '\udc00b', 'a\ufffdb', 'C:', 'c:x.yaml'];

describe('a part of a path', () => {
  test.each(GIT_FOLDERS.flatMap((name) => [name, `a/${name}/b.yaml`, `${name}/config`]))(
    '%j is Git’s own folder',
    (path) => {
      expect(readTreePath(path)).toEqual({ kind: 'outside', why: "is in Git's own folder" });
    },
  );

  test.each(GIT_FILES.flatMap((name) => [name, `a/${name}`, `${name}/values.yaml`]))(
    '%j is a file of Git',
    (path) => {
      expect(readTreePath(path)).toEqual({
        kind: 'unfit',
        why: 'has the name of a file that Git itself reads',
      });
    },
  );

  test.each(UNFIT)('%j is in no clone', (path) => {
    expect(readTreePath(path)).toMatchObject({ kind: 'unfit' });
  });

  test.each([
    '.gitx',
    '.github/workflows/x.yaml',
    'git',
    'git~2',
    'git~10',
    'git~1x/values.yaml',
    'x.git',
    'a\\b.git\\c',
    '.git-x',
    '..git',
    '.gitmodules.yaml',
    'gitmod~5',
    'gi7eba~x',
    'a~1',
    'values.yaml.',
    'a b.yaml ',
    'ab:c.yaml',
    'ünï/🎉/\u200d.yaml',
    'a'.repeat(255),
    'ü'.repeat(127),
  ])('%j is one', (path) => {
    expect(readTreePath(path)).toEqual({ path });
  });
});

describe('a path as a whole', () => {
  const deep = (parts: number): string => Array.from({ length: parts }, () => 'a').join('/');
  const long = (bytes: number): string =>
    ['b'.repeat(250), 'b'.repeat(250), 'b'.repeat(bytes - 502)].join('/');

  test.each([
    [deep(50), undefined],
    [deep(51), 'has 51 parts, more than 50'],
    [`${deep(50)}/..`, undefined],
    [deep(2_000), 'has 2000 parts, more than 50'],
    [['c'.repeat(200), long(699)].join('/'), undefined],
    [['c'.repeat(200), long(700)].join('/'), 'has 901 bytes, more than 900'],
  ])('%#: of %j', (path, why) => {
    const read = readTreePath(path);
    expect('why' in read ? read.why : undefined).toBe(why);
  });
});

/** Pieces that mean something to some file system. */
const PIECES = [
  '.git',
  'git~1',
  'GIT',
  '.',
  '..',
  ' ',
  ':',
  '::$INDEX_ALLOCATION',
  '~1',
  'g',
  'it',
  'T',
  '\\',
  'x',
  'é',
  '.gitmodules',
  'gi7eba~1',
  'modules',
  '\u200c',
  '\u202e',
  '\u206a',
  '\ufeff',
  '\ufffd',
  '\ud800',
  '"',
  '\t',
];
const part = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 2 })), {
    minLength: 1,
    maxLength: 5,
  })
  .map((pieces) => pieces.join(''));
const anyPath = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

describe('git with all its protections on', () => {
  const { root, remove } = createGitRoot();
  afterAll(remove);

  function git(args: readonly string[], input = ''): { readonly ok: boolean; readonly said: string } {
    const protections = ['-c', 'core.protectHFS=true', '-c', 'core.protectNTFS=true'];
    const { status, stdout, stderr } = spawnSync('git', [...protections, ...args], {
      cwd: root,
      env: gitEnvironment(),
      input,
      encoding: 'utf8',
    });
    return { ok: status === 0, said: stdout + stderr };
  }

  let blob = '';
  beforeAll(() => {
    git(['init', '--quiet', '--bare', '--template=', '.']);
    blob = git(['hash-object', '-w', '--stdin'], 'tag: 1.0\n').said.trim();
  });

  function adds(paths: readonly string[]): { readonly ok: boolean; readonly said: string } {
    git(['read-tree', '--empty']);
    // Below a folder of its own each, so that none is a folder in another.
    const lines = paths.map((path, index) => `100644 ${blob}\t${index}/${path}\0`);
    return git(['update-index', '-z', '--add', '--index-info'], lines.join(''));
  }

  test.each(GIT_FOLDERS)('refuses %j as we do', (name) => {
    // What both systems would have to be at once is refused by us alone.
    const isOnlyOurs = name === '.g\u200dit .';
    expect(adds([`${name}/config`]).said === '').toBe(isOnlyOurs);
  });

  test('takes and finds no fault with whatever we take', { timeout: 60_000 }, () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.array(anyPath, { minLength: 300, maxLength: 300 }), (all) => {
        const paths = all.flatMap((path) => {
          const read = readTreePath(path);
          return 'path' in read && read.path !== '' ? [read.path] : [];
        });
        taken += paths.length;
        const added = adds(paths);
        expect(added).toEqual({ ok: true, said: '' });
        const tree = git(['write-tree']).said.trim();
        const commit = git(
          ['-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit-tree', tree],
          'all',
        );
        expect(git(['fsck', '--strict', '--no-dangling', '--no-progress', commit.said.trim()])).toEqual({
          ok: true,
          said: '',
        });
      }),
      { numRuns: 8 },
    );
    expect(taken).toBeGreaterThan(300);
  });
});
