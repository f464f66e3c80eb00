import { describe, expect, test } from 'vitest';
import type { SightingsOwner } from '../../../src/ports/sightings.ts';
import { NO_AGES, type VersionAges } from '../../../src/core/tags/version-ages.ts';
import { createAgeStore } from '../../../src/registries/cache/age-store.ts';
import { createRecords } from '../../../src/registries/cache/records.ts';
import { createSightingsStore } from '../../../src/registries/cache/sightings.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const API: SightingsOwner = { repository: { registry: 'ghcr.io', path: 'acme/api' }, pullSecret: undefined };
const OTHER_LOGIN: SightingsOwner = { ...API, pullSecret: { kind: 'env', variable: 'LOGIN' } };

const AGES: VersionAges = {
  listedAt: 1_000_000,
  tags: new Map([
    ['10', undefined],
    ['9', 5],
    ['__proto__', 5],
    ['constructor', undefined],
  ]),
  digests: new Map([
    ['10', { digest: DIGEST, at: 7 }],
    ['9', { digest: DIGEST, at: 8, pushed: 'none' }],
    ['__proto__', { digest: DIGEST, at: 9, pushed: 3 }],
  ]),
};

describe('the store of ages', () => {
  test('gives back what was kept, of each image repository and login for itself', () => {
    const records = createRecords(100_000);
    const store = createAgeStore(records);
    expect(store.of(API)).toEqual(NO_AGES);
    expect(store.keep(API, AGES)).toBe(true);
    expect(createAgeStore(records).of(API)).toEqual(AGES);
    expect(store.of(OTHER_LOGIN)).toEqual(NO_AGES);
    expect(createSightingsStore(records).of(API)).toEqual(new Map());
  });

  test('says when there is no room', () => {
    expect(createAgeStore(createRecords(10)).keep(API, AGES)).toBe(false);
  });

  test('a listing that changes nothing is no change of the file until ten minutes are over', () => {
    const records = createRecords(100_000);
    const store = createAgeStore(records);
    store.keep(API, AGES);
    const before = records.revision();
    store.keep(API, { ...AGES, listedAt: 1_500_000, tags: new Map([...AGES.tags].toReversed()) });
    expect(records.revision()).toBe(before);
    expect(store.of(API).listedAt).toBe(1_500_000);
    store.keep(API, { ...AGES, listedAt: 1_600_000 });
    expect(records.revision()).toBe(before + 1);
    store.keep(API, { ...AGES, listedAt: 1_600_001, digests: new Map() });
    expect(records.revision()).toBe(before + 2);
  });
});
