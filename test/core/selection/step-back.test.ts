import { describe, expect, test } from 'vitest';
import type { TagLookup } from '../../../src/core/selection/check-tag.ts';
import { inForce, type Decision, type SelectionInput } from '../../../src/core/selection/decision.ts';
import { describeReason } from '../../../src/core/reasons/describe-reason.ts';
import { findHold } from '../../../src/core/overrides/find-hold.ts';
import { indexHistory, type BranchCommit } from '../../../src/core/overrides/record-index.ts';
import type { PresentImage, Strategy } from '../../../src/core/policy.ts';
import type { Presence } from '../../../src/core/presence.ts';
import type { Reason } from '../../../src/core/reasons/reason.ts';
import { startSelection } from '../../../src/core/selection/select.ts';
import type { TagFacts } from '../../../src/core/tags/facts.ts';
import { parseValueTemplate } from '../../../src/core/value-template.ts';
import { LynceusError } from '../../../src/errors.ts';
import {
  aDigest,
  aListing,
  aTracked,
  LINUX_AMD64,
  someFacts,
  type TrackedParts,
} from '../../helpers/policies.ts';
import { aCommit, FILE } from '../overrides/commits.ts';

const GONE = new LynceusError('registry-not-found', 'no such manifest');
const DOWN = new LynceusError('registry-failed', 'the registry answered 500');
const CHART: TagFacts = { digest: aDigest('chart'), images: [] };

function built(day: string, platform = 'linux/amd64'): TagFacts {
  return someFacts(`${day} ${platform}`, [platform], `2026-${day}`);
}

interface World {
  readonly strategy: Strategy['kind'];
  readonly present: Partial<PresentImage>;
  /** What is listed. */
  readonly tags: Readonly<Record<string, TagFacts | LynceusError>>;
  /** What is there and not listed. */
  readonly unlisted?: Readonly<Record<string, TagFacts | LynceusError>>;
  readonly order?: 'latest-last';
  readonly policy?: TrackedParts;
  /** Newest first, each with its day in 2026. */
  readonly history?: readonly (readonly [string, string])[];
}

function strategyOf(kind: Strategy['kind']): Strategy {
  if (kind === 'semver') return { kind, constraint: '' };
  return kind === 'digest' ? { kind, tag: 'main' } : { kind };
}

function select(world: World): { readonly input: SelectionInput; readonly decision: Decision } {
  const tracked = aTracked({ strategy: strategyOf(world.strategy), ...world.policy });
  const image = { name: undefined, tag: undefined, digest: undefined, ...world.present };
  const presence: Presence = { kind: 'present', image };
  const listing = aListing(Object.keys(world.tags), { order: world.order ?? 'unordered' });
  const { policy, observed, destination } = tracked;
  const input: SelectionInput = {
    image: tracked.image,
    policy,
    observed,
    slot: destination.slot,
    presence,
    listing,
    platformDefaults: LINUX_AMD64,
  };
  const run = startSelection(input);
  const known = new Map<string, TagLookup>();
  for (let count = 0; count < 100; count += 1) {
    const step = run.step(known);
    if (step.kind === 'decided') return { input, decision: step.decision };
    for (const tag of step.tags) {
      const answer = { ...world.unlisted, ...world.tags }[tag] ?? GONE;
      known.set(
        tag,
        answer instanceof LynceusError
          ? { kind: 'unknown', error: answer }
          : { kind: 'known', facts: step.needs.images ? answer : { ...answer, images: undefined } },
      );
    }
  }
  throw new Error('it never decided');
}

/** What happens in the end, as text, and why. */
function end(world: World): { readonly told: string; readonly reason: string } {
  const { input, decision } = select(world);
  const tracked = aTracked({ strategy: strategyOf(world.strategy), ...world.policy });
  const commits = (world.history ?? []).map(([text, day], index): BranchCommit => ({
    ...aCommit(text, index + 1),
    at: Date.parse(`2026-${day}`),
  }));
  const present = inForce(input.presence, input.observed);
  const held =
    decision.outcome === 'update'
      ? findHold(
          { tracked, written: present, present, candidate: decision.to, stepBack: decision.stepBack },
          world.history === undefined
            ? []
            : [{ kind: 'history', path: FILE, history: indexHistory(commits) }],
        )
      : undefined;
  const reason: Reason = held ?? decision;
  const version = decision.outcome === 'update' ? decision.to.tag : '-';
  return {
    told: held === undefined ? `${decision.outcome} ${version}` : `held ${held.code}`,
    reason: describeReason(reason),
  };
}

const BUILDS = { b1: built('01-01'), b2: built('01-02') };
const PUSHES = {
  b1: { ...built('01-01'), pushed: day('01-01') },
  b2: { ...built('01-02'), pushed: day('01-02') },
};
const SEEN = { b1: { ...built('01-01'), firstSeen: 9 }, b2: { ...built('01-02'), firstSeen: 9 } };
/** Where the digest is written too, what is in force is read as well. */
const WITH_DIGEST = {
  kind: 'helm-spec',
  spec: { path: 'image', explicit: true },
  template: parseValueTemplate('{name}:{tag}@{digest}'),
} as const;
const HELD = 'held downgrade';

function day(text: string): number {
  return Date.parse(`2026-${text}`);
}

const ROWS: readonly (readonly [string, World, string] | readonly [string, World, string, RegExp])[] = [
  [
    'newest-build: not listed, and built later',
    { strategy: 'newest-build', present: { tag: 'b3' }, tags: BUILDS, unlisted: { b3: built('01-03') } },
    HELD,
    /^b2 was built before b3, which is in force; an older one is only written with allow-downgrade$/,
  ],
  [
    'newest-build: not listed, and built before',
    {
      strategy: 'newest-build',
      present: { tag: 'b0' },
      tags: BUILDS,
      unlisted: { b0: built('01-01T00:00:00Z') },
    },
    'update b2',
  ],
  [
    'newest-build: gone',
    { strategy: 'newest-build', present: { tag: 'b3' }, tags: BUILDS },
    HELD,
    /^it is not known whether b2 is newer than b3, which is in force and does not exist any more; it is only written with allow-downgrade, or when it came after our commit that wrote b3$/,
  ],
  [
    'newest-build: gone, and what is listed was built before our commit',
    {
      strategy: 'newest-build',
      present: { tag: 'b3' },
      tags: BUILDS,
      history: [['update b1 -> b3', '01-03']],
    },
    HELD,
  ],
  [
    'newest-build: gone by retention, and something was built since our commit',
    {
      strategy: 'newest-build',
      present: { tag: 'b0' },
      tags: BUILDS,
      history: [
        ['Ada@other/file.yaml: x', '02-01'],
        ['update b1 -> b0', '01-01'],
      ],
    },
    'update b2',
  ],
  [
    'newest-build: gone, and a person touched the file last',
    {
      strategy: 'newest-build',
      present: { tag: 'b3' },
      tags: BUILDS,
      history: [
        ['Ada: x', '01-03'],
        ['Ada: x', '01-01'],
      ],
    },
    HELD,
  ],
  [
    'newest-build: gone, and something was built since a person named it',
    {
      strategy: 'newest-build',
      present: { tag: 'b0' },
      tags: BUILDS,
      history: [
        ['Ada@other/file.yaml: x', '02-01'],
        ['Ada: x', '01-01'],
      ],
    },
    HELD,
  ],
  [
    'newest-build: gone, and something was built since all commits that are known, none to the file',
    {
      strategy: 'newest-build',
      present: { tag: 'b0' },
      tags: BUILDS,
      history: [
        ['Ada@other/file.yaml: x', '02-01'],
        ['Ada@other/file.yaml: x', '01-01'],
      ],
    },
    'update b2',
  ],
  [
    'newest-build: not listed, and not to be read',
    { strategy: 'newest-build', present: { tag: 'b3' }, tags: BUILDS, unlisted: { b3: DOWN } },
    'failed -',
    /b3/,
  ],
  [
    'newest-build: not listed, and no image',
    { strategy: 'newest-build', present: { tag: 'b3' }, tags: BUILDS, unlisted: { b3: CHART } },
    HELD,
    /is no image that can be run/,
  ],
  [
    'newest-build: listed and gone',
    { strategy: 'newest-build', present: { tag: 'b3' }, tags: { ...BUILDS, b3: GONE } },
    HELD,
  ],
  [
    'newest-build: listed, without a build time',
    { strategy: 'newest-build', present: { tag: 'b3' }, tags: { ...BUILDS, b3: someFacts('b3') } },
    HELD,
    /has no build time/,
  ],
  [
    'newest-build: listed, for another platform, and built later',
    {
      strategy: 'newest-build',
      present: { tag: 'b3' },
      tags: { ...BUILDS, b3: built('01-03', 'linux/arm64') },
    },
    HELD,
    /was built before/,
  ],
  [
    'newest-build: listed, for another platform, and built before',
    {
      strategy: 'newest-build',
      present: { tag: 'b0' },
      tags: { ...BUILDS, b0: built('01-01', 'linux/arm64') },
    },
    'update b2',
  ],
  [
    'newest-build: a digest alone, built later',
    {
      strategy: 'newest-build',
      present: { digest: aDigest('x') },
      tags: BUILDS,
      unlisted: { [aDigest('x')]: built('01-03') },
    },
    HELD,
  ],
  [
    'newest-build: a tag that is not listed, beside its digest',
    {
      strategy: 'newest-build',
      present: { tag: 'b0', digest: aDigest('x') },
      tags: BUILDS,
      unlisted: { [aDigest('x')]: built('01-01') },
    },
    'update b2',
  ],
  [
    'newest-build: a placeholder',
    { strategy: 'newest-build', present: { tag: 'none' }, tags: BUILDS },
    'update b2',
  ],
  [
    'newest-build: a word that we wrote',
    {
      strategy: 'newest-build',
      present: { tag: 'edge' },
      tags: BUILDS,
      history: [['update b1 -> edge', '01-03']],
    },
    HELD,
    /is not listed/,
  ],
  [
    'newest-build: left out by the filters',
    {
      strategy: 'newest-build',
      present: { tag: 'debug-3' },
      tags: BUILDS,
      unlisted: { 'debug-3': built('01-03') },
      policy: { filter: { allow: '^b', ignore: [] } },
    },
    'update b2',
  ],
  [
    'newest-build: of another image',
    { strategy: 'newest-build', present: { name: 'acme/other', tag: 'b3' }, tags: BUILDS },
    'update b2',
  ],
  [
    'newest-build: a template',
    { strategy: 'newest-build', present: { tag: '{{ .Values.v3 }}' }, tags: BUILDS },
    'update b2',
  ],
  [
    'newest-build: lower is allowed',
    { strategy: 'newest-build', present: { tag: 'b3' }, tags: BUILDS, policy: { allowDowngrade: true } },
    'update b2',
  ],
  [
    'newest-pushed: not listed',
    { strategy: 'newest-pushed', present: { tag: 'b3' }, tags: PUSHES },
    HELD,
    /is not listed/,
  ],
  [
    'newest-pushed: not listed, and pushed before our commit',
    {
      strategy: 'newest-pushed',
      present: { tag: 'b3' },
      tags: PUSHES,
      history: [['update b1 -> b3', '01-03']],
    },
    HELD,
  ],
  [
    'newest-pushed: not listed, and something was pushed since our commit',
    {
      strategy: 'newest-pushed',
      present: { tag: 'b0' },
      tags: PUSHES,
      history: [['update - -> b0', '01-01']],
    },
    'update b2',
  ],
  [
    'newest-pushed: not listed, and everything is seen for the first time',
    {
      strategy: 'newest-pushed',
      present: { tag: 'b3' },
      tags: SEEN,
      history: [['update b1 -> b3', '01-03']],
    },
    HELD,
  ],
  [
    'newest-pushed: not listed, and something was built since our commit',
    { strategy: 'newest-pushed', present: { tag: 'b0' }, tags: SEEN, history: [['update - -> b0', '01-01']] },
    'update b2',
  ],
  [
    'newest-pushed: listed and gone',
    { strategy: 'newest-pushed', present: { tag: 'b3' }, tags: { ...PUSHES, b3: GONE } },
    HELD,
    /does not exist/,
  ],
  [
    'newest-pushed: without a push time',
    { strategy: 'newest-pushed', present: { tag: 'b3' }, tags: { ...PUSHES, b3: built('01-03') } },
    HELD,
    /has no push time/,
  ],
  [
    'newest-pushed: a digest that is listed',
    { strategy: 'newest-pushed', present: { digest: PUSHES.b1.digest }, tags: PUSHES },
    'update b2',
  ],
  [
    'newest-pushed: a placeholder',
    { strategy: 'newest-pushed', present: { tag: 'TODO' }, tags: PUSHES },
    'update b2',
  ],
  ['newest-pushed: listed', { strategy: 'newest-pushed', present: { tag: 'b1' }, tags: PUSHES }, 'update b2'],
  [
    'alphabetical: not listed, and last',
    {
      strategy: 'alphabetical',
      present: { tag: 'release-3' },
      tags: { 'release-1': CHART, 'release-2': built('01-02') },
    },
    HELD,
    /^release-2 comes by name before release-3, which is in force/,
  ],
  [
    'alphabetical: not listed, and first',
    {
      strategy: 'alphabetical',
      present: { tag: 'release-0' },
      tags: { 'release-1': CHART, 'release-2': built('01-02') },
    },
    'update release-2',
  ],
  [
    'alphabetical: listed and gone, which is not looked at',
    { strategy: 'alphabetical', present: { tag: 'c1' }, tags: { ...BUILDS, c1: GONE } },
    'current -',
  ],
  [
    'alphabetical: a placeholder',
    { strategy: 'alphabetical', present: { tag: 'none' }, tags: BUILDS },
    'update b2',
  ],
  [
    'alphabetical: a word that we wrote',
    {
      strategy: 'alphabetical',
      present: { tag: 'edge' },
      tags: BUILDS,
      history: [['update b1 -> edge', '01-03']],
    },
    HELD,
  ],
  [
    'a listing in order: not listed',
    { strategy: 'newest-build', order: 'latest-last', present: { tag: 'b3' }, tags: BUILDS },
    HELD,
    /is not listed/,
  ],
  [
    'a listing in order: listed as newer, and gone',
    {
      strategy: 'newest-pushed',
      order: 'latest-last',
      present: { tag: 'b3' },
      policy: { slot: WITH_DIGEST },
      tags: { ...BUILDS, b3: GONE },
    },
    HELD,
    /is listed as older than/,
  ],
  [
    'a listing in order: listed as older',
    { strategy: 'newest-build', order: 'latest-last', present: { tag: 'b1' }, tags: BUILDS },
    'update b2',
  ],
  [
    'semver: not listed',
    { strategy: 'semver', present: { tag: '1.2.0' }, tags: { '1.1.0': built('01-03') } },
    HELD,
  ],
  [
    'digest: a tag that a person named',
    { strategy: 'digest', present: { tag: 'main-3' }, tags: { main: built('01-01') } },
    'update main',
  ],
];

describe('what is in force', () => {
  test.each(ROWS)('%s', (...[, world, told, reason]) => {
    const ended = end(world);

    expect(ended.told).toBe(told);
    if (reason !== undefined) expect(ended.reason).toMatch(reason);
  });
});
