import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createFileSource } from '../../../src/sources/files/file-source.ts';
import { aFolder, manifest } from './a-folder.ts';

const SIGNAL = new AbortController().signal;

describe('createFileSource', () => {
  test('Applications come in the order of paths, files and documents', async () => {
    const folder = aFolder({
      'z.yaml': `${manifest('z2')}---\n${manifest('z1')}`,
      'a/a.yaml': manifest('a'),
      'm.json': JSON.stringify({ kind: 'List', items: [] }),
    });
    const source = createFileSource({ paths: [join(folder, 'z.yaml'), folder] });

    const { applications, problems } = await source.list(SIGNAL);

    expect(problems).toEqual([]);
    expect(applications.map(({ name, origin }) => [name, origin])).toEqual([
      ['z2', `${join(folder, 'z.yaml')} (document 1)`],
      ['z1', `${join(folder, 'z.yaml')} (document 2)`],
      ['a', join(folder, 'a/a.yaml')],
    ]);
  });

  test('of two Applications with one name the first counts, and the second is a problem', async () => {
    const folder = aFolder({
      'a.yaml': manifest('shop'),
      'b.yaml': `${manifest('shop', 'team')}---\n${manifest('shop')}`,
    });

    const { applications, problems } = await createFileSource({ paths: [folder] }).list(SIGNAL);

    expect(applications.map(({ namespace, origin }) => [namespace, origin])).toEqual([
      ['argocd', join(folder, 'a.yaml')],
      ['team', `${join(folder, 'b.yaml')} (document 1)`],
    ]);
    expect(problems).toMatchObject([
      {
        application: { namespace: 'argocd', name: 'shop' },
        code: 'application-invalid',
        message: expect.stringMatching(/b\.yaml \(document 2\): .* after .*a\.yaml/) as string,
      },
    ]);
  });

  test.each<[string, Uint8Array, string]>([
    ['a binary file', Buffer.from([0x89, 0x50, 0xff, 0xfe, 0x00]), 'it is not text in UTF-8'],
    ['a file in UTF-16', Buffer.from(`\uFEFF${manifest('x')}`, 'utf16le'), 'it is not text in UTF-8'],
    ['a file of 17 MiB', Buffer.alloc(17 * 1024 * 1024, '#'), 'it is larger than 16 MiB'],
  ])('%s is a problem, and the others go on', async (_, content, reason) => {
    const folder = aFolder({ 'bad.yaml': content, 'good.yaml': manifest('good') });

    const { applications, problems } = await createFileSource({ paths: [folder] }).list(SIGNAL);

    expect(applications.map(({ name }) => name)).toEqual(['good']);
    expect(problems).toMatchObject([
      {
        code: 'applications-unreadable',
        key: join(folder, 'bad.yaml'),
        message: expect.stringContaining(reason) as string,
      },
    ]);
  });

  test('a file of exactly 16 MiB is read', async () => {
    const text = manifest('large');
    const folder = aFolder({ 'large.yaml': text + '#'.repeat(16 * 1024 * 1024 - text.length) });

    const { applications, problems } = await createFileSource({ paths: [folder] }).list(SIGNAL);

    expect([applications.length, problems]).toEqual([1, []]);
  });

  test('a byte order mark is no part of the text', async () => {
    const folder = aFolder({ 'a.yaml': `\uFEFF${manifest('a')}` });

    expect((await createFileSource({ paths: [folder] }).list(SIGNAL)).applications).toHaveLength(1);
  });

  test('each listing has what is there now', async () => {
    const folder = aFolder({ 'a.yaml': manifest('a'), 'b.yaml': manifest('b') });
    const source = createFileSource({ paths: [folder] });
    const names = async () => (await source.list(SIGNAL)).applications.map(({ name }) => name);

    expect(await names()).toEqual(['a', 'b']);
    writeFileSync(join(folder, 'a.yaml'), manifest('c'));
    expect(await names()).toEqual(['c', 'b']);
    rmSync(join(folder, 'b.yaml'));
    expect(await names()).toEqual(['c']);
    rmSync(join(folder, 'a.yaml'));
    await expect(names()).rejects.toMatchObject({ code: 'applications-unreadable' });
  });

  test('text that has not changed is not parsed again', async () => {
    const folder = aFolder({ 'a.yaml': manifest('a') });
    const source = createFileSource({ paths: [folder] });

    const [first] = (await source.list(SIGNAL)).applications;
    const [second] = (await source.list(SIGNAL)).applications;

    expect(second).toBe(first);
  });

  test('one path that gives nothing fails the whole source, because nothing shows what is missing', async () => {
    const folder = aFolder({ 'a.yaml': manifest('a') });
    const source = createFileSource({ paths: [folder, join(folder, 'gone')] });

    await expect(source.list(SIGNAL)).rejects.toMatchObject({
      code: 'applications-unreadable',
      message: expect.stringContaining(join(folder, 'gone')) as string,
      retryable: true,
    });
  });

  test('it stops when its signal is aborted', async () => {
    const folder = aFolder({ 'a.yaml': manifest('a') });

    await expect(createFileSource({ paths: [folder] }).list(AbortSignal.abort())).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
