import { describe, expect, test } from 'vitest';
import { json, type Answer, type Handler } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { aStandIn, askAt } from './asking.ts';

interface Habits {
  /** Tags a page at most; all that were asked for unless set. */
  readonly cap?: number;
  /** Tags without a page size; all unless set. */
  readonly usual?: number;
  /**
   * What `last` means: the names after it in the order of ASCII, what stands behind it in the list, the same with it, nothing, a
   * request that is refused, or nothing left.
   */
  readonly last?: 'name' | 'place' | 'inclusive' | 'ignored' | 'refused' | 'empty';
}

/** A registry that never sends a `Link`. */
function unlinked(tags: readonly string[], { cap, usual, last = 'name' }: Habits): Handler {
  return ({ url }): Answer => {
    const asked = url.searchParams.get('n');
    const size = asked === null ? (usual ?? tags.length) : Math.min(Number(asked), cap ?? Infinity);
    const after = url.searchParams.get('last');
    if (after !== null && last === 'refused') return { status: 400 };
    return json({ name: 'acme/api', tags: restAfter(tags, after, last).slice(0, size) });
  };
}

function restAfter(
  tags: readonly string[],
  after: string | null,
  last: NonNullable<Habits['last']>,
): readonly string[] {
  if (after === null || last === 'ignored') return tags;
  if (last === 'name') return tags.filter((tag) => tag > after);
  if (last === 'empty') return [];
  return tags.slice(tags.indexOf(after) + (last === 'inclusive' ? 0 : 1));
}

function builds(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `build-${String(index).padStart(5, '0')}`);
}

/** As a registry lists them that sorts by the time of a push: `9` after `10`, and `0` last. */
function jumbled(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `b${(index * 7919 + 5) % count}`);
}

describe('a list of tags whose pages name no next one', () => {
  test.each<readonly [string, readonly string[], Habits, number]>([
    ['a page as long as was asked for is followed by the tags after it', builds(2345), {}, 3],
    ['... to a last page that is full', builds(3000), {}, 4],
    ['... where the last tag comes again', builds(2345), { last: 'inclusive' }, 3],
    ['... where `last` has no effect, by the list without a page size', builds(2345), { last: 'ignored' }, 3],
    ['... where `last` is refused', builds(1500), { last: 'refused' }, 3],
    ['... where `last` leaves nothing, as in a group of Nexus', builds(1001), { last: 'empty' }, 3],
    ['... which may be all there is', builds(1000), {}, 3],
    ['... which may be all there is where `last` has no effect', builds(1000), { last: 'ignored' }, 3],
    ['... also in the order of pushes', jumbled(2345), { last: 'place' }, 3],
    ['... also in the order of pushes, where `last` means names', jumbled(2345), {}, 3],
    ['a page that is shorter is the only one', builds(999), {}, 1],
    ['... also in the order of pushes', jumbled(999), {}, 1],
    ['a longer page than was asked for is the whole list', builds(5000), { cap: 0, usual: 5000 }, 1],
    ['a page of a hundred is followed, since it may be as long as pages get', builds(345), { cap: 100 }, 4],
    ['... and may be all there is', builds(100), {}, 2],
    ['... and may be all there is where `last` has no effect', builds(200), { last: 'ignored' }, 3],
    ['... also in the order of pushes', jumbled(345), { cap: 100, usual: 400 }, 3],
    ['a page of a length that is no usual cap is the only one', builds(150), {}, 1],
    ['a page of fifty is followed', builds(120), { cap: 50, usual: 50 }, 3],
  ])('%s', async (_what, tags, habits, requests) => {
    const handler = unlinked(tags, habits);
    const server = await aStandIn((seen) =>
      // No registry sends more than it was asked for but one that does not read `n`.
      habits.cap === 0 ? handler({ ...seen, url: new URL(seen.url.pathname, seen.url) }) : handler(seen),
    );

    const listing = await askAt(server.url).listTags();

    expect([...listing.tags].toSorted()).toEqual([...tags].toSorted());
    expect(server.seen.length).toBe(requests);
  });

  test.each<readonly [number | 'none', readonly string[], Habits, number]>([
    [37, builds(100), { cap: 37 }, 3],
    [5000, builds(1500), { cap: 1000 }, 2],
    ['none', builds(1500), { usual: 1000 }, 2],
    ['none', builds(1500), {}, 1],
  ])('is read to its end with the page size %s of the entry', async (pageSize, tags, habits, requests) => {
    const server = await aStandIn(unlinked(tags, habits));

    expect((await askAt(server.url, { endpoint: { pageSize } }).listTags()).tags).toEqual(tags);
    expect(server.seen.length).toBe(requests);
  });

  test.each<readonly [string, readonly string[], Habits]>([
    ['there is no way to go on', builds(2345), { last: 'ignored', usual: 100 }],
    [
      'going on is refused, and the list without a page size is shorter',
      builds(2345),
      { last: 'refused', usual: 10 },
    ],
    ['they are in no order, and so is what is left out', jumbled(2345), { usual: 1000 }],
  ])('is an error where %s', async (_what, tags, habits) => {
    const server = await aStandIn(unlinked(tags, habits));

    const error = await errorOf(askAt(server.url).listTags());

    expect([error.code, error.message, error.hint]).toEqual([
      'registry-response-invalid',
      expect.stringMatching(/there may be more than the \d+ tags that were found$/),
      expect.stringContaining('page_size'),
    ]);
    expect(server.seen.length).toBeLessThan(6);
  });

  test.each([
    [401, 'registry-denied'],
    [403, 'registry-denied'],
    [503, 'registry-failed'],
  ] as const)('fails with what its later pages fail with: %i', async (status, code) => {
    const good = unlinked(builds(2345), {});
    const server = await aStandIn((seen) => (seen.url.searchParams.has('last') ? { status } : good(seen)));

    expect((await errorOf(askAt(server.url).listTags())).code).toBe(code);
  });

  test('is read beside one that names them, each in its way', async () => {
    const silent = await aStandIn(unlinked(builds(1500), {}));
    const honest = await aStandIn(({ url }) =>
      url.searchParams.has('last')
        ? json({ tags: builds(1500).slice(1000) })
        : json({ tags: builds(1000) }, { link: '<?last=build-00999&n=1000>; rel="next"' }),
    );

    expect((await askAt(silent.url).listTags()).tags).toEqual(builds(1500));
    expect((await askAt(honest.url).listTags()).tags).toEqual(builds(1500));
    expect([silent.seen.length, honest.seen.length]).toEqual([2, 2]);
  });
});
