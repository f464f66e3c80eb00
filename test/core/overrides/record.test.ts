import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  looksLikeRecord,
  readRecords,
  recordLine,
  type WriteRecord,
} from '../../../src/core/overrides/record.ts';

const RECORD: WriteRecord = {
  kind: 'update',
  application: { namespace: 'argocd', name: 'shop' },
  alias: 'api',
  image: 'ghcr.io/acme/api',
  file: 'apps/shop/values.yaml',
  key: 'image.tag',
  from: '1.4.1',
  to: '1.4.2',
};

const LINE =
  'Lynceus-Update: app=shop namespace=argocd alias=api image=ghcr.io/acme/api file=apps/shop/values.yaml key=image.tag from=1.4.1 to=1.4.2';

/** Any text at all: spaces, quotes, line ends of every kind, control characters, half a character. */
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('"', '\\', ' ', '=', ':', '\n', '\r', '\u0085', '\u2028', '\u202e', '\ud800', 'a'),
  }),
  fc.constantFrom('', '1.4.2', 'Lynceus-Update: file=a', '# lynceus: hold'),
);

const anyRecord: fc.Arbitrary<WriteRecord> = fc.record({
  kind: fc.constantFrom('update', 'set', 'hold', 'release'),
  application: fc.record({ namespace: anything, name: anything }),
  alias: anything,
  image: anything,
  file: anything,
  key: anything,
  from: fc.option(anything, { nil: undefined }),
  to: fc.option(anything, { nil: undefined }),
});

describe('recordLine', () => {
  test('is one line that people can read', () => {
    expect(recordLine(RECORD)).toBe(LINE);
  });

  test('puts into quotes what is not plain', () => {
    const line = recordLine({ ...RECORD, alias: '', key: 'größe "x"', from: undefined, to: '1\n2' });
    expect(line).toBe(
      'Lynceus-Update: app=shop namespace=argocd alias="" image=ghcr.io/acme/api file=apps/shop/values.yaml key="größe \\"x\\"" to="1\\n2"',
    );
  });

  test('holds nothing that does not print, whatever the names are', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(recordLine(record)).toMatch(/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u);
      }),
    );
  });
});

describe('readRecords', () => {
  test('reads what recordLine writes, whatever the names are', () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, (one, other) => {
        const message = `subject\n\nbody\n\n${recordLine(one)}\n${recordLine(other)}\nSigned-off-by: Ada\n`;
        expect(readRecords(message)).toEqual([one, other]);
      }),
    );
  });

  test('never throws', () => {
    fc.assert(
      fc.property(anything, anything, (before, after) => {
        expect(Array.isArray(readRecords(`${before}\nLynceus-Update: file=a key=${after}`))).toBe(true);
      }),
    );
  });

  const files = (message: string): readonly string[] => readRecords(message).map(({ file }) => file);

  test.each<[string, string, readonly string[]]>([
    ['nothing', '', []],
    ['prose', 'feat: x\n\nLynceus-Update is a trailer', []],
    ['a quotation', `a\n\n    ${LINE}`, []],
    ['a record without its place', 'Lynceus-Update: app=shop to=1', []],
    ['a broken string', 'Lynceus-Update: file="a key=b', []],
    ['a bad escape', 'Lynceus-Update: file="\\q" key=b', []],
    ['a kind of later times', 'Lynceus-Pray: file=a key=b', []],
    ['fields of later times', 'Lynceus-Update: file=a key=b build-id="7 8"', ['a']],
    ['line ends of Windows', 'a\r\n\r\nLynceus-Update: file=a key=b\r\nSigned-off-by: x\r\n', ['a']],
    [
      'a squash of several messages',
      '* one\n\nLynceus-Update: file=a key=b\n\n* two\n\nLynceus-Set: file=c key=d',
      ['a', 'c'],
    ],
    ['prose right behind it', 'Lynceus-Update: file=a key=b\nfile=c is not meant', ['a']],
    ['a folded line', 'Lynceus-Update: file=a\n key=b', ['a']],
    [
      'a line that a forge wrapped at 72',
      `a\n\n${LINE.replace(' file=', '\nfile=').replace(' from=', '\nfrom=')}`,
      ['apps/shop/values.yaml'],
    ],
  ])('%s', (_name, message, expected) => {
    expect(files(message)).toEqual(expected);
  });
});

test.each([
  [LINE, true],
  ['lynceus-update: x', true],
  ['  Lynceus-Later : x', true],
  ['Lynceus writes this', false],
])('looksLikeRecord %j is %j', (line, expected) => {
  expect(looksLikeRecord(line)).toBe(expected);
});
