import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/core/selection/decision.ts';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import type { TagLookup } from '../../../src/core/selection/check-tag.ts';
import type { PresentImage } from '../../../src/core/policy.ts';
import { startSelection } from '../../../src/core/selection/select.ts';
import type { TagFacts } from '../../../src/core/tags/facts.ts';
import { LynceusError } from '../../../src/errors.ts';
import { aListing, aTracked, LINUX_AMD64, someFacts } from '../../helpers/policies.ts';

/** One tag of a registry: what is behind it, and when it came. */
interface Tag {
  /** Equal words are equal digests. */
  readonly image: string;
  readonly pushed?: number;
  readonly firstSeen?: number;
  readonly created?: string;
  readonly platform?: string;
}

interface World {
  readonly tags: Readonly<Record<string, Tag | LynceusError>>;
  readonly present?: string;
  readonly order?: 'unordered' | 'latest-first' | 'latest-last';
}

interface Run {
  readonly decision: Decision;
  /** `a?` was asked for its digest, `a` for its images. */
  readonly asked: readonly string[];
}

function factsOf({ image, pushed, firstSeen, created, platform = 'linux/amd64' }: Tag): TagFacts {
  return {
    ...someFacts(image, [platform], created),
    ...(pushed === undefined ? {} : { pushed }),
    ...(firstSeen === undefined ? {} : { firstSeen }),
  };
}

function decide({ tags, present, order = 'unordered' }: World): Run {
  const now: PresentImage | undefined =
    present === undefined ? undefined : { name: undefined, tag: present, digest: undefined };
  const { image, policy, observed, destination } = aTracked({ strategy: { kind: 'newest-pushed' } });
  const run = startSelection({
    image,
    policy,
    observed,
    slot: destination.slot,
    presence:
      now === undefined ? { kind: 'absent', mayCreate: true, detail: '' } : { kind: 'present', image: now },
    listing: aListing(Object.keys(tags), { order }),
    platformDefaults: LINUX_AMD64,
  });
  const known = new Map<string, TagLookup>();
  const asked: string[] = [];
  for (let count = 0; count < 500; count += 1) {
    const step = run.step(known);
    if (step.kind === 'decided') return { decision: step.decision, asked };
    for (const tag of step.tags) {
      asked.push(step.needs.images ? tag : `${tag}?`);
      const it = tags[tag];
      if (it === undefined) throw new Error(`${tag} was never listed`);
      if (it instanceof LynceusError) known.set(tag, { kind: 'unknown', error: it });
      else {
        const facts = factsOf(it);
        known.set(tag, { kind: 'known', facts: step.needs.images ? facts : { ...facts, images: undefined } });
      }
    }
  }
  throw new Error('it never decided');
}

function chosen({ decision }: Run): string | undefined {
  return decision.outcome === 'update' ? decision.to.tag : decision.candidate?.tag;
}

const DOWN = new LynceusError('registry-failed', 'the registry answered 500');
const GONE = new LynceusError('registry-not-found', 'no such manifest');
/** A 404 that may be that of a proxy. */
const HIDDEN = new LynceusError('registry-not-found', 'a page', { retryable: true });
const NOON = Date.parse('2026-11-02T12:00:00Z');

const ROWS: readonly (readonly [string, World, readonly [string, string | undefined], readonly string[]])[] =
  [
    [
      'the last push, not the last build, nor the last name; and only that is read',
      {
        tags: {
          a: { image: 'a', pushed: 3, created: '2020-01-01' },
          b: { image: 'b', pushed: 1, created: '2026-01-01' },
          c: { image: 'c', pushed: 2, created: '2025-01-01' },
        },
        present: 'c',
      },
      ['update', 'a'],
      ['a?', 'b?', 'c?', 'a'],
    ],
    [
      'of several images that were pushed at once, the last build',
      {
        tags: {
          a: { image: 'a', pushed: 3, created: '2026-01-01' },
          b: { image: 'b', pushed: 3, created: '2025-01-01' },
          c: { image: 'c', pushed: 1, created: '2027-01-01' },
        },
      },
      ['update', 'a'],
      ['a?', 'b?', 'c?', 'a', 'b'],
    ],
    [
      'of one image under several names, the last name, and no build time is needed',
      { tags: { 'sha-1': { image: 'x', pushed: 3 }, '1.2.3': { image: 'x', pushed: 3 } } },
      ['update', 'sha-1'],
      ['sha-1?', '1.2.3?', 'sha-1'],
    ],
    [
      'what the target has stays, where only its name is against it',
      { tags: { 'sha-1': { image: 'x', pushed: 3 }, '1.2.3': { image: 'x', pushed: 3 } }, present: '1.2.3' },
      ['current', '1.2.3'],
      ['sha-1?', '1.2.3?'],
    ],
    [
      'what the target has stays among images that were pushed and built at once',
      {
        tags: {
          a: { image: 'a', pushed: 3, created: '2026-01-01' },
          b: { image: 'b', pushed: 3, created: '2026-01-01' },
        },
        present: 'a',
      },
      ['current', 'a'],
      ['a?', 'b?', 'a', 'b'],
    ],
    [
      'what the target has is replaced, where another one was built later',
      {
        tags: {
          a: { image: 'a', pushed: 3, created: '2026-01-01' },
          b: { image: 'b', pushed: 3, created: '2026-01-02' },
        },
        present: 'a',
      },
      ['update', 'b'],
      ['a?', 'b?', 'a', 'b'],
    ],
    [
      'a tag that was seen first in a later cycle comes before all that were there',
      {
        tags: {
          a: { image: 'a', firstSeen: 1, created: '2026-01-01' },
          b: { image: 'b', firstSeen: 2, created: '2020-01-01' },
        },
        present: 'a',
      },
      ['update', 'b'],
      ['a?', 'b?', 'b'],
    ],
    [
      'on the first sight of everything the last build',
      {
        tags: {
          a: { image: 'a', firstSeen: 1, created: '2025-01-01' },
          b: { image: 'b', firstSeen: 1, created: '2026-01-01' },
          c: { image: 'c', firstSeen: 1 },
        },
      },
      ['update', 'b'],
      ['a?', 'b?', 'c?', 'a', 'b', 'c'],
    ],
    [
      'a tag without a push time is left out beside those that have one, though it was seen last',
      { tags: { a: { image: 'a', pushed: 1, firstSeen: 1 }, b: { image: 'b', firstSeen: 9 } } },
      ['update', 'a'],
      ['a?', 'b?', 'a'],
    ],
    [
      'the next one, where the last has no image for the platform',
      {
        tags: {
          a: { image: 'a', pushed: 2, platform: 'windows/amd64' },
          b: { image: 'b', pushed: 1 },
        },
      },
      ['update', 'b'],
      ['a?', 'b?', 'a', 'b'],
    ],
    [
      'the next one, where the last is listed and gone',
      { tags: { a: GONE, b: { image: 'b', firstSeen: 1 } } },
      ['update', 'b'],
      ['a?', 'b?', 'b'],
    ],
    [
      'nothing, where one cannot be read: it might be the last',
      { tags: { a: DOWN, b: { image: 'b', firstSeen: 1 } }, present: 'b' },
      ['failed', undefined],
      ['a?', 'b?'],
    ],
    [
      'nothing, where the last may be hidden by a proxy',
      { tags: { a: HIDDEN, b: { image: 'b', firstSeen: 1 } }, present: 'b' },
      ['failed', undefined],
      ['a?', 'b?'],
    ],
    ['nothing, where no time is known', { tags: { a: { image: 'a' } } }, ['skipped', undefined], ['a?']],
    [
      'nothing, where a time is no date',
      { tags: { a: { image: 'a', pushed: 1e20 } } },
      ['skipped', undefined],
      ['a?'],
    ],
    [
      'by the order of the list, where an administrator says what it means',
      { tags: { z: { image: 'z' }, m: { image: 'm' }, a: { image: 'a' } }, order: 'latest-last' },
      ['update', 'a'],
      ['a'],
    ],
  ];

describe('newest-pushed chooses', () => {
  test.each(ROWS)('%s', (_what, world, [outcome, tag], asked) => {
    const run = decide(world);

    expect([run.decision.outcome, chosen(run)]).toEqual([outcome, tag]);
    expect(run.asked).toEqual(asked);
  });

  test.each<readonly [string, World['tags'], string]>([
    [
      'the registry',
      { a: { image: 'a', pushed: NOON } },
      'a is the newest push of the one tag considered (pushed 2026-11-02T12:00:00Z according to the registry); the target does not name the image yet',
    ],
    [
      'the first sight',
      { a: { image: 'a', firstSeen: NOON }, b: { image: 'a', firstSeen: 1 } },
      'a is the newest push of the 2 tags considered (first seen 2026-11-02T12:00:00Z; the registry gives no push times); the target does not name the image yet',
    ],
    [
      'both',
      { a: { image: 'a', firstSeen: NOON, created: '2026-01-01' }, b: { image: 'b', firstSeen: NOON } },
      'a is the newest push of the 2 tags considered (first seen 2026-11-02T12:00:00Z; the registry gives no push times; of 2 tags of that time the build that is newest); the target does not name the image yet',
    ],
    [
      'the registry, of some',
      { a: { image: 'a', pushed: NOON }, b: { image: 'b' } },
      'a is the newest push of the 2 tags considered (pushed 2026-11-02T12:00:00Z according to the registry; 1 without a push time left out); the target does not name the image yet',
    ],
    [
      'the first sight, where build times are equal',
      {
        a: { image: 'a', firstSeen: NOON, created: '1970-01-01' },
        b: { image: 'b', firstSeen: NOON, created: '1980-01-01' },
      },
      'b is the newest push of the 2 tags considered (first seen 2026-11-02T12:00:00Z; the registry gives no push times; of 2 tags of that time one that no build time tells apart); the target does not name the image yet',
    ],
  ])('and says that the time is from %s', (_whose, tags, reason) => {
    expect(describeReason(decide({ tags }).decision)).toBe(reason);
  });

  test('the same whatever the order of the list, and never what came earlier than something that fits', () => {
    const tag = fc.record({
      image: fc.constantFrom('x', 'y', 'z'),
      pushed: fc.integer({ min: 0, max: 2 }),
      created: fc.constantFrom('2026-01-01', '2026-01-02'),
      platform: fc.constantFrom('linux/amd64', 'linux/arm64'),
    });
    const worlds = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), tag, { minKeys: 1 });
    fc.assert(
      fc.property(worlds, fc.constantFrom(undefined, 'a', 'b'), (tags, present) => {
        const of = (entries: readonly (readonly [string, Tag])[]): string | undefined =>
          chosen(
            decide({ tags: Object.fromEntries(entries), ...(present === undefined ? {} : { present }) }),
          );
        const entries = Object.entries(tags);
        const best = of(entries);

        expect(of(entries.toReversed())).toBe(best);
        const fitting = entries.filter(
          ([name, { platform }]) => platform === 'linux/amd64' || name === present,
        );
        const last = Math.max(...fitting.map(([, { pushed }]) => pushed));
        expect(best === undefined ? undefined : tags[best]?.pushed).toBe(
          fitting.length === 0 ? undefined : last,
        );
      }),
      { numRuns: 300 },
    );
  });
});
