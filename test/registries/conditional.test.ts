import { describe, expect, test } from 'vitest';
import { json, pagedTags, type Answer, type Handler } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { ANONYMOUS, aStandIn, askAt, basicLogin } from './asking.ts';

/** Answers as another handler does, with an entity tag made from what it says, and 304 to whoever has that already. */
function tagged(handler: Handler): Handler {
  return async (seen) => {
    const answer = await handler(seen);
    if (!('status' in answer) || answer.status !== 200) return answer;
    const etag = `"${String(answer.body).length}-${seen.target}"`;
    if (seen.headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
    return { ...answer, headers: { ...answer.headers, etag } };
  };
}

describe('a list of tags with an entity tag', () => {
  test('is asked for again by it, page by page, and a 304 is the same list', async () => {
    const server = await aStandIn(tagged(pagedTags(['1.0', '1.1', '1.2'], { size: 2 })));
    const { listTags, requests } = askAt(server.url);

    const first = await listTags();
    const second = await listTags();

    expect(second).toEqual(first);
    expect(first.tags).toEqual(['1.0', '1.1', '1.2']);
    expect(requests()).toEqual(['tags 200', 'tags 200', 'tags 304', 'tags 304']);
  });

  test('is read anew when it has changed', async () => {
    let tags = ['1.0'];
    const server = await aStandIn(tagged(() => json({ name: 'acme/api', tags })));
    const { listTags, requests } = askAt(server.url);

    await listTags();
    tags = ['1.0', '1.1'];

    expect((await listTags()).tags).toEqual(['1.0', '1.1']);
    expect((await listTags()).tags).toEqual(['1.0', '1.1']);
    expect(requests()).toEqual(['tags 200', 'tags 200', 'tags 304']);
  });

  test('is nothing that another login is told of', async () => {
    const server = await aStandIn((seen): Answer | Promise<Answer> => {
      // A careless registry: who has the entity tag need not show who he is.
      if (seen.headers['if-none-match'] !== undefined) return { status: 304 };
      if (seen.headers.authorization === undefined)
        return { status: 401, headers: { 'www-authenticate': 'Basic realm="acme"' } };
      return json({ name: 'acme/api', tags: ['secret'] }, { etag: '"a"' });
    });
    const { listTags } = askAt(server.url);

    await listTags(basicLogin('one', 'secret'));

    expect((await errorOf(listTags(ANONYMOUS))).code).toBe('registry-denied');
    const other = await listTags(basicLogin('two', 'secret', 'env:OTHER'));
    expect(other.tags).toEqual(['secret']);
    expect(server.seen.map(({ headers }) => headers['if-none-match'] !== undefined)).not.toContain(true);
  });

  test('of more than a mebibyte is not kept', async () => {
    const tags = Array.from({ length: 20_000 }, (_, index) => `${index}-${'x'.repeat(60)}`);
    const server = await aStandIn(tagged(() => json({ name: 'acme/api', tags })));
    const { listTags, requests } = askAt(server.url);

    await listTags();
    await listTags();

    expect(requests()).toEqual(['tags 200', 'tags 200']);
  });

  test('that is not there any more is an error, not the list of before', async () => {
    let gone = false;
    const server = await aStandIn(
      tagged(() => (gone ? { status: 404 } : json({ name: 'acme/api', tags: ['1.0'] }))),
    );
    const { listTags } = askAt(server.url);

    await listTags();
    gone = true;

    expect((await errorOf(listTags())).code).toBe('registry-not-found');
  });

  test('keeps nothing of what the server said of its quota then', async () => {
    let remaining = 1;
    const server = await aStandIn((seen) => {
      const headers = { etag: '"a"', 'x-ratelimit-remaining': String(remaining) };
      if (seen.headers['if-none-match'] === '"a"') return { status: 304, headers: { etag: '"a"' } };
      return json({ name: 'acme/api', tags: ['1.0'] }, headers);
    });
    const { listTags, freezes } = askAt(server.url);

    await listTags();
    remaining = 0;
    await listTags();

    expect(freezes).toEqual([]);
  });
});
