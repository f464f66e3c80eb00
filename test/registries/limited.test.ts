import { describe, expect, test } from 'vitest';
import type { HttpRequest, HttpResponse } from '../../src/http/message.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { createBudget, limited, type BudgetOptions } from '../../src/registries/limited.ts';
import { json } from '../helpers/registry-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { ANONYMOUS, anEndpoint, aStandIn, askAt } from './asking.ts';

const idle = new AbortController();

function aBudget(changes: Partial<BudgetOptions> = {}) {
  const clock = createVirtualClock(0);
  return {
    clock,
    budget: createBudget({ registry: 'reg.example', limit: 8, clock, longestWait: 30_000, ...changes }),
  };
}

/** When each of so many requests, all wanted at once, gets its turn, in milliseconds. */
async function turns(count: number, limit: number): Promise<readonly number[]> {
  const waits: number[] = [];
  const clock: Clock = {
    now: () => 0,
    random: () => 0,
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
  };
  const budget = createBudget({ registry: 'reg.example', limit, clock, longestWait: 0 });
  for (let turn = 0; turn < count; turn++) {
    const before = waits.length;
    await budget.take(idle.signal);
    if (waits.length === before) waits.push(0);
  }
  return waits;
}

describe('a budget', () => {
  test('lets a few through at once and then one after the other', async () => {
    expect(await turns(6, 8)).toEqual([0, 0, 125, 250, 375, 500]);
    expect(await turns(3, 1)).toEqual([0, 1000, 2000]);
  });

  test('of 0 is none at all', async () => {
    expect(await turns(50, 0)).toEqual(Array.from({ length: 50 }, () => 0));
  });

  test('recovers while nobody asks, but saves nothing up', async () => {
    const { budget, clock } = aBudget({ limit: 4 });
    clock.advance(60_000);

    for (let turn = 0; turn < 3; turn++) await budget.take(idle.signal);

    expect(clock.sleeps).toEqual([250, 250]);
  });

  test('that is frozen makes everybody wait, and then lets them through one after the other', async () => {
    const waits: number[] = [];
    const clock: Clock = {
      now: () => 0,
      random: () => 0,
      sleep: (milliseconds) => {
        waits.push(milliseconds);
        return new Promise(() => undefined);
      },
    };
    const budget = createBudget({ registry: 'reg.example', limit: 8, clock, longestWait: 30_000 });
    budget.freeze(5000);

    for (let turn = 0; turn < 5; turn++) void budget.take(idle.signal);

    await expect.poll(() => waits).toEqual([5000, 5000, 5125, 5250, 5375]);
  });

  test('that is frozen while somebody waits makes him wait anew', async () => {
    const { budget, clock } = aBudget({ limit: 1 });
    await budget.take(idle.signal);
    const waiting = budget.take(idle.signal);
    budget.freeze(5000);

    await waiting;

    expect([clock.sleeps, clock.now()]).toEqual([[1000, 4000], 5000]);
  });

  test('that is frozen for too long says so at once', async () => {
    const { budget, clock } = aBudget();
    budget.freeze(30_001);

    await expect(budget.take(idle.signal)).rejects.toMatchObject({
      code: 'registry-rate-limited',
      retryable: true,
      message: 'reg.example answered 429 and is left alone until 1970-01-01T00:00:30.001Z',
    });
    expect(clock.sleeps).toEqual([]);
  });

  test('is never frozen for longer than an hour', async () => {
    const { budget, clock } = aBudget();
    budget.freeze(1e12);
    clock.advance(3_600_000);

    await budget.take(idle.signal);

    expect(clock.sleeps).toEqual([]);
  });

  test('is not thawed by a shorter freeze', async () => {
    const { budget, clock } = aBudget();
    budget.freeze(9000);
    budget.freeze(1000);

    await budget.take(idle.signal);

    expect(clock.now()).toBe(9000);
  });

  test('does not spin under a clock that never moves', async () => {
    let sleeps = 0;
    const clock: Clock = { now: () => 0, random: () => 0, sleep: () => Promise.resolve(void (sleeps += 1)) };
    const budget = createBudget({ registry: 'reg.example', limit: 1, clock, longestWait: 30_000 });
    budget.freeze(10_000);

    await budget.take(idle.signal);

    expect(sleeps).toBe(3);
  });

  test('stops waiting when it is told to stop', async () => {
    const { budget } = aBudget({ limit: 1 });
    await budget.take(idle.signal);

    await expect(budget.take(AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('a limited client', () => {
  const request: HttpRequest = {
    method: 'GET',
    url: new URL('https://reg.example/'),
    headers: {},
    maxBytes: 1,
  };

  test.each([
    ['as long as it asks', '7', 7000],
    ['five seconds when it does not say', undefined, 5000],
    ['five seconds when it talks nonsense', 'soon', 5000],
  ])('leaves a registry alone after a 429 for %s', async (_how, retryAfter, milliseconds) => {
    const { budget, clock } = aBudget();
    const headers: Readonly<Record<string, string>> =
      retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    const answer = { status: 429, headers, body: Buffer.alloc(0), url: request.url } satisfies HttpResponse;
    const send = limited(() => Promise.resolve(answer), { budget, clock });

    expect((await send(request, idle.signal)).status).toBe(429);
    await send(request, idle.signal);

    expect(clock.sleeps).toEqual([milliseconds]);
  });
});

describe('the limit of a registry', () => {
  test('covers tokens and pings as well as the API', async () => {
    let url = '';
    const server = await aStandIn((seen) => {
      if (seen.url.pathname === '/token') return json({ token: 'x' });
      if (seen.headers.authorization !== undefined) return json({ tags: [] });
      return { status: 401, headers: { 'www-authenticate': `Bearer realm="${url}/token"` } };
    });
    url = server.url;
    const asking = askAt(url, { endpoint: { limit: 1 } });

    await asking.listTags();

    expect(asking.requests()).toEqual(['tags 401', 'token 200', 'tags 200']);
    expect(asking.clock.sleeps.length).toBe(2);
  });

  test('is one for all entries of a host, the strictest', async () => {
    const server = await aStandIn(() => json({ tags: [] }));
    const endpoints = [
      anEndpoint(server.url, { limit: 100 }),
      anEndpoint(server.url, { prefix: `${server.host}/acme`, limit: 1 }),
    ];
    const { registry, clock } = askAt(server.url, { endpoints });

    for (const path of ['other/api', 'acme/api'])
      await registry.listTags({ registry: server.host, path }, ANONYMOUS, idle.signal);

    expect(clock.sleeps.map(Math.round)).toEqual([1000]);
  });
});
