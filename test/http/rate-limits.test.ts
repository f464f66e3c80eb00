import { expect, test } from 'vitest';
import type { HttpResponse } from '../../src/http/message.ts';
import { normalizeLimits } from '../../src/http/rate-limits.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const NOW = 1_800_000_000;
const SECONDARY = '{"message":"You have exceeded a secondary rate limit."}';

/** What an answer is for who reads status and `Retry-After` alone. */
async function normalized(answer: Pick<HttpResponse, 'status' | 'headers'>, body: string) {
  const url = new URL('https://git.example/');
  const send = normalizeLimits(
    () => Promise.resolve({ ...answer, body: Buffer.from(body), url }),
    createVirtualClock(NOW * 1000),
  );
  const request = { method: 'GET', url, headers: {}, maxBytes: 1 } as const;
  const { status, headers } = await send(request, new AbortController().signal);
  return [status, headers['retry-after']];
}

const RATE = { 'ratelimit-remaining': '0' };
const X_RATE = { 'x-ratelimit-remaining': '0' };
const ROWS: readonly (readonly [
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  seconds: string | undefined,
])[] = [
  [429, {}, '', '60'],
  [429, { 'retry-after': '7' }, '', '7'],
  [429, { 'retry-after': new Date((NOW + 20) * 1000).toUTCString() }, '', '20'],
  [429, { ...RATE, 'ratelimit-reset': '20' }, '', '20'],
  [429, { ...RATE, 'ratelimit-reset': '1' }, '', '1'],
  [429, { ...RATE, 'ratelimit-reset': String(NOW + 25) }, '', '25'],
  [429, { ...X_RATE, 'x-ratelimit-reset': '600' }, '', '600'],
  [429, { ...X_RATE, 'x-ratelimit-reset': 'soon' }, '', '60'],
  [403, { 'retry-after': '9' }, SECONDARY, '9'],
  [403, { ...X_RATE, 'x-ratelimit-reset': String(NOW + 30) }, '', '30'],
  [403, { ...X_RATE, 'x-ratelimit-reset': String(NOW - 30) }, '', '1'],
  [403, { ...RATE, 'ratelimit-reset': '40' }, '', '40'],
  [403, {}, SECONDARY, '60'],
  [403, { 'x-ratelimit-remaining': '4000', 'x-ratelimit-reset': String(NOW + 2000) }, SECONDARY, '60'],
];

test.each(ROWS)('%i with %j and the body %j asks to slow down', async (status, headers, body, seconds) => {
  expect(await normalized({ status, headers }, body)).toEqual([429, seconds]);
});

test.each([
  [403, {}, '{"message":"Resource not accessible"}'],
  [403, { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '20' }, ''],
  [404, {}, SECONDARY],
  [200, X_RATE, SECONDARY],
])('%i with %j and the body %j does not', async (status, headers, body) => {
  expect(await normalized({ status, headers }, body)).toEqual([status, undefined]);
});
