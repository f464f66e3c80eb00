import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpClient } from '../../src/http/client.ts';
import type { HttpRequest } from '../../src/http/message.ts';
import {
  DEFAULT_RETRY_RULES,
  decideRetry,
  parseRetryAfter,
  type Attempt,
  type RetryInput,
} from '../../src/http/retry.ts';
import { retrying } from '../../src/http/retrying.ts';
import { startStandIn, type Answer, type StandIn } from '../helpers/registry-stand-in.ts';
import { createVirtualClock } from '../helpers/virtual-clock.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

function question(changes: Partial<RetryInput> = {}): RetryInput {
  const attempt: Attempt = { kind: 'answer', status: 503, retryAfter: undefined };
  return {
    attempt,
    attemptsMade: 1,
    repeatable: true,
    rules: DEFAULT_RETRY_RULES,
    now: NOW,
    random: 0.5,
    ...changes,
  };
}

function answered(status: number, retryAfter?: string): Pick<RetryInput, 'attempt'> {
  return { attempt: { kind: 'answer', status, retryAfter } };
}

describe('the decision to try again', () => {
  test.each([200, 304, 400, 401, 403, 404, 405, 501, 505])('%i is final', (status) => {
    expect(decideRetry(question(answered(status)))).toEqual({ kind: 'stop' });
  });

  test.each([408, 429, 500, 502, 503, 504])('%i may pass', (status) => {
    expect(decideRetry(question(answered(status)))).toEqual({ kind: 'again', delay: 375 });
  });

  test.each([
    [
      'a failure that may pass',
      { attempt: { kind: 'failure', transient: true } },
      { kind: 'again', delay: 375 },
    ],
    ['a failure that stays', { attempt: { kind: 'failure', transient: false } }, { kind: 'stop' }],
    ['the second wait, twice as long', { attemptsMade: 2 }, { kind: 'again', delay: 750 }],
    ['the shortest wait', { random: 0 }, { kind: 'again', delay: 250 }],
    ['the last attempt made', { attemptsMade: 4 }, { kind: 'stop' }],
    ['a request that may not be sent twice', { repeatable: false }, { kind: 'stop' }],
    ['a server that names its time', answered(429, '7'), { kind: 'again', delay: 7000 }],
    [
      'a server that names a date',
      answered(503, 'Thu, 01 Jan 2026 00:00:09 GMT'),
      { kind: 'again', delay: 9000 },
    ],
    ['a server that says: now', answered(429, '0'), { kind: 'again', delay: 375 }],
    ['a server that names too long a time', answered(429, '3600'), { kind: 'stop' }],
    ['a server that talks nonsense', answered(429, 'soon'), { kind: 'again', delay: 375 }],
  ] as const)('%s', (_what, changes, expected) => {
    expect(decideRetry(question(changes))).toEqual(expected);
  });

  test('waits longer each time, never longer than allowed, never in lockstep', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attemptsMade, random) => {
          const rules = { ...DEFAULT_RETRY_RULES, attempts: 100 };
          const decision = decideRetry(question({ attemptsMade, random, rules }));
          if (decision.kind === 'stop') throw new Error('stopped');
          const full = Math.min(500 * 2 ** (attemptsMade - 1), 10_000);
          expect(decision.delay).toBeGreaterThanOrEqual(full / 2);
          expect(decision.delay).toBeLessThanOrEqual(full);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Thu, 01 Jan 2026 00:02:00 GMT', 120_000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['1.5', undefined],
    ['-1', undefined],
    ['', undefined],
    ['99999999999999999999', undefined],
    ['Thu, nonsense', undefined],
    [undefined, undefined],
  ])('%j is %j milliseconds', (text, expected) => {
    expect(parseRetryAfter(text, NOW)).toBe(expected);
  });

  test('never throws and is never negative', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseRetryAfter(text, NOW) ?? 0).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a patient client', () => {
  const servers: StandIn[] = [];

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  /** Answers one after the other; the last one for ever. */
  async function setUp(...answers: readonly Answer[]) {
    let turn = 0;
    const server = await startStandIn(() => answers[Math.min(turn++, answers.length - 1)] ?? { status: 500 });
    servers.push(server);
    const codes = {
      unreachable: 'registry-unreachable',
      tooLarge: 'registry-response-too-large',
      invalid: 'registry-response-invalid',
    } as const;
    const client = createHttpClient({ userAgent: 'test', codes, timeouts: { response: 700, total: 900 } });
    const clock = createVirtualClock();
    const send = retrying(client.send, { clock });
    function ask(method: HttpRequest['method'] = 'GET', signal: AbortSignal = new AbortController().signal) {
      return send({ method, url: new URL(server.url), headers: {}, maxBytes: 100 }, signal);
    }
    return { server, clock, ask };
  }

  const OK: Answer = { status: 200, body: 'ok' };

  test.each([
    ['a server error', { status: 502 }],
    ['a connection that breaks', { reset: 'at-once' }],
    ['an answer that breaks off', { reset: 'half-way' }],
    ['silence', { hang: 'at-once' }],
  ] as const)('gets over %s', async (_what, answer) => {
    const { ask, server, clock } = await setUp(answer, OK);

    expect((await ask()).body.toString()).toBe('ok');
    expect([server.seen.length, clock.sleeps]).toEqual([2, [375]]);
  });

  test('gives the last answer when it never gets better', async () => {
    const { ask, server, clock } = await setUp({ status: 503, body: 'busy' });

    expect((await ask()).status).toBe(503);
    expect([server.seen.length, clock.sleeps]).toEqual([4, [375, 750, 1500]]);
  });

  test('throws the last failure when it never gets better', async () => {
    const { ask, server } = await setUp({ reset: 'at-once' });

    await expect(ask()).rejects.toMatchObject({ code: 'registry-unreachable' });
    expect(server.seen.length).toBe(4);
  });

  test('does not send a POST twice', async () => {
    const { ask, server } = await setUp({ status: 503 }, OK);

    expect((await ask('POST')).status).toBe(503);
    expect(server.seen.length).toBe(1);
  });

  test('does not ask again for what is too large', async () => {
    const { ask, server } = await setUp({ status: 200, body: 'x'.repeat(101) });

    await expect(ask()).rejects.toMatchObject({ code: 'registry-response-too-large' });
    expect(server.seen.length).toBe(1);
  });

  test('waits as long as the server asks, unless that is too long', async () => {
    const short = await setUp({ status: 429, headers: { 'retry-after': '20' } }, OK);
    expect((await short.ask()).status).toBe(200);
    expect(short.clock.sleeps).toEqual([20_000]);

    const long = await setUp({ status: 429, headers: { 'retry-after': '31' } }, OK);
    expect((await long.ask()).status).toBe(429);
    expect(long.clock.sleeps).toEqual([]);
  });

  test('stops waiting when its signal is aborted', async () => {
    const { server } = await setUp({ status: 503 });
    const controller = new AbortController();
    const send = retrying(
      async () => ({ status: 503, headers: {}, body: Buffer.alloc(0), url: new URL(server.url) }),
      {
        clock: {
          now: () => NOW,
          random: () => 0,
          sleep: (_milliseconds, signal) => {
            controller.abort();
            return Promise.reject(signal.reason as Error);
          },
        },
      },
    );

    const sent = send(
      { method: 'GET', url: new URL(server.url), headers: {}, maxBytes: 100 },
      controller.signal,
    );

    await expect(sent).rejects.toMatchObject({ code: 'aborted' });
  });
});
