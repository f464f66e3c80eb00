import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { updateSightings, type TagSightings } from '../../../src/core/tags/sightings.ts';

/** Looks at a registry again and again: its tags, and the digests that somebody asked for. */
function look(
  ...looks: readonly (readonly [
    at: number,
    tags: readonly string[],
    digests: Readonly<Record<string, string>>,
  ])[]
): Readonly<Record<string, number>> {
  const none: TagSightings = new Map();
  const last = looks.reduce(
    (before, [at, tags, digests]) =>
      updateSightings(before, { at, tags, digests: new Map(Object.entries(digests)) }),
    none,
  );
  return Object.fromEntries([...last].map(([tag, sighting]) => [tag, sighting.at]));
}

describe('the first sight', () => {
  test('of everything at once is one time', () => {
    expect(look([5, ['a', 'b'], {}], [5, ['a', 'b'], { a: '1', b: '2' }])).toEqual({ a: 5, b: 5 });
  });

  test('stays as long as the digest does', () => {
    expect(look([5, ['a'], { a: '1' }], [6, ['a'], { a: '1' }], [7, ['a'], {}])).toEqual({ a: 5 });
  });

  test('of a new tag is later', () => {
    expect(look([5, ['a'], { a: '1' }], [9, ['a', 'b'], {}])).toEqual({ a: 5, b: 9 });
  });

  test('is another one when the tag moved, also back to what it was', () => {
    expect(look([5, ['a'], { a: '1' }], [6, ['a'], { a: '2' }])).toEqual({ a: 6 });
    expect(look([5, ['a'], { a: '1' }], [6, ['a'], { a: '2' }], [7, ['a'], { a: '1' }])).toEqual({ a: 7 });
  });

  test('was when the tag was listed, though a filter let it through only later', () => {
    expect(look([5, ['a', 'b'], { a: '1' }], [9, ['a', 'b'], { a: '1', b: '2' }])).toEqual({ a: 5, b: 5 });
  });

  test('is forgotten with the tag', () => {
    expect(look([5, ['a', 'b'], {}], [6, ['b'], {}])).toEqual({ b: 5 });
    expect(look([5, ['a', 'b'], {}], [6, ['b'], {}], [7, ['a', 'b'], {}])).toEqual({ a: 7, b: 5 });
  });

  test('is never before an earlier one, though the clock was set back', () => {
    expect(look([50, ['a'], {}], [20, ['a', 'b'], {}])).toEqual({ a: 50, b: 50 });
  });

  test('of what is new is never before that of what was there', () => {
    const looks = fc.array(
      fc.tuple(
        fc.nat(9),
        fc.subarray(['a', 'b', 'c', 'd']),
        fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2')),
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(looks, (all) => {
        const before = look(...all.slice(0, -1));
        const after = look(...all);
        const latest = Math.max(...Object.values(before));
        for (const [tag, at] of Object.entries(after)) {
          if (at !== before[tag]) expect(at).toBeGreaterThanOrEqual(latest);
        }
        expect(Object.keys(after)).toEqual(all.at(-1)?.[1]);
      }),
    );
  });
});
