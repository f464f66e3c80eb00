import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { promotedVersions } from '../../../src/core/promotion/eligible-versions.ts';
import { judgeVersion } from '../../../src/core/promotion/judge-version.ts';
import { PROMOTION_STAGES, type PromotionStage } from '../../../src/core/promotion/promotion-policy.ts';
import type { ReachedStages, UpstreamVersion } from '../../../src/core/promotion/upstream-version.ts';

const HOUR = 3_600_000;
const NOW = 100 * HOUR;

function aVersion(tag: string, changes: Partial<UpstreamVersion> = {}): UpstreamVersion {
  return {
    version: tag,
    tag,
    digest: undefined,
    commit: undefined,
    isInForce: true,
    reached: { written: { since: 0 } },
    ...changes,
  };
}

const hoursAgo = (hours: number) => ({ since: NOW - hours * HOUR });
const DEPLOYED: ReachedStages = { written: hoursAgo(5), synced: hoursAgo(4), healthy: hoursAgo(3) };
const VERIFIED: ReachedStages = { ...DEPLOYED, verified: hoursAgo(1) };
const PAST: ReachedStages = {
  written: { since: 0, until: 9 * HOUR },
  synced: { since: HOUR, until: 9 * HOUR },
  healthy: { since: 2 * HOUR, until: 5 * HOUR },
};

describe('judgeVersion', () => {
  test.each<[string, Partial<UpstreamVersion>, PromotionStage, number, object]>([
    ['written is enough', {}, 'written', 0, { kind: 'eligible' }],
    ['written for long enough', { reached: DEPLOYED }, 'written', 5, { kind: 'eligible' }],
    [
      'written for too short',
      { reached: DEPLOYED },
      'written',
      6,
      { kind: 'waiting', has: 'healthy', since: NOW - 5 * HOUR, enoughAt: NOW + HOUR },
    ],
    ['not synced yet', {}, 'synced', 0, { kind: 'waiting', has: 'written' }],
    ['synced', { reached: DEPLOYED }, 'synced', 4, { kind: 'eligible' }],
    ['healthy to the millisecond', { reached: DEPLOYED }, 'healthy', 3, { kind: 'eligible' }],
    [
      'healthy for too short',
      { reached: DEPLOYED, health: 'healthy' },
      'healthy',
      3.5,
      {
        kind: 'waiting',
        has: 'healthy',
        health: 'healthy',
        since: NOW - 3 * HOUR,
        enoughAt: NOW + 0.5 * HOUR,
      },
    ],
    [
      'degraded',
      { reached: { written: hoursAgo(9), synced: hoursAgo(8) }, health: 'degraded' },
      'healthy',
      0,
      { kind: 'waiting', has: 'synced', health: 'degraded' },
    ],
    [
      'healthy since nobody knows when',
      { reached: { written: hoursAgo(9), synced: { since: undefined }, healthy: { since: undefined } } },
      'healthy',
      1,
      { kind: 'waiting', has: 'healthy' },
    ],
    ['verified', { reached: VERIFIED }, 'verified', 0, { kind: 'eligible' }],
    ['verified, and healthy for long enough', { reached: VERIFIED }, 'verified', 3, { kind: 'eligible' }],
    [
      'verified, and healthy for too short',
      { reached: VERIFIED },
      'verified',
      4,
      { kind: 'waiting', has: 'verified', since: NOW - 3 * HOUR, enoughAt: NOW + HOUR },
    ],
    ['not verified', { reached: DEPLOYED }, 'verified', 0, { kind: 'waiting', has: 'healthy' }],
    ['replaced after enough', { reached: PAST, isInForce: false }, 'healthy', 3, { kind: 'eligible' }],
    [
      'replaced before it was enough',
      { reached: PAST, isInForce: false },
      'healthy',
      4,
      { kind: 'waiting', has: 'healthy', isOver: true, since: 2 * HOUR },
    ],
    [
      'rolled back by a person',
      { reached: VERIFIED, rolledBack: { by: 'person' } },
      'written',
      0,
      { kind: 'rolled-back', by: { by: 'person' } },
    ],
    [
      'rolled back by a check',
      { reached: VERIFIED, rolledBack: { by: 'check', check: 'slo' } },
      'written',
      0,
      { kind: 'rolled-back', by: { by: 'check', check: 'slo' } },
    ],
    [
      'failed a check',
      { reached: DEPLOYED, failed: { check: 'slo' } },
      'written',
      0,
      { kind: 'failed', check: 'slo' },
    ],
    [
      'the clock was set back',
      { reached: { written: { since: NOW + HOUR } } },
      'written',
      1,
      { kind: 'waiting', has: 'written', since: NOW + HOUR, enoughAt: NOW + 2 * HOUR },
    ],
  ])('%s', (_, changes, when, hours, expected) => {
    expect(judgeVersion(aVersion('1.0', changes), { when, after: hours * HOUR }, NOW)).toEqual(expected);
  });
});

describe('several upstream images', () => {
  const policy = { when: 'healthy', after: 0, by: 'tag' } as const;
  const healthy = (tag: string, changes: Partial<UpstreamVersion> = {}) =>
    aVersion(tag, { reached: DEPLOYED, ...changes });
  const qa = (...versions: readonly UpstreamVersion[]) => ({ upstream: 'argocd/qa/api', versions });
  const load = (...versions: readonly UpstreamVersion[]) => ({ upstream: 'argocd/load/api', versions });

  test.each<
    [
      string,
      Parameters<typeof promotedVersions>[0],
      Partial<Parameters<typeof promotedVersions>[1]>,
      readonly string[],
    ]
  >([
    [
      'all of them have it',
      [qa(healthy('2'), healthy('1')), load(healthy('1'), healthy('2'))],
      {},
      ['2 eligible', '1 eligible'],
    ],
    [
      'one has not yet',
      [qa(healthy('2'), healthy('1')), load(aVersion('2'), healthy('1'))],
      {},
      ['2 waiting argocd/load/api', '1 eligible'],
    ],
    [
      'one never had it',
      [qa(healthy('2'), healthy('1')), load(healthy('1'))],
      {},
      ['2 waiting argocd/load/api', '1 eligible'],
    ],
    [
      'one rolled it back',
      [qa(healthy('2')), load(healthy('2', { rolledBack: { by: 'person' } }))],
      {},
      ['2 rolled-back argocd/load/api'],
    ],
    [
      'what only the second had is no version',
      [qa(healthy('1')), load(healthy('3'), healthy('1'))],
      {},
      ['1 eligible'],
    ],
    ['no version at all', [qa(), load(healthy('1'))], {}, []],
    [
      'by tag a digest does not matter',
      [qa(healthy('1', { digest: 'sha256:a' })), load(healthy('1', { digest: 'sha256:b' }))],
      {},
      ['1 eligible'],
    ],
    [
      'by digest it does',
      [qa(healthy('1', { digest: 'sha256:a' })), load(healthy('1', { digest: 'sha256:b' }))],
      { by: 'digest' },
      ['1@sha256:a waiting argocd/load/api'],
    ],
    [
      'by digest one that names none is left to be asked',
      [qa(healthy('1')), load(healthy('1', { digest: 'sha256:b' }))],
      { by: 'digest' },
      ['1@sha256:b eligible'],
    ],
  ])('%s', (_, timelines, changes, expected) => {
    const found = promotedVersions(timelines, { ...policy, ...changes }, NOW).map(
      ({ tag, digest, judgement, upstream }) =>
        `${tag}${digest === undefined ? '' : `@${digest}`} ${judgement.kind}${judgement.kind === 'eligible' ? '' : ` ${upstream}`}`,
    );
    expect(found).toEqual(expected);
  });
});

/** The same rules a second time, version by version, without sharing anything. */
function naive(
  timelines: readonly (readonly UpstreamVersion[])[],
  when: PromotionStage,
  after: number,
): readonly string[] {
  const enough = (one: UpstreamVersion): boolean => {
    if (one.rolledBack !== undefined || one.failed !== undefined) return false;
    const is = one.reached[when];
    if (is === undefined) return false;
    const counted = when === 'verified' ? one.reached.healthy : is;
    if (after === 0) return true;
    if (counted === undefined || counted.since === undefined) return false;
    const end = counted.until === undefined ? NOW : counted.until;
    return end - counted.since >= after;
  };
  const result: string[] = [];
  for (const one of timelines[0] ?? []) {
    let good = true;
    for (const other of timelines) {
      let found: UpstreamVersion | undefined;
      for (const version of other) if (found === undefined && version.tag === one.tag) found = version;
      if (found === undefined || !enough(found)) good = false;
    }
    if (good) result.push(one.tag);
  }
  return result;
}

describe('the order of promotion', () => {
  const time = fc.option(
    fc.record({
      since: fc.option(
        fc.integer({ min: 0, max: 100 }).map((one) => one * HOUR),
        { nil: undefined },
      ),
      until: fc.option(
        fc.integer({ min: 0, max: 100 }).map((one) => one * HOUR),
        { nil: undefined },
      ),
    }),
    { nil: undefined },
  );
  const version = fc
    .record({
      tag: fc.constantFrom('1', '2', '3', '4', '5'),
      back: fc.boolean(),
      failed: fc.boolean(),
      stages: fc.tuple(time, time, time, time),
    })
    .map(({ tag, back, failed, stages }) =>
      aVersion(tag, {
        reached: Object.fromEntries(
          PROMOTION_STAGES.flatMap((stage, at) => (stages[at] === undefined ? [] : [[stage, stages[at]]])),
        ),
        ...(back ? { rolledBack: { by: 'person' } } : {}),
        ...(failed ? { failed: { check: 'x' } } : {}),
      }),
    );
  const timeline = fc.uniqueArray(version, { selector: ({ tag }) => tag, maxLength: 5 });

  test('is that of the first upstream image, of just what all of them let through', () => {
    fc.assert(
      fc.property(
        fc.array(timeline, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...PROMOTION_STAGES),
        fc.integer({ min: 0, max: 50 }),
        (timelines, when, hours) => {
          const after = hours * HOUR;
          const found = promotedVersions(
            timelines.map((versions, at) => ({ upstream: `u${at}`, versions })),
            { when, after, by: 'tag' },
            NOW,
          );
          expect(found.map(({ tag }) => tag)).toEqual(timelines[0]?.map(({ tag }) => tag));
          const eligible = found
            .filter(({ judgement }) => judgement.kind === 'eligible')
            .map(({ tag }) => tag);
          expect(eligible).toEqual(naive(timelines, when, after));
        },
      ),
      { numRuns: 500 },
    );
  });
});
