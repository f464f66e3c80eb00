import { describe, expect, test } from 'vitest';
import { createPausesInMemory } from '../../../src/app/verification/pauses-in-memory.ts';
import {
  closedAmong,
  companionsIn,
  pausedAmong,
  pausedNow,
} from '../../../src/app/verification/rollback-guards.ts';
import { parseWindows } from '../../../src/core/windows/parse-windows.ts';
import type { FailedWrite } from '../../../src/core/verification/failed-write.ts';
import type { WriteResult } from '../../../src/core/verification/write-result.ts';
import { LynceusError } from '../../../src/errors.ts';
import { aTracked, type TrackedParts } from '../../helpers/policies.ts';

const NOON = Date.UTC(2026, 4, 1, 12);
const SIGNAL = new AbortController().signal;
const LIMITS = { perNamespace: 3, perHour: 10, environmentCount: 3, environmentShare: 0.3 };

function anImage(name: string, parts: TrackedParts = {}) {
  const verify = { checks: ['health'], onFailure: 'rollback' } as const;
  return aTracked({ application: { namespace: 'argocd', name }, verify, ...parts });
}

function aFailure(name: string, commit = 'c0ffee'): FailedWrite {
  const images = [{ alias: 'api', image: 'ghcr.io/acme/api', version: '1.4.2' }];
  return {
    application: { namespace: 'argocd', name },
    commit,
    check: 'slo',
    detail: 'x',
    failedAt: NOON,
    images,
  };
}

function windows(text: string): TrackedParts {
  return { windows: { configured: parseWindows(text), annotated: [] } };
}

describe('update windows', () => {
  test('hold what is outside until they open, and nothing else', () => {
    const known = [
      anImage('inside', windows('allow 0 11 * * * 2h')),
      anImage('outside', windows('allow 0 20 * * * 2h')),
      anImage('denied', windows('deny 0 11 * * * 2h')),
      anImage('free'),
    ];
    const failed = ['inside', 'outside', 'denied', 'free'].map((name) => aFailure(name));
    const closed = closedAmong(failed, NOON, { policies: { known }, projects: { kind: 'none' } });
    expect(closed.map(({ failed: { application }, hold }) => [application.name, hold])).toEqual([
      ['outside', { code: 'outside-window', facts: { opensAt: Date.UTC(2026, 4, 1, 20) } }],
      ['denied', { code: 'outside-window', facts: { opensAt: Date.UTC(2026, 4, 1, 13) } }],
    ]);
  });
});

describe('a pause', () => {
  test('is of the Application where somebody paused it, and not where that is unknown', () => {
    const error = new LynceusError('kube-unreachable', 'no route to host');
    const isPaused = pausedAmong([
      anImage('paused', { paused: { by: 'annotation', reason: '' } }),
      anImage('unknown', { paused: { by: 'unknown', error } }),
      anImage('free'),
    ]);
    const names = ['paused', 'unknown', 'free'].filter((name) => isPaused({ namespace: 'argocd', name }));
    expect(names).toEqual(['paused']);
  });

  test.each(['rollbacks', 'everything'] as const)(
    'of %s holds rollbacks, until it is resumed',
    async (part) => {
      const pauses = createPausesInMemory();
      const services = { pauses, limits: LIMITS, onlyInWindows: false };
      expect(await pausedNow(services, SIGNAL)).toBe(false);
      await pauses.pause(part, { by: 'Ada', reason: '', since: NOON }, SIGNAL);
      expect(await pausedNow(services, SIGNAL)).toBe(true);
      await pauses.resume([part], SIGNAL);
      expect(await pausedNow(services, SIGNAL)).toBe(false);
    },
  );

  test('that cannot be read is not taken for none', async () => {
    const error = new LynceusError('kube-unreachable', 'no route to host');
    const pauses = { ...createPausesInMemory(), read: () => Promise.reject(error) };
    expect(await pausedNow({ pauses, limits: LIMITS, onlyInWindows: false }, SIGNAL)).toBe(error);
  });
});

describe('what one commit wrote', () => {
  const verified = (name: string, changes: Partial<WriteResult> = {}): WriteResult => ({
    application: { namespace: 'argocd', name },
    alias: 'api',
    image: 'ghcr.io/acme/api',
    version: '1.4.2',
    commit: 'c0ffee',
    writtenAt: 1,
    ending: { outcome: 'verified', at: 2 },
    ...changes,
  });
  const watched = (name: string, commit = 'c0ffee', kind: 'update' | 'rollback' = 'update') => ({
    application: { namespace: 'argocd', name },
    commit,
    writtenAt: 1,
    kind,
    images: [{ tracked: anImage(name), path: undefined, from: '1.4.1', to: '1.4.2' }],
  });

  test('goes back with what failed of it, for those that ask for that', () => {
    const known = [
      ...['shop', 'watched', 'verified', 'elsewhere', 'restored', 'back'].map((name) => anImage(name)),
      anImage('notified', { verify: { checks: ['health'], onFailure: 'notify' } }),
    ];
    const found = companionsIn([aFailure('shop')], {
      known,
      watched: [
        watched('shop'),
        watched('watched'),
        watched('notified'),
        watched('elsewhere', 'beef'),
        watched('restored', 'c0ffee', 'rollback'),
        watched('gone'),
      ],
      results: [verified('verified'), verified('back', { rollback: { outcome: 'done', at: 3 } })],
    });
    expect(found.map(({ application, companion }) => [application.name, companion])).toEqual([
      ['watched', { writtenAt: 1 }],
      ['verified', { writtenAt: 1 }],
    ]);
    expect(found[0]).toMatchObject({ commit: 'c0ffee', check: 'slo', detail: 'x' });
  });
});
