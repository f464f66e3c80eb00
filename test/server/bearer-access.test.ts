import { describe, expect, test } from 'vitest';
import { type AccessReview, createBearerAccess } from '../../src/server/bearer-access.ts';

function guardOf(review: (token: string) => Promise<AccessReview>) {
  const clock = { time: 0, now: () => clock.time };
  const asked: string[] = [];
  const guard = createBearerAccess({
    clock,
    review: (token) => {
      asked.push(token);
      return review(token);
    },
  });
  const ask = async (authorization?: string) =>
    (await guard({ headers: authorization === undefined ? {} : { authorization } }))?.status ?? 200;
  return { ask, asked, clock };
}

const REVIEWS: Readonly<Record<string, AccessReview>> = { good: 'allowed', poor: 'denied' };
const review = async (token: string) => REVIEWS[token] ?? 'unknown';

describe('access by a bearer token', () => {
  test.each([
    [undefined, 401],
    ['', 401],
    ['Bearer', 401],
    ['Bearer ', 401],
    ['Basic Z29vZDpnb29k', 401],
    ['good', 401],
    ['Bearer good poor', 401],
    ['Bearer nobody', 401],
    ['Bearer poor', 403],
    ['Bearer good', 200],
    ['bearer  good', 200],
  ])('%s is answered with %s', async (authorization, status) => {
    expect(await guardOf(review).ask(authorization)).toBe(status);
  });

  test('an answer counts for 10 seconds, and is asked for once by many', async () => {
    const { ask, asked, clock } = guardOf(review);
    expect(
      await Promise.all(['good', 'good', 'poor', 'poor'].map((token) => ask(`Bearer ${token}`))),
    ).toEqual([200, 200, 403, 403]);
    clock.time = 9_999;
    expect(await ask('Bearer good')).toBe(200);
    expect(asked).toEqual(['good', 'poor']);
    clock.time = 10_000;
    expect(await ask('Bearer good')).toBe(200);
    expect(asked).toEqual(['good', 'poor', 'good']);
  });

  test('a token that is taken away counts no longer than that', async () => {
    let answer: AccessReview = 'allowed';
    const { ask, clock } = guardOf(async () => answer);
    expect(await ask('Bearer good')).toBe(200);
    answer = 'unknown';
    clock.time = 10_001;
    expect(await ask('Bearer good')).toBe(401);
  });

  test('what could not be asked is thrown, and asked again', async () => {
    let broken = true;
    const { ask } = guardOf(async () => {
      if (broken) throw new Error('the API server is away');
      return 'allowed';
    });
    await expect(ask('Bearer good')).rejects.toThrow('away');
    broken = false;
    expect(await ask('Bearer good')).toBe(200);
  });

  test('many tokens are not asked about at once, and one that is known is served meanwhile', async () => {
    const open: (() => void)[] = [];
    const { ask, asked } = guardOf(async (token) => {
      if (token !== 'good') await new Promise<void>((done) => open.push(done));
      return review(token);
    });
    expect(await ask('Bearer good')).toBe(200);
    const tried = Array.from({ length: 100 }, (_, index) => ask(`Bearer ${index}`));
    expect(await ask('Bearer good')).toBe(200);
    for (const done of open) done();
    const statuses = await Promise.all(tried);
    expect(statuses.filter((status) => status === 503)).toHaveLength(80);
    expect(asked).toHaveLength(21);
  });

  test('what is known stays bounded', async () => {
    const { ask, asked } = guardOf(review);
    for (let index = 0; index < 1_500; index += 1) await ask(`Bearer ${index}`);
    expect(await ask('Bearer 0')).toBe(401);
    expect(asked).toHaveLength(1_501);
    expect(await ask('Bearer 1499')).toBe(401);
    expect(asked).toHaveLength(1_501);
  });
});
