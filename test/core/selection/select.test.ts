import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LynceusError } from '../../../src/errors.ts';
import type { PresentImage, Strategy } from '../../../src/core/policy.ts';
import type { Presence } from '../../../src/core/presence.ts';
import type { Decision, SelectionInput } from '../../../src/core/selection/decision.ts';
import type { TagLookup } from '../../../src/core/selection/check-tag.ts';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import { decideWithoutTags, startSelection } from '../../../src/core/selection/select.ts';
import type { TagFacts } from '../../../src/core/tags/facts.ts';
import { parseValueTemplate } from '../../../src/core/value-template.ts';
import { caught } from '../../helpers/thrown.ts';
import {
  aDigest,
  aListing,
  aTracked,
  LINUX_AMD64,
  someFacts,
  type TrackedParts,
} from '../../helpers/policies.ts';

const SEMVER: Strategy = { kind: 'semver', constraint: '' };
const NEWEST: Strategy = { kind: 'newest-build' };
const BY_NAME: Strategy = { kind: 'alphabetical' };
const DIGEST: Strategy = { kind: 'digest', tag: '1.2' };
const FOLLOWS: Strategy = { kind: 'digest', tag: '' };

interface World {
  readonly strategy?: Strategy;
  readonly tags: readonly string[];
  readonly present?: PresentImage | 'absent';
  readonly facts?: Readonly<Record<string, TagFacts | LynceusError>>;
  readonly policy?: TrackedParts;
  readonly order?: 'unordered' | 'latest-first' | 'latest-last';
}

interface Run {
  readonly decision: Decision;
  readonly asked: readonly string[];
}

function decide({
  strategy = SEMVER,
  tags,
  present = 'absent',
  facts = {},
  policy = {},
  order = 'unordered',
}: World): Run {
  const { image, policy: wanted, observed, destination } = aTracked({ strategy, ...policy });
  const presence: Presence =
    present === 'absent'
      ? { kind: 'absent', mayCreate: true, detail: 'no entry' }
      : { kind: 'present', image: present };
  const input: SelectionInput = {
    image,
    policy: wanted,
    observed,
    slot: destination.slot,
    presence,
    listing: aListing(tags, { order }),
    platformDefaults: LINUX_AMD64,
    now: Date.parse('2026-06-01T12:00:00Z'),
  };
  const run = startSelection(input);
  const known = new Map<string, TagLookup>();
  const asked: string[] = [];
  for (let count = 0; count < 500; count += 1) {
    const step = run.step(known);
    if (step.kind === 'decided') return { decision: step.decision, asked };
    for (const tag of step.tags) {
      asked.push(step.needs.images ? tag : `${tag} (digest)`);
      const answer = facts[tag] ?? someFacts(tag);
      if (answer instanceof LynceusError) known.set(tag, { kind: 'unknown', error: answer });
      else
        known.set(tag, {
          kind: 'known',
          facts: step.needs.images ? answer : { ...answer, images: undefined },
        });
    }
  }
  throw new Error('it never decided');
}

function says(tag: string | undefined, digest?: string): PresentImage {
  return { name: undefined, tag, digest };
}

const DOWN = new LynceusError('registry-failed', 'the registry answered 500');
const GONE = new LynceusError('registry-not-found', 'no such manifest');
/** A 404 that may be that of a proxy. */
const HIDDEN = new LynceusError('registry-not-found', 'a page', { retryable: true });
const CHART: TagFacts = { digest: aDigest('chart'), images: [] };
const ARM = someFacts('arm', ['linux/arm64']);
const TIED = {
  a: someFacts('a', ['linux/amd64'], '2026-02-02'),
  b: someFacts('b', ['linux/amd64'], '2026-02-02'),
  c: someFacts('c', ['linux/amd64'], '2026-01-01'),
};
const both = { platforms: [{ os: 'linux', architecture: 'amd64' }] };

/** World; outcome, code, version; what was asked for. */
type Row = [string, World, [Decision['outcome'], string, string | undefined], readonly string[]];

/** They follow the table over `src/core/selection/select.ts`. */
const ROWS: readonly Row[] = [
  ['the registry has no tags', { tags: [] }, ['skipped', 'no-tags', undefined], []],
  [
    'no tag passes the filter',
    { tags: ['1.0.0'], policy: { filter: { allow: '^v', ignore: [] } } },
    ['skipped', 'no-matching-tag', undefined],
    [],
  ],
  [
    'every tag is ignored',
    { tags: ['1.0.0'], policy: { filter: { allow: undefined, ignore: ['*'] } } },
    ['skipped', 'no-matching-tag', undefined],
    [],
  ],
  [
    'no tag satisfies the constraint',
    { tags: ['1.0.0'], strategy: { kind: 'semver', constraint: '^2' } },
    ['skipped', 'no-matching-tag', undefined],
    [],
  ],
  [
    'only signatures are there',
    { tags: [`sha256-${'a'.repeat(64)}.sig`], strategy: BY_NAME },
    ['skipped', 'no-matching-tag', undefined],
    [],
  ],
  [
    'the target already has the best',
    { tags: ['1.0.0', '1.1.0'], present: says('1.1.0') },
    ['current', 'up-to-date', '1.1.0'],
    [],
  ],
  [
    'a digest beside the best tag is none of its business',
    { tags: ['1.1.0'], present: says('1.1.0', aDigest('x')) },
    ['current', 'up-to-date', '1.1.0'],
    [],
  ],
  [
    'a newer version is there',
    { tags: ['1.0.0', '1.1.0'], present: says('1.0.0') },
    ['update', 'newer-version', '1.1.0'],
    ['1.1.0'],
  ],
  [
    'the target does not name the image yet',
    { tags: ['1.0.0'] },
    ['update', 'first-write', '1.0.0'],
    ['1.0.0'],
  ],
  [
    'the name of another image needs a write',
    { tags: ['1.0.0'], present: { name: 'ghcr.io/acme/other', tag: '1.0.0', digest: undefined } },
    ['update', 'newer-version', '1.0.0'],
    ['1.0.0'],
  ],
  [
    'the short form of the name is the image',
    { tags: ['1.0.0'], present: { name: 'acme/api', tag: '1.0.0', digest: undefined } },
    ['current', 'up-to-date', '1.0.0'],
    [],
  ],
  [
    'a lower version wins when the constraint says so',
    { tags: ['1.4.1', '1.9.0'], present: says('1.9.0'), strategy: { kind: 'semver', constraint: '~1.4' } },
    ['update', 'newer-version', '1.4.1'],
    ['1.4.1'],
  ],
  [
    'the best is no image',
    { tags: ['1.0.0', '1.1.0'], present: says('1.0.0'), facts: { '1.1.0': CHART } },
    ['current', 'up-to-date', '1.0.0'],
    ['1.1.0'],
  ],
  [
    'the best is listed but gone',
    { tags: ['1.0.0', '1.1.0', '1.2.0'], present: says('1.0.0'), facts: { '1.2.0': GONE } },
    ['update', 'newer-version', '1.1.0'],
    ['1.2.0', '1.1.0'],
  ],
  [
    'the best could not be read',
    { tags: ['1.0.0', '1.1.0', '1.2.0'], present: says('1.0.0'), facts: { '1.2.0': DOWN } },
    ['failed', 'metadata-incomplete', undefined],
    ['1.2.0'],
  ],
  [
    'the best may be hidden by a proxy',
    { tags: ['1.0.0', '1.1.0', '1.2.0'], present: says('1.0.0'), facts: { '1.2.0': HIDDEN } },
    ['failed', 'metadata-incomplete', undefined],
    ['1.2.0'],
  ],
  [
    'newest-build: the last build may be hidden by a proxy',
    {
      strategy: NEWEST,
      tags: ['a', 'b'],
      present: says('b'),
      facts: { a: someFacts('a', ['linux/amd64'], '2026-01-01'), b: HIDDEN },
    },
    ['failed', 'metadata-incomplete', undefined],
    ['a', 'b'],
  ],
  [
    'the best lacks a wanted platform',
    { tags: ['1.1.0', '1.2.0'], present: says('1.0.0'), facts: { '1.2.0': ARM }, policy: both },
    ['update', 'newer-version', '1.1.0'],
    ['1.2.0', '1.1.0'],
  ],
  [
    'nobody named a platform, any image will do',
    { tags: ['1.2.0'], present: says('1.0.0'), facts: { '1.2.0': ARM } },
    ['update', 'newer-version', '1.2.0'],
    ['1.2.0'],
  ],
  [
    'none offers the platform',
    {
      tags: ['1.1.0', '1.2.0'],
      present: says('1.0.0'),
      facts: { '1.1.0': ARM, '1.2.0': ARM },
      policy: both,
    },
    ['skipped', 'no-matching-platform', undefined],
    ['1.2.0', '1.1.0'],
  ],
  ...(
    [
      ['v1.2.0', '1.2.0'],
      ['1.2.0', 'v1.2.0'],
      ['1.2.0', '1.2'],
      ['1.2', '1.2.0'],
      ['1.2.0+b', '1.2.0+a'],
      ['1.2.0+a', '1.2.0+b'],
      ['v1.2.0-rc.1', '1.2-rc.1'],
      ['1.02', '1.2'],
    ] as const
  ).map(([other, now]): Row => [
    `${now} is there, and equal to ${other}`,
    { strategy: { kind: 'semver', constraint: '*-0' }, tags: [other, '1.1.9', now], present: says(now) },
    ['current', 'up-to-date', now],
    [],
  ]),
  [
    'an equal of the best is there, and is listed no more',
    { tags: ['v1.2.0', '1.1.0'], present: says('1.2.0') },
    ['update', 'newer-version', 'v1.2.0'],
    ['v1.2.0'],
  ],
  [
    'an equal of the best is there, and is ignored',
    {
      tags: ['v1.2.0', '1.2.0'],
      present: says('1.2.0'),
      policy: { filter: { allow: '^v', ignore: [] } },
    },
    ['update', 'newer-version', 'v1.2.0'],
    ['v1.2.0'],
  ],
  [
    'an equal of what is there is no newer version, and a newer one is',
    { tags: ['v1.2.0', '1.2.0', '1.3'], present: says('1.2.0') },
    ['update', 'newer-version', '1.3'],
    ['1.3'],
  ],
  [
    'an equal of the best is there, after one for another platform',
    {
      tags: ['1.3.0', 'v1.2.0', '1.2.0'],
      present: says('1.2.0'),
      facts: { '1.3.0': ARM },
      policy: both,
    },
    ['current', 'up-to-date', '1.2.0'],
    ['1.3.0'],
  ],
  [
    'equal by the part that an order compares',
    {
      strategy: { kind: 'semver', constraint: '', order: { by: 'calver', expression: '-([0-9.]+)$' } },
      tags: ['web-2024.1', 'api-2024.01.0', 'api-2023.12'],
      present: says('api-2024.01.0'),
    },
    ['current', 'up-to-date', 'api-2024.01.0'],
    [],
  ],
  [
    'newest-build: another tag of the image that is there',
    {
      strategy: NEWEST,
      tags: ['latest', 'abc', 'old'],
      present: says('abc'),
      facts: {
        latest: someFacts('x', ['linux/amd64'], '2026-01-02'),
        abc: someFacts('x', ['linux/amd64'], '2026-01-02'),
        old: someFacts('y', ['linux/amd64'], '2026-01-01'),
      },
    },
    ['current', 'up-to-date', 'abc'],
    ['latest', 'abc', 'old'],
  ],
  [
    'newest-build: another image of the same time is not newer',
    {
      strategy: NEWEST,
      tags: ['b', 'a'],
      present: says('a'),
      facts: {
        a: someFacts('x', ['linux/amd64'], '2026-01-02'),
        b: someFacts('y', ['linux/amd64'], '2026-01-02'),
      },
    },
    ['current', 'up-to-date', 'a'],
    ['b', 'a'],
  ],
  [
    'alphabetical takes the last',
    { strategy: BY_NAME, tags: ['b', 'c', 'a'], present: says('a') },
    ['update', 'newer-version', 'c'],
    ['c'],
  ],
  [
    'alphabetical knows when it is there',
    { strategy: BY_NAME, tags: ['b', 'c', 'a'], present: says('c') },
    ['current', 'up-to-date', 'c'],
    [],
  ],
  [
    'digest: equal',
    { strategy: DIGEST, tags: ['1.2'], present: says('1.2', aDigest('1.2')) },
    ['current', 'up-to-date', '1.2'],
    ['1.2 (digest)'],
  ],
  [
    'digest: moved',
    { strategy: DIGEST, tags: ['1.2'], present: says('1.2', aDigest('old')) },
    ['update', 'digest-moved', '1.2'],
    ['1.2 (digest)', '1.2'],
  ],
  [
    'digest: none yet',
    { strategy: DIGEST, tags: ['1.2'], present: says('1.2') },
    ['update', 'digest-moved', '1.2'],
    ['1.2 (digest)', '1.2'],
  ],
  [
    'digest: wants the own platform',
    { strategy: DIGEST, tags: ['1.2'], present: says('1.2'), facts: { '1.2': ARM } },
    ['skipped', 'no-matching-platform', undefined],
    ['1.2 (digest)', '1.2'],
  ],
  [
    'digest: the tag is gone',
    { strategy: DIGEST, tags: ['1.3'], present: says('1.2') },
    ['skipped', 'no-matching-tag', undefined],
    [],
  ],
  [
    'digest of the tag in the target: equal',
    { strategy: FOLLOWS, tags: ['main', 'dev'], present: says('main', aDigest('main')) },
    ['current', 'up-to-date', 'main'],
    ['main (digest)'],
  ],
  [
    'digest of the tag in the target: moved',
    { strategy: FOLLOWS, tags: ['main', 'dev'], present: says('dev', aDigest('old')) },
    ['update', 'digest-moved', 'dev'],
    ['dev (digest)', 'dev'],
  ],
  [
    'digest of the tag in the target: none yet',
    { strategy: FOLLOWS, tags: ['main', '1.2.3'], present: says('1.2.3') },
    ['update', 'digest-moved', '1.2.3'],
    ['1.2.3 (digest)', '1.2.3'],
  ],
  [
    'digest of the tag that the spec declares',
    {
      strategy: FOLLOWS,
      tags: ['main', 'dev'],
      policy: { declared: says('dev', aDigest('old')) },
    },
    ['update', 'digest-moved', 'dev'],
    ['dev (digest)', 'dev'],
  ],
  [
    'digest of the tag in the target: it is gone',
    { strategy: FOLLOWS, tags: ['dev'], present: says('main') },
    ['skipped', 'no-matching-tag', undefined],
    [],
  ],
  [
    'newest-build: among the tags of a pattern',
    {
      strategy: NEWEST,
      tags: ['dev-1', 'dev-2', 'rc-3'],
      present: says('dev-1'),
      policy: { filter: { allow: undefined, pattern: 'dev-*', ignore: [] } },
      facts: {
        'dev-1': someFacts('a', ['linux/amd64'], '2026-01-01'),
        'dev-2': someFacts('b', ['linux/amd64'], '2026-01-02'),
        'rc-3': someFacts('c', ['linux/amd64'], '2026-01-03'),
      },
    },
    ['update', 'newer-version', 'dev-2'],
    ['dev-1', 'dev-2'],
  ],
  [
    'an order: by number, of a part of the tag',
    {
      strategy: { kind: 'semver', constraint: '', order: { by: 'numeric', expression: '^b-([0-9]+)$' } },
      tags: ['b-26', 'b-226', 'b-9', '999'],
      present: says('b-26'),
    },
    ['update', 'newer-version', 'b-226'],
    ['b-226'],
  ],
  [
    'newest-build: by date, not by name',
    {
      strategy: NEWEST,
      tags: ['a', 'b'],
      present: says('b'),
      facts: {
        a: someFacts('a', ['linux/amd64'], '2026-02-02'),
        b: someFacts('b', ['linux/amd64'], '2026-01-01'),
      },
    },
    ['update', 'newer-version', 'a'],
    ['a', 'b'],
  ],
  [
    'newest-build: one unreadable tag may be the newest',
    {
      strategy: NEWEST,
      tags: ['a', 'b'],
      present: says('b'),
      facts: { a: DOWN, b: someFacts('b', ['linux/amd64'], '2026-01-01') },
    },
    ['failed', 'metadata-incomplete', undefined],
    ['a', 'b'],
  ],
  [
    'newest-build: images that do not tell a date are left out',
    {
      strategy: NEWEST,
      tags: ['a', 'b'],
      present: says('b'),
      facts: { a: someFacts('a'), b: someFacts('b', ['linux/amd64'], '2026-01-01') },
    },
    ['current', 'up-to-date', 'b'],
    ['a', 'b'],
  ],
  [
    'newest-build: none tells a date',
    { strategy: NEWEST, tags: ['a'], present: says('b'), facts: { a: someFacts('a') } },
    ['skipped', 'no-matching-platform', undefined],
    ['a'],
  ],
  [
    'newest-build: several of one time, one of them in the target',
    { strategy: NEWEST, tags: ['a', 'b', 'c'], present: says('a'), facts: TIED },
    ['current', 'up-to-date', 'a'],
    ['a', 'b', 'c'],
  ],
  [
    'newest-build: several of one time, none in the target',
    { strategy: NEWEST, tags: ['a', 'b', 'c'], present: says('c'), facts: TIED },
    ['skipped', 'no-newest-build', undefined],
    ['a', 'b', 'c'],
  ],
  [
    'newest-build: several of one time, nothing in the target',
    { strategy: NEWEST, tags: ['a', 'b'], facts: TIED },
    ['skipped', 'no-newest-build', undefined],
    ['a', 'b'],
  ],
  [
    'newest-build: one later than those of one time',
    {
      strategy: NEWEST,
      tags: ['a', 'b', 'd'],
      present: says('a'),
      facts: { ...TIED, d: someFacts('d', ['linux/amd64'], '2026-02-03') },
    },
    ['update', 'newer-version', 'd'],
    ['a', 'b', 'd'],
  ],
  [
    'newest-build: one image of several names, one of them in the target',
    {
      strategy: NEWEST,
      tags: ['1.2', '1.2.3', 'sha'],
      present: says('1.2.3'),
      facts: { '1.2': TIED.a, '1.2.3': TIED.a, sha: TIED.a },
    },
    ['current', 'up-to-date', '1.2.3'],
    ['1.2', '1.2.3', 'sha'],
  ],
  [
    'newest-build: an index, and the tag of its image for one platform',
    {
      strategy: NEWEST,
      tags: ['1.2', '1.2-amd64'],
      present: says('none'),
      facts: { '1.2': TIED.a, '1.2-amd64': { digest: aDigest('a linux/amd64'), images: TIED.a.images } },
    },
    ['update', 'newer-version', '1.2-amd64'],
    ['1.2', '1.2-amd64'],
  ],
  ...['1970-01-01', '1980-01-01T00:00:01Z', '0002-01-01', '2012-12-31', '2026-06-03', '9999-12-31'].map(
    (created): Row => [
      `newest-build: a build in ${created} is no build time`,
      {
        strategy: NEWEST,
        tags: ['a', 'z'],
        present: says('a'),
        facts: {
          a: someFacts('a', ['linux/amd64'], '2026-01-01'),
          z: someFacts('z', ['linux/amd64'], created),
        },
      },
      ['current', 'up-to-date', 'a'],
      ['a', 'z'],
    ],
  ),
  ...['1970-01-01', '1980-01-01T00:00:01Z', '2999-01-01'].map((created): Row => [
    `newest-build: all were built in ${created}`,
    {
      strategy: NEWEST,
      tags: ['a', 'z'],
      present: says('a'),
      facts: { a: someFacts('a', ['linux/amd64'], created), z: someFacts('z', ['linux/amd64'], created) },
    },
    ['skipped', 'no-matching-platform', undefined],
    ['a', 'z'],
  ]),
  [
    'newest-build: a day ahead is only another clock',
    {
      strategy: NEWEST,
      tags: ['a', 'z'],
      present: says('a'),
      facts: {
        a: someFacts('a', ['linux/amd64'], '2026-01-01'),
        z: someFacts('z', ['linux/amd64'], '2026-06-02'),
      },
    },
    ['update', 'newer-version', 'z'],
    ['a', 'z'],
  ],
  [
    'newest-build: the order of the list is the date',
    { strategy: NEWEST, tags: ['z', 'm', 'a'], order: 'latest-last', present: says('z') },
    ['update', 'newer-version', 'a'],
    ['a'],
  ],
  [
    'newest-build: the other order',
    { strategy: NEWEST, tags: ['m', 'z', 'a'], order: 'latest-first', present: says('z') },
    ['update', 'newer-version', 'm'],
    ['m'],
  ],
  [
    'what the spec declares counts as present',
    { tags: ['1.0.0'], policy: { declared: says('1.0.0') } },
    ['current', 'up-to-date', '1.0.0'],
    [],
  ],
];

describe('select', () => {
  test.each(ROWS)('%s', (_name, world, [outcome, code, tag], asked) => {
    const run = decide(world);

    const { decision } = run;
    const version = decision.outcome === 'update' ? decision.to.tag : decision.candidate?.tag;
    expect([decision.outcome, decision.code, version]).toEqual([outcome, code, tag]);
    expect(run.asked).toEqual(asked);
    expect(describeReason(decision)).not.toBe('');
  });

  test('a moved digest is written as the digest of the index, not of a child', () => {
    const index = someFacts('index', ['linux/amd64', 'linux/arm64']);

    const { decision } = decide({
      strategy: DIGEST,
      tags: ['1.2'],
      present: says('1.2'),
      facts: { '1.2': index },
    });

    expect(decision).toMatchObject({ outcome: 'update', to: { tag: '1.2', digest: index.digest } });
  });

  test.each([
    ['1.2.0', 'update', 'rewritten'],
    ['1.1.0', 'update', 'newer-version'],
  ])('a target that is incomplete at %s is written: %s %s', (tag, outcome, code) => {
    const present = { ...says(tag), fault: 'incomplete' } as const;
    const { decision } = decide({ tags: ['1.2.0'], present });

    expect([decision.outcome, decision.code]).toEqual([outcome, code]);
  });

  test.each<readonly [string, World, string]>([
    [
      'several of one time',
      { tags: ['a', 'b', 'c'], present: says('a'), facts: TIED },
      'a is one of the newest builds of the 3 tags considered (2 were built 2026-02-02T00:00:00Z, so that the last is not known), and the target has it',
    ],
    [
      'tags without a time',
      { tags: ['b', 'c', 'd'], present: says('c'), facts: TIED },
      'b is the newest build of the 3 tags considered (1 without a build time left out); the target has c',
    ],
    [
      'no time that can be true',
      { tags: ['a'], present: says('a'), facts: { a: someFacts('a', ['linux/amd64'], '1970-01-01') } },
      'no candidate can be chosen: the build time of 1 tag cannot be true (before 2013, or still to come), as those of reproducible builds; choose by semver or newest-pushed',
    ],
  ])('newest-build tells of %s', (_what, world, sentence) => {
    expect(describeReason(decide({ strategy: NEWEST, ...world }).decision)).toBe(sentence);
  });

  describe('where the digest is part of what is written', () => {
    const slot = {
      kind: 'helm-spec',
      spec: { path: 'image', explicit: true },
      template: parseValueTemplate('{name}:{tag}@{digest}'),
    } as const;

    test.each<[string, Strategy]>([
      ['semver', SEMVER],
      ['newest-build', NEWEST],
      ['alphabetical', BY_NAME],
      ['newest-pushed', { kind: 'newest-pushed' }],
    ])('%s chooses it with the tag, and is content with nothing else', (_, strategy) => {
      const known = { ...someFacts('x', ['linux/amd64'], '2026-01-01'), pushed: 5 };
      const facts = { '1.2.0': known };
      const world = { strategy, tags: ['1.2.0'], facts, policy: { slot } };
      const to = { tag: '1.2.0', digest: known.digest };

      expect(decide({ ...world, present: says('1.2.0') }).decision).toMatchObject({
        code: 'digest-moved',
        to,
      });
      expect(decide({ ...world, present: says('1.2.0', aDigest('old')) }).decision).toMatchObject({ to });
      expect(decide({ ...world, present: says('1.2.0', to.digest) }).decision).toMatchObject({
        code: 'up-to-date',
        candidate: to,
      });
    });
  });

  describe.each(['beside', 'alone'] as const)('where the target has a digest %s', (digestKey) => {
    const known = { ...someFacts('x', ['linux/amd64'], '2026-01-01'), pushed: 5 };
    const tag = digestKey === 'alone' ? undefined : '1.2.0';

    test.each<[string, Strategy]>([
      ['semver', SEMVER],
      ['newest-build', NEWEST],
      ['alphabetical', BY_NAME],
      ['newest-pushed', { kind: 'newest-pushed' }],
      ['digest', { kind: 'digest', tag: '1.2.0' }],
    ])('%s chooses it with the tag', (_, strategy) => {
      const world = { strategy, tags: ['1.2.0'], facts: { '1.2.0': known } };
      const at = (digest: string) =>
        decide({ ...world, present: { ...says(tag, digest), digestKey } }).decision;
      const to = { tag: '1.2.0', digest: known.digest };

      expect(at(aDigest('old'))).toMatchObject({ outcome: 'update', to });
      expect(at(known.digest)).toMatchObject({ code: 'up-to-date', candidate: to });
    });
  });

  test('an image that must not be created fails before any registry is asked', () => {
    const presence: Presence = {
      kind: 'absent',
      mayCreate: false,
      detail: 'values.yaml has no key image.tag',
    };

    expect(decideWithoutTags(aTracked(), presence)).toMatchObject({
      outcome: 'failed',
      code: 'key-missing',
    });
  });

  test.each([
    ['not-live', false, 'skipped'],
    ['not-live', true, undefined],
    ['live', false, undefined],
    ['unknown', false, undefined],
  ] as const)('an image that is absent and %s (force-update %s) is %s', (live, forceUpdate, outcome) => {
    const presence: Presence = { kind: 'absent', mayCreate: true, detail: 'no entry' };

    expect(decideWithoutTags(aTracked({ live, forceUpdate }), presence)?.outcome).toBe(outcome);
  });

  test.each<[string, Presence, TrackedParts, RegExp]>([
    [
      'the target has a digest alone',
      { kind: 'present', image: says(undefined, aDigest('a')) },
      {},
      /expected a tag in the target.*found none.*write a tag into the target/,
    ],
    ['the target has an empty tag', { kind: 'present', image: says('') }, {}, /found none/],
    ['the target has a template', { kind: 'present', image: says('{{ .Values.tag }}') }, {}, /found "\{\{ /],
    ['the target has nothing', { kind: 'absent', mayCreate: true, detail: 'no entry' }, {}, /found none/],
    [
      'the spec has no tag either',
      { kind: 'absent', mayCreate: true, detail: 'no entry' },
      { declared: says(undefined) },
      /found none/,
    ],
  ])('there is no tag to follow when %s, and no registry is asked', (_name, presence, policy, message) => {
    const error = caught(() => decideWithoutTags(aTracked({ strategy: FOLLOWS, ...policy }), presence));
    expect(error.code).toBe('constraint-invalid');
    expect(error.line).toMatch(message);
    expect(decideWithoutTags(aTracked({ strategy: DIGEST, ...policy }), presence)).toBeUndefined();
  });

  test('the reason names the pattern that no tag matches', () => {
    const filter = { allow: undefined, pattern: 'dev-*', ignore: [] };
    const { decision } = decide({ strategy: NEWEST, tags: ['rc-1', 'rc-2'], policy: { filter } });
    expect(describeReason(decision)).toBe(
      'none of 2 tags passes the pattern dev-*, allow-tags and ignore-tags',
    );
  });

  test('the reason names the tag that is followed', () => {
    const { decision } = decide({ strategy: FOLLOWS, tags: ['main'], present: says('main', aDigest('old')) });
    expect(describeReason(decision)).toContain('is what the tag main points at');
    const gone = decide({ strategy: FOLLOWS, tags: ['dev'], present: says('main') });
    expect(describeReason(gone.decision)).toBe('the tag main is not among the 1 tags considered (of 1)');
  });

  test('the order in which a registry lists tags never matters', () => {
    const strategies = fc.constantFrom(SEMVER, BY_NAME, NEWEST);
    const someTags = fc.uniqueArray(fc.stringMatching(/^v?[0-9]{1,2}(\.[0-9]{1,2}){0,2}(-rc[0-9])?$/), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(strategies, someTags, fc.infiniteStream(fc.nat()), (strategy, tags, dice) => {
        const facts = Object.fromEntries(
          tags.map((tag) => [tag, someFacts(tag, ['linux/amd64'], `2026-01-0${(tag.length % 8) + 1}`)]),
        );
        const shuffled = [...tags]
          .map((tag) => ({ tag, at: dice.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ tag }) => tag);

        const one = decide({ strategy, tags, facts });
        const other = decide({ strategy, tags: shuffled, facts });

        expect(other.decision).toEqual(one.decision);
      }),
      { numRuns: 1000 },
    );
  });

  test('deciding again after the decision was written is always current', () => {
    const strategies = fc.constantFrom(SEMVER, BY_NAME, NEWEST, { kind: 'digest', tag: '1.2' } as const);
    const someTags = fc.uniqueArray(
      fc.constantFrom('1.2', '1.3', '1.10', '2.0.0-rc1', 'dev', 'v1.2.3', '01.02'),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(strategies, someTags, (strategy, tags) => {
        const facts = Object.fromEntries(
          tags.map((tag) => [tag, someFacts(tag, ['linux/amd64'], '2026-01-01')]),
        );
        const first = decide({ strategy, tags, facts });
        if (first.decision.outcome !== 'update') return;

        const second = decide({ strategy, tags, facts, present: { name: undefined, ...first.decision.to } });

        expect(second.decision.outcome).toBe('current');
      }),
      { numRuns: 1000 },
    );
  });
});
