import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrackedImage } from '../../src/core/policy.ts';
import {
  formatShard,
  inShard,
  leaseNameFor,
  parseShard,
  shardOf,
  shardOfApplication,
} from '../../src/core/shard.ts';
import { FROZEN_APPLICATIONS, FROZEN_REMOTES, SAME_REMOTES } from '../fixtures/core/shards.ts';
import { aPlaceAt, aTracked } from '../helpers/policies.ts';
import { caught, refusal } from '../helpers/thrown.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';

const RUNS = { numRuns: 1000 };
const remotes = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `https://git.example/team-${index % 7}/repo-${index}.git`);

describe('parseShard', () => {
  it.each([
    ['0/1', 0, 1],
    ['0/3', 0, 3],
    ['2/3', 2, 3],
    [' 2/256 ', 2, 256],
  ])('reads %j', (text, index, count) => {
    expect(parseShard(text)).toEqual({ index, count });
  });

  it.each([
    '',
    '3/3',
    '4/3',
    '1',
    '1/',
    '/3',
    '1/0',
    '01/3',
    '1/257',
    '1-3',
    '1/3/5',
    '-1/3',
    '1.5/3',
    '１/３',
  ])('refuses %j', (text) => {
    const error = caught(() => parseShard(text));
    expect(error.code).toBe('config-invalid');
    expect(error.message).toContain('expected a shard such as 0/3');
  });

  it('reads back what is formatted, and throws nothing but its own error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,4}\/\d{1,4}$/)), (text) => {
        const error = refusal(() => expect(formatShard(parseShard(text))).toBe(text.trim()));
        expect([undefined, 'config-invalid']).toContain(error?.code);
      }),
      RUNS,
    );
  });
});

describe('shardOf', () => {
  it.each(FROZEN_REMOTES)('gives %s the shard that it has always had', (remote, of2, of3, of8) => {
    expect([2, 3, 8].map((count) => shardOf(parseGitRemote(remote), count))).toEqual([of2, of3, of8]);
  });

  it.each(FROZEN_APPLICATIONS)('gives Application %s the shard that it has always had', (name, ...shards) => {
    const of = (count: number): number => shardOfApplication({ namespace: 'argocd', name }, count);
    expect([2, 3, 8].map(of)).toEqual(shards);
  });

  it.each(SAME_REMOTES)('gives one remote one shard, however it is written: %s', (...forms) => {
    expect(new Set(forms.map((form) => shardOf(parseGitRemote(form), 256))).size).toBe(1);
  });

  it('tells remotes apart', () => {
    const parts = remotes(200).map((remote) => shardOf(parseGitRemote(remote), 256));
    expect(new Set(parts).size).toBeGreaterThan(100);
    expect(shardOf(parseGitRemote('/srv/git/Deploy'), 256)).not.toBe(
      shardOf(parseGitRemote('/srv/git/deploy'), 256),
    );
  });

  it('gives any key one shard of those there are', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 256 }), (text, count) => {
        const shard = shardOf({ key: text }, count);
        expect(Number.isInteger(shard) && shard >= 0 && shard < count).toBe(true);
        expect(shardOf({ key: text }, count)).toBe(shard);
      }),
      RUNS,
    );
  });

  it.each([2, 3, 5, 16])('shares 4,000 remotes evenly among %d', (count) => {
    const shards = remotes(4_000).map((remote) => shardOf(parseGitRemote(remote), count));
    const sizes = Array.from(
      { length: count },
      (_, index) => shards.filter((shard) => shard === index).length,
    );
    const even = 4_000 / count;
    for (const size of sizes) expect(Math.abs(size - even) / even).toBeLessThan(0.2);
  });

  it('moves remotes to the new shard only when one is added', () => {
    const moved = remotes(2_000).filter(
      (remote) => shardOf(parseGitRemote(remote), 3) !== shardOf(parseGitRemote(remote), 4),
    );
    expect(moved.length / 2_000).toBeCloseTo(1 / 4, 1);
    expect(moved.every((remote) => shardOf(parseGitRemote(remote), 4) === 3)).toBe(true);
  });
});

describe('inShard', () => {
  const application = { namespace: 'argocd', name: 'shop' };
  const shards = [0, 1, 2].map((index) => ({ index, count: 3 }));

  it('puts every policy into one shard', () => {
    for (const remote of remotes(50)) {
      const inside = shards.filter((shard) =>
        inShard(aTracked({ application, place: aPlaceAt(remote) }), shard),
      );
      expect(inside).toEqual([{ index: shardOf(parseGitRemote(remote), 3), count: 3 }]);
    }
  });

  it('looks at the remote when it is written to Git, at the Application when it is written there', () => {
    const target: TrackedImage['destination']['target'] = {
      method: 'application',
      at: 'spec.source',
      format: 'helm',
    };
    for (const name of ['shop', 'web', 'a', 'b', 'c']) {
      const one = { namespace: 'argocd', name };
      const inside = shards.filter((shard) => inShard(aTracked({ application: one, target }), shard));
      expect(inside).toEqual([{ index: shardOfApplication(one, 3), count: 3 }]);
      const other = aTracked({ application: one, place: aPlaceAt('https://github.com/acme/deploy.git') });
      expect(shards.filter((shard) => inShard(other, shard))).toEqual([{ index: 1, count: 3 }]);
    }
  });
});

describe('leaseNameFor', () => {
  it.each([
    ['lynceus', undefined, 'lynceus'],
    ['lynceus', { index: 0, count: 1 }, 'lynceus'],
    ['lynceus', { index: 1, count: 3 }, 'lynceus-1-of-3'],
    ['c21b75f2.argoproj.io', { index: 0, count: 2 }, 'c21b75f2.argoproj.io-0-of-2'],
  ])('names the Lease of %s, %j: %s', (base, shard, name) => {
    expect(leaseNameFor(base, shard)).toBe(name);
  });
});
