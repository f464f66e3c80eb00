import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PresentImage, Strategy, TagFilter } from '../../../src/core/policy.ts';
import type { Presence } from '../../../src/core/presence.ts';
import type { TagOutcomeKind } from '../../../src/core/reasons/tag-outcome.ts';
import type { TagLookup } from '../../../src/core/selection/check-tag.ts';
import type { Decision, PromotedChoice, SelectionInput } from '../../../src/core/selection/decision.ts';
import { explainSearch, type SearchedTags } from '../../../src/core/selection/explain.ts';
import { startSelection } from '../../../src/core/selection/select.ts';
import type { TagFacts } from '../../../src/core/tags/facts.ts';
import { LynceusError } from '../../../src/errors.ts';
import { aDigest, aListing, aTracked, LINUX_AMD64, someFacts } from '../../helpers/policies.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const SIGNATURE = `sha256-${'a'.repeat(64)}.sig`;

interface World {
  readonly strategy: Strategy;
  readonly tags: readonly string[];
  readonly filter?: TagFilter;
  readonly present?: PresentImage;
  readonly facts?: Readonly<Record<string, TagFacts | LynceusError>>;
  readonly order?: 'unordered' | 'latest-first' | 'latest-last';
  readonly turnedAway?: readonly string[];
  readonly promoted?: PromotedChoice;
}

/** The search to its end, with the facts that it asked for. */
function search(world: World): SearchedTags & { readonly decision: Decision } {
  const { strategy, tags, filter, present, facts = {}, order = 'unordered', turnedAway, promoted } = world;
  const { image, policy, observed, destination } = aTracked({
    strategy,
    ...(filter === undefined ? {} : { filter }),
  });
  const presence: Presence =
    present === undefined
      ? { kind: 'absent', mayCreate: true, detail: '' }
      : { kind: 'present', image: present };
  const input: SelectionInput = {
    image,
    policy,
    observed,
    slot: destination.slot,
    presence,
    listing: aListing(tags, { order }),
    platformDefaults: LINUX_AMD64,
    now: NOW,
    ...(turnedAway === undefined ? {} : { turnedAway: new Set(turnedAway) }),
    ...(promoted === undefined ? {} : { promoted }),
  };
  const run = startSelection(input);
  const known = new Map<string, TagLookup>();
  for (let count = 0; count < 500; count += 1) {
    const step = run.step(known);
    if (step.kind === 'decided') return { input, facts: known, decision: step.decision };
    for (const tag of step.tags) {
      const answer = facts[tag] ?? someFacts(tag, ['linux/amd64'], '2026-01-01');
      known.set(
        tag,
        answer instanceof LynceusError
          ? { kind: 'unknown', error: answer }
          : { kind: 'known', facts: answer },
      );
    }
  }
  throw new Error('it never decided');
}

function says(tag: string): PresentImage {
  return { name: undefined, tag, digest: undefined };
}

function chosenOf(decision: Decision): string | undefined {
  return decision.outcome === 'update' ? decision.to.tag : decision.candidate?.tag;
}

const tag = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => parts.join('.')) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('v', ''), fc.nat(3), fc.nat(2)).map(([v, a, b]) => `${v}${a}.${b}`),
  },
  { weight: 2, arbitrary: fc.tuple(fc.nat(3), fc.nat(2)).map(([a, b]) => `${a}.${b}.0-rc.1`) },
  { weight: 2, arbitrary: fc.constantFrom('latest', 'main', 'dev-1', 'dev-2', 'a-3', SIGNATURE) },
);
const filter: fc.Arbitrary<TagFilter> = fc.record(
  {
    allow: fc.constantFrom(undefined, '^v', '[0-9]', '^(?P<version>[0-9.]+)'),
    pattern: fc.constantFrom('*.1', 'dev-*', '[0-9]*'),
    ignore: fc.subarray(['*-rc*', '1.*', 'regexp:^2', '*']),
  },
  { requiredKeys: ['allow', 'ignore'] },
);
const strategy: fc.Arbitrary<Strategy> = fc.oneof(
  fc
    .constantFrom('', '^1', '>=1.1-0', '~2.1', '1.x || 3.x')
    .map((constraint): Strategy => ({ kind: 'semver', constraint })),
  fc.constantFrom<Strategy>(
    { kind: 'alphabetical' },
    { kind: 'newest-build' },
    { kind: 'newest-pushed' },
    { kind: 'digest', tag: 'latest' },
  ),
);
const answer: fc.Arbitrary<TagFacts | LynceusError> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc
      .tuple(
        fc.nat(5),
        fc.constantFrom('2026-01-01', '2026-02-01', '2026-03-01', undefined),
        fc.option(fc.nat(3)),
      )
      .map(([word, created, pushed]) => ({
        ...someFacts(`${word}`, ['linux/amd64'], created),
        ...(pushed === null ? {} : { pushed: Date.parse('2026-04-01') + pushed }),
      })),
  },
  { weight: 1, arbitrary: fc.constant(someFacts('arm', ['linux/arm64'], '2026-05-01')) },
  { weight: 1, arbitrary: fc.constant({ digest: aDigest('chart'), images: [] }) },
  { weight: 1, arbitrary: fc.constant(new LynceusError('registry-not-found', 'no such manifest')) },
  { weight: 1, arbitrary: fc.constant(new LynceusError('registry-failed', 'the registry answered 500')) },
);
const world: fc.Arbitrary<World> = fc.uniqueArray(tag, { maxLength: 12 }).chain((tags) =>
  fc.record(
    {
      strategy,
      tags: fc.constant(tags),
      filter,
      present: fc.oneof(tag, ...(tags.length === 0 ? [] : [fc.constantFrom(...tags)])).map(says),
      facts: fc
        .array(answer, { minLength: tags.length, maxLength: tags.length })
        .map((answers) =>
          Object.fromEntries(tags.map((one, index) => [one, answers[index] ?? someFacts(one)])),
        ),
      order: fc.constantFrom('unordered', 'latest-first', 'latest-last'),
      turnedAway: fc.subarray([...tags], { maxLength: Math.min(2, tags.length) }),
      promoted: fc.subarray([...tags]).chain((order) =>
        fc.subarray(order).map((eligible) => ({
          order,
          eligible: eligible.map((one) => ({ tag: one })),
          upstreams: ['argocd/dev/api'],
        })),
      ),
    },
    { requiredKeys: ['strategy', 'tags'] },
  ),
);

/** What is not chosen for what it is, whatever else there is. */
const REMOVED: readonly TagOutcomeKind[] = [
  'supplementary',
  'not-allowed',
  'other-pattern',
  'ignored',
  'no-version',
  'outside-constraint',
  'prerelease',
  'not-followed',
  'not-promoted',
  'young',
  'unfit',
  'unreadable',
  'no-time',
];

describe('explainSearch', () => {
  test('says of every tag what became of it, and calls chosen what the selection chooses', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { decision, ...searched } = search(given);
        const explained = explainSearch(searched);
        expect(explained.decision).toEqual(decision);
        expect(explained.tags.map((one) => one.tag).toSorted()).toEqual(given.tags.toSorted());
        const chosen = explained.tags
          .filter(({ outcome }) => outcome.kind === 'chosen')
          .map((one) => one.tag);
        const expected = chosenOf(decision);
        // What could not be read names no candidate, and neither does what is not listed.
        expect(chosen).toEqual(expected === undefined || !given.tags.includes(expected) ? [] : [expected]);
      }),
      { numRuns: 500 },
    );
  });

  test('what it calls removed is not chosen either when nothing else is listed', () => {
    let removed = 0;
    fc.assert(
      fc.property(world, (given) => {
        const { decision: _decision, ...searched } = search(given);
        for (const { tag: name, outcome, isInForce } of explainSearch(searched).tags) {
          if (!REMOVED.includes(outcome.kind) || isInForce) continue;
          removed += 1;
          const { decision } = search({ ...given, tags: [name] });
          // Where no other tag has a time of push, the first sight counts.
          if (outcome.kind === 'no-time' && outcome.of === 'push') continue;
          expect([outcome.kind, chosenOf(decision)]).toEqual([outcome.kind, undefined]);
        }
      }),
      { numRuns: 200 },
    );
    expect(removed).toBeGreaterThan(100);
  });

  test('its order is the one in which tags are chosen once what comes before them is gone', () => {
    let behind = 0;
    const fitting = fc
      .record({ strategy, tags: fc.uniqueArray(tag, { minLength: 3, maxLength: 8 }) })
      .map((given): World => ({ ...given, facts: Object.fromEntries(given.tags.map(dated)) }));
    fc.assert(
      fc.property(fitting, (given) => {
        const { decision: _decision, ...searched } = search(given);
        const order = explainSearch(searched)
          .tags.filter(({ outcome }) => ['chosen', 'lower', 'same-version'].includes(outcome.kind))
          .map((one) => one.tag);
        for (const [index, expected] of order.entries()) {
          behind += index;
          const { decision } = search({ ...given, tags: order.slice(index).toReversed() });
          expect(chosenOf(decision)).toBe(expected);
        }
      }),
      { numRuns: 300 },
    );
    expect(behind).toBeGreaterThan(500);
  });
});

/** Each built and pushed at a time of its own, in no order of their names. */
function dated(name: string, index: number): [string, TagFacts] {
  const time = Date.parse('2026-01-01') + ((index * 7) % 11) * 86_400_000;
  return [name, { ...someFacts(name, ['linux/amd64'], new Date(time).toISOString()), pushed: time }];
}
