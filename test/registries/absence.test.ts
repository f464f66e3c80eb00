import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Answer, Seen } from '../helpers/registry-stand-in.ts';
import { json } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { aStandIn, askAt, DIGEST_ONLY, IMAGES, type Asking } from './asking.ts';

const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [
    {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${'a'.repeat(64)}`,
      platform: { os: 'linux', architecture: 'amd64' },
    },
  ],
});
const DIGEST = `sha256:${createHash('sha256').update(MANIFEST).digest('hex')}`;

const THERE: Answer = { status: 200, headers: { 'docker-content-digest': DIGEST }, body: MANIFEST };
const LISTED = json({ name: 'acme/api', tags: ['good'] });
const SILENT: Answer = { status: 404 };

function refused(status: number, ...codes: readonly string[]): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ errors: codes.map((code) => ({ code, message: 'x' })) }),
  };
}

function page(status: number, type = 'text/html; charset=utf-8'): Answer {
  return { status, headers: { 'content-type': type }, body: '<html>no such page</html>' };
}

interface Behaviour {
  readonly head?: Answer;
  /** Of the tag `odd`, one after another; the last one again and again. */
  readonly get: Answer | readonly Answer[];
  readonly list?: Answer;
}

/** A registry in which `good` is as it should be, and `odd` as the row says. */
async function asking({ head = SILENT, get, list = LISTED }: Behaviour): Promise<Asking> {
  const answers = Array.isArray(get) ? [...(get as readonly Answer[])] : [get as Answer];
  const server = await aStandIn(({ method, target }: Seen): Answer => {
    if (target.includes('/tags/list')) return list;
    if (!target.endsWith('/odd')) return THERE;
    if (method === 'HEAD') return head;
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? SILENT;
  });
  return askAt(server.url);
}

describe('a HEAD that does not tell the digest', () => {
  test.each<readonly [string, Answer]>([
    ['404', SILENT],
    ['404 with a code', refused(404, 'MANIFEST_UNKNOWN')],
    ['403', refused(403, 'DENIED')],
    ['401', { status: 401 }],
    ['400', { status: 400 }],
    ['405', { status: 405 }],
    ['406', { status: 406 }],
    ['500', { status: 500 }],
    ['501', { status: 501 }],
    ['200 without a digest', { status: 200 }],
    ['200 with half a digest', { status: 200, headers: { 'docker-content-digest': 'sha256:abc' } }],
  ])('as %s, is followed by a GET, and that counts', async (_what, head) => {
    const ask = await asking({ head, get: THERE });

    expect(await ask.describe('odd', DIGEST_ONLY)).toEqual({ digest: DIGEST, images: undefined });
    await ask.describe('odd', IMAGES);
    expect((await ask.describe('odd', IMAGES)).images?.length).toBe(1);
    expect((await ask.describe('good', DIGEST_ONLY)).digest).toBe(DIGEST);
  });

  test.each<readonly [number, string]>([
    [429, 'registry-rate-limited'],
    [503, 'registry-failed'],
  ])('as %i, is not, since it asks for less', async (status, code) => {
    const ask = await asking({ head: { status }, get: THERE });

    expect((await errorOf(ask.describe('odd', DIGEST_ONLY))).code).toBe(code);
    expect(new Set(ask.requests())).toEqual(new Set([`manifest ${status}`]));
  });
});

describe('a 404 for a manifest', () => {
  test.each<readonly [string, Behaviour, 'proven' | 'unproven']>([
    ['that says so', { get: refused(404, 'MANIFEST_UNKNOWN') }, 'proven'],
    ['that says so as Harbor does', { get: refused(404, 'NOT_FOUND') }, 'proven'],
    [
      'that says so after a HEAD that knew it',
      { head: THERE, get: refused(404, 'MANIFEST_UNKNOWN') },
      'proven',
    ],
    ['without a word, twice, while the list is there', { get: SILENT }, 'proven'],
    ['without a word, once', { get: [SILENT, THERE] }, 'unproven'],
    ['without a word, then a page', { get: [SILENT, page(404)] }, 'unproven'],
    ['without a word, then an error', { get: [SILENT, refused(403, 'DENIED')] }, 'unproven'],
    ['without a word, as for the list', { get: SILENT, list: SILENT }, 'unproven'],
    ['without a word, the list a page', { get: SILENT, list: page(200) }, 'unproven'],
    ['without a word, the list refused', { get: SILENT, list: { status: 401 } }, 'unproven'],
    ['without a word, the list cut off', { get: SILENT, list: { reset: 'at-once' } as Answer }, 'unproven'],
    ['that is a page', { get: page(404) }, 'unproven'],
    ['that is a page of no type', { get: page(404, '') }, 'unproven'],
    ['that is XML', { get: page(404, 'application/xml') }, 'unproven'],
    ['about the repository', { get: refused(404, 'NAME_UNKNOWN') }, 'unproven'],
    ['about the login', { get: refused(404, 'DENIED', 'UNAUTHORIZED') }, 'unproven'],
  ])('%s', async (_what, behaviour, found) => {
    const ask = await asking(behaviour);

    const error = await errorOf(ask.describe('odd', IMAGES));

    expect([error.code, error.retryable]).toEqual(['registry-not-found', found === 'unproven']);
    expect(error.line).toMatch(
      found === 'unproven' ? /need not be the registry's own answer \(see whether a proxy/ : /status 404/,
    );
    expect((await ask.describe('good', IMAGES)).digest).toBe(DIGEST);
  });

  test('that says so costs one request, and one that does not costs three', async () => {
    const telling = await asking({ get: refused(404, 'MANIFEST_UNKNOWN') });
    const silent = await asking({ get: SILENT });
    await errorOf(telling.describe('odd', IMAGES));
    await errorOf(silent.describe('odd', IMAGES));

    expect(telling.requests()).toEqual(['manifest 404']);
    expect(silent.requests()).toEqual(['manifest 404', 'tags 200', 'manifest 404']);
  });
});
