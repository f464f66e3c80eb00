import { expect, test } from 'vitest';
import type { Sighting } from '../../../src/core/tags/sightings.ts';
import { createRecords } from '../../../src/registries/cache/records.ts';
import { createSightingsStore } from '../../../src/registries/cache/sightings.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const KEY = '["ghcr.io","acme/api",null]';

test('sightings come back as they were, whatever the tags are called', () => {
  const store = createSightingsStore(createRecords(100_000));
  const sightings = new Map([
    ['10', { at: 5, digest: DIGEST }],
    ['9', { at: 5, digest: undefined }],
    ['__proto__', { at: 7, digest: DIGEST }],
    ['constructor', { at: 7, digest: undefined }],
  ]);
  expect(store.of(KEY)).toEqual(new Map());

  store.keep(KEY, sightings);

  expect(store.of(KEY)).toEqual(sightings);
  expect(store.of('["ghcr.io","acme/web",null]')).toEqual(new Map());
});

test('the same tags in another order are no change', () => {
  const records = createRecords(100_000);
  const store = createSightingsStore(records);
  const one: readonly [string, Sighting] = ['a', { at: 5, digest: DIGEST }];
  const other: readonly [string, Sighting] = ['b', { at: 5, digest: undefined }];
  store.keep(KEY, new Map([one, other]));
  const before = records.revision();

  store.keep(KEY, new Map([other, one]));

  expect(records.revision()).toBe(before);
});

test('an image repository is remembered as a whole or not at all', () => {
  const store = createSightingsStore(createRecords(3_000));
  const many = new Map(
    Array.from({ length: 25 }, (_, index) => [`tag-${index}`, { at: index, digest: DIGEST }]),
  );
  store.keep(KEY, many);
  expect(store.of(KEY).size).toBe(25);

  store.keep('["ghcr.io","acme/web",null]', many);

  expect(store.of(KEY).size).toBe(0);
  expect(store.of('["ghcr.io","acme/web",null]').size).toBe(25);
});
