import { describe, expect, test } from 'vitest';
import { tagsInFront, tagsInTurn } from '../../../src/core/selection/ask-again.ts';
import type { TagLookup } from '../../../src/core/selection/check-tag.ts';
import { LynceusError } from '../../../src/errors.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const START = Date.parse('2026-01-01T00:00:00Z');

type Facts = Map<string, TagLookup>;

function known(changes: {
  readonly askedAt?: number;
  readonly pushed?: number;
  readonly firstSeen?: number;
}): TagLookup {
  return { kind: 'known', facts: { digest: 'sha256:0', images: undefined, ...changes } };
}

function tags(count: number, askedAt: (index: number) => number): Facts {
  return new Map(
    Array.from(
      { length: count },
      (_, index) => [`tag-${index}`, known({ askedAt: askedAt(index) })] as const,
    ),
  );
}

describe('the tags whose turn it is', () => {
  /** Cycles at these times over tags that were all asked for at the start; for each how many, and the oldest that was asked. */
  function live(
    count: number,
    times: readonly number[],
  ): { readonly asked: number; readonly oldest: number }[] {
    const facts = tags(count, () => START);
    return times.map((now) => {
      const turn = tagsInTurn(facts, [], { revalidate: HOUR, now });
      const oldest = Math.max(0, ...[...facts.values()].map((one) => ageOf(one, now)));
      for (const tag of turn) facts.set(tag, known({ askedAt: now }));
      return { asked: turn.length, oldest };
    });
  }

  const every = (step: number, hours: number): number[] =>
    Array.from({ length: (hours * HOUR) / step }, (_, index) => START + (index + 1) * step);
  /** A schedule of two minutes, with cycles for single changes in between. */
  const restless = every(2 * MINUTE, 3).flatMap((time, index) => [
    time,
    ...Array.from({ length: index % 4 }, (_, more) => time + (more + 1) * 7_000),
  ]);

  test.each([
    ['1,000 tags, every two minutes', 1_000, every(2 * MINUTE, 3), 38],
    ['1,000 tags, every five minutes', 1_000, every(5 * MINUTE, 3), 93],
    ['1,000 tags, every two minutes and in between', 1_000, restless, 38],
    ['5,000 tags, every two minutes', 5_000, every(2 * MINUTE, 3), 186],
    ['30 tags, every two minutes', 30, every(2 * MINUTE, 3), 2],
    ['one tag, every two minutes', 1, every(2 * MINUTE, 3), 1],
    ['1,000 tags, every half an hour', 1_000, every(30 * MINUTE, 3), 1_000],
    ['1,000 tags, every two hours', 1_000, every(2 * HOUR, 6), 1_000],
  ])(
    '%s: never all at once where it can be avoided, and none later than in an hour',
    (_, count, times, most) => {
      const cycles = live(count, times);

      expect(Math.max(...cycles.map(({ asked }) => asked))).toBeLessThanOrEqual(most);
      const longest = Math.max(HOUR, (times[1] ?? 0) - (times[0] ?? 0));
      expect(Math.max(...cycles.map(({ oldest }) => oldest))).toBeLessThanOrEqual(longest);
    },
  );

  test('are those that were asked for longest ago', () => {
    const facts = tags(10, (index) => START - index * MINUTE);

    expect(tagsInTurn(facts, [], { revalidate: HOUR, now: START + 6 * MINUTE })).toEqual(['tag-9', 'tag-8']);
  });

  test('are not those in front, which are asked for anyway and tell when the last cycle was', () => {
    const facts = tags(10, (index) => START - index * MINUTE);

    expect(tagsInTurn(facts, ['tag-0', 'tag-9'], { revalidate: HOUR, now: START + 6 * MINUTE })).toEqual([
      'tag-8',
    ]);
  });

  test.each<[string, Facts, number]>([
    [
      'none of which was remembered',
      new Map([
        ['a', known({})],
        ['b', known({})],
      ]),
      0,
    ],
    [
      'that could not be read',
      new Map([['a', { kind: 'unknown', error: new LynceusError('registry-denied', 'no') }]]),
      0,
    ],
    ['of which nothing but the digest is known, from a file of an older version', tags(20, () => 0), 20],
    ['that were not asked for since yesterday', tags(20, () => START - 24 * HOUR), 20],
    [
      'that were asked for in the future, by a clock that was set back since',
      tags(20, () => START + HOUR),
      20,
    ],
    ['that were asked for a moment ago', tags(20, () => START), 0],
  ])('of tags %s', (_, facts, count) => {
    expect(tagsInTurn(facts, [], { revalidate: HOUR, now: START })).toHaveLength(count);
  });
});

describe('the tags on which a decision rests', () => {
  test('are the newest, by push or first sight, and those that are named, if they were not asked for in this cycle', () => {
    const facts: Facts = new Map([
      ...Array.from({ length: 15 }, (_, index) => {
        const time = { [index % 2 === 0 ? 'pushed' : 'firstSeen']: START + index };
        return [`tag-${index}`, known({ askedAt: START, ...time })] as const;
      }),
      ['fresh', known({ pushed: START + 99 })],
      ['untimed', known({ askedAt: START })],
    ]);

    expect(
      [
        ...tagsInFront(facts, ['tag-0', 'untimed', 'fresh', 'elsewhere', undefined], { now: START }),
      ].toSorted(),
    ).toEqual(
      [0, 6, 7, 8, 9, 10, 11, 12, 13, 14]
        .map((index) => `tag-${index}`)
        .concat('untimed')
        .toSorted(),
    );
  });

  test('are the last that were built', () => {
    const built = (created: number): TagLookup => ({
      kind: 'known',
      facts: {
        digest: 'sha256:0',
        askedAt: START,
        images: [{ digest: 'sha256:1', platform: undefined, created, labels: {} }],
      },
    });
    const facts: Facts = new Map(
      Array.from({ length: 12 }, (_, index) => [`tag-${index}`, built(START - index * MINUTE)] as const),
    );

    expect(tagsInFront(facts, [], { now: START })).toHaveLength(10);
    expect(tagsInFront(facts, [], { now: START })).not.toContain('tag-11');
  });
});

function ageOf(lookup: TagLookup, now: number): number {
  return lookup.kind === 'known' ? now - (lookup.facts.askedAt ?? now) : 0;
}
