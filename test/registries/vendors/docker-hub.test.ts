import { describe, expect, test } from 'vitest';
import { json, type Handler } from '../../helpers/registry-stand-in.ts';
import { dockerHubTags } from '../../helpers/vendor-stand-ins.ts';
import { aStandIn, askAt, basicLogin } from '../asking.ts';

const TAGS = [
  { tag: '1.0', digest: `sha256:${'1'.repeat(64)}`, pushed: '2026-03-01T12:00:00Z' },
  { tag: 'old', digest: '', pushed: '2016-03-01T12:00:00Z' },
];

async function aHub(handler: Handler, { path = 'acme/api', tags = ['1.0', 'old'] } = {}) {
  const hub = await aStandIn(handler);
  const registry = await aStandIn(() => json({ tags }));
  const asking = askAt(registry.url, {
    endpoint: { api: 'docker-hub', defaultNamespace: 'library' },
    interfaceUrls: { 'docker-hub': hub.url },
    path,
  });
  const tokens = () => hub.lines().filter((line) => line === 'POST /v2/auth/token').length;
  return { asking, hub, tokens };
}

describe("Docker Hub's tags", () => {
  test('are asked for with one token, until that is about to end', async () => {
    const { asking, tokens } = await aHub(dockerHubTags('secret')('acme/api', TAGS, 1).handler);
    const login = basicLogin('somebody', 'secret');

    await asking.listTags(login);
    await asking.listTags(login);
    expect(tokens()).toBe(1);
    asking.clock.advance(9 * 60_000);
    await asking.listTags(login);
    expect(tokens()).toBe(2);
  });

  test('are asked for with a fresh token when the one that was kept is refused', async () => {
    const { handler } = dockerHubTags('secret')('acme/api', TAGS, 1);
    let refusing = false;
    const { asking, tokens } = await aHub((seen) => {
      if (!refusing || seen.url.pathname === '/v2/auth/token') return handler(seen);
      refusing = false;
      return { status: 401, body: '{}' };
    });
    const login = basicLogin('somebody', 'secret');
    await asking.listTags(login);
    refusing = true;

    expect((await asking.listTags(login)).facts.size).toBe(1);
    expect(tokens()).toBe(2);
  });

  test('are asked for as by anybody when the login is refused, which is not tried at each listing', async () => {
    const { asking, hub, tokens } = await aHub(dockerHubTags()('acme/api', TAGS, 5).handler);
    const login = basicLogin('somebody', 'wrong');

    expect((await asking.listTags(login)).facts.size).toBe(1);
    await asking.listTags(login);
    expect(tokens()).toBe(1);
    expect(hub.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined]);
  });

  test('without a digest, or unknown to it, are tags without facts', async () => {
    const { asking } = await aHub(dockerHubTags()('acme/api', TAGS, 5).handler, {
      tags: ['1.0', 'old', 'new'],
    });

    const { tags, facts } = await asking.listTags();

    expect(tags).toEqual(['1.0', 'old', 'new']);
    expect([...facts.keys()]).toEqual(['1.0']);
  });

  test('of an official image are those of the namespace library', async () => {
    const { asking, hub } = await aHub(dockerHubTags()('library/nginx', TAGS, 5).handler, { path: 'nginx' });

    expect((await asking.listTags()).facts.size).toBe(1);
    expect(hub.lines()).toEqual(['GET /v2/namespaces/library/repositories/nginx/tags?page_size=100']);
  });

  test('are not asked for under a name that Docker Hub cannot have', async () => {
    const { asking, hub } = await aHub(dockerHubTags()('acme/api', TAGS, 5).handler, {
      path: 'acme/team/api',
    });

    expect((await asking.listTags()).facts.size).toBe(0);
    expect(hub.lines()).toEqual([]);
  });
});
