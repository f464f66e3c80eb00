import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../src/writers/unified-diff.ts';
import { freshFolder } from '../helpers/run-folder.ts';

it('names files as git does and keeps what is around a change', () => {
  const before = Array.from({ length: 9 }, (_, index) => `line ${index}\n`).join('');
  expect(unifiedDiff([{ path: 'a/b.yaml', before, after: before.replace('line 4', 'LINE 4') }])).toBe(
    [
      '--- a/a/b.yaml',
      '+++ b/a/b.yaml',
      '@@ -2,7 +2,7 @@',
      ' line 1',
      ' line 2',
      ' line 3',
      '-line 4',
      '+LINE 4',
      ' line 5',
      ' line 6',
      ' line 7',
      '',
    ].join('\n'),
  );
});

it('shows a new file as one, and a missing line break at the end', () => {
  expect(unifiedDiff([{ path: 'n', before: undefined, after: 'x' }])).toBe(
    '--- /dev/null\n+++ b/n\n@@ -0,0 +1,1 @@\n+x\n\\ No newline at end of file\n',
  );
});

interface Edited {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
}

/** Applies a patch with git in a folder that holds the files, asks whether it can be taken back, and reads them. */
function applied(files: readonly Edited[]): readonly Edited[] {
  const folder = freshFolder();
  for (const { path, before } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (before !== undefined) writeFileSync(join(folder, path), before);
  }
  const options = { cwd: folder, input: unifiedDiff(files) };
  execFileSync('git', ['apply', '--whitespace=nowarn', '-'], options);
  execFileSync('git', ['apply', '--check', '-R', '--whitespace=nowarn', '-'], options);
  return files.map((file) => ({ ...file, after: readFileSync(join(folder, file.path), 'utf8') }));
}

const TEXT = 'image:\n  name: acme/api\n  tag: 1.0.0\n';
const later = (text: string): string => text.replaceAll('1.0.0', '1.0.1');
const manyLines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `k${index}: 1.0.0\n`).join('');

/** What a file may look like, by what is special about it. */
const SHAPES: Readonly<Record<string, string>> = {
  plain: TEXT,
  'CRLF line ends': TEXT.replaceAll('\n', '\r\n'),
  'mixed line ends': 'image:\r\n  name: acme/api\n  tag: 1.0.0\r\nend: 1\n',
  'no line feed at the end': TEXT.trimEnd(),
  'no line feed at the end, below': `${TEXT}a: 1\nb: 2`,
  'CRLF and no line feed at the end': 'a: 1\r\ntag: 1.0.0',
  'blank lines at the end': `${TEXT}\n\n\n`,
  'blank lines at the end, CRLF': `${TEXT}\n\n\n`.replaceAll('\n', '\r\n'),
  'spaces on the last line': `${TEXT}   \n  `,
  'blank lines around': '\n\n\ntag: 1.0.0\n\n\n',
  tabs: 'tag:\t1.0.0\t# kept\t\n\t\n',
  'a byte order mark': `\uFEFF${TEXT}`,
  'a byte order mark on the changed line': '\uFEFFtag: 1.0.0\n',
  'a long line': `{"tag": "1.0.0", "rest": "${'x'.repeat(200_000)}"}\n`,
  'a long line before': `# ${'é'.repeat(90_000)}\ntag: 1.0.0\n`,
  'many lines, each changed': manyLines(3_000),
  'many lines, each changed, and no line feed at the end': `# kept\n${manyLines(2_000)}last: 1.0.0`,
  'many lines, the outer ones kept': `a\nb\nc\nd\n${manyLines(2_000)}d\nc\nb\na\n`,
  'lines that look like a patch':
    '--- a/x\n+++ b/x\n-- 1.0.0\n++ 1.0.0\n@@ -1 +1 @@\n\\ No newline at end of file\n',
  'a comment that looks like a patch':
    '# diff --git a/x b/x\ndiff --git a/x b/x\ntag: 1.0.0\nGIT binary patch\n',
  'other scripts': 'name: \u7d44 \u00e9 e\u0301 \ud83d\ude80\ntag: 1.0.0\nmark: \u202e \ufffd\n',
};

const PATHS: readonly string[] = [
  'values.yaml',
  'apps/web/values.yaml',
  'my apps/the values.yaml',
  'trailing /values .yaml',
  'named 2026-01-02 03:04:05 +0000',
  'quoted "values".yaml',
  "it's.yaml",
  'back\\slash.yaml',
  'umlaut/w\u00e4rter.yaml',
  '\u7d44\u7e54/\u5024.yaml',
  'emoji \ud83d\ude80.yaml',
  'reversed \u202e.yaml',
  'no-extension',
  '.argocd-source-shop.yaml',
  'a/a/a',
  '-dash.yaml',
  '{braces}/[x]*.yaml',
];

describe('git apply takes', () => {
  const rows: readonly (readonly [string, Edited])[] = [
    ...Object.entries(SHAPES).map(
      ([name, before], index) => [name, { path: `f${index}.yaml`, before, after: later(before) }] as const,
    ),
    ...PATHS.flatMap((path) => [
      [`the path ${path}`, { path: `old/${path}`, before: TEXT, after: later(TEXT) }] as const,
      [`the new file ${path}`, { path: `new/${path}`, before: undefined, after: TEXT }] as const,
    ]),
    ['a new file without a line feed', { path: 'n1', before: undefined, after: 'tag: 1' }],
    ['a new file with CRLF', { path: 'n2', before: undefined, after: 'tag: 1\r\n\r\n' }],
    ['an empty file', { path: 'n3', before: '', after: TEXT }],
    ['a file of a blank line', { path: 'n4', before: '\n', after: `\n${TEXT}` }],
    ['a line that goes', { path: 'n5', before: 'a: 1\nb: 2\n\n', after: 'a: 1\n\n' }],
  ];

  it.each(rows)('%s', (_, file) => {
    expect(file.after).not.toBe(file.before);
    expect(applied([file])).toEqual([file]);
  });

  it('all of them in one', () => {
    const files = rows.map(([, file]) => file);
    expect(applied(files)).toEqual(files);
  });

  it('whatever lines a file has', () => {
    const lines = fc.array(
      fc.tuple(
        fc.constantFrom(
          'tag: 1.0.0',
          '',
          ' ',
          '\t',
          '- x',
          '+x',
          '--- a',
          '\\',
          '# c ',
          '\uFEFF',
          '\u00e9',
          '...',
        ),
        fc.constantFrom('\n', '\n', '\r\n'),
      ),
      { maxLength: 14 },
    );
    const end = fc.constantFrom('', '', 'tag: 1.0.0', ' ', 'x');
    const text = fc.tuple(lines, end).map(([all, last]) => `${all.flat().join('')}${last}`);
    const file = fc
      .record({ before: fc.option(text, { nil: undefined }), after: text })
      .filter(({ before, after }) => after !== '' && before !== after);
    const files = fc.array(file, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(files, (some) => {
        const named = some.map((one, index) => ({ path: `f ${index}.yaml`, ...one }));
        expect(applied(named)).toEqual(named);
      }),
      { numRuns: 40 },
    );
  });

  it('several patches of one file, one after the other', () => {
    const [first, second, third] = ['a: 1\n', 'a: 2\n', 'a: 2\nb: 1\n'];
    const files = [
      { path: 'x', before: undefined, after: first },
      { path: 'x', before: first, after: second },
      { path: 'x', before: second, after: third },
    ];
    const folder = freshFolder();
    execFileSync('git', ['apply', '-'], { cwd: folder, input: unifiedDiff(files) });
    expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(third);
    execFileSync('git', ['apply', '--check', '-R', '-'], { cwd: folder, input: unifiedDiff(files) });
  });
});

it('does not compare what has nothing in common, and replaces what is between the lines that stay', () => {
  const before = `first\n${manyLines(6_000)}last\n`;
  const diff = unifiedDiff([{ path: 'n', before, after: later(before) }]);
  expect(diff.split('\n').slice(0, 5)).toEqual([
    '--- a/n',
    '+++ b/n',
    '@@ -1,6002 +1,6002 @@',
    ' first',
    '-k0: 1.0.0',
  ]);
  expect(diff.match(/^@@/gm)).toHaveLength(1);
});
