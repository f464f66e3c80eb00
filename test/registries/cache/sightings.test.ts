import { expect, test } from 'vitest';
import type { Sighting } from '../../../src/core/tags/sightings.ts';
import type { SightingsOwner } from '../../../src/ports/sightings.ts';
import { createRecords } from '../../../src/registries/cache/records.ts';
import { createSightingsStore } from '../../../src/registries/cache/sightings.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const API: SightingsOwner = { repository: { registry: 'ghcr.io', path: 'acme/api' }, pullSecret: undefined };
const WEB: SightingsOwner = { ...API, repository: { registry: 'ghcr.io', path: 'acme/web' } };

test('sightings come back as they were, whatever the tags are called', () => {
  const store = createSightingsStore(createRecords(100_000));
  const sightings = new Map([
    ['10', { at: 5, digest: DIGEST }],
    ['9', { at: 5, digest: undefined }],
    ['__proto__', { at: 7, digest: DIGEST }],
    ['constructor', { at: 7, digest: undefined }],
  ]);
  expect(store.of(API)).toEqual(new Map());

  store.keep(API, sightings);

  expect(store.of(API)).toEqual(sightings);
  expect(store.of(WEB)).toEqual(new Map());
});

test('the same tags in another order are no change', () => {
  const records = createRecords(100_000);
  const store = createSightingsStore(records);
  const one: readonly [string, Sighting] = ['a', { at: 5, digest: DIGEST }];
  const other: readonly [string, Sighting] = ['b', { at: 5, digest: undefined }];
  store.keep(API, new Map([one, other]));
  const before = records.revision();

  store.keep(API, new Map([other, one]));

  expect(records.revision()).toBe(before);
});

test('an image repository is remembered as a whole or not at all', () => {
  const store = createSightingsStore(createRecords(3_000));
  const many = new Map(
    Array.from({ length: 25 }, (_, index) => [`tag-${index}`, { at: index, digest: DIGEST }]),
  );
  store.keep(API, many);
  expect(store.of(API).size).toBe(25);

  store.keep(WEB, many);

  expect(store.of(API).size).toBe(0);
  expect(store.of(WEB).size).toBe(25);
});

test('are kept under the keys that earlier versions wrote', () => {
  const records = createRecords(3_000);
  const store = createSightingsStore(records);

  store.keep(API, new Map([['1.0', { at: 5, digest: undefined }]]));
  store.keep(
    { ...API, pullSecret: { kind: 'env', variable: 'GHCR' } },
    new Map([['1.0', { at: 7, digest: undefined }]]),
  );

  expect(records.all().map(([key]) => key)).toEqual([
    'seen ["ghcr.io","acme/api",null]',
    'seen ["ghcr.io","acme/api",{"kind":"env","variable":"GHCR"}]',
  ]);
  expect(store.of(API).get('1.0')?.at).toBe(5);
});
