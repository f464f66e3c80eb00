import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Strategy, TagFilter } from '../../../src/core/policy.ts';
import type { TagLookup } from '../../../src/core/selection/check-tag.ts';
import type { PromotedChoice } from '../../../src/core/selection/decision.ts';
import { startSelection } from '../../../src/core/selection/select.ts';
import { parseVersion, comparePrecedence } from '../../../src/core/strategies/version.ts';
import type { TagFacts } from '../../../src/core/tags/facts.ts';
import { aDigest, aListing, aTracked, LINUX_AMD64, someFacts } from '../../helpers/policies.ts';

interface World {
  readonly strategy?: Strategy;
  readonly tags: readonly string[];
  /** Absent: the target has no version. */
  readonly present?: string | { readonly digest: string };
  readonly facts?: Readonly<Record<string, TagFacts>>;
  readonly filter?: TagFilter;
  readonly order?: 'unordered' | 'latest-first' | 'latest-last';
  readonly promoted?: PromotedChoice;
}

const SEMVER: Strategy = { kind: 'semver', constraint: '' };
const BY_NAME: Strategy = { kind: 'alphabetical' };
const BUILD: Strategy = { kind: 'newest-build' };
const PUSH: Strategy = { kind: 'newest-pushed' };
const DIGEST: Strategy = { kind: 'digest', tag: 'stable' };
const NUMBERED: Strategy = {
  kind: 'semver',
  constraint: '',
  order: { by: 'numeric', expression: '^build-([0-9]+)' },
};

function newerIn({ strategy = SEMVER, tags, present, facts = {}, filter, order, promoted }: World) {
  const parts = { strategy, platforms: [{ os: 'linux', architecture: 'amd64' }] };
  const { image, policy, observed, destination } = aTracked({
    ...parts,
    ...(filter === undefined ? {} : { filter }),
  });
  const now = typeof present === 'string' ? { tag: present, digest: undefined } : present;
  const run = startSelection({
    image,
    policy,
    observed,
    slot: destination.slot,
    presence:
      now === undefined
        ? { kind: 'absent', mayCreate: true, detail: '' }
        : { kind: 'present', image: { name: undefined, tag: undefined, ...now } },
    listing: aListing(tags, { order: order ?? 'unordered' }),
    platformDefaults: LINUX_AMD64,
    now: Date.parse('2026-06-01T12:00:00Z'),
    ...(promoted === undefined ? {} : { promoted }),
  });
  const known = new Map<string, TagLookup>();
  for (let count = 0; count < 500; count += 1) {
    const step = run.step(known);
    if (step.kind === 'decided') return { newer: step.newer, outcome: step.decision.outcome };
    for (const tag of step.tags)
      known.set(tag, { kind: 'known', facts: facts[tag] ?? someFacts(tag, ['linux/amd64']) });
  }
  throw new Error('it never decided');
}

const ARM = someFacts('arm', ['linux/arm64']);
const builtAt = (day: string, word = day) => someFacts(word, ['linux/amd64'], `2026-05-${day}`);
const pushedAt = (time: number, word = String(time)): TagFacts => ({
  ...someFacts(word, ['linux/amd64']),
  pushed: Date.parse('2026-05-01') + time,
});
const eligible = (...tags: readonly string[]) => tags.map((tag) => ({ tag }));

const ROWS: readonly (readonly [string, World, number | undefined])[] = [
  ['the best is in force', { tags: ['1.0.0', '1.1.0'], present: '1.1.0' }, 0],
  ['two are newer', { tags: ['1.0.0', '1.1.0', '1.2.0'], present: '1.0.0' }, 2],
  [
    'names of one version are one',
    { tags: ['1.0.0', 'v1.1.0', '1.1.0', '1.1', '1.2.0'], present: '1.0.0' },
    2,
  ],
  ['another spelling of the best is the best', { tags: ['1.2.0', 'v1.2.0'], present: 'v1.2.0' }, 0],
  ['the version in force is not listed', { tags: ['1.0.0', '1.1.0', '1.2.0'], present: '1.0.5' }, 2],
  [
    'the constraint leaves it out, and all of it is newer',
    { tags: ['1.0.0', '2.0.0', '2.1.0'], present: '1.0.0', strategy: { ...SEMVER, constraint: '^2' } },
    2,
  ],
  [
    'what the constraint leaves out does not count',
    { tags: ['1.0.0', '1.1.0', '2.1.0'], present: '1.0.0', strategy: { ...SEMVER, constraint: '^1' } },
    1,
  ],
  [
    'what a filter leaves out does not count',
    {
      tags: ['1.0.0', '1.1.0', '1.2.0-rc1', '1.2.0'],
      present: '1.0.0',
      filter: { allow: undefined, ignore: ['*.2.0'] },
    },
    1,
  ],
  [
    'what is in force is newer than all that fits',
    { tags: ['1.0.0', '1.1.0'], present: '3.0.0', strategy: { ...SEMVER, constraint: '^1' } },
    0,
  ],
  ['a word has no place in the order', { tags: ['1.0.0', '1.1.0'], present: 'latest' }, undefined],
  ['there is no version in force', { tags: ['1.0.0', '1.1.0'] }, undefined],
  [
    'a digest alone has no place in the order',
    { tags: ['1.0.0'], present: { digest: aDigest('x') } },
    undefined,
  ],
  [
    'what is no image for the platform does not count',
    { tags: ['1.0.0', '1.1.0', '1.2.0'], present: '1.0.0', facts: { '1.2.0': ARM } },
    1,
  ],
  ['no tag fits', { tags: ['main'], present: '1.0.0' }, undefined],
  [
    'numbers in tags',
    { tags: ['build-9', 'build-10', 'build-11'], present: 'build-9', strategy: NUMBERED },
    2,
  ],
  ['names', { tags: ['a', 'b', 'c', 'd'], present: 'b', strategy: BY_NAME }, 2],
  ['a name that is not listed', { tags: ['a', 'c', 'd'], present: 'b', strategy: BY_NAME }, 2],
  ['a tag that is followed was moved', { tags: ['stable'], present: 'stable', strategy: DIGEST }, 1],
  ['another tag is in force', { tags: ['stable', 'x'], present: 'x', strategy: DIGEST }, 1],
  [
    'places in a listing that is in order',
    { tags: ['x', 'q', 'z', 'a'], present: 'z', strategy: BUILD, order: 'latest-last' },
    1,
  ],
  [
    'a version that has no place in the listing',
    { tags: ['x', 'q'], present: 'z1', strategy: PUSH, order: 'latest-first' },
    undefined,
  ],
  [
    'builds, two tags of one build once',
    {
      tags: ['a', 'b', 'c', 'd'],
      present: 'a',
      strategy: BUILD,
      facts: { a: builtAt('01'), b: builtAt('02'), c: builtAt('03'), d: builtAt('03') },
    },
    2,
  ],
  [
    'a build that is not in the list',
    {
      tags: ['b', 'c'],
      present: 'a1',
      strategy: BUILD,
      facts: { a1: builtAt('02', 'a'), b: builtAt('01'), c: builtAt('03') },
    },
    1,
  ],
  [
    'a build without a time',
    {
      tags: ['a', 'b'],
      present: 'a',
      strategy: BUILD,
      facts: { b: builtAt('03') },
    },
    undefined,
  ],
  [
    'pushes, two tags of one image once',
    {
      tags: ['a', 'b', 'c', 'd'],
      present: 'a',
      strategy: PUSH,
      facts: { a: pushedAt(1), b: pushedAt(2), c: pushedAt(3), d: pushedAt(3, '3') },
    },
    2,
  ],
  [
    'a push of the same image under another name is not newer',
    {
      tags: ['a', 'b', 'c'],
      present: 'a',
      strategy: PUSH,
      facts: { a: pushedAt(1, 'same'), b: pushedAt(2, 'same'), c: pushedAt(3) },
    },
    1,
  ],
  [
    'a push without a time',
    { tags: ['a', 'b'], present: 'a', strategy: PUSH, facts: { b: pushedAt(2) } },
    undefined,
  ],
  [
    'versions of another image, by their precedence',
    {
      tags: ['1.0.0', '1.1.0', '1.2.0', '1.3.0'],
      present: '1.0.0',
      promoted: { eligible: eligible('1.2.0', '1.1.0'), order: ['1.3.0', '1.2.0', '1.1.0'], upstreams: [] },
    },
    2,
  ],
  [
    'versions of another image, in its order',
    {
      tags: ['a', 'b', 'c'],
      present: 'c',
      strategy: BY_NAME,
      promoted: { eligible: eligible('b', 'a'), order: ['b', 'a', 'c'], upstreams: [] },
    },
    2,
  ],
  [
    'a version that the other image never had',
    {
      tags: ['a', 'b', 'c'],
      present: 'c',
      strategy: BY_NAME,
      promoted: { eligible: eligible('b'), order: ['b', 'a'], upstreams: [] },
    },
    undefined,
  ],
];

describe('newer versions', () => {
  test.each(ROWS)('%s', (_, world, newer) => {
    expect(newerIn(world).newer).toBe(newer);
  });

  test('are as many as a count of all of them, whatever the order of the tags', () => {
    const version = fc.tuple(fc.nat(2), fc.nat(3), fc.nat(3)).map((numbers) => numbers.join('.'));
    const spelled = fc
      .tuple(version, fc.boolean())
      .map(([text, isPrefixed]) => (isPrefixed ? `v${text}` : text));
    fc.assert(
      fc.property(fc.uniqueArray(spelled, { minLength: 1, maxLength: 12 }), spelled, (tags, present) => {
        const parts = (tag: string) => parseVersion(tag) ?? { numbers: [], prerelease: '' };
        const later = tags.filter((tag) => comparePrecedence(parts(tag), parts(present)) > 0);
        const different = new Set(later.map((tag) => tag.replace(/^v/, '')));
        expect(newerIn({ tags, present }).newer).toBe(different.size);
      }),
    );
  });
});
