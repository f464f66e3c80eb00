import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../src/http/message.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { createBudget, type BudgetOptions } from '../../src/registries/budget.ts';
import { knownConcurrency } from '../../src/registries/known.ts';
import { limited } from '../../src/registries/limited.ts';
import { pauseAfter, type Pause } from '../../src/registries/rate-limit.ts';
import { json, type Answer } from '../helpers/registry-stand-in.ts';
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
    expect(reported).toEqual([{ reason: 'status-429', until: 7000, scope: 'host' }]);
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
    expect([reported, asked()]).toEqual([[{ reason: 'quota', until: 600_000, scope: 'host' }], 1]);
  });
});

describe('a pause that one image repository asks for', () => {
  const ASKS: readonly (readonly [string, Answer])[] = [
    ['by 429 for an hour', { status: 429, headers: { 'retry-after': '3600' } }],
    ['by 429 for ten years', { status: 429, headers: { 'retry-after': '315360000' } }],
    ['by 429 for a time that is waited for', { status: 429, headers: { 'retry-after': '25' } }],
    ['by 429 without a time', { status: 429 }],
    ['by 503', { status: 503, headers: { 'retry-after': '3600' } }],
    ['by 403, as GitHub does', { status: 403, headers: { 'retry-after': '3600' } }],
    ['by a quota on a good answer', json({ tags: [] }, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3000' })],
    ['by a quota of the newer header', json({ tags: [] }, { 'ratelimit-remaining': '0', 'ratelimit-reset': '3000' })],
  ]; // prettier-ignore

  test.each(ASKS)('%s is for that one alone', async (_how, answer) => {
    const server = await aStandIn(({ url }) =>
      url.pathname.startsWith('/v2/evil/') ? answer : json({ tags: ['1.0'] }),
    );
    const asking = askAt(server.url);
    const evil = asking.listTags(ANONYMOUS, 'evil/app').catch((thrown: unknown) => thrown);
    await expect.poll(() => asking.freezes.length).toBeGreaterThan(0);
    const before = asking.clock.now();

    for (const path of ['acme/web', 'acme/evil', 'app'])
      expect((await asking.listTags(ANONYMOUS, path)).tags, path).toEqual(['1.0']);

    await evil;
    expect(asking.freezes.map(({ scope }) => scope)).not.toContain('host');
    expect(Math.max(...asking.freezes.map(({ until }) => until)) - before).toBeLessThanOrEqual(3_600_000);
  });

  test('keeps no other of the same owner waiting, until three of them ask for it', async () => {
    const { budget } = aBudget();
    budget.pause(aPause(60_000), 'corp/evil-a');
    budget.pause(aPause(60_000), 'corp/evil-b');
    expect(budget.refusal('corp/good')).toBeUndefined();
    await budget.waitForTurn(idle.signal, 'corp/good');
    expect(budget.refusal('corp/evil-a')?.message).toMatch(
      /^reg\.example answered 429 for corp\/evil-a, which is/,
    );

    budget.pause(aPause(60_000), 'corp/c');

    const { budget: waiting, clock } = aBudget();
    for (const name of ['a', 'b', 'c']) waiting.pause(aPause(60_000), `corp/${name}`);
    await waiting.waitForTurn(idle.signal, 'corp/good');
    expect(clock.now()).toBe(30_000);
    await waiting.waitForTurn(idle.signal, 'acme/good');
    expect(clock.now()).toBe(30_000);
  });

  test('is for the host once another owner has confirmed it, for as long as is waited for', async () => {
    const { budget, clock } = aBudget();
    budget.pause(aPause(3_600_000), 'evil-a/app');
    budget.pause(aPause(3_600_000), 'evil-b/app');

    await budget.waitForTurn(idle.signal, 'acme/web');
    budget.resume('acme/web');

    expect(clock.now()).toBe(30_000);
    expect(budget.refusal('evil-a/app')).toBeDefined();
    expect(budget.refusal('acme/web')).toBeUndefined();
  });

  test('takes no place from the others while it is waited for', async () => {
    let now = 0;
    const sleepers: (() => void)[] = [];
    const clock: Clock = {
      now: () => now,
      random: () => 0,
      sleep: () => new Promise<void>((resolve) => sleepers.push(resolve)),
    };
    const budget = createBudget({ ...PLAIN, limit: 0, concurrency: 2, clock });
    const asked: string[] = [];
    const ask = (path: string) => budget.inTurn(path, idle.signal, () => Promise.resolve(asked.push(path)));
    budget.pause(aPause(20_000), 'evil/app');
    for (let count = 0; count < 50; count += 1) void ask('evil/app');

    await ask('acme/web');

    expect(asked).toEqual(['acme/web']);
    now = 20_000;
    for (const wake of sleepers) wake();
    await expect.poll(() => asked).toHaveLength(51);
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
