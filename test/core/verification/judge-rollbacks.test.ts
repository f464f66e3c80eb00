import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LynceusError } from '../../../src/errors.ts';
import { describeRollbackHold } from '../../../src/core/reasons/describe-rollback-hold.ts';
import {
  judgeRollbacks,
  type CheckOutlook,
  type MadeRollback,
  type RollbackSituation,
} from '../../../src/core/verification/judge-rollbacks.ts';
import type { FailedWrite } from '../../../src/core/verification/failed-write.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 4, 1, 12);

/** `shop/api 3a1f slo-errors`: an Application, its commit, and the check that failed; `with`: for another one of the commit. */
function aFailure(text: string, index = 0): FailedWrite {
  const [application = '', commit = '', word = 'slo-errors'] = text.split(' ');
  const isWith = word === 'with';
  const check = isWith ? 'slo-errors' : word;
  const [namespace = '', name = ''] = application.split('/');
  return {
    application: { namespace, name },
    commit,
    check,
    detail: '',
    failedAt: NOW - HOUR + index,
    images: [{ alias: 'api', image: 'ghcr.io/acme/api', version: '1.4.2' }],
    ...(isWith ? { companion: { writtenAt: NOW - 2 * HOUR } } : {}),
  };
}

function textOf({ application: { namespace, name } }: Pick<FailedWrite, 'application'>): string {
  return `${namespace}/${name}`;
}

function made(count: number, namespace: string, minutesAgo = 10): readonly MadeRollback[] {
  return Array.from({ length: count }, (_, index) => ({
    application: { namespace, name: `before-${index}` },
    at: NOW - minutesAgo * MINUTE,
  }));
}

const CALM: RollbackSituation = {
  now: NOW,
  latest: NOW - MINUTE,
  leadingSince: NOW - HOUR,
  observation: () => 10 * MINUTE,
  checks: new Map(),
  made: [],
  paused: false,
  isPaused: () => false,
  limits: { perNamespace: 3, perHour: 10, environmentCount: 3, environmentShare: 0.3 },
};

function outlook(check: string, changes: Partial<CheckOutlook>): Pick<RollbackSituation, 'checks'> {
  return { checks: new Map([[check, { watched: 100, failing: 1, isUnanswered: false, ...changes }]]) };
}

interface Row {
  readonly when: string;
  readonly failed?: readonly string[];
  readonly now?: Partial<RollbackSituation>;
  /** By the text of the Application. */
  readonly goAhead: readonly string[];
  readonly held?: Readonly<Record<string, string>>;
  readonly pauses?: boolean;
}

const LIMIT =
  'more than 3 Applications in the namespace "shop" would be rolled back within an hour, so rollbacks are paused until somebody runs lynceus resume';

const ROWS: readonly Row[] = [
  { when: 'nothing failed', failed: [], goAhead: [] },
  { when: 'one failed', goAhead: ['shop/api'] },
  {
    when: 'rollbacks are paused',
    now: { paused: true },
    goAhead: [],
    held: { 'shop/api': 'rollbacks are paused until somebody runs lynceus resume' },
  },
  {
    when: 'it is not known whether rollbacks are paused',
    now: { paused: new LynceusError('kube-unreachable', 'no route to host') },
    goAhead: [],
    held: { 'shop/api': 'it could not be found out whether rollbacks are paused: no route to host' },
  },
  {
    when: 'one Application is paused, and its neighbour is not',
    failed: ['shop/api a', 'shop/web b'],
    now: { isPaused: ({ name }) => name === 'web' },
    goAhead: ['shop/api'],
    held: { 'shop/web': 'the Application is paused' },
  },
  {
    when: 'the clock was set back',
    now: { latest: NOW + 5 * MINUTE },
    goAhead: [],
    held: { 'shop/api': 'the clock was set back by 5m0s: asked again when that has passed' },
  },
  { when: 'the clock stands still', now: { latest: NOW }, goAhead: ['shop/api'] },
  {
    when: 'the process leads for less than an observation',
    now: { leadingSince: NOW - 10 * MINUTE + 1 },
    goAhead: [],
    held: {
      'shop/api': 'this process has not observed it for long enough: asked again at 2026-05-01T12:00:00Z',
    },
  },
  {
    when: 'the process leads for just that long',
    now: { leadingSince: NOW - 10 * MINUTE },
    goAhead: ['shop/api'],
  },
  {
    when: 'only the observation of one check is too long',
    failed: ['shop/api a', 'shop/web b slow'],
    now: { leadingSince: NOW - 10 * MINUTE, observation: (check) => (check === 'slow' ? HOUR : 0) },
    goAhead: ['shop/api'],
    held: { 'shop/web': 'this process has not observed it' },
  },
  {
    when: 'the source of the check answers errors, and that of another does not',
    failed: ['shop/api a', 'shop/web b health'],
    now: outlook('slo-errors', { isUnanswered: true }),
    goAhead: ['shop/web'],
    held: { 'shop/api': 'the check slo-errors gets no answers' },
  },
  {
    when: 'the check fails for as many as may be',
    now: outlook('slo-errors', { failing: 3, watched: 4 }),
    goAhead: ['shop/api'],
  },
  {
    when: 'it fails for more, and for a large share',
    now: outlook('slo-errors', { failing: 4, watched: 13 }),
    goAhead: [],
    held: {
      'shop/api':
        'the check slo-errors fails for 4 of 13 Applications, so the environment is taken to be at fault, not the version',
    },
  },
  {
    when: 'it fails for more, and for a small share',
    now: outlook('slo-errors', { failing: 4, watched: 14 }),
    goAhead: ['shop/api'],
  },
  {
    when: 'so many failed, though nothing is told of the check',
    failed: ['a/a a', 'b/b b', 'c/c c', 'd/d d'],
    goAhead: [],
    held: Object.fromEntries(
      ['a/a', 'b/b', 'c/c', 'd/d'].map((name) => [name, 'fails for 4 of 4 Applications']),
    ),
  },
  {
    when: 'as many failed, by different checks',
    failed: ['a/a a', 'b/b b', 'c/c c health', 'd/d d health'],
    goAhead: ['a/a', 'b/b', 'c/c', 'd/d'],
  },
  {
    when: 'the limit of a namespace is not reached',
    now: { made: made(2, 'shop') },
    goAhead: ['shop/api'],
  },
  {
    when: 'the limit of a namespace is reached',
    now: { made: made(3, 'shop') },
    goAhead: [],
    held: { 'shop/api': LIMIT },
    pauses: true,
  },
  {
    when: 'that was more than an hour ago',
    now: { made: made(3, 'shop', 60) },
    goAhead: ['shop/api'],
  },
  {
    when: 'that was in another namespace',
    now: { made: made(3, 'pay') },
    goAhead: ['shop/api'],
  },
  {
    when: 'the limit of another namespace was lower than what was made',
    now: { made: made(9, 'pay') },
    goAhead: ['shop/api'],
  },
  {
    when: 'the limit of all is reached',
    now: { made: ['a', 'b', 'c', 'd'].flatMap((name) => made(name === 'd' ? 1 : 3, name)) },
    goAhead: [],
    held: { 'shop/api': 'more than 10 Applications would be rolled back within an hour' },
    pauses: true,
  },
  {
    when: 'the last of many is beyond the limit',
    failed: ['shop/d d', 'shop/a a', 'shop/b b', 'shop/c c'],
    now: outlook('slo-errors', { watched: 100 }),
    goAhead: ['shop/d', 'shop/a', 'shop/b'],
    held: { 'shop/c': LIMIT },
    pauses: true,
  },
  {
    when: 'what comes after the limit waits for a person, too',
    failed: ['shop/a a', 'pay/x x'],
    now: { made: made(3, 'shop') },
    goAhead: [],
    held: { 'shop/a': LIMIT, 'pay/x': LIMIT },
    pauses: true,
  },
  {
    when: 'those of one commit go back together or not at all',
    failed: ['shop/a one', 'shop/b two', 'shop/c one', 'shop/d one'],
    now: { made: made(1, 'shop'), ...outlook('slo-errors', { watched: 100 }) },
    goAhead: [],
    held: { 'shop/a': LIMIT, 'shop/b': LIMIT, 'shop/c': LIMIT, 'shop/d': LIMIT },
    pauses: true,
  },
  {
    when: 'what the same commit wrote goes back with it, and counts for the limits',
    failed: ['shop/a one', 'shop/b one with', 'shop/c one with'],
    now: { made: made(1, 'shop') },
    goAhead: [],
    held: { 'shop/a': LIMIT },
    pauses: true,
  },
  {
    when: 'what the same commit wrote goes back with it, and does not count as failing',
    failed: ['a/a one', 'b/b one with', 'c/c one with', 'd/d one with'],
    goAhead: ['a/a', 'b/b', 'c/c', 'd/d'],
  },
  {
    when: 'nothing goes back for a failure that is held',
    failed: ['shop/a one', 'shop/b one with'],
    now: { isPaused: ({ name }) => name === 'a' },
    goAhead: [],
    held: { 'shop/a': 'the Application is paused' },
  },
  {
    when: 'a group fits',
    failed: ['shop/a one', 'shop/b two', 'shop/c one'],
    goAhead: ['shop/a', 'shop/c', 'shop/b'],
  },
];

describe('judgeRollbacks', () => {
  test.each(ROWS)('$when', ({ failed = ['shop/api 3a1f'], now, goAhead, held = {}, pauses = false }) => {
    const found = judgeRollbacks(failed.map(aFailure), { ...CALM, ...now });
    expect(found.goAhead.map(textOf)).toEqual(goAhead);
    expect(found.held.map(({ failed: one }) => textOf(one)).toSorted()).toEqual(Object.keys(held).toSorted());
    for (const { failed: one, hold } of found.held)
      expect(describeRollbackHold(hold)).toContain(held[textOf(one)]);
    expect(found.pauseFor !== undefined).toBe(pauses);
  });

  const failures = fc.array(
    fc.record({
      namespace: fc.constantFrom('a', 'b', 'c', '__proto__'),
      name: fc.string({ maxLength: 3 }),
      commit: fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8'),
      check: fc.constantFrom('health', 'slo-errors', 'constructor'),
      minutes: fc.integer({ min: 0, max: 30 }),
    }),
    { maxLength: 30 },
  );
  const limits = fc.record({
    perNamespace: fc.nat({ max: 5 }),
    perHour: fc.nat({ max: 8 }),
    environmentCount: fc.nat({ max: 6 }),
    environmentShare: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  test('whatever fails when, no hour has more rollbacks than the limits, and none is without a failure', () => {
    fc.assert(
      fc.property(fc.array(failures, { maxLength: 8 }), limits, fc.boolean(), (rounds, allowed, resumes) => {
        let now = NOW;
        let arePaused = false;
        const done: MadeRollback[] = [];
        for (const round of rounds) {
          const failed = round.map((one): FailedWrite => ({
            ...aFailure(''),
            application: { namespace: one.namespace, name: one.name },
            commit: one.commit,
            check: one.check,
            failedAt: now,
          }));
          const judged = judgeRollbacks(failed, {
            ...CALM,
            now,
            latest: now,
            limits: allowed,
            made: done,
            paused: arePaused,
          });
          expect(judged.goAhead.every((one) => failed.includes(one))).toBe(true);
          expect(judged.goAhead.length + judged.held.length).toBe(failed.length);
          if (arePaused) expect(judged.goAhead).toEqual([]);
          done.push(...judged.goAhead.map(({ application }) => ({ application, at: now })));
          const lately = done.filter(({ at }) => at > now - HOUR);
          expect(lately.length).toBeLessThanOrEqual(allowed.perHour);
          for (const namespace of ['a', 'b', 'c', '__proto__'])
            expect(
              lately.filter(({ application }) => application.namespace === namespace).length,
            ).toBeLessThanOrEqual(allowed.perNamespace);
          arePaused = judged.pauseFor !== undefined && !resumes;
          now += (round[0]?.minutes ?? 1) * MINUTE;
        }
      }),
    );
  });

  test('one source that is broken for 200 Applications takes nothing back', () => {
    const failed = Array.from({ length: 200 }, (_, index) => aFailure(`ns-${index}/app c${index}`, index));
    expect(judgeRollbacks(failed, CALM).goAhead).toEqual([]);
  });
});
