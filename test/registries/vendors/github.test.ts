import { describe, expect, test } from 'vitest';
import { json, type Answer, type Handler } from '../../helpers/registry-stand-in.ts';
import { errorOf } from '../../helpers/thrown.ts';
import { githubVersions } from '../../helpers/vendor-stand-ins.ts';
import { ANONYMOUS, aStandIn, askAt, basicLogin } from '../asking.ts';

const TOKEN = basicLogin('somebody', 'ghp_0123');
const TAGS = [{ tag: '1.0', digest: `sha256:${'1'.repeat(64)}`, pushed: '2026-03-01T12:00:00Z' }];

async function aGithub(handler: Handler) {
  const api = await aStandIn(handler);
  const registry = await aStandIn(() => json({ tags: ['1.0'] }));
  const asking = askAt(registry.url, { endpoint: { api: 'github' }, interfaceUrls: { github: api.url } });
  const paths = () => api.seen.map(({ url }) => url.pathname);
  return { asking, api, registry, paths };
}

describe("GitHub's packages", () => {
  test('of a user are found after the organization was not, and then at once', async () => {
    const { asking, paths } = await aGithub(githubVersions('users')('acme/api', TAGS, 100).handler);

    expect((await asking.listTags(TOKEN)).facts.size).toBe(1);
    await asking.listTags(TOKEN);

    const users = '/users/acme/packages/container/api/versions';
    expect(paths()).toEqual(['/orgs/acme/packages/container/api/versions', users, users]);
  });

  test('have the time of their push, not of the last change', async () => {
    const { asking } = await aGithub(githubVersions()('acme/api', TAGS, 100).handler);

    expect((await asking.listTags(TOKEN)).facts.get('1.0')?.pushed).toBe(Date.parse('2026-03-01T12:00:00Z'));
  });

  test.each([
    ['without a login', ANONYMOUS],
    ['with a password that no header can hold', basicLogin('somebody', 'line\nbreak')],
    ['with a password beyond ASCII', basicLogin('somebody', 'pässword')],
  ])('are not asked for %s', async (_, login) => {
    const { asking, paths } = await aGithub(githubVersions()('acme/api', TAGS, 100).handler);

    expect((await asking.listTags(login)).tags).toEqual(['1.0']);
    expect(paths()).toEqual([]);
  });

  test('are not asked for an image without an owner', async () => {
    const { asking, paths } = await aGithub(githubVersions()('acme/api', TAGS, 100).handler);

    expect((await asking.listTags(TOKEN, 'api')).tags).toEqual(['1.0']);
    expect(paths()).toEqual([]);
  });

  test('refused because the quota of the hour is spent are no refusal, and are left alone until it begins anew', async () => {
    const reset = Math.ceil(Date.now() / 1000) + 1800;
    const { asking, paths } = await aGithub(() => ({
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
      body: '{"message":"API rate limit exceeded"}',
    }));

    expect(await errorOf(asking.listTags(TOKEN))).toMatchObject({ code: 'registry-rate-limited' });
    expect(await errorOf(asking.listTags(TOKEN))).toMatchObject({ code: 'registry-rate-limited' });
    expect(paths()).toHaveLength(1);
  });

  test.each([
    ['in these words', 'You have exceeded a secondary rate limit. Please wait a few minutes.', {}],
    ['in other words', 'slow down: SECONDARY RATE LIMIT', {}],
    [
      'with requests left',
      'secondary rate limit',
      { 'x-ratelimit-remaining': '4000', 'x-ratelimit-reset': '9' },
    ],
  ])(
    'refused for haste %s are no refusal, and are asked for again after a minute',
    async (_, message, headers) => {
      let hasty = true;
      const { handler } = githubVersions()('acme/api', TAGS, 100);
      const { asking, paths } = await aGithub((seen) =>
        hasty ? { status: 403, headers, body: JSON.stringify({ message }) } : handler(seen),
      );

      expect(await errorOf(asking.listTags(TOKEN))).toMatchObject({ code: 'registry-rate-limited' });
      expect(await errorOf(asking.listTags(TOKEN))).toMatchObject({ code: 'registry-rate-limited' });
      expect(paths()).toHaveLength(1);
      hasty = false;
      asking.clock.advance(60_001);
      expect((await asking.listTags(TOKEN)).facts.size).toBe(1);
    },
  );

  test('are not asked for any more once the last answer left nothing of the quota', async () => {
    const { handler } = githubVersions()('acme/api', TAGS, 100);
    const { asking, paths } = await aGithub(async (seen) => {
      const answer = await handler(seen);
      const reset = String(Math.ceil(Date.now() / 1000) + 1800);
      const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
      return 'status' in answer ? { ...answer, headers: { ...answer.headers, ...headers } } : answer;
    });

    expect((await asking.listTags(TOKEN)).facts.size).toBe(1);
    expect(await errorOf(asking.listTags(TOKEN))).toMatchObject({ code: 'registry-rate-limited' });
    expect(paths()).toHaveLength(1);
  });

  test('of an image with thousands of versions are done without, and the names are all there', async () => {
    const many = Array.from({ length: 60 }, (_, index) => ({
      tag: `1.${index}`,
      digest: `sha256:${String(index).padStart(64, 'f')}`,
      pushed: '2026-03-01T12:00:00Z',
    }));
    const { asking, paths } = await aGithub(githubVersions()('acme/api', many, 1).handler);

    const listing = await asking.listTags(TOKEN);

    expect([...listing.facts]).toEqual([]);
    expect(listing.tags).toEqual(['1.0']);
    expect(paths().length).toBeGreaterThanOrEqual(100);
    await asking.listTags(TOKEN);
    expect(paths().length).toBeLessThan(210);
  });

  test('on a host that is not in reach are done without', async () => {
    const registry = await aStandIn(() => json({ tags: ['1.0'] }));
    const gone = await aStandIn(() => json([]));
    await gone.stop();
    const asking = askAt(registry.url, { endpoint: { api: 'github' }, interfaceUrls: { github: gone.url } });

    expect(await asking.listTags(TOKEN)).toMatchObject({ tags: ['1.0'], facts: new Map() });
    const asked = asking.events.length;
    await asking.listTags(TOKEN);
    expect(asking.events).toHaveLength(asked + 1);
  });

  test.each<readonly [string, Answer, string]>([
    ['answers nonsense', { status: 200, body: '<html>' }, 'registry-response-invalid'],
    ['is out of reach', { reset: 'at-once' }, 'registry-unreachable'],
  ])('that were told before are not done without when the host %s', async (_, answer, code) => {
    const { handler } = githubVersions()('acme/api', TAGS, 100);
    let broken = false;
    const { asking } = await aGithub((seen) => (broken ? answer : handler(seen)));
    await asking.listTags(TOKEN);
    broken = true;

    expect(await errorOf(asking.listTags(TOKEN))).toMatchObject({ code });
    broken = false;
    expect((await asking.listTags(TOKEN)).facts.size).toBe(1);
  });
});
