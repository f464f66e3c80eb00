import { describe, expect, test } from 'vitest';
import { json, type Handler } from '../../helpers/registry-stand-in.ts';
import { azureTags, gitlabTags, quayTags, type VendorTag } from '../../helpers/vendor-stand-ins.ts';
import type { RegistryApi } from '../../../src/core/registry-api.ts';
import { aStandIn, askAt, basicLogin } from '../asking.ts';

const TAGS: readonly VendorTag[] = [
  { tag: '1.0', digest: `sha256:${'1'.repeat(64)}`, pushed: '2026-03-01T12:00:00Z' },
  { tag: '2.0', digest: `sha256:${'2'.repeat(64)}`, pushed: '2026-03-02T12:00:00Z' },
];

async function asked(
  api: RegistryApi,
  handler: Handler,
  tagSortMode: 'unsorted' | 'latest-first' = 'unsorted',
) {
  const server = await aStandIn((seen) =>
    seen.url.pathname.startsWith('/v2/') ? json({ tags: ['2.0', '1.0'] }) : handler(seen),
  );
  return { server, asking: askAt(server.url, { endpoint: { api, tagSortMode } }) };
}

describe('Quay', () => {
  test('is asked as by anybody with the login of a robot account, which it would not take', async () => {
    const { server, asking } = await asked('quay', quayTags()('acme/api', TAGS, 5).handler);

    expect((await asking.listTags(basicLogin('acme+robot', 'secret'))).facts.size).toBe(2);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  test('lists a private image for a robot account by the distribution API', async () => {
    const { asking } = await asked('quay', quayTags('oauth')('acme/api', TAGS, 5).handler);

    expect(await asking.listTags(basicLogin('acme+robot', 'secret'))).toMatchObject({
      tags: ['2.0', '1.0'],
      facts: new Map(),
    });
  });
});

describe('Azure', () => {
  test('is asked for smaller pages when it refuses large ones', async () => {
    const { handler } = azureTags()('acme/api', TAGS, 5);
    const { asking } = await asked('azure', (seen) =>
      seen.url.searchParams.has('n') ? { status: 400, body: '{}' } : handler(seen),
    );

    expect((await asking.listTags()).facts.size).toBe(2);
  });

  test('has an empty list where all tags were deleted', async () => {
    const { asking } = await asked('azure', () => json({ registry: 'r', imageName: 'acme/api', tags: null }));

    expect((await asking.listTags()).tags).toEqual([]);
  });

  test('leaves out texts that are no tags', async () => {
    const odd = { tag: '-odd', digest: `sha256:${'3'.repeat(64)}`, pushed: '2026-03-02T12:00:00Z' };
    const { asking } = await asked('azure', azureTags()('acme/api', [odd, ...TAGS], 5).handler);

    expect((await asking.listTags()).tags).toEqual(['1.0', '2.0']);
  });
});

describe('GitLab', () => {
  test('tells of older versions the time at which the tag last moved, or was made', async () => {
    const times = [
      { name: '1.0', digest: TAGS[0]?.digest, created_at: '2026-01-01T00:00:00Z' },
      {
        name: '2.0',
        digest: TAGS[1]?.digest,
        created_at: '2026-01-01T00:00:00Z',
        updated_at: '2026-02-02T00:00:00Z',
      },
    ];
    const { asking } = await asked('gitlab', () => json(times));

    const { facts } = await asking.listTags();

    expect(facts.get('1.0')?.pushed).toBe(Date.parse('2026-01-01T00:00:00Z'));
    expect(facts.get('2.0')?.pushed).toBe(Date.parse('2026-02-02T00:00:00Z'));
  });

  test('keeps the order of the list when the administrator says that it means something', async () => {
    const { asking } = await asked('gitlab', gitlabTags()('acme/api', TAGS, 5).handler, 'latest-first');

    const listing = await asking.listTags();

    expect(listing.tags).toEqual(['2.0', '1.0']);
    expect(listing.order).toBe('latest-first');
    expect(listing.facts.size).toBe(2);
  });
});
