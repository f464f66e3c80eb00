import { describe, expect, test } from 'vitest';
import { healthyResult } from '../../../src/core/promotion/healthy-result.ts';
import type { UpstreamVersion } from '../../../src/core/promotion/upstream-version.ts';
import type { WriteResult } from '../../../src/core/verification/write-result.ts';
import { aTracked } from '../../helpers/policies.ts';

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;
const TRACKED = aTracked();

const HEALTHY: UpstreamVersion = {
  version: '1.1',
  tag: '1.1',
  digest: undefined,
  commit: 'c1',
  isInForce: true,
  reached: { written: { since: 10 }, synced: { since: 20 }, healthy: { since: NOW - 60 * MINUTE } },
};
const KEPT: WriteResult = {
  application: TRACKED.application,
  alias: 'api',
  image: 'ghcr.io/acme/api',
  version: '1.1',
  commit: 'c1',
  writtenAt: 10,
  syncedAt: 20,
};
const until = (minutes: number) => ({ since: NOW - 60 * MINUTE, until: NOW - minutes * MINUTE });

describe('what is kept of the version in force', () => {
  test.each<[string, Partial<UpstreamVersion>, readonly WriteResult[], WriteResult | undefined]>([
    ['its time of health', {}, [], { ...KEPT, healthy: until(0) }],
    ['longer than before', {}, [{ ...KEPT, healthy: until(5) }], { ...KEPT, healthy: until(0) }],
    ['nothing soon after', {}, [{ ...KEPT, healthy: until(4) }], undefined],
    ['nothing shorter than before', {}, [{ ...KEPT, healthy: { since: 0, until: 90 * MINUTE } }], undefined],
    [
      'beside what its verification found',
      {},
      [{ ...KEPT, ending: { outcome: 'verified', at: 30 } }],
      { ...KEPT, ending: { outcome: 'verified', at: 30 }, healthy: until(0) },
    ],
    ['of this commit', {}, [{ ...KEPT, commit: 'c0', healthy: until(1) }], { ...KEPT, healthy: until(0) }],
    ['that it was synced', { reached: { written: { since: 10 }, synced: { since: 20 } } }, [], KEPT],
    [
      'nothing new of that',
      { reached: { written: { since: 10 }, synced: { since: 20 } } },
      [KEPT],
      undefined,
    ],
    ['nothing of one that is only written', { reached: { written: { since: 10 } } }, [], undefined],
    ['nothing of an earlier one', { isInForce: false }, [], undefined],
    ['nothing of what a person wrote', { commit: undefined }, [], undefined],
    [
      'nothing of a time that is still to come',
      { reached: { ...HEALTHY.reached, healthy: { since: NOW + MINUTE } } },
      [KEPT],
      undefined,
    ],
  ])('%s', (_, version, kept, expected) => {
    expect(healthyResult(TRACKED, { ...HEALTHY, ...version }, { kept, now: NOW })).toEqual(expected);
  });
});
