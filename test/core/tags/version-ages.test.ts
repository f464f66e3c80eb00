import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  agesAfter,
  knownSince,
  NO_AGES,
  withPushes,
  withSights,
  type VersionAges,
} from '../../../src/core/tags/version-ages.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-01T00:00:00Z');

/** Times in hours since the start. */
type Step =
  | { readonly listed: readonly string[]; readonly at: number }
  | { readonly sees: Readonly<Record<string, string>>; readonly at: number }
  | { readonly pushed: Readonly<Record<string, number>> };

function play(steps: readonly Step[]): VersionAges {
  return steps.reduce((ages, step) => {
    if ('listed' in step) return agesAfter(ages, step.listed, START + step.at * HOUR);
    if ('pushed' in step)
      return withPushes(ages, (tag) => {
        const hours = step.pushed[tag];
        return hours === undefined ? undefined : START + hours * HOUR;
      });
    const at = START + step.at * HOUR;
    return withSights(
      ages,
      Object.entries(step.sees).map(([tag, digest]) => ({ tag, digest, at })),
    );
  }, NO_AGES);
}

interface Row {
  readonly when: string;
  readonly steps: readonly Step[];
  readonly tag?: string;
  readonly digest?: string;
  readonly since: number | undefined;
  readonly by?: 'registry' | 'ours';
  /** `-Infinity` for any age. */
  readonly mayBe?: number;
}

const FIRST: readonly Step[] = [
  { listed: ['1'], at: 0 },
  { sees: { 1: 'a' }, at: 0 },
];
/** 2 appears two hours later; the tags are listed every hour. */
const APPEARS: readonly Step[] = [
  ...FIRST,
  { listed: ['1'], at: 1 },
  { listed: ['1', '2'], at: 2 },
  { sees: { 2: 'b' }, at: 2 },
];

const ROWS: readonly Row[] = [
  { when: 'it was never seen', steps: [{ listed: ['1'], at: 0 }], since: undefined },
  { when: 'it is not listed', steps: [{ sees: { 1: 'a' }, at: 0 }], since: undefined },
  { when: 'it was there from the first listing on', steps: FIRST, since: 0, by: 'ours', mayBe: -Infinity },
  { when: 'it has another digest now', steps: FIRST, digest: 'b', since: undefined },
  {
    when: 'the registry tells when it was pushed',
    steps: [...FIRST, { pushed: { 1: -30 } }],
    since: -30,
    by: 'registry',
  },
  { when: 'the registry tells nothing', steps: [...FIRST, { pushed: {} }], since: 0, by: 'ours' },
  {
    when: 'the registry claims a push to come',
    steps: [...FIRST, { pushed: { 1: 100 } }],
    since: 0,
    by: 'ours',
  },
  {
    when: 'the registry claims a push after it was seen',
    steps: [...FIRST, { listed: ['1'], at: 5 }, { pushed: { 1: 3 } }],
    since: 0,
    by: 'ours',
  },
  {
    when: 'the registry claims a push in 1970',
    steps: [...FIRST, { pushed: { 1: -START / HOUR + 1 } }],
    since: 0,
    by: 'ours',
  },
  { when: 'it was seen to appear', steps: APPEARS, tag: '2', digest: 'b', since: 2, by: 'ours', mayBe: 1 },
  {
    when: 'it was seen to appear, and the registry tells the push',
    steps: [...APPEARS, { pushed: { 2: 1.5 } }],
    tag: '2',
    digest: 'b',
    since: 1.5,
    by: 'registry',
  },
  {
    when: 'it was seen to appear, and the registry claims an older push',
    steps: [...APPEARS, { pushed: { 2: -500 } }],
    tag: '2',
    digest: 'b',
    since: 1,
    by: 'ours',
  },
  {
    when: 'it appeared while nobody looked, and the registry tells the push',
    steps: [...FIRST, { listed: ['1', '2'], at: 60 }, { sees: { 2: 'b' }, at: 60 }, { pushed: { 2: 20 } }],
    tag: '2',
    digest: 'b',
    since: 20,
    by: 'registry',
  },
  {
    when: 'its digest was asked for long after it was listed first',
    steps: [
      { listed: ['1'], at: 0 },
      { listed: ['1'], at: 50 },
      { sees: { 1: 'a' }, at: 50 },
    ],
    since: 50,
    by: 'ours',
    mayBe: -Infinity,
  },
  {
    when: 'its tag was moved',
    steps: [...FIRST, { listed: ['1'], at: 30 }, { sees: { 1: 'b' }, at: 30 }],
    digest: 'b',
    since: 30,
    by: 'ours',
  },
  {
    when: 'its tag was moved, whatever the registry claims',
    steps: [...FIRST, { listed: ['1'], at: 30 }, { sees: { 1: 'b' }, at: 30 }, { pushed: { 1: -99 } }],
    digest: 'b',
    since: 30,
    by: 'ours',
  },
  {
    when: 'its tag was moved there and back',
    steps: [
      ...FIRST,
      { listed: ['1'], at: 30 },
      { sees: { 1: 'b' }, at: 30 },
      { listed: ['1'], at: 31 },
      { sees: { 1: 'a' }, at: 31 },
    ],
    since: 31,
    by: 'ours',
  },
  {
    when: 'another tag had the digest before',
    steps: [...FIRST, { listed: ['1', '2'], at: 30 }, { sees: { 2: 'a' }, at: 30 }, { pushed: { 2: 30 } }],
    tag: '2',
    since: 0,
    by: 'ours',
  },
  {
    when: 'it was deleted and came back',
    steps: [...FIRST, { listed: [], at: 10 }, { listed: ['1'], at: 11 }, { sees: { 1: 'a' }, at: 11 }],
    since: 11,
    by: 'ours',
    mayBe: 10,
  },
  {
    when: 'the clock was set back',
    steps: [...FIRST, { listed: ['1'], at: -10 }],
    since: -10,
    by: 'ours',
    mayBe: -Infinity,
  },
  {
    when: 'the clock was set back after it appeared',
    steps: [...APPEARS, { listed: ['1', '2'], at: -10 }, { pushed: { 2: -40 } }],
    tag: '2',
    digest: 'b',
    since: -10,
    by: 'ours',
  },
  {
    when: 'what an earlier cycle was told comes late',
    steps: [...FIRST, { sees: { 1: 'z' }, at: -1 }],
    since: 0,
    by: 'ours',
    mayBe: -Infinity,
  },
];

describe('the age of a version', () => {
  test.each(ROWS)('when $when', ({ steps, tag = '1', digest = 'a', since, by, mayBe }) => {
    const known = knownSince(play(steps), { tag, digest });
    const hours = (time: number | undefined) => (time === undefined ? undefined : (time - START) / HOUR);
    expect([hours(known?.since), known?.clock, hours(known?.mayBeSince)]).toEqual([since, by, mayBe]);
  });

  const TAGS = ['1', '2', '3'];
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ listed: fc.subarray(TAGS), at: fc.integer({ min: 0, max: 200 }) }),
    fc.record({
      sees: fc.dictionary(fc.constantFrom(...TAGS), fc.constantFrom('a', 'b', 'c')),
      at: fc.constant(0),
    }),
    fc.record({ pushed: fc.dictionary(fc.constantFrom(...TAGS), fc.integer({ min: -500, max: 500 })) }),
  );

  /** Steps whose time goes on, and in which what is seen is seen when the tags were listed last. */
  const story = fc.array(step, { maxLength: 30 }).map((steps) => {
    let now = 0;
    return [{ listed: TAGS, at: 0 }, ...steps].map((one): Step => {
      if ('pushed' in one) return one;
      if ('listed' in one) now += one.at;
      return { ...one, at: now };
    });
  });

  test('is never more than the time since the last listing without it, nor less than since it was seen first', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const ages = play(steps);
        for (const [tag, { digest, at }] of ages.digests) {
          const known = knownSince(ages, { tag, digest });
          expect(known?.since).toBeGreaterThanOrEqual(
            Math.min(ages.tags.get(tag) ?? -Infinity, ...[...ages.digests.values()].map((one) => one.at)),
          );
          expect(known?.since).toBeLessThanOrEqual(at);
        }
      }),
    );
  });

  test('only grows with time, as long as its tag stays what it is', () => {
    fc.assert(
      fc.property(story, fc.integer({ min: 0, max: 500 }), (steps, hours) => {
        const ages = play(steps);
        const later = agesAfter(ages, [...ages.tags.keys()], (ages.listedAt ?? 0) + hours * HOUR);
        for (const [tag, { digest }] of ages.digests)
          expect(knownSince(later, { tag, digest })).toEqual(knownSince(ages, { tag, digest }));
      }),
    );
  });

  test('what the registry claims never makes what was seen to appear older than that', () => {
    fc.assert(
      fc.property(story, fc.integer({ min: -900, max: 900 }), (steps, hours) => {
        const before = play(steps);
        const claimed = withPushes(before, () => START + hours * HOUR);
        for (const [tag, { digest }] of before.digests) {
          const notBefore = before.tags.get(tag);
          const since = knownSince(claimed, { tag, digest })?.since ?? 0;
          const first = Math.min(
            ...[...before.digests.values()].flatMap((one) => (one.digest === digest ? [one.at] : [])),
          );
          if (notBefore !== undefined) expect(since).toBeGreaterThanOrEqual(Math.min(notBefore, first));
        }
      }),
    );
  });
});
