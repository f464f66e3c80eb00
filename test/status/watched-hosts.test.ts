import { describe, expect, test } from 'vitest';
import { quotaOf } from '../../src/http/rate-limits.ts';
import { watchHosts } from '../../src/status/watched-hosts.ts';

function watched() {
  const clock = { time: 1_000, now: () => clock.time };
  const hosts = watchHosts(clock);
  const ask = (status: number, kind: 'tags' | 'token' = 'tags', registry = 'ghcr.io') =>
    hosts.observer.registryRequest({ registry, kind, status, seconds: 0 });
  return { clock, hosts, ask, observer: hosts.observer };
}

describe('registries', () => {
  test.each([
    [200, 'tags', 0],
    [401, 'tags', 0],
    [401, 'token', 1],
    [404, 'tags', 1],
    [429, 'tags', 1],
    [503, 'tags', 1],
    [0, 'tags', 1],
  ] as const)('%d to a request for %s is %d failures, as in the metrics', (status, kind, failures) => {
    const { hosts, ask } = watched();
    ask(status, kind);
    expect(hosts.registries()).toEqual([{ registry: 'ghcr.io', requests: 1, failures, lastAt: 1_000 }]);
  });

  test('a pause is shown until it is over, and that of the host is not hidden by that of a path', () => {
    const { clock, hosts, observer } = watched();
    observer.registryFrozen({ registry: 'docker.io', scope: 'host', reason: 'status-429', until: 9_000 });
    observer.registryFrozen({ registry: 'docker.io', scope: 'path', reason: 'quota', until: 5_000 });
    expect(hosts.registries()).toMatchObject([{ pausedUntil: 9_000, pausedBecause: 'status-429' }]);
    clock.time = 9_000;
    expect(hosts.registries()).toEqual([{ registry: 'docker.io', requests: 0, failures: 0 }]);
  });

  test('what is left of a quota, as it was told last', () => {
    const { clock, hosts, observer, ask } = watched();
    observer.registryRequest({
      registry: 'docker.io',
      kind: 'manifest',
      status: 200,
      seconds: 0,
      quota: { remaining: 76, limit: 100 },
    });
    clock.time = 2_000;
    ask(200, 'tags', 'docker.io');
    expect(hosts.registries()).toMatchObject([
      { lastAt: 2_000, quota: { remaining: 76, limit: 100, at: 1_000 } },
    ]);
  });

  test('only so many are kept, the ones that were asked last', () => {
    const { hosts, ask } = watched();
    for (let at = 0; at < 1_200; at += 1) ask(200, 'tags', `r${at}.example`);
    const names = hosts.registries().map(({ registry }) => registry);
    expect(names).toHaveLength(1_000);
    expect(names).not.toContain('r0.example');
  });
});

test('remotes have the last fetch and the last push', () => {
  const { clock, hosts, observer } = watched();
  const seen = { remote: 'git.example', label: 'git.example/acme/deploy', seconds: 0 };
  observer.gitOperation({ ...seen, kind: 'fetch', ok: true });
  clock.time = 2_000;
  observer.gitOperation({ ...seen, kind: 'push', ok: false });
  observer.gitOperation({ remote: 'other.example', kind: 'fetch', ok: true, seconds: 0 });
  expect(hosts.remotes()).toEqual([
    {
      remote: 'git.example/acme/deploy',
      lastFetch: { at: 1_000, ok: true },
      lastPush: { at: 2_000, ok: false },
    },
    { remote: 'other.example', lastFetch: { at: 2_000, ok: true } },
  ]);
});

describe('a quota in the headers of an answer', () => {
  test.each([
    [
      { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' },
      { remaining: 76, limit: 100 },
    ],
    [
      { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0' },
      { remaining: 0, limit: 5000 },
    ],
    [
      { 'ratelimit-limit': '10, 10;window=1', 'ratelimit-remaining': '9' },
      { remaining: 9, limit: 10 },
    ],
    [{ 'ratelimit-remaining': '76' }, undefined],
    [{ 'ratelimit-limit': 'many', 'ratelimit-remaining': '-1' }, undefined],
    [{}, undefined],
  ])('%j', (headers, quota) => {
    expect(quotaOf({ headers })).toEqual(quota);
  });
});
