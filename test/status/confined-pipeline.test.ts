import { expect, test } from 'vitest';
import { confinedReader } from '../../src/status/confined-reader.ts';
import { createExampleReader, NOTHING_KNOWN } from '../helpers/example-status.ts';
import { imageStatus } from '../web/extension/scripted-status.ts';

test('a stage that waits says so by the reason for tenants, and stages of others are not there', () => {
  const whole = { outcome: 'held', code: 'gate-unavailable', reason: 'http://10.0.0.7 refused' } as const;
  const own = imageStatus('argocd/shop/web', whole);
  const other = imageStatus('argocd/bank/vault', whole);
  const stages = [own, other].map(({ id }) => ({
    imageId: id,
    upstreams: ['argocd/stage/web'],
    waitsFor: whole.reason,
  }));
  const all = createExampleReader({ ...NOTHING_KNOWN, pipeline: stages });
  const reader = confinedReader(
    { namespace: 'argocd', name: 'shop' },
    {
      all,
      known: () =>
        new Map([
          [own.id, { status: own, forTenants: { ...own, reason: 'it cannot be asked' } }],
          [other.id, { status: other }],
        ]) as never,
      problems: () => [],
      log: { find: () => ({ items: [], total: 0 }) },
      story: (image) => ({ image, changes: [], promotedTo: [] }),
      explain: () => undefined,
    },
  );
  expect(reader.pipeline()).toEqual([
    { imageId: own.id, upstreams: ['argocd/stage/web'], waitsFor: 'it cannot be asked' },
  ]);
});
