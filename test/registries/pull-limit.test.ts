import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { json, type Seen } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { ANONYMOUS, aStandIn, askAt, basicLogin, DIGEST_ONLY, IMAGES } from './asking.ts';

const INDEX = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] };
const DIGEST = `sha256:${createHash('sha256').update(JSON.stringify(INDEX)).digest('hex')}`;

/** Docker Hub's registry, where each manifest tells how many pulls are left. */
async function aHub(left: number) {
  const pulls: Seen[] = [];
  const server = await aStandIn((seen) => {
    if (seen.url.pathname.endsWith('/tags/list')) return json({ tags: ['1.0'] });
    if (seen.method === 'HEAD') return { status: 200, headers: { 'docker-content-digest': DIGEST } };
    pulls.push(seen);
    return json(INDEX, { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': `${left};w=21600` });
  });
  return { pulls, asking: askAt(server.url) };
}

test('manifests are not asked for when no pull is left, while tags and digests still are', async () => {
  const { pulls, asking } = await aHub(0);
  await asking.describe('1.0', IMAGES);

  const error = await errorOf(asking.describe('2.0', IMAGES));

  expect(error.code).toBe('registry-rate-limited');
  expect(error.message).toContain('no pulls left for anybody without a login');
  expect(pulls).toHaveLength(1);
  expect((await asking.listTags()).tags).toEqual(['1.0']);
  expect((await asking.describe('1.0', DIGEST_ONLY)).digest).toBe(DIGEST);
});

test('they are asked for again after a while, and at once by another login', async () => {
  const { pulls, asking } = await aHub(0);
  await asking.describe('1.0', IMAGES);

  await asking.describe('2.0', IMAGES, basicLogin('somebody', 'secret'));
  expect(pulls).toHaveLength(2);
  asking.clock.advance(15 * 60_000);
  await asking.describe('3.0', IMAGES, ANONYMOUS);
  expect(pulls).toHaveLength(3);
});

test.each([
  ['for as long as it likes', {}],
  ['for ten years', { 'retry-after': '315360000' }],
])('one image repository that has no pulls left %s is no other', async (_how, more) => {
  const server = await aStandIn(({ url }) =>
    json(INDEX, url.pathname.includes('/evil/') ? { 'ratelimit-remaining': '0;w=21600', ...more } : {}),
  );
  const asking = askAt(server.url);
  const describeOf = (path: string, reference: string) =>
    asking.registry.describe(
      { repository: { registry: asking.host, path }, login: ANONYMOUS, reference, needs: IMAGES },
      new AbortController().signal,
    );
  await describeOf('evil/app', '1.0');
  expect((await errorOf(describeOf('evil/app', '2.0'))).code).toBe('registry-rate-limited');

  expect((await describeOf('acme/web', '1.0')).digest).toBe(DIGEST);

  asking.clock.advance(3_600_000);
  expect((await describeOf('evil/app', '3.0')).digest).toBe(DIGEST);
});

test('they are asked for as long as pulls are left', async () => {
  const { pulls, asking } = await aHub(10);
  await asking.describe('1.0', IMAGES);
  await asking.describe('2.0', IMAGES);

  expect(pulls).toHaveLength(2);
});
