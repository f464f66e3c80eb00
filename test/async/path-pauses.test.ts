import { describe, expect, test } from 'vitest';
import { createPathPauses } from '../../src/async/path-pauses.ts';

const CONFIRMED = 30_000;
const HOUR = 3_600_000;

type Asked = readonly (readonly [path: string, milliseconds: number])[];

/** Until when each path is paused, in milliseconds from the beginning, after these pauses at time 0. */
function pausedAfter(asked: Asked, paths: readonly string[]): readonly (number | undefined)[] {
  const pauses = createPathPauses<'x'>(CONFIRMED);
  for (const [path, until] of asked) pauses.add(path, { reason: 'x', until }, 0);
  return paths.map((path) => pauses.of(path, 0)?.until);
}

describe('a pause', () => {
  test.each<readonly [string, Asked, readonly (readonly [string, number | undefined])[]]>([
    ['of one path is its own', [['evil/a', HOUR]], [['evil/a', HOUR], ['evil/b', undefined], ['acme/a', undefined], ['', undefined]]],
    ['of a path without an owner is its own', [['evil', HOUR]], [['evil', HOUR], ['evil/a', undefined], ['acme', undefined]]],
    ['of a path below another is its own', [['corp/evil/a', HOUR]], [['corp/evil', undefined], ['corp/evil/ab', undefined], ['corp/good', undefined]]],
    ['of one path again and again is its own', [['evil/a', 9], ['evil/a', 10], ['evil/a', 11], ['evil/a', 12]], [['evil/a', 12], ['evil/b', undefined]]],
    ['of two paths of one owner is theirs', [['corp/a', HOUR], ['corp/b', HOUR]], [['corp/b', HOUR], ['corp/c', undefined]]],
    ['of three paths of one owner is the owner\'s for a while', [['corp/a', HOUR], ['corp/b', HOUR], ['corp/c', HOUR]], [['corp/a', HOUR], ['corp/d', CONFIRMED], ['acme/a', undefined]]],
    ['of two owners is the host\'s for a while', [['a/x', HOUR], ['b/x', HOUR]], [['a/x', HOUR], ['c/x', CONFIRMED]]],
    ['of two owners is no longer for the host than both ask', [['a/x', HOUR], ['b/x', 2_000]], [['c/x', 2_000]]],
    ['of the host is everybody\'s, and as long as it asks', [['', HOUR]], [['a/x', HOUR], ['b', HOUR]]],
  ])('%s', (_what, asked, expected) => {
    expect(pausedAfter(asked, expected.map(([path]) => path))).toEqual(expected.map(([, until]) => until));
  }); // prettier-ignore

  test('that is over confirms nothing', () => {
    const pauses = createPathPauses<'x'>(CONFIRMED);
    pauses.add('a/x', { reason: 'x', until: 1_000 }, 0);
    pauses.add('b/x', { reason: 'x', until: 9_000 }, 2_000);

    expect(pauses.of('c/x', 2_000)).toBeUndefined();
  });

  test('tells of itself, and of the host once it is confirmed', () => {
    const pauses = createPathPauses<'x'>(CONFIRMED);

    expect(pauses.add('a/x', { reason: 'x', until: 5_000 }, 0)).toMatchObject([
      { scope: 'path', until: 5_000 },
    ]);
    expect(pauses.add('a/x', { reason: 'x', until: 4_000 }, 0)).toEqual([]);
    expect(pauses.add('b/x', { reason: 'x', until: 6_000 }, 0)).toMatchObject([
      { scope: 'path', until: 6_000 },
      { scope: 'host', until: 6_000 },
    ]);
  });

  test('goes on from the first of a row, until there was a good answer', () => {
    const pauses = createPathPauses<'x'>(CONFIRMED);
    pauses.add('a/x', { reason: 'x', until: 1_000 }, 0);
    pauses.add('a/x', { reason: 'x', until: 3_000 }, 2_000);
    expect(pauses.of('a/x', 2_000)).toMatchObject({ since: 0, until: 3_000 });

    pauses.end('a/x', 2_500);
    expect(pauses.of('a/x', 2_500)).toMatchObject({ until: 3_000 });
    pauses.end('a/x', 3_000);
    pauses.add('a/x', { reason: 'x', until: 9_000 }, 4_000);
    expect(pauses.of('a/x', 4_000)).toMatchObject({ since: 4_000 });
  });

  test('is kept of the last thousand paths', () => {
    const pauses = createPathPauses<'x'>(CONFIRMED);
    for (let count = 0; count < 1_050; count += 1)
      pauses.add('evil/a' + String(count), { reason: 'x', until: HOUR }, HOUR + 1);
    pauses.add('acme/web', { reason: 'x', until: 2 * HOUR }, HOUR + 1);

    expect(pauses.of('acme/web', HOUR + 1)).toBeDefined();
  });
});
