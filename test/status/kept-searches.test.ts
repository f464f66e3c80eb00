import { describe, expect, test } from 'vitest';
import type { TrackedImage } from '../../src/core/policy.ts';
import type { ImageResult } from '../../src/core/report.ts';
import type { TagLookup } from '../../src/core/selection/check-tag.ts';
import type { SearchedTags } from '../../src/core/selection/explain.ts';
import { LynceusError } from '../../src/errors.ts';
import { createKeptSearches, MOST_KEPT_TAGS } from '../../src/status/kept-searches.ts';
import { imageResult } from '../cli/run-in-process.ts';
import { aListing, aTracked, LINUX_AMD64, someFacts } from '../helpers/policies.ts';

const ID = 'argocd/shop/api';
const ALL = { forTenants: false };
const SECRET = 'connect ECONNREFUSED 10.0.0.7:5000';

function searchOf(
  tracked: TrackedImage,
  tags: readonly string[],
  facts: ReadonlyMap<string, TagLookup> = new Map(),
): SearchedTags {
  const { image, policy, observed, destination } = tracked;
  const presence = { kind: 'present', image: { name: undefined, tag: '1.0.0', digest: undefined } } as const;
  return {
    input: {
      image,
      policy,
      observed,
      slot: destination.slot,
      presence,
      listing: aListing(tags),
      platformDefaults: LINUX_AMD64,
      now: 7,
    },
    facts,
  };
}

function resultOf(
  { application, alias, policy, requester }: TrackedImage,
  parts: Partial<ImageResult> = {},
): ImageResult {
  const reason = { code: 'no-tags', facts: {} } as const;
  return imageResult({ application, alias, basis: { project: requester.project, reason, policy }, ...parts });
}

const known = (tag: string): [string, TagLookup] => [tag, { kind: 'known', facts: someFacts(tag) }];

describe('kept searches', () => {
  test('explain an image once its result is there, by the last search for it', () => {
    const kept = createKeptSearches();
    const tracked = aTracked();
    kept.searched(tracked, searchOf(tracked, ['9.0.0']));
    kept.searched(tracked, searchOf(tracked, ['1.0.0', '1.1.0'], new Map([known('1.1.0')])));
    expect(kept.explain(ID, ALL)).toBeUndefined();
    kept.settle([resultOf(tracked)], true);
    expect(kept.explain(ID, ALL)).toMatchObject({
      listedAt: 7,
      tags: [
        { tag: '1.1.0', code: 'chosen' },
        { tag: '1.0.0', code: 'lower', inForce: true },
      ],
    });
    expect(kept.explain('argocd/shop/web', ALL)).toBeUndefined();
  });

  const rows: readonly {
    readonly what: string;
    readonly results: (tracked: TrackedImage) => readonly ImageResult[];
    readonly isWhole: boolean;
    readonly isKnown: boolean;
  }[] = [
    {
      what: 'one that was not due',
      results: (one) => [resultOf(one, { code: 'not-due' })],
      isWhole: true,
      isKnown: true,
    },
    { what: 'a part without it', results: () => [], isWhole: false, isKnown: true },
    {
      what: 'one that was decided without tags',
      results: (one) => [resultOf(one)],
      isWhole: true,
      isKnown: false,
    },
    { what: 'one that is gone', results: () => [], isWhole: true, isKnown: false },
    {
      what: 'two of one name',
      results: (one) => [resultOf(one), resultOf(one)],
      isWhole: true,
      isKnown: false,
    },
  ];
  test.each(rows)('$what in the next cycle', ({ results, isWhole, isKnown }) => {
    const kept = createKeptSearches();
    const [tracked, good] = [aTracked(), aTracked({ alias: 'good' })];
    kept.searched(tracked, searchOf(tracked, ['1.0.0']));
    kept.settle([resultOf(tracked)], true);
    kept.searched(good, searchOf(good, ['1.0.0']));
    kept.settle([...results(tracked), resultOf(good)], isWhole);
    expect(kept.explain(ID, ALL) !== undefined).toBe(isKnown);
    expect(kept.explain('argocd/shop/good', ALL)).toBeDefined();
  });

  test('nothing of a repository with too many tags, and of others all the same', () => {
    const kept = createKeptSearches();
    const [tracked, good] = [aTracked(), aTracked({ alias: 'good' })];
    const many = Array.from({ length: MOST_KEPT_TAGS + 1 }, (_, index) => `1.0.${index}`);
    kept.searched(tracked, searchOf(tracked, many));
    kept.searched(good, searchOf(good, many.slice(1)));
    kept.settle([resultOf(tracked), resultOf(good)], true);
    expect(kept.explain(ID, ALL)).toBeUndefined();
    const explained = kept.explain('argocd/shop/good', ALL);
    expect(explained?.counts.listed).toBe(MOST_KEPT_TAGS);
    expect(explained?.tags).toHaveLength(50);
  });

  test('tenants do not read what an error says of the network', () => {
    const kept = createKeptSearches();
    const tracked = aTracked();
    const forTenants = { code: 'registry-unreachable', message: 'the registry cannot be reached' } as const;
    const error = new LynceusError('registry-unreachable', SECRET, { forTenants });
    kept.searched(tracked, searchOf(tracked, ['1.1.0'], new Map([['1.1.0', { kind: 'unknown', error }]])));
    kept.settle(
      [resultOf(tracked, { outcome: 'failed', code: 'metadata-incomplete', reason: SECRET, forTenants })],
      true,
    );
    expect(JSON.stringify(kept.explain(ID, ALL))).toContain(SECRET);
    const shown = kept.explain(ID, { forTenants: true });
    expect(JSON.stringify(shown)).not.toContain(SECRET);
    expect(shown).toMatchObject({
      code: 'registry-unreachable',
      tags: [{ code: 'unreadable', reason: 'could not be read: the registry cannot be reached' }],
    });
  });
});
