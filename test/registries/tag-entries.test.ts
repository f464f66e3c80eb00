import { describe, expect, test } from 'vitest';
import {
  factsOf,
  listingOf,
  readNamedEntries,
  readPushMilliseconds,
  readPushTime,
} from '../../src/registries/tag-entries.ts';

const ONE = `sha256:${'1'.repeat(64)}`;
const TWO = `sha256:${'2'.repeat(64)}`;

describe('entries of tags', () => {
  const entries = [
    { tag: '1.0', digest: ONE, pushed: 5 },
    { tag: '2.0', digest: ONE, pushed: undefined },
    { tag: 'moved', digest: ONE, pushed: 5 },
    { tag: 'moved', digest: TWO, pushed: 6 },
    { tag: 'old', digest: '', pushed: 7 },
    { tag: 'not/a/tag', digest: ONE, pushed: 8 },
  ];

  test('are facts of the tags that have one clear digest', () => {
    const { facts, unclear } = factsOf(entries, ['1.0', '2.0', 'moved', 'old', 'missing']);

    expect(Object.fromEntries(facts)).toEqual({
      '1.0': { digest: ONE, images: undefined, pushed: 5 },
      '2.0': { digest: ONE, images: undefined },
    });
    expect(unclear).toEqual(['moved', 'missing']);
  });

  test('are a listing of every tag, also of those that moved', () => {
    const { tags, order, facts } = listingOf(entries);

    expect(tags).toEqual(['1.0', '2.0', 'moved', 'old']);
    expect(order).toBe('unordered');
    expect([...facts.keys()]).toEqual(['1.0', '2.0']);
  });

  test('are read from objects that all have a name', () => {
    expect(readNamedEntries([{ name: '1.0', manifest: ONE, at: 5 }], () => 5, 'manifest')).toEqual([
      { tag: '1.0', digest: ONE, pushed: 5 },
    ]);
    expect(readNamedEntries([{ name: '1.0' }, {}], () => undefined)).toBeUndefined();
  });
});

describe('a time of push', () => {
  test.each([
    ['2026-03-01T12:00:00Z', Date.UTC(2026, 2, 1, 12)],
    ['2026-03-01T12:00:00.5+01:00', Date.UTC(2026, 2, 1, 11, 0, 0, 500)],
    ['0001-01-01T00:00:00Z', undefined],
    ['1 March 2026', undefined],
    ['2026-03-01T99:00:00Z', undefined],
    [5, undefined],
    [undefined, undefined],
  ])('%j is %j', (text, expected) => {
    expect(readPushTime(text)).toBe(expected);
  });

  test.each([
    ['1700000000000', 1_700_000_000_000],
    [1_700_000_000_000, 1_700_000_000_000],
    [0, undefined],
    [1.5, undefined],
    ['soon', undefined],
  ])('%j in milliseconds is %j', (value, expected) => {
    expect(readPushMilliseconds(value)).toBe(expected);
  });
});
