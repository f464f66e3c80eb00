import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupBy } from '../../../src/core/plan/group-by.ts';
import type { ObservedNotice } from '../../../src/core/notices/observed-notice.ts';
import type { CycleReport, ImageResult } from '../../../src/core/report.ts';
import type { EndedVerification } from '../../../src/core/verification/verification-report.ts';
import { aCycle, aViewer, anImage, failed, held, namesOf, NOON, SHA, updated } from './reports.ts';

const HOUR = 3_600_000;
const shop = { namespace: 'argocd', name: 'shop' };

function ended(outcome: EndedVerification['ending']['outcome']): EndedVerification {
  return {
    application: shop,
    commit: SHA,
    writtenAt: NOON - HOUR,
    kind: 'update',
    images: [{ alias: 'api', image: 'ghcr.io/acme/api', version: '1.2.4' }],
    ending: { outcome, at: NOON, ...(outcome === 'verified' ? {} : { check: 'slo', detail: '0.5' }) },
    follows: 'notify',
  };
}

const rollback = {
  application: shop,
  check: 'slo',
  detail: '0.5',
  failedCommit: SHA,
  code: 'check-failed',
  reason: 'slo failed',
  images: [{ alias: 'api', image: 'ghcr.io/acme/api', from: '1.2.4', to: '1.2.3' }],
} as const;

const problem = {
  application: shop,
  alias: undefined,
  code: 'annotation-invalid',
  key: 'x',
  value: 'y',
  message: 'x is wrong',
} as const;

const url = 'https://git.example/acme/deploy/pulls/7';

/** What each report of a series gives, the third and later ones too. */
describe('the notices of one report after another', () => {
  it.each<[string, readonly CycleReport[], readonly (readonly string[])[]]>([
    ['an update', [aCycle([updated()])], [['updated newer-version']]],
    [
      'an update of two images is one',
      [aCycle([updated(), updated({ alias: 'web' })])],
      [['updated updated']],
    ],
    [
      'an update of two Applications is two',
      [aCycle([updated(), updated({ app: 'cart' })])],
      [['updated newer-version', 'updated newer-version']],
    ],
    ['the same commit again', [aCycle([updated()]), aCycle([updated()])], [['updated newer-version'], []]],
    [
      'the same version written to the live Application twice',
      [aCycle([updated({ commit: undefined })]), aCycle([updated({ commit: undefined })])],
      [['updated newer-version'], ['updated newer-version']],
    ],
    ['a dry run', [aCycle([updated()], { dryRun: true })], [[]]],
    ['what is current', [aCycle([anImage()])], [[]]],
    [
      'a pull request is opened once, and what it has of new versions later is not',
      [
        aCycle([updated({ pullRequest: { action: 'open', url } })]),
        aCycle([updated({ pullRequest: { action: 'update', url }, commit: 'f'.repeat(40) })]),
      ],
      [['pull-request-opened newer-version'], []],
    ],
    [
      'a failure, that stays, and its end',
      [aCycle([failed()]), aCycle([failed()]), aCycle([anImage()]), aCycle([anImage()])],
      [['failing registry-not-found'], [], ['recovered registry-not-found'], []],
    ],
    [
      'a failure that may pass, that passes',
      [aCycle([failed('registry-unreachable')]), aCycle([anImage()])],
      [[], []],
    ],
    [
      'a failure that may pass, that stays',
      [
        aCycle([failed('registry-unreachable')]),
        aCycle([failed('registry-unreachable')]),
        aCycle([anImage()]),
      ],
      [[], ['failing registry-unreachable'], ['recovered registry-unreachable']],
    ],
    [
      'failures that take turns are each noticed once',
      [
        aCycle([failed('git-denied')]),
        aCycle([failed('registry-denied')]),
        aCycle([failed('git-denied')]),
        aCycle([anImage()]),
      ],
      [['failing git-denied'], ['failing registry-denied'], [], ['recovered git-denied']],
    ],
    [
      'a failure that comes back after its end',
      [aCycle([failed()]), aCycle([anImage()]), aCycle([failed()])],
      [['failing registry-not-found'], ['recovered registry-not-found'], ['failing registry-not-found']],
    ],
    [
      'what was stopped or is not due says nothing of a failure',
      [
        aCycle([failed()]),
        aCycle([failed('aborted')]),
        aCycle([anImage({ outcome: 'skipped', code: 'not-due' })]),
        aCycle([failed()]),
      ],
      [['failing registry-not-found'], [], [], []],
    ],
    [
      'a gate that cannot be asked is a failure',
      [aCycle([held('gate-unavailable')]), aCycle([held('gate-unavailable')]), aCycle([updated()])],
      [[], ['failing gate-unavailable'], ['updated newer-version', 'recovered gate-unavailable']],
    ],
    [
      'a hold, for each version once',
      [
        aCycle([held('pinned')]),
        aCycle([held('pinned')]),
        aCycle([held('pinned', { candidate: { tag: '1.3.0', digest: undefined } })]),
        aCycle([held('pinned')]),
      ],
      [['held pinned'], [], ['held pinned'], []],
    ],
    [
      'a hold is not forgotten for a failure between',
      [aCycle([held('pinned')]), aCycle([failed()]), aCycle([held('pinned')])],
      [['held pinned'], ['failing registry-not-found'], ['recovered registry-not-found']],
    ],
    [
      'a window that opens soon, and then is open',
      [aCycle([held('outside-window', { heldUntil: NOON + HOUR })]), aCycle([updated()])],
      [[], ['updated newer-version', 'window-opened window-opened']],
    ],
    [
      'a window that opens tomorrow, and then is open for two images',
      [
        aCycle(['api', 'web'].map((alias) => held('outside-window', { alias, heldUntil: NOON + 20 * HOUR }))),
        aCycle([updated({ alias: 'api' }), updated({ alias: 'web' })]),
      ],
      [
        ['held outside-window', 'held outside-window'],
        ['updated updated', 'window-opened window-opened'],
      ],
    ],
    [
      'a window does not open by what a person wrote',
      [aCycle([held('outside-window', { heldUntil: NOON + 20 * HOUR })]), aCycle([anImage()])],
      [['held outside-window'], []],
    ],
    [
      'a promotion on its way, and one that waits for a person',
      [
        aCycle([held('promotion-waiting')]),
        aCycle([held('awaiting-approval')]),
        aCycle([held('awaiting-approval')]),
      ],
      [[], ['awaiting-approval awaiting-approval'], []],
    ],
    [
      'a hold by a failed check is in the notice of the check',
      [
        aCycle([held('verification-failed')], {
          verifications: { running: 0, ended: [ended('failed')], unanswered: [] },
        }),
      ],
      [['verification-failed verification-failed']],
    ],
    ...(['verified', 'inconclusive'] as const).map(
      (outcome): [string, readonly CycleReport[], readonly (readonly string[])[]] => {
        const kind = outcome === 'verified' ? outcome : 'verification-inconclusive';
        const verifications = { running: 0, ended: [ended(outcome)], unanswered: [] };
        return [
          `a verification that is ${outcome}`,
          [aCycle([], { verifications }), aCycle([], { verifications })],
          [[`${kind} ${kind}`], []],
        ];
      },
    ),
    [
      'a rollback that fails at first, is proposed, and written',
      (['failed', 'failed', 'proposed', 'written', 'held', 'shown'] as const).map((outcome) =>
        aCycle([], { rollbacks: [{ ...rollback, outcome }] }),
      ),
      [
        ['rollback-failed rollback-failed'],
        [],
        ['rolled-back rolled-back'],
        ['rolled-back rolled-back'],
        [],
        [],
      ],
    ],
    [
      'a problem of an Application, and its end',
      [aCycle([], { problems: [problem] }), aCycle([], { problems: [problem] }), aCycle([])],
      [['failing annotation-invalid'], [], ['recovered annotation-invalid']],
    ],
    [
      'a problem that an image failed for is its failure alone',
      [aCycle([failed('annotation-invalid')], { problems: [{ ...problem, alias: 'api' }] })],
      [['failing annotation-invalid']],
    ],
    [
      'a partial cycle says nothing of the problems of others',
      [
        aCycle([], { problems: [problem] }),
        aCycle([], { partial: true }),
        aCycle([], { problems: [problem] }),
      ],
      [['failing annotation-invalid'], [], []],
    ],
    [
      'a source that cannot be read, whose Applications are not gone',
      [
        aCycle([failed()], { problems: [problem] }),
        aCycle([], { failures: [{ code: 'applications-unreadable', message: 'no' }] }),
        aCycle([], { failures: [{ code: 'applications-unreadable', message: 'no, again' }] }),
        aCycle([failed()], { problems: [problem] }),
      ],
      [
        ['failing registry-not-found', 'failing annotation-invalid'],
        [],
        ['failing applications-unreadable'],
        ['recovered applications-unreadable'],
      ],
    ],
  ])('%s', (_name, reports, expected) => {
    const viewer = aViewer();
    expect(reports.map((one) => namesOf(viewer.see(one)))).toEqual(expected);
  });
});

describe('a notice', () => {
  it('has the commit with its page, the versions, and the project', () => {
    const [first] = aViewer().see(aCycle([updated()]));
    expect(first?.notice).toMatchObject({
      kind: 'updated',
      severity: 'info',
      application: shop,
      images: [{ alias: 'api', image: 'ghcr.io/acme/api', outcome: 'updated', from: '1.2.3', to: '1.2.4' }],
      commit: { sha: SHA, branch: 'main', url: `https://git.example/commit/${SHA}` },
    });
  });

  it('has one key in every process, and another one for another failure', () => {
    const seen = aCycle([failed()]);
    const keyOf = (viewer: ReturnType<typeof aViewer>, one: CycleReport) => viewer.see(one)[0]?.notice.key;
    expect(keyOf(aViewer(), seen)).toBe(keyOf(aViewer(), seen));
    const viewer = aViewer();
    const [first, , again] = [seen, aCycle([anImage()]), aCycle([failed()])].map((one) => keyOf(viewer, one));
    expect(again).not.toBe(first);
  });

  it('ends with the subject with which it began', () => {
    const viewer = aViewer();
    const [began] = viewer.see(aCycle([failed()]));
    const [ended_] = viewer.see(aCycle([anImage()]));
    expect(ended_?.notice.subject).toBe(began?.notice.subject);
    expect(ended_?.notice.kind).toBe('recovered');
  });

  it('says to tenants what they may know, and nothing else', () => {
    const forTenants = { code: 'registry-failed', message: 'it cannot be reached' } as const;
    const [first] = aViewer().see(aCycle([failed('address-refused', { forTenants })]));
    expect(first?.notice.forTenants).toEqual({ code: 'registry-failed', reason: 'it cannot be reached' });
  });
});

/** Images of a few Applications, each as a cycle may find it. */
const images = fc
  .array(
    fc.record({
      app: fc.constantFrom('a', 'b', 'c'),
      alias: fc.constantFrom('x', 'y'),
      state: fc.constantFrom('current', 'failed', 'denied', 'held', 'window', 'updated'),
      commit: fc.constantFrom('1'.repeat(40), '2'.repeat(40)),
    }),
    { maxLength: 8 },
  )
  .map((all) => {
    const distinct = new Map(all.map((one) => [`${one.app} ${one.alias}`, one]));
    return [...distinct.values()].map(({ app, alias, state, commit }): ImageResult => {
      const at = { app, alias };
      if (state === 'failed') return failed('registry-not-found', at);
      if (state === 'denied') return failed('registry-denied', at);
      if (state === 'held') return held('pinned', at);
      if (state === 'window') return held('outside-window', at);
      return state === 'updated' ? updated({ ...at, commit }) : anImage(at);
    });
  });

describe('whatever the reports are', () => {
  it('what did not change is not noticed again', () => {
    fc.assert(
      fc.property(fc.array(images, { maxLength: 4 }), images, (before, last) => {
        const viewer = aViewer();
        for (const one of before) viewer.see(aCycle(one));
        viewer.see(aCycle(last));
        const again = viewer.see(aCycle(last));
        expect(namesOf(again).filter((name) => !name.startsWith('window-opened'))).toEqual([]);
      }),
    );
  });

  it('a report that was seen says nothing', () => {
    fc.assert(
      fc.property(images, (all) => {
        const viewer = aViewer();
        const seen = aCycle(all);
        viewer.see(seen);
        expect(viewer.see(seen)).toEqual([]);
      }),
    );
  });

  it('partial cycles give the notices of the whole one, in any order', () => {
    fc.assert(
      fc.property(
        images.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, shuffled]) => {
          const sorted = (keys: readonly string[]) => keys.toSorted();
          const whole = aViewer();
          const inParts = aViewer();
          // The images of one Application and commit are one notice, so these stay together.
          const byApp = groupBy(shuffled, ({ application }) => application.name);
          const parts = [...byApp.values()].flatMap((one) =>
            inParts.see(aCycle(one, { partial: true }), { now: NOON }),
          );
          const keys = (notices: readonly ObservedNotice[]) =>
            sorted(notices.map(({ notice }) => notice.key));
          expect(keys(parts)).toEqual(keys(whole.see(aCycle(all), { now: NOON })));
        },
      ),
    );
  });

  it('what is not in a partial report stays as it is', () => {
    fc.assert(
      fc.property(images, (all) => {
        const viewer = aViewer();
        viewer.see(aCycle(all));
        viewer.see(aCycle([], { partial: true }));
        expect(namesOf(viewer.see(aCycle(all)))).toEqual([]);
      }),
    );
  });
});
