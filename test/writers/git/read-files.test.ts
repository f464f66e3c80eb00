import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FileRequest, FileState } from '../../../src/ports/writer.ts';
import { headOf, readAt, treeOf, type WorldFile, type WorldFiles } from '../../helpers/git-world.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';
import { createWriterWorld, LASTING, outcomeOf, type WriterWorld } from './writer-world.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const world: WriterWorld = createWriterWorld();
afterAll(() => world.remove());

const TEXT = 'tag: 1.0\n';

function link(target: string): WorldFile {
  return { content: target, mode: '120000' };
}

function submodule(): WorldFile {
  return { content: 'a'.repeat(40), mode: '160000' };
}

let remotes = 0;

async function readRequests(
  files: WorldFiles,
  requests: readonly FileRequest[],
): Promise<readonly FileState[]> {
  const remote = world.remote(files, `${(remotes += 1)}.git`);
  const session = world.writer().open();
  try {
    return await session.read(aPlaceAt(remote), requests, LASTING);
  } finally {
    await session.close();
  }
}

function readAll(files: WorldFiles, paths: readonly string[]): Promise<readonly FileState[]> {
  return readRequests(
    files,
    paths.map((path) => ({ candidates: [path] })),
  );
}

/** `text a/b`, `missing a/b`, or the code of the refusal. */
function outcomeOfState(state: FileState): string {
  if (state.kind === 'refused') return state.error.code;
  return state.kind === 'text' ? `text ${state.path}` : `missing ${state.tried.join(' ')}`;
}

function words(states: readonly FileState[]): readonly string[] {
  return states.map(outcomeOfState);
}

const LINKS: WorldFiles = {
  'a/values.yaml': TEXT,
  'a/b/values.yaml': TEXT,
  'to-file': link('a/values.yaml'),
  'to-folder': link('a'),
  'to-root/up': link('..'),
  'a/up': link('../a/b/values.yaml'),
  'chain-1': link('chain-2'),
  'chain-2': link('to-file'),
  'round-1': link('round-2'),
  'round-2': link('round-1'),
  self: link('self'),
  out: link('../../etc/passwd'),
  'out-absolute': link('/etc/passwd'),
  'out-folder': link('../..'),
  nowhere: link('a/gone.yaml'),
  'back-and-forth': link('to-folder/../values.yaml'),
  'to-git': link('.git/config'),
  'to-short-git': link('git~1/config'),
  'to-long': link('x'.repeat(256)),
  'empty-ish': link(' '),
};

const PATHS: readonly (readonly [path: string, leadsTo: string])[] = [
  ['a/values.yaml', 'text a/values.yaml'],
  ['./a//values.yaml', 'text a/values.yaml'],
  ['a/../a/values.yaml', 'text a/values.yaml'],
  ['a/b/../values.yaml', 'text a/values.yaml'],
  ['gone.yaml', 'missing gone.yaml'],
  ['a/gone/x.yaml', 'missing a/gone/x.yaml'],
  ['to-file', 'text a/values.yaml'],
  ['to-folder/values.yaml', 'text a/values.yaml'],
  ['to-folder/b/values.yaml', 'text a/b/values.yaml'],
  ['to-folder/gone.yaml', 'missing a/gone.yaml'],
  ['to-root/up/a/values.yaml', 'text a/values.yaml'],
  ['a/up', 'text a/b/values.yaml'],
  ['chain-1', 'text a/values.yaml'],
  ['round-1', 'target-unsupported'],
  ['self', 'target-unsupported'],
  ['nowhere', 'target-unsupported'],
  ['back-and-forth', 'target-unsupported'],
  ['a', 'target-unsupported'],
  ['to-folder', 'target-unsupported'],
  ['a/values.yaml/x.yaml', 'target-unsupported'],
  ['to-file/x.yaml', 'target-unsupported'],
  ['.', 'target-unsupported'],
  ['', 'target-unsupported'],
  ['a\nb', 'target-unsupported'],
  ['../x.yaml', 'target-outside'],
  ['a/../../x.yaml', 'target-outside'],
  ['/etc/passwd', 'target-outside'],
  ['out', 'target-outside'],
  ['out/x', 'target-outside'],
  ['out-absolute', 'target-outside'],
  ['out-folder/x', 'target-outside'],
  ['.git/config', 'target-outside'],
  ['a/.GIT/hooks/x', 'target-outside'],
  ['to-git', 'target-outside'],
  ['git~1/config', 'target-outside'],
  ['a/.git./hooks/x', 'target-outside'],
  ['a/.git /hooks/x', 'target-outside'],
  ['.git::$INDEX_ALLOCATION/config', 'target-outside'],
  ['.g\u200dit/config', 'target-outside'],
  ['to-short-git', 'target-outside'],
  ['to-long', 'target-unsupported'],
  ['a\\.git\\config', 'target-outside'],
  ['a\\values.yaml', 'missing a\\values.yaml'],
  ['.gitmodules', 'target-unsupported'],
  ['x/'.repeat(60) + 'y', 'target-unsupported'],
];

describe('where a path leads', () => {
  let states: readonly FileState[];
  beforeAll(async () => {
    states = await readAll(
      LINKS,
      PATHS.map(([path]) => path),
    );
  });

  it.each(PATHS.map(([path, leadsTo], index) => ({ path, leadsTo, index })))(
    '$path is $leadsTo',
    ({ leadsTo, index }) => {
      expect(words(states)[index]).toBe(leadsTo);
    },
  );

  it('follows eight links and not nine', async () => {
    const files: Record<string, WorldFile> = { 'link-0': TEXT };
    for (let number = 1; number <= 9; number += 1) files[`link-${number}`] = link(`link-${number - 1}`);
    const states = await readAll(files, ['link-8', 'link-9']);
    expect(words(states)).toEqual(['text link-0', 'target-unsupported']);
  });

  it('answers each request by the first candidate that exists', async () => {
    const files = { 'a/kustomization.yml': TEXT, 'a/Kustomization': TEXT, 'b/Kustomization': TEXT };
    const names = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
    const requests = ['a', 'b', 'c'].map((folder) => ({
      candidates: names.map((name) => `${folder}/${name}`),
    }));
    expect(words(await readRequests(files, requests))).toEqual([
      'text a/kustomization.yml',
      'text b/Kustomization',
      'missing c/kustomization.yaml c/kustomization.yml c/Kustomization',
    ]);
  });

  it('refuses two files of which there may be one, and reads the folder beside it', async () => {
    const files: WorldFiles = {
      'a/kustomization.yml': TEXT,
      'a/Kustomization': TEXT,
      'b/kustomization.yaml': TEXT,
      'b/Kustomization': link('kustomization.yaml'),
      'c/Kustomization': TEXT,
    };
    const names = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
    const requests = ['a', 'b', 'c'].map((folder) => ({
      candidates: names.map((name) => `${folder}/${name}`),
      sole: true as const,
    }));
    const states = await readRequests(files, requests);
    expect(words(states)).toEqual(['target-ambiguous', 'target-ambiguous', 'text c/Kustomization']);
    expect(states[0]).toMatchObject({
      path: 'a/kustomization.yml',
      error: {
        line: 'expected one of these files, found "a/kustomization.yml" and "a/Kustomization" (remove the one that is not meant: Kustomize reads neither)',
      },
    });
  });
});

const MEBIBYTE = 1024 * 1024;

const TEXTS: Readonly<Record<string, string>> = {
  text: TEXT,
  'an empty file': '',
  'text with a byte order mark': '\uFEFFtag: 1\r\n',
  'exactly 2 MiB': 'x'.repeat(2 * MEBIBYTE),
};

const NO_TEXTS: WorldFiles = {
  'more than 2 MiB': 'x'.repeat(2 * MEBIBYTE + 1),
  binary: Buffer.from([0x74, 0, 0x74]),
  'text that is not UTF-8': Buffer.from([0x66, 0xfc, 0x72]),
  'a Git LFS pointer': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
  'a file of git-crypt': Buffer.from('\u0000GITCRYPT\u0000\u0001\u0002', 'latin1'),
  'a vault': '$ANSIBLE_VAULT;1.1;AES256\n66386439\n',
  'a submodule': submodule(),
};

describe('what may be edited', () => {
  it('is any text of up to 2 MiB, byte for byte', async () => {
    const names = Object.keys(TEXTS);
    const states = await readAll({ ...TEXTS, ...NO_TEXTS }, names);
    expect(states).toEqual(names.map((path) => ({ kind: 'text', path, text: TEXTS[path] })));
  });

  it('is nothing else', async () => {
    const names = Object.keys(NO_TEXTS);
    const states = await readAll({ ...TEXTS, ...NO_TEXTS }, names);
    expect(states.map((state) => (state.kind === 'refused' ? state.error.line : state.kind))).toEqual([
      '"more than 2 MiB" cannot be edited: it has 2097153 bytes, more than 2 MiB (keep image versions in a small file of their own, or raise limits.fileKiB)',
      '"binary" cannot be edited: it is a binary file',
      '"text that is not UTF-8" cannot be edited: it is not UTF-8 text',
      '"a Git LFS pointer" cannot be edited: it is a Git LFS pointer',
      '"a file of git-crypt" cannot be edited: it is encrypted with git-crypt',
      '"a vault" cannot be edited: it is encrypted with ansible-vault',
      '"a submodule" cannot be edited: it leads into the submodule a submodule',
    ]);
  });

  it.each([
    ['one file that is', { huge: 'x'.repeat(20 * MEBIBYTE), small: TEXT }],
    [
      'many files that are together',
      Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}`, `${index}`.repeat(2 ** 20)])),
    ],
  ])('is found out too beside %s more than is read at once', async (_case, files) => {
    const names = Object.keys(files);
    const states = await readAll(files, [...names, 'absent']);
    expect(states.map((state) => (state.kind === 'text' ? state.text : state.kind))).toEqual([
      ...Object.entries(files).map(([path, text]) => (path === 'huge' ? 'refused' : text)),
      'missing',
    ]);
  });

  it('is nothing behind a submodule or a file that is no folder, however large', async () => {
    const files = { sub: submodule(), big: 'x'.repeat(5 * MEBIBYTE) };
    const states = await readAll(files, ['sub/values.yaml', 'big/values.yaml']);
    expect(words(states)).toEqual(['target-unsupported', 'target-unsupported']);
  });
});

describe('writing through links', () => {
  it('edits the file behind a link and leaves the link', async () => {
    const remote = world.remote(LINKS, `${(remotes += 1)}.git`);
    const before = treeOf(remote, 'main');
    const session = world.writer({ editOptions: { createMissing: true } }).open();
    const set = aSet(
      aPlaceAt(remote),
      aCommit('m', aFile('chain-1', { from: '1.0', to: '1.1' }), aFile('to-folder/new.yaml', { to: '2.0' })),
    );
    expect((await session.apply(set, LASTING)).map(outcomeOf)).toEqual(['pushed']);
    await session.close();
    expect(readAt(remote, 'main', 'a/values.yaml')).toBe('tag: "1.1"\n');
    expect(readAt(remote, 'main', 'a/new.yaml')).toBe('tag: "2.0"\n');
    const after = treeOf(remote, 'main').filter(
      ({ path }) => !['a/values.yaml', 'a/new.yaml'].includes(path),
    );
    expect(after).toEqual(before.filter(({ path }) => path !== 'a/values.yaml'));
  });

  it.each(['out', '../x.yaml', 'nowhere', '.git/hooks/pre-commit', 'to-file/x.yaml'])(
    'writes nothing to %j',
    async (path) => {
      const remote = world.remote(LINKS, `${(remotes += 1)}.git`);
      const head = headOf(remote, 'main');
      const session = world.writer({ editOptions: { createMissing: true } }).open();
      const results = await session.apply(
        aSet(aPlaceAt(remote), aCommit('m', aFile(path, { to: '2.0' }))),
        LASTING,
      );
      await session.close();
      expect(results[0]?.ending.kind).toBe('failed');
      expect(headOf(remote, 'main')).toBe(head);
    },
  );
});
