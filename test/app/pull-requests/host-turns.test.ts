import { afterEach, describe, expect, test, vi } from 'vitest';
import { NO_LIMITS } from '../../../src/app/cycle-limits.ts';
import { createHostTurns } from '../../../src/app/pull-requests/host-turns.ts';
import { gitTargetOf, type GitPlace } from '../../../src/core/policy.ts';
import { aProposal } from './a-request.ts';

const { signal } = new AbortController();
const SHARED = 'https://one.example/acme/deploy.git';
const OTHER_HOST = 'https://two.example/acme/deploy.git';

function placeOf(url: string): GitPlace {
  const place = gitTargetOf(aProposal({ url }).tracked)?.place;
  if (place === undefined) throw new Error('no place in Git');
  return place;
}

function endless(during: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    during.addEventListener('abort', () => reject(new Error('ended'))),
  );
}

afterEach(() => void vi.useRealTimers());

describe('turns at hosts of pull requests', () => {
  test.each([
    [SHARED, SHARED, 1],
    [SHARED, 'https://one.example/beta/deploy.git', 1],
    [SHARED, OTHER_HOST, 2],
    ['https://github.com/acme/deploy.git', 'ssh://git@ssh.github.com:443/acme/other.git', 1],
    ['git@gitlab.com:acme/deploy.git', 'ssh://git@altssh.gitlab.com:443/acme/other.git', 1],
    ['https://dev.azure.com/acme/Shop/_git/deploy', 'git@ssh.dev.azure.com:v3/acme/Shop/other', 1],
    [SHARED, 'https://one.example./acme/other.git', 1],
    [SHARED, 'ssh://git@ssh.one.example:443/acme/other.git', 2],
  ])('of %s and %s: %j at a time', async (one, other, count) => {
    const turns = createHostTurns(NO_LIMITS);
    let running = 0;
    let most = 0;
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    };

    await Promise.all([one, other].map((url) => turns.run(placeOf(url), signal, work)));

    expect(most).toBe(count);
  });

  test('at a host that never answers end, and keep nobody else waiting: neither there nor elsewhere', async () => {
    vi.useFakeTimers();
    const turns = createHostTurns({ ...NO_LIMITS, hostTime: 120_000 });
    const ended: string[] = [];
    const ask = (url: string, work: (during: AbortSignal) => Promise<unknown>) =>
      turns.run(placeOf(url), signal, work).then(
        () => ended.push(`${url} done`),
        (thrown: { code: string }) => ended.push(`${url} ${thrown.code}`),
      );
    const evil = 'https://one.example/evil/deploy.git';
    for (let count = 0; count < 5; count += 1) void ask(evil, endless);
    void ask(SHARED, () => Promise.resolve());
    void ask(OTHER_HOST, () => Promise.resolve());

    await vi.advanceTimersByTimeAsync(5_000);
    expect(ended).toEqual([`${OTHER_HOST} done`, `${SHARED} done`]);

    await vi.advanceTimersByTimeAsync(120_000);
    expect(ended.slice(2)).toEqual(Array.from({ length: 5 }, () => `${evil} deadline`));
  });
});
