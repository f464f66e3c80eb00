import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { imageStatusOf } from '../../../src/core/status/image-status-of.ts';
import { imageStatusId } from '../../../src/core/status/image-id.ts';
import { IMAGE_OUTCOMES } from '../../../src/core/status/count-images.ts';
import type { ImageStatus } from '../../../src/core/status/image-status.ts';
import { indexImages, isImageKey } from '../../../src/core/status/query-images.ts';
import { IMAGE_ORDERS } from '../../../src/core/status/status-pages.ts';
import type { ImageResult } from '../../../src/core/report.ts';
import { aResult } from './results.ts';

function statusOf(result: ImageResult, at: number, behind?: number): ImageStatus {
  const status = imageStatusOf(result, { id: imageStatusId(result), at, commitPageOf: () => undefined });
  return behind === undefined ? status : { ...status, behind };
}

const images = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom('shop', 'blog', 'a,b', 'ü', '%41'),
      alias: fc.string({ minLength: 1, maxLength: 3 }),
      outcome: fc.constantFrom(...IMAGE_OUTCOMES),
      at: fc.integer({ min: 0, max: 3 }),
      behind: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
    })
    .map(({ name, alias, outcome, at, behind }) =>
      statusOf(aResult({ application: { namespace: 'argocd', name }, alias, outcome }), at, behind),
    ),
  { selector: ({ id }) => id, maxLength: 25 },
);

function walk(
  list: readonly ImageStatus[],
  sort: (typeof IMAGE_ORDERS)[number],
  limit: number,
): readonly string[] {
  const index = indexImages(list);
  const found: string[] = [];
  let after: string | undefined;
  for (let part = 0; part < 100; part += 1) {
    const { items, next, total } = index.find({ sort }, { limit, after });
    expect(total).toBe(list.length);
    found.push(...items.map(({ id }) => id));
    if (next === undefined) return found;
    expect(isImageKey(next)).toBe(true);
    after = next;
  }
  throw new Error('it never ends');
}

describe('parts of a list', () => {
  test('together have every image once, in every order', () => {
    fc.assert(
      fc.property(
        images,
        fc.constantFrom(...IMAGE_ORDERS),
        fc.integer({ min: 1, max: 7 }),
        (list, sort, limit) => {
          const whole = indexImages(list)
            .find({ sort }, { limit: 1_000 })
            .items.map(({ id }) => id);
          expect(walk(list, sort, limit)).toEqual(whole);
          expect(new Set(whole)).toEqual(new Set(list.map(({ id }) => id)));
        },
      ),
    );
  });

  test('show nothing twice and leave nothing out when images come and go between them', () => {
    fc.assert(
      fc.property(
        images,
        images,
        fc.constantFrom(...IMAGE_ORDERS),
        fc.integer({ min: 1, max: 7 }),
        (list, others, sort, limit) => {
          const first = indexImages(list).find({ sort }, { limit });
          const shown = new Set(first.items.map(({ id }) => id));
          if (first.next === undefined) return;
          const ids = new Set(list.map(({ id }) => id));
          const come = others.filter(({ id }) => !ids.has(id));
          const rest = indexImages([...list, ...come])
            .find({ sort }, { limit: 1_000, after: first.next })
            .items.map(({ id }) => id);
          expect(rest.filter((id) => shown.has(id))).toEqual([]);
          expect(new Set(rest.filter((id) => ids.has(id)))).toEqual(
            new Set([...ids].filter((id) => !shown.has(id))),
          );
        },
      ),
    );
  });

  test.each(['', 'x', '1,2', 'failed,x,,,,', 'lost,1,,a,b,c', 'failed,1,,a,b,%zz', 'failed,1,,a,b'])(
    '%j is no place in a list',
    (text) => {
      expect(isImageKey(text)).toBe(false);
    },
  );
});

test('what failed comes first', () => {
  const list = IMAGE_OUTCOMES.map((outcome) => statusOf(aResult({ alias: outcome, outcome }), 1));
  const { items } = indexImages(list).find({}, { limit: 10 });
  expect(items.map(({ outcome }) => outcome)).toEqual([
    'failed',
    'held',
    'update',
    'updated',
    'skipped',
    'current',
  ]);
});

describe('search', () => {
  const list = [
    statusOf(aResult({ reason: 'Held by ANA' }), 1),
    statusOf(
      aResult({
        application: { namespace: 'team-a', name: 'blog' },
        image: 'docker.io/library/nginx',
        alias: '',
      }),
      1,
    ),
  ];
  // prettier-ignore
  test.each([
    ['', 2],
    ['  ', 2],
    ['ana', 1],
    ['SHOP ana', 1],
    ['blog ana', 0],
    ['team-a/blog', 1],
    ['nginx', 1],
    ['1.1.0', 2],
    ['.*', 0],
  ])('%j finds %d', (search, count) => {
    expect(indexImages(list).find({ search }, { limit: 10 }).total).toBe(count);
  });

  test.each(['nginx', 'docker.io/nginx', 'index.docker.io/library/nginx'])(
    'an image is found as %s',
    (image) => {
      expect(indexImages(list).find({ image }, { limit: 10 }).items).toMatchObject([{ application: 'blog' }]);
    },
  );
});
