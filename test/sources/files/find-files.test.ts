import { mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { basename, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findFiles } from '../../../src/sources/files/find-files.ts';
import { aFolder } from './a-folder.ts';

const SIGNAL = new AbortController().signal;

const TREE = {
  'apps/b.yaml': '',
  'apps/a.yml': '',
  'apps/c.json': '',
  'apps/README.md': '',
  'apps/.hidden.yaml': '',
  'apps/.git/config.yaml': '',
  'apps/deep/er/d.yaml': '',
  'apps/Z.yaml': '',
  'other/x.yaml': '',
  'other/noext': '',
};

async function find(folder: string, paths: readonly string[]): Promise<readonly string[]> {
  const { files } = await findFiles(
    paths.map((path) => join(folder, path)),
    SIGNAL,
  );
  return files.map((file) => relative(folder, file));
}

describe('findFiles', () => {
  test.each<[readonly string[], readonly string[]]>([
    [['apps'], ['apps/Z.yaml', 'apps/a.yml', 'apps/b.yaml', 'apps/c.json', 'apps/deep/er/d.yaml']],
    [['apps/'], ['apps/Z.yaml', 'apps/a.yml', 'apps/b.yaml', 'apps/c.json', 'apps/deep/er/d.yaml']],
    [['other/noext'], ['other/noext']],
    [['apps/.hidden.yaml'], ['apps/.hidden.yaml']],
    [['apps/.git'], ['apps/.git/config.yaml']],
    [['apps/*.yaml'], ['apps/Z.yaml', 'apps/b.yaml']],
    [['apps/*.y?ml'], ['apps/Z.yaml', 'apps/b.yaml']],
    [['apps/[ab].y*'], ['apps/a.yml', 'apps/b.yaml']],
    [['apps/{a,b}.*'], ['apps/a.yml', 'apps/b.yaml']],
    [['**/*.yaml'], ['apps/Z.yaml', 'apps/b.yaml', 'apps/deep/er/d.yaml', 'other/x.yaml']],
    [
      ['*'],
      ['apps/Z.yaml', 'apps/a.yml', 'apps/b.yaml', 'apps/c.json', 'apps/deep/er/d.yaml', 'other/x.yaml'],
    ],
    [['app*/deep'], ['apps/deep/er/d.yaml']],
    [['a*/*/er'], ['apps/deep/er/d.yaml']],
    [['apps/.h*'], ['apps/.hidden.yaml']],
    [['a*/'], ['apps/Z.yaml', 'apps/a.yml', 'apps/b.yaml', 'apps/c.json', 'apps/deep/er/d.yaml']],
    // In the order of the paths, and each file once.
    [
      ['other/x.yaml', 'apps/*.yml'],
      ['other/x.yaml', 'apps/a.yml'],
    ],
    [
      ['apps/b.yaml', 'apps/*.yaml', 'apps'],
      ['apps/b.yaml', 'apps/Z.yaml', 'apps/a.yml', 'apps/c.json', 'apps/deep/er/d.yaml'],
    ],
  ])('%j finds %j', async (paths, expected) => {
    expect(await find(aFolder(TREE), paths)).toEqual(expected);
  });

  test.each([
    ['nowhere', 'there is no such file or folder'],
    ['apps/nowhere.yaml', 'there is no such file or folder'],
    ['apps/b.yaml/x', 'there is no such file or folder'],
    ['nowhere/*.yaml', 'no such file or directory'],
    ['apps/*.toml', 'there is no *.yaml, *.yml or *.json file'],
    ['empty', 'there is no *.yaml, *.yml or *.json file'],
  ])('%s gives nothing, which is an error', async (path, reason) => {
    const folder = aFolder(TREE);
    mkdirSync(join(folder, 'empty'));

    await expect(find(folder, [path])).rejects.toMatchObject({
      code: 'applications-unreadable',
      message: expect.stringMatching(
        `^cannot read Applications from ${join(folder, path).replaceAll(/[*.]/g, '\\$&')}: .*${reason.replaceAll('*', '\\*')}`,
      ) as string,
    });
  });

  test('a name with wildcards in it is taken as it is, when there is such a file', async () => {
    expect(await find(aFolder({ 'a[1].yaml': '', 'a1.yaml': '' }), ['a[1].yaml'])).toEqual(['a[1].yaml']);
  });

  test('paths may be relative to the working folder', async () => {
    const folder = aFolder(TREE);
    const here = process.cwd();
    process.chdir(folder);
    try {
      const { files } = await findFiles(['./apps/*.yml', 'other', '.', 'apps/{c,x}.json'], SIGNAL);
      const above = await findFiles([`../${basename(folder)}/apps/[bc].*`], SIGNAL);
      expect(above.files).toEqual(['b.yaml', 'c.json'].map((name) => `../${basename(folder)}/apps/${name}`));
      expect(files).toEqual([
        'apps/a.yml',
        'other/x.yaml',
        'apps/Z.yaml',
        'apps/b.yaml',
        'apps/c.json',
        'apps/deep/er/d.yaml',
      ]);
    } finally {
      process.chdir(here);
    }
  });

  test('links are followed, loops of links are not, and a link to nothing is reported', async () => {
    const folder = aFolder({ 'real/a.yaml': '', 'apps/b.yaml': '' });
    symlinkSync('../real', join(folder, 'apps/linked'));
    symlinkSync('..', join(folder, 'apps/up'));
    symlinkSync('../real/a.yaml', join(folder, 'apps/again.yaml'));
    symlinkSync('nothing.yaml', join(folder, 'apps/broken.yaml'));
    symlinkSync('round.yaml', join(folder, 'apps/round.yaml'));

    const { files, unreadable } = await findFiles([join(folder, 'apps')], SIGNAL);

    expect(files.map((file) => relative(folder, file))).toEqual(['apps/again.yaml', 'apps/b.yaml']);
    expect(unreadable.map(({ path, reason }) => [relative(folder, path), reason])).toEqual([
      ['apps/broken.yaml', 'it is a link to nothing'],
      ['apps/round.yaml', expect.stringContaining('symbolic links')],
    ]);
  });

  test('folders that link to each other do not keep it busy for ever', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `d${index}`);
    const folder = aFolder(Object.fromEntries(names.map((name) => [`${name}/a.yaml`, ''])));
    for (const name of names)
      for (const other of names) symlinkSync(`../${other}`, join(folder, name, `to-${other}`));

    expect(await find(folder, ['.'])).toEqual([
      'd0/a.yaml',
      ...names.slice(1).map(() => expect.stringMatching(/to-d\d+\/a\.yaml$/) as string),
    ]);
    expect(await find(folder, ['d*/*.yaml'])).toHaveLength(12);
  });

  test('a mounted ConfigMap is read once', async () => {
    const folder = aFolder({ '..2026_11_21/a.yaml': '' });
    symlinkSync('..2026_11_21', join(folder, '..data'));
    symlinkSync('..data/a.yaml', join(folder, 'a.yaml'));

    expect(await find(folder, ['.'])).toEqual(['a.yaml']);
  });

  test('a folder that is too deep is reported, and the rest goes on', async () => {
    const folder = aFolder({ [`${'d/'.repeat(40)}deep.yaml`]: '', 'top.yaml': '' });

    const { files, unreadable } = await findFiles([folder], SIGNAL);

    expect(files.map((file) => relative(folder, file))).toEqual(['top.yaml']);
    expect(unreadable).toMatchObject([{ reason: 'it is more than 32 folders deep' }]);
  });

  test('what is neither a file nor a folder is refused, and never waited for', async () => {
    const folder = aFolder({ 'a.yaml': '' });
    execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);

    await expect(find(folder, ['pipe.yaml'])).rejects.toMatchObject({ code: 'applications-unreadable' });
    expect((await findFiles([folder], SIGNAL)).unreadable).toMatchObject([
      { reason: 'it is neither a file nor a folder' },
    ]);
  });

  test('it stops when its signal is aborted', async () => {
    await expect(findFiles([aFolder(TREE)], AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });

  test('the order does not depend on the age of files', async () => {
    const folder = aFolder({ 'b.yaml': '', 'a.yaml': '' });
    utimesSync(join(folder, 'a.yaml'), 1, 1);

    expect(await find(folder, ['.'])).toEqual(['a.yaml', 'b.yaml']);
  });
});
