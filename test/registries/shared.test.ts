import { describe, expect, test } from 'vitest';
import { json } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { aStandIn, askAt, basicLogin } from './asking.ts';

describe('equal questions at the same time', () => {
  test('are asked once for one login and once more for another', async () => {
    const server = await aStandIn(() => json({ tags: ['1.0'] }));
    const asking = askAt(server.url);
    const [first, second] = [basicLogin('a', '1', 'env:A'), basicLogin('a', '1', 'env:B')];

    await Promise.all([
      asking.listTags(first),
      asking.listTags(first),
      asking.listTags(second),
      asking.listTags(first, 'acme/web'),
    ]);

    expect(server.lines().toSorted()).toEqual([
      'GET /v2/acme/api/tags/list?n=1000',
      'GET /v2/acme/api/tags/list?n=1000',
      'GET /v2/acme/web/tags/list?n=1000',
    ]);
  });

  test('that are stopped stop the request', async () => {
    const server = await aStandIn(() => ({ hang: 'half-way' }));
    const { registry } = askAt(server.url);
    const controller = new AbortController();
    const asked = errorOf(
      registry.listTags(
        { repository: { registry: server.host, path: 'acme/api' }, login: basicLogin('a', 'b') },
        controller.signal,
      ),
    );
    await expect.poll(() => server.seen.length).toBe(1);

    controller.abort();

    expect((await asked).code).toBe('aborted');
  });
});
