import { expect, test } from 'vitest';
import {
  acquiredBy,
  emptyLease,
  placeOfHolder,
  withPlaces,
  withRecord,
} from '../../src/leadership/lease-record.ts';

const LEASE = withRecord(
  {
    ...emptyLease({ namespace: 'argocd', name: 'lynceus' }),
    metadata: { name: 'lynceus', annotations: { team: 'a' } },
  },
  acquiredBy(undefined, { identity: 'pod-1', seconds: 10 }, 0),
);
const STATUS = 'https://10.1.2.3:8083';
const WEBHOOKS = 'http://10.1.2.3:8082';

test('a leader says of each of its servers where it is reached', () => {
  const lease = withPlaces(LEASE, [
    ['webhooks', WEBHOOKS],
    ['status', STATUS],
  ]);
  expect(placeOfHolder(lease, 'status')).toBe(STATUS);
  expect(placeOfHolder(lease, 'webhooks')).toBe(WEBHOOKS);
  expect(lease.metadata?.annotations).toMatchObject({ team: 'a' });
});

test('what the one before said is not said by the next', () => {
  const before = withPlaces(LEASE, [['status', STATUS]]);
  const lease = withPlaces(before, [
    ['webhooks', WEBHOOKS],
    ['status', undefined],
  ]);
  expect(placeOfHolder(lease, 'status')).toBeUndefined();
  expect(placeOfHolder(lease, 'webhooks')).toBe(WEBHOOKS);
  expect(lease.metadata?.annotations).toMatchObject({ team: 'a' });
});

test('nobody is reached where nobody holds the Lease', () => {
  const lease = withPlaces(emptyLease({ namespace: 'argocd', name: 'lynceus' }), [['status', STATUS]]);
  expect(placeOfHolder(lease, 'status')).toBeUndefined();
});
