import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../src/http/message.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { createBudget, type BudgetOptions } from '../../src/registries/budget.ts';
import { knownConcurrency } from '../../src/registries/known.ts';
import { limited } from '../../src/registries/limited.ts';
import { pauseAfter, type Pause } from '../../src/registries/rate-limit.ts';
import { json } from '../helpers/registry-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';
import { anEndpoint } from '../helpers/an-endpoint.ts';
import { ANONYMOUS, aStandIn, askAt } from './asking.ts';

const idle = new AbortController();

const PLAIN = { registry: 'reg.example', limit: 8, concurrency: 10, longestWait: 30_000 };

function aPause(milliseconds: number): Pause {
  return { reason: 'status-429', milliseconds };
}

function aBudget(changes: Partial<BudgetOptions> = {}) {
  const clock = createVirtualClock(0);
  return {
    clock,
    budget: createBudget({ ...PLAIN, clock, ...changes }),
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
  const budget = createBudget({ ...PLAIN, limit, clock, longestWait: 0 });
  for (let turn = 0; turn < count; turn++) {
    const before = waits.length;
    await budget.waitForTurn(idle.signal);
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

    for (let turn = 0; turn < 3; turn++) await budget.waitForTurn(idle.signal);

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
    const budget = createBudget({ ...PLAIN, clock });
    budget.pause(aPause(5000));

    for (let turn = 0; turn < 5; turn++) void budget.waitForTurn(idle.signal);

    await expect.poll(() => waits).toEqual([5000, 5000, 5125, 5250, 5375]);
  });

  test('that is frozen while somebody waits makes him wait anew', async () => {
    const { budget, clock } = aBudget({ limit: 1 });
    await budget.waitForTurn(idle.signal);
    const waiting = budget.waitForTurn(idle.signal);
    budget.pause(aPause(5000));

    await waiting;

    expect([clock.sleeps, clock.now()]).toEqual([[1000, 4000], 5000]);
  });

  test('that is frozen for too long says so at once', async () => {
    const { budget, clock } = aBudget();
    budget.pause(aPause(30_001));

    await expect(budget.waitForTurn(idle.signal)).rejects.toMatchObject({
      code: 'registry-rate-limited',
      retryable: true,
      message: 'reg.example answered 429 and is left alone until 1970-01-01T00:00:30.001Z',
    });
    expect(clock.sleeps).toEqual([]);
  });

  test('is not ended by a shorter pause', async () => {
    const { budget, clock } = aBudget();
    budget.pause(aPause(9000));
    budget.pause(aPause(1000));

    await budget.waitForTurn(idle.signal);

    expect(clock.now()).toBe(9000);
  });

  test('does not spin under a clock that never moves', async () => {
    let sleeps = 0;
    const clock: Clock = { now: () => 0, random: () => 0, sleep: () => Promise.resolve(void (sleeps += 1)) };
    const budget = createBudget({ ...PLAIN, limit: 1, clock });
    budget.pause(aPause(10_000));

    await budget.waitForTurn(idle.signal);

    expect(sleeps).toBe(3);
  });

  test('stops waiting when it is told to stop', async () => {
    const { budget } = aBudget({ limit: 1 });
    await budget.waitForTurn(idle.signal);

    await expect(budget.waitForTurn(AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('an answer', () => {
  const now = Date.parse('2026-01-01T12:00:00Z');
  const HOUR = 3_600_000;
  const rows: readonly (readonly [number, Readonly<Record<string, string>>, Pause | undefined])[] = [
    [200, {}, undefined],
    [429, {}, aPause(5_000)],
    [429, { 'retry-after': '7' }, aPause(7_000)],
    [429, { 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }, aPause(30_000)],
    [429, { 'retry-after': 'soon' }, aPause(5_000)],
    [429, { 'retry-after': '86400' }, aPause(HOUR)],
    [429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '20' }, aPause(20_000)],
    [403, {}, undefined],
    [403, { 'retry-after': '9' }, { reason: 'quota', milliseconds: 9_000 }],
    [503, {}, undefined],
    [503, { 'retry-after': '9' }, { reason: 'status-503', milliseconds: 9_000 }],
    [502, { 'retry-after': '9' }, undefined],
    [200, { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '1;w=21600' }, undefined],
    [200, { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' }, undefined],
    [200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1_000 + 40) }, { reason: 'quota', milliseconds: 40_000 }],
    [200, { 'ratelimit-remaining': '0', 'ratelimit-reset': '40' }, { reason: 'quota', milliseconds: 40_000 }],
    [200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1_000 - 40) }, { reason: 'quota', milliseconds: 0 }],
    [200, { 'x-ratelimit-remaining': '0' }, undefined],
    [200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'tomorrow' }, undefined],
    [200, { 'x-ratelimit-remaining': '10', 'x-ratelimit-reset': '40' }, undefined],
    [200, { 'x-ratelimit-remaining': '-1', 'x-ratelimit-reset': '40' }, undefined],
  ]; // prettier-ignore

  test.each(rows)('%i with %j asks for a pause: %j', (status, headers, expected) => {
    expect(pauseAfter({ status, headers, body: Buffer.alloc(0) }, now)).toEqual(expected);
  });

  const LEFT = { 'x-ratelimit-remaining': '4000', 'x-ratelimit-reset': '2000' };
  const hasty: readonly (readonly [number, Readonly<Record<string, string>>, number | undefined])[] = [
    [403, {}, 60_000],
    [403, { 'retry-after': '9' }, 9_000],
    [403, LEFT, 60_000],
    [404, {}, undefined],
    [200, LEFT, undefined],
  ];

  test.each(hasty)(
    '%i with %j that names the secondary limit, for %j ms',
    (status, headers, milliseconds) => {
      const body = Buffer.from('{"message":"You have exceeded a secondary rate limit."}');
      expect(pauseAfter({ status, headers, body }, now)).toEqual(
        milliseconds === undefined ? undefined : { reason: 'quota', milliseconds },
      );
    },
  );
});

describe('a limited client', () => {
  const request: HttpRequest = {
    method: 'GET',
    url: new URL('https://reg.example/'),
    headers: {},
    maxBytes: 1,
  };

  function answering(
    answers: readonly (readonly [status: number, headers?: Readonly<Record<string, string>>])[],
  ) {
    const reported: unknown[] = [];
    const { budget, clock } = aBudget({ onPause: (event) => reported.push(event) });
    let asked = 0;
    const send = limited(
      () => {
        const [status, headers = {}] = answers[asked++] ?? [200];
        return Promise.resolve({ status, headers, body: Buffer.alloc(0), url: request.url });
      },
      { budget, clock },
    );
    const ask = () => send(request, idle.signal);
    return { ask, clock, reported, asked: () => asked };
  }

  test('leaves a registry alone as long as it asks, and tells', async () => {
    const { ask, clock, reported } = answering([[429, { 'retry-after': '7' }]]);

    expect((await ask()).status).toBe(429);
    await ask();

    expect(clock.sleeps).toEqual([7000]);
    expect(reported).toEqual([{ reason: 'status-429', until: 7000 }]);
  });

  test.each([
    [429, 'answered 429'],
    [503, 'answered 503'],
  ])(
    'does not wait for a registry that says %i for long, and goes on after that',
    async (status, message) => {
      const { ask, clock, asked } = answering([[status, { 'retry-after': '300' }]]);
      const refusal = {
        code: 'registry-rate-limited',
        message: `reg.example ${message} and is left alone until 1970-01-01T00:05:00.000Z`,
      };

      await expect(ask()).rejects.toMatchObject(refusal);
      await expect(ask()).rejects.toMatchObject(refusal);
      expect([clock.sleeps, asked()]).toEqual([[], 1]);
      clock.advance(300_000);

      expect((await ask()).status).toBe(200);
    },
  );

  test('waits 30 seconds in all for one that asks for more time again and again', async () => {
    const { ask, clock } = answering(Array.from({ length: 9 }, () => [429, { 'retry-after': '14' }]));

    await ask();
    await ask();
    await expect(ask()).rejects.toMatchObject({ code: 'registry-rate-limited' });

    expect(clock.now()).toBe(28_000);
  });

  test('waits anew for one that has answered well since', async () => {
    const tired = [429, { 'retry-after': '14' }] as const;
    const { ask, clock } = answering([tired, [200], tired, [200], tired, [200]]);

    for (let turn = 0; turn < 6; turn++) await ask();

    expect(clock.now()).toBe(42_000);
  });

  test('leaves a registry alone whose quota is used up by a good answer', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '600' };
    const { ask, reported, asked } = answering([[200, headers]]);

    expect((await ask()).status).toBe(200);
    await expect(ask()).rejects.toMatchObject({
      code: 'registry-rate-limited',
      message:
        'reg.example reports that its quota is used up and is left alone until 1970-01-01T00:10:00.000Z',
    });
    expect([reported, asked()]).toEqual([[{ reason: 'quota', until: 600_000 }], 1]);
  });
});

describe('the number of requests at the same time', () => {
  test.each([
    ['of the entry', { concurrency: 3 }, 3],
    ['of any registry', {}, 10],
  ])('is that %s', async (_whose, endpoint, expected) => {
    let now = 0;
    let most = 0;
    const server = await aStandIn(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return json({ tags: [] });
    });
    const asking = askAt(server.url, { endpoint });

    await Promise.all(
      Array.from({ length: 40 }, (_, index) => asking.listTags(ANONYMOUS, `acme/app-${index}`)),
    );

    expect(most).toBeLessThanOrEqual(expected);
    expect(most).toBeGreaterThan(1);
    expect(server.seen.length).toBe(40);
  });

  test.each([
    ['registry-1.docker.io', 5],
    ['quay.io', 3],
    ['public.ecr.aws', 3],
    ['ghcr.io', 10],
    ['registry.corp:5000', 10],
  ])('at %s is %i unless an entry says so', (host, expected) => {
    expect(knownConcurrency(host)).toBe(expected);
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
      await registry.listTags({ repository: { registry: server.host, path }, login: ANONYMOUS }, idle.signal);

    expect(clock.sleeps.map(Math.round)).toEqual([1000]);
  });
});
