import { describe, expect, it } from 'vitest';
import { NOTHING_STANDING, type Standing } from '../../../src/core/notices/standing.ts';
import { noticesOf } from '../../../src/core/notices/notices-of.ts';
import type { CycleReport } from '../../../src/core/report.ts';
import { aCycle, anImage, failed, OPTIONS } from './reports.ts';

const problem = {
  application: { namespace: 'argocd', name: 'shop' },
  alias: undefined,
  code: 'annotation-invalid',
  key: 'x',
  value: 'y',
  message: 'x is wrong',
} as const;

const unread = { code: 'applications-unreadable', message: 'no answer' } as const;

/** What lasts after each report, `code reason` of each; `undefined` where the report does not say. */
function lastingOf(reports: readonly CycleReport[]) {
  let standing: Standing = NOTHING_STANDING;
  return reports.map((one) => {
    const found = noticesOf(one, standing, OPTIONS);
    standing = found.standing;
    return found.lasting?.map(({ notice }) => `${notice.code} ${notice.reason}`);
  });
}

describe('what fails still', () => {
  it.each<[string, readonly CycleReport[], ReturnType<typeof lastingOf>]>([
    [
      'is there from its notice to its end',
      [aCycle([failed()]), aCycle([failed()]), aCycle([anImage()])],
      [['registry-not-found it is registry-not-found'], ['registry-not-found it is registry-not-found'], []],
    ],
    [
      'is not there before people are notified of it',
      [aCycle([failed('registry-unreachable')]), aCycle([failed('registry-unreachable')])],
      [[], ['registry-unreachable it is registry-unreachable']],
    ],
    [
      'has the code that it has now',
      [aCycle([failed('git-denied')]), aCycle([failed('registry-denied')])],
      [['git-denied it is git-denied'], ['registry-denied it is registry-denied']],
    ],
    [
      'is there while nobody looks at it',
      [
        aCycle([failed()]),
        aCycle([anImage({ outcome: 'skipped', code: 'not-due', reason: 'later' })]),
        aCycle([failed('aborted')]),
      ],
      [
        ['registry-not-found it is registry-not-found'],
        ['registry-not-found it failed with registry-not-found when it was looked at last'],
        ['registry-not-found it failed with registry-not-found when it was looked at last'],
      ],
    ],
    [
      'is not said by a report that is not of all',
      [
        aCycle([failed()]),
        aCycle([], { partial: true }),
        aCycle([], { failures: [unread] }),
        aCycle([failed()], { dryRun: true }),
      ],
      [['registry-not-found it is registry-not-found'], undefined, undefined, undefined],
    ],
    [
      'is a problem of an Application too',
      [aCycle([], { problems: [problem] }), aCycle([], { problems: [problem] }), aCycle([])],
      [['annotation-invalid x is wrong'], ['annotation-invalid x is wrong'], []],
    ],
    [
      'is no image that is gone',
      [aCycle([failed(), failed('registry-denied', { app: 'cart' })]), aCycle([failed()])],
      [
        ['registry-not-found it is registry-not-found', 'registry-denied it is registry-denied'],
        ['registry-not-found it is registry-not-found'],
      ],
    ],
  ])('%s', (_name, reports, expected) => {
    expect(lastingOf(reports)).toEqual(expected);
  });

  it('is as old as it is, and of the condition of its notice', () => {
    const first = noticesOf(aCycle([failed()]), NOTHING_STANDING, OPTIONS);
    const later = noticesOf(aCycle([failed()]), first.standing, { ...OPTIONS, now: OPTIONS.now + 3_600_000 });
    expect(later.lasting?.map(({ notice }) => [notice.at, notice.subject, notice.kind])).toEqual([
      [OPTIONS.now, first.notices[0]?.notice.subject, 'failing'],
    ]);
  });
});
