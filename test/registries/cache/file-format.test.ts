import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../../src/registries/cache/file-format.ts';
import type { CacheRecord } from '../../../src/registries/cache/records.ts';

function bytesOf(records: Iterable<CacheRecord>): Buffer {
  return Buffer.from([...encode(records)].join(''));
}

/** Keys without tabs and line ends, and whatever JSON there is: labels may hold any character. */
const records: fc.Arbitrary<readonly CacheRecord[]> = fc.array(
  fc.tuple(
    fc.stringMatching(/^[a-z]{1,8} [a-z./:@0-9-]{0,80}$/),
    fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constant('')).map((value) => JSON.stringify(value)),
  ),
  { maxLength: 12 },
);

/** What may happen to the bytes of a file. */
const damages: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([place, flip]) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy[place % copy.length] = (copy[place % copy.length] ?? 0) ^ flip;
    return copy;
  }),
  fc.nat().map((length) => (bytes: Buffer) => bytes.subarray(0, length % (bytes.length + 1))),
  fc.nat().map((place) => (bytes: Buffer) => bytes.subarray(place % bytes.length)),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 40 })).map(([place, put]) => (bytes: Buffer) => {
    const at = place % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at)]);
  }),
  fc.tuple(fc.nat(), fc.nat({ max: 200 })).map(([place, count]) => (bytes: Buffer) => {
    const at = place % bytes.length;
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
  }),
  fc.tuple(fc.nat(), fc.nat()).map(([from, to]) => (bytes: Buffer) => {
    const at = from % bytes.length;
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to % bytes.length)]);
  }),
);

describe('the format of the cache file', () => {
  test('gives back what was put in', () => {
    fc.assert(
      fc.property(records, (put) => {
        expect(decode(bytesOf(put))).toEqual({ records: put, damaged: 0 });
      }),
    );
  });

  test('never gives back what was not put in, whatever happened to the file', () => {
    fc.assert(
      fc.property(records, fc.array(damages, { minLength: 1, maxLength: 4 }), (put, happened) => {
        const damaged = happened.reduce(
          (bytes, damage) => (bytes.length === 0 ? bytes : damage(bytes)),
          bytesOf(put),
        );
        const known = new Set(put.map((record) => JSON.stringify(record)));
        for (const record of decode(damaged)?.records ?? []) expect(known).toContain(JSON.stringify(record));
      }),
      { numRuns: 2000 },
    );
  });

  test('loses one record to one wrong byte, and no other', () => {
    const put: readonly CacheRecord[] = [
      ['manifest a@sha256:1', '{"kind":"artifact"}'],
      ['config a@sha256:2', '{"created":1}'],
      ['tag a:b', 'sha256:1'],
    ];
    const bytes = bytesOf(put);
    const start = bytes.indexOf('\n') + 1;
    for (let at = start; at < bytes.length; at += 1) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      const line = bytes.subarray(start, at).filter((byte) => byte === 0x0a).length;
      const lost = bytes[at] === 0x0a && at < bytes.length - 1 ? [line, line + 1] : [line];
      expect(decode(copy)?.records, `byte ${at}`).toEqual(put.filter((_, index) => !lost.includes(index)));
    }
  });

  test.each([
    ['nothing', ''],
    ['another version', 'lynceus registry cache 2\n'],
    ['a longer version', 'lynceus registry cache 10\n'],
    ['another file', '{"auths":{}}'],
    ['zeros', '\0'.repeat(5000)],
  ])('is not that of a file that begins with %s', (_what, text) => {
    const rest =
      bytesOf([['tag a:b', 'sha256:1']])
        .toString()
        .split('\n')[1] ?? '';
    expect(decode(Buffer.from(`${text}${rest}\n`))).toBeUndefined();
    expect(decode(Buffer.from(text))).toBeUndefined();
  });
});
