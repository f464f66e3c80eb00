import { describe, expect, test } from 'vitest';
import type { ImageResult } from '../../../src/core/report.ts';
import { statusImageKey } from '../../../src/core/updater-status/images-not-updated.ts';
import { isWorthWriting } from '../../../src/core/updater-status/is-worth-writing.ts';
import { nextStatus, type UpdaterHappening } from '../../../src/core/updater-status/next-status.ts';
import type { UpdaterStatus } from '../../../src/core/updater-status/status.ts';
import { image } from '../../reporters/reports.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-11-30T08:00:00Z');
const AT = '2026-11-30T08:00:00Z';
const LATER = '2026-11-30T08:02:00Z';

function checked(
  results: readonly ImageResult[],
  rest: {
    readonly listed?: readonly ImageResult[];
    readonly problems?: number;
    readonly generation?: number;
  } = {},
): UpdaterHappening {
  const { listed = results, problems = 0, generation = 3 } = rest;
  return {
    kind: 'checked',
    generation,
    applications: new Set(listed.map(({ application }) => application.name)).size,
    images: listed.length,
    listed: new Set(listed.map(statusImageKey)),
    results,
    problems,
  };
}

function conditionsOf({ conditions = [] }: UpdaterStatus) {
  return Object.fromEntries(
    conditions.map(({ type, status, reason, message }) => [type, { status, reason, message }]),
  );
}

const WEB = image('current', { alias: 'web' });
const FAILED = image('failed', { alias: 'api', code: 'registry-denied', reason: 'ghcr.io says 401' });
const HELD = image('held', { alias: 'db', code: 'pinned', reason: 'somebody holds 1.4.0' });
const SKIPPED = image('skipped', { alias: 'job', code: 'not-live', reason: 'no pod runs it' });
const UPDATED = image('updated', {
  alias: 'web',
  code: 'newer-version',
  candidate: { tag: '1.4.2', digest: undefined },
});

function elsewhere(result: ImageResult, name: string): ImageResult {
  return { ...result, application: { namespace: 'argocd', name } };
}

describe('the conditions', () => {
  const IDLE = { status: 'False', reason: 'Idle', message: 'Last check completed. Awaiting next cycle.' };

  test.each<readonly [name: string, happening: UpdaterHappening, expected: unknown]>([
    [
      'nothing to do',
      checked([WEB]),
      {
        Reconciling: IDLE,
        Ready: {
          status: 'True',
          reason: 'ReconcileSucceeded',
          message: 'Reconciled 1 applications, 0 images updated.',
        },
        Error: { status: 'False', reason: 'NoErrors', message: 'No errors during last reconciliation.' },
      },
    ],
    [
      'no Application',
      checked([]),
      {
        Reconciling: IDLE,
        Ready: {
          status: 'True',
          reason: 'ReconcileSucceeded',
          message: 'Reconciled 0 applications, 0 images updated.',
        },
        Error: { status: 'False', reason: 'NoErrors', message: 'No errors during last reconciliation.' },
      },
    ],
    [
      'updates beside failures',
      checked([UPDATED, elsewhere(UPDATED, 'blog'), FAILED, HELD], { problems: 1 }),
      {
        Reconciling: IDLE,
        Ready: {
          status: 'True',
          reason: 'ReconcileCompletedWithErrors',
          message: 'Reconciled 2 applications with 2 errors, 2 images updated.',
        },
        Error: {
          status: 'True',
          reason: 'PartialErrors',
          message: '2 error(s) occurred during image update checks.',
        },
      },
    ],
    [
      'what is held or skipped is no error',
      checked([HELD, SKIPPED]),
      {
        Reconciling: IDLE,
        Ready: {
          status: 'True',
          reason: 'ReconcileSucceeded',
          message: 'Reconciled 1 applications, 0 images updated.',
        },
        Error: { status: 'False', reason: 'NoErrors', message: 'No errors during last reconciliation.' },
      },
    ],
    [
      'a resource that cannot be read',
      { kind: 'invalid', generation: 3, message: 'spec.x: there is no such field' },
      {
        Reconciling: IDLE,
        Ready: {
          status: 'False',
          reason: 'ReconcileFailed',
          message: 'Reconciliation failed: spec.x: there is no such field',
        },
        Error: { status: 'True', reason: 'ReconcileError', message: 'spec.x: there is no such field' },
      },
    ],
  ])('are those of Argo CD Image Updater: %s', (_, happening, expected) => {
    expect(conditionsOf(nextStatus({}, happening, NOW))).toEqual(expected);
  });

  test('keep the time of their last transition, and those of others as they are', () => {
    const foreign = {
      type: 'Paused',
      status: 'True',
      reason: 'ByHand',
      message: '',
      lastTransitionTime: AT,
    } as const;
    const first = nextStatus({ conditions: [foreign] }, checked([WEB]), NOW);
    const second = nextStatus(first, checked([FAILED]), NOW + 2 * MINUTE);
    const times = Object.fromEntries(
      (second.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    );
    expect(times).toEqual({ Paused: AT, Reconciling: AT, Ready: AT, Error: LATER });
    expect(second.conditions?.map(({ observedGeneration }) => observedGeneration)).toEqual([
      undefined,
      3,
      3,
      3,
    ]);
  });

  test('have a message that fits', () => {
    const message = 'ü'.repeat(5_000);
    const { conditions = [] } = nextStatus({}, { kind: 'invalid', generation: 1, message }, NOW);
    for (const one of conditions) expect(Buffer.byteLength(one.message)).toBeLessThanOrEqual(1_024);
  });
});

describe('the counts and times', () => {
  test('of a cycle without updates', () => {
    expect(nextStatus({}, checked([WEB, elsewhere(WEB, 'blog')]), NOW)).toMatchObject({
      observedGeneration: 3,
      lastCheckedAt: AT,
      applicationsMatched: 2,
      imagesManaged: 2,
      imagesNotUpdated: [],
      imagesNotUpdatedTotal: 0,
    });
    expect(nextStatus({}, checked([WEB]), NOW)).not.toHaveProperty('lastUpdatedAt');
  });

  test('of a cycle with updates: one entry for an alias and a version, and it stays until there are others', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const results = [
      UPDATED,
      elsewhere(UPDATED, 'blog'),
      elsewhere({ ...UPDATED, candidate: { tag: '2.0.0', digest: undefined }, current: undefined }, 'wiki'),
      image('updated', { image: 'nginx', candidate: { tag: 'stable', digest } }),
      // A dry run never comes so far.
      image('update', { alias: 'other', candidate: { tag: '9', digest: undefined } }),
    ];
    const first = nextStatus({}, checked(results), NOW);
    const expected = [
      {
        alias: 'web',
        image: 'ghcr.io/acme/api',
        newVersion: '1.4.2',
        applicationsUpdated: 2,
        updatedAt: AT,
        message: 'Updated from 1.4.1 to 1.4.2.',
      },
      {
        alias: 'web',
        image: 'ghcr.io/acme/api',
        newVersion: '2.0.0',
        applicationsUpdated: 1,
        updatedAt: AT,
        message: 'Updated to 2.0.0.',
      },
      {
        alias: 'nginx',
        image: 'nginx',
        newVersion: digest,
        applicationsUpdated: 1,
        updatedAt: AT,
        message: `Updated from 1.4.1 to ${digest}.`,
      },
    ];
    expect(first).toMatchObject({ lastUpdatedAt: AT, recentUpdates: expected });
    const second = nextStatus(first, checked([WEB]), NOW + 2 * MINUTE);
    expect(second).toMatchObject({ lastCheckedAt: LATER, lastUpdatedAt: AT, recentUpdates: expected });
  });

  test('of a resource that cannot be read are 0, and stay where its Applications cannot be read', () => {
    const before = nextStatus({}, checked([FAILED, HELD]), NOW);
    const message = 'x';
    expect(nextStatus(before, { kind: 'invalid', generation: 4, message }, NOW)).toMatchObject({
      observedGeneration: 4,
      applicationsMatched: 0,
      imagesManaged: 0,
      imagesNotUpdated: [],
      imagesNotUpdatedTotal: 0,
    });
    const { conditions: _conditions, lastCheckedAt: _lastCheckedAt, ...kept } = before;
    expect(nextStatus(before, { kind: 'unreadable', generation: 3, message }, NOW + MINUTE)).toMatchObject(
      kept,
    );
  });
});

describe('images that did not move', () => {
  const entriesOf = ({ imagesNotUpdated = [] }: UpdaterStatus) =>
    imagesNotUpdated.map(({ application, alias, outcome, code, since }) =>
      [application, alias, outcome, code, since].join(' '),
    );

  test('are all that are not current or updated, failures first', () => {
    const status = nextStatus({}, checked([SKIPPED, HELD, WEB, FAILED, elsewhere(UPDATED, 'blog')]), NOW);
    expect(status.imagesNotUpdated).toEqual([
      {
        application: 'argocd/shop',
        alias: 'api',
        image: 'ghcr.io/acme/api',
        outcome: 'failed',
        code: 'registry-denied',
        reason: 'ghcr.io says 401',
        since: AT,
      },
      expect.objectContaining({ alias: 'db', outcome: 'held', reason: 'somebody holds 1.4.0' }),
      expect.objectContaining({ alias: 'job', outcome: 'skipped', code: 'not-live' }),
    ]);
    expect(status.imagesNotUpdatedTotal).toBe(3);
  });

  test('keep since when they are what they are, whatever the sentence is', () => {
    const first = nextStatus({}, checked([FAILED, HELD]), NOW);
    const results = [
      { ...FAILED, reason: 'ghcr.io says 403' },
      { ...HELD, code: 'rolled-back' as const },
    ];
    const second = nextStatus(first, checked(results), NOW + 2 * MINUTE);
    expect(entriesOf(second)).toEqual([
      `argocd/shop api failed registry-denied ${AT}`,
      `argocd/shop db held rolled-back ${LATER}`,
    ]);
    expect(second.imagesNotUpdated?.[0]?.reason).toBe('ghcr.io says 403');
  });

  test('say what the people of the Application are told', () => {
    const forTenants = { code: 'registry-denied', message: 'ask an administrator' } as const;
    const status = nextStatus({}, checked([{ ...FAILED, code: 'credentials-failed', forTenants }]), NOW);
    expect(status.imagesNotUpdated).toMatchObject([
      { code: 'registry-denied', reason: 'ask an administrator' },
    ]);
  });

  const all = [FAILED, elsewhere(FAILED, 'blog'), elsewhere(HELD, 'wiki')];

  test.each<readonly [name: string, results: readonly ImageResult[], listed: readonly ImageResult[], number]>(
    [
      ['a cycle for one of three Applications that has it still', [FAILED], all, 3],
      [
        'a cycle for one of three Applications that is well again',
        [{ ...FAILED, outcome: 'current' }],
        all,
        2,
      ],
      ['a cycle for none of them', [], all, 3],
      ['an Application that is gone', [FAILED], all.slice(0, 2), 2],
      ['all of them are gone', [], [], 0],
      ['an image that is not due', [{ ...FAILED, outcome: 'skipped', code: 'not-due' }], all, 3],
      ['an image that an abort left undone', [{ ...HELD, outcome: 'failed', code: 'aborted' }], all, 3],
    ],
  )('stay while nobody looks at them: %s', (_, results, listed, left) => {
    const before = nextStatus({}, checked(all), NOW);
    const after = nextStatus(before, checked(results, { listed }), NOW + 2 * MINUTE);
    expect(after.imagesNotUpdatedTotal).toBe(left);
    expect(new Set(after.imagesNotUpdated?.map(({ since }) => since))).toEqual(
      new Set(left === 0 ? [] : [AT]),
    );
    expect(after.imagesManaged).toBe(listed.length);
  });

  test('are at most fifty, with short reasons, and the number of all', () => {
    const many = Array.from({ length: 200 }, (_, index) =>
      elsewhere({ ...FAILED, reason: 'x'.repeat(10_000), alias: 'a'.repeat(1_000) }, `app-${index}`),
    );
    const status = nextStatus({}, checked(many), NOW);
    expect(status.imagesNotUpdated).toHaveLength(50);
    expect(status.imagesNotUpdatedTotal).toBe(200);
    expect(JSON.stringify(status).length).toBeLessThan(60_000);
    // What there was no room for counts on when the next cycle is for one of them only.
    const after = nextStatus(status, checked(many.slice(0, 1), { listed: many }), NOW + MINUTE);
    expect(after.imagesNotUpdatedTotal).toBe(200);
    expect(after.conditions).toEqual(status.conditions);
    // And no longer when a cycle was for all.
    const well = many.map((one): ImageResult => ({ ...one, outcome: 'current', code: 'up-to-date' }));
    expect(nextStatus(after, checked(well), NOW).imagesNotUpdatedTotal).toBe(0);
  });
});

describe('a status is written', () => {
  const before = nextStatus({}, checked([FAILED]), NOW);

  test.each<readonly [name: string, happening: UpdaterHappening, after: number, expected: boolean]>([
    ['not when nothing has changed', checked([FAILED]), 2 * MINUTE, false],
    ['not for another sentence alone', checked([{ ...FAILED, reason: 'wait 13 s' }]), 2 * MINUTE, false],
    ['when ten minutes are over', checked([FAILED]), 10 * MINUTE, true],
    ['when the clock was set back', checked([FAILED]), -MINUTE, true],
    [
      'when an image fails for something else',
      checked([{ ...FAILED, code: 'registry-failed' }]),
      MINUTE,
      true,
    ],
    ['when an image is well again', checked([WEB]), MINUTE, true],
    ['when something was updated', checked([FAILED, UPDATED]), MINUTE, true],
    ['when the resource has changed', checked([FAILED], { generation: 4 }), MINUTE, true],
    ['when there is one image more', checked([FAILED, WEB]), MINUTE, true],
    ['when there is a fault more', checked([FAILED], { problems: 1 }), MINUTE, true],
    ['when it cannot be read', { kind: 'invalid', generation: 3, message: 'x' }, MINUTE, true],
  ])('%s', (_, happening, after, expected) => {
    const now = NOW + after;
    expect(isWorthWriting(before, nextStatus(before, happening, now), now)).toBe(expected);
  });

  test('when there was none, and when the one before cannot be understood', () => {
    expect(isWorthWriting({}, nextStatus({}, checked([]), NOW), NOW)).toBe(true);
    const odd = { ...before, lastCheckedAt: 'yesterday' };
    expect(isWorthWriting(odd, nextStatus(odd, checked([FAILED]), NOW), NOW)).toBe(true);
  });
});
