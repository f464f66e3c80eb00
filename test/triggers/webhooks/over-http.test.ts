import { request as send } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../../src/cli/clock.ts';
import { startServer, type RunningServer, type ServerLimits } from '../../../src/server/server.ts';
import { createAllowance } from '../../../src/triggers/webhooks/allowance.ts';
import {
  createWebhookAnswer,
  type WebhookOptions,
  type WebhookResult,
} from '../../../src/triggers/webhooks/answer-webhook.ts';
import type { WebhookEvent } from '../../../src/triggers/webhooks/sender.ts';
import { SENDERS } from '../../../src/triggers/webhooks/senders/index.ts';
import { createLog } from '../../../src/reporters/log.ts';

const SECRET = 'k:n/o c+k';
const MEBIBYTE = 1024 * 1024;
const GOOD = { repository: { repo_name: 'acme/api' }, push_data: { tag: '1.2.3' } };
const GOOD_PATH = `/webhook?type=docker.io&secret=${encodeURIComponent(SECRET)}`;

interface Heard {
  readonly server: RunningServer;
  readonly events: WebhookEvent[];
  readonly results: { readonly type: string; readonly result: WebhookResult }[];
  readonly logged: string[];
}

const open: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function listen(
  changes: Partial<WebhookOptions> = {},
  limits: ServerLimits = { headersTimeout: 5_000, requestTimeout: 10_000, connections: 200 },
): Promise<Heard> {
  const events: WebhookEvent[] = [];
  const results: Heard['results'] = [];
  const logged: string[] = [];
  const answer = createWebhookAnswer({
    senders: SENDERS,
    secrets: new Map([
      ['docker.io', SECRET],
      ['quay.io', 'another'],
    ]),
    requireSecret: true,
    allowance: createAllowance(0, SYSTEM_CLOCK),
    take: (taken) => {
      events.push(...taken);
      return Promise.resolve(undefined);
    },
    count: (request) => results.push(request),
    clock: SYSTEM_CLOCK,
    log: createLog({ level: 'trace', format: 'json', destination: (line) => logged.push(line) }),
    ...changes,
  });
  const server = await startServer({
    address: '127.0.0.1',
    port: 0,
    routes: {
      '/webhook': { mostBytes: MEBIBYTE, post: answer },
      '/healthz': () => ({ status: 200, body: 'OK' }),
    },
    limits,
  });
  open.push(server);
  return { server, events, results, logged };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask(
  port: number,
  { path = GOOD_PATH, method = 'POST', body = JSON.stringify(GOOD), headers = {} }: Sent = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(method === 'GET' ? undefined : body);
  });
}

/** The good neighbour of every fault. */
async function expectServed({ server, events }: Heard): Promise<void> {
  const before = events.length;
  expect(await ask(server.port)).toMatchObject({ status: 200, text: 'Webhook received and processing' });
  expect(events.slice(before)).toMatchObject([
    { kind: 'image', repository: { registry: 'docker.io', path: 'acme/api' }, tag: '1.2.3' },
  ]);
}

describe('a webhook over HTTP', () => {
  const cases: readonly (readonly [string, Sent, number, string | RegExp, WebhookResult | undefined])[] = [
    ['GET', { method: 'GET' }, 405, 'only POST\n', undefined],
    ['PUT', { method: 'PUT' }, 405, 'only POST\n', undefined],
    ['another path', { path: '/webhooks?type=docker.io' }, 404, 'not found\n', undefined],
    ['a path of a prototype', { path: '/__proto__' }, 404, 'not found\n', undefined],
    ['a POST to the probe', { path: '/healthz' }, 405, 'only GET and HEAD\n', undefined],
    [
      'no type',
      { path: '/webhook?secret=x' },
      400,
      /one of docker\.io, ghcr\.io, .*; found none$/,
      'unknown-type',
    ],
    [
      'another type',
      { path: '/webhook?type=gcr.io' },
      400,
      /one of docker\.io.*found another$/,
      'unknown-type',
    ],
    ['a type of a prototype', { path: '/webhook?type=constructor' }, 400, /found another$/, 'unknown-type'],
    ['no secret', { path: '/webhook?type=docker.io' }, 401, /missing or wrong$/, 'unauthorized'],
    [
      'an empty secret',
      { path: '/webhook?type=docker.io&secret=' },
      401,
      /missing or wrong$/,
      'unauthorized',
    ],
    [
      'a wrong secret',
      { path: '/webhook?type=docker.io&secret=k' },
      401,
      /missing or wrong$/,
      'unauthorized',
    ],
    [
      'the secret of another type',
      { path: '/webhook?type=docker.io&secret=another' },
      401,
      /missing or wrong$/,
      'unauthorized',
    ],
    ['a type without a secret', { path: '/webhook?type=harbor' }, 401, /missing or wrong$/, 'unauthorized'],
    ['no JSON', { body: 'push!' }, 400, /expected .*found/, 'unreadable'],
    ['another payload', { body: '{"events":[]}' }, 400, /expected .*found/, 'unreadable'],
    ['no body', { body: '' }, 400, /expected/, 'unreadable'],
    [
      'a body beyond 1 MiB',
      { body: Buffer.alloc(MEBIBYTE + 1, 'x') },
      413,
      'request body too large\n',
      undefined,
    ],
    [
      'a body of 6 MiB',
      { body: Buffer.alloc(6 * MEBIBYTE, 'x') },
      413,
      'request body too large\n',
      undefined,
    ],
  ];

  test.each(cases)(
    'with %s is refused, and the next one is served',
    async (_, sent, status, text, result) => {
      const heard = await listen();
      const answer = await ask(heard.server.port, sent);
      expect(answer.status).toBe(status);
      expect(answer.text).toMatch(text);
      expect(heard.results.map((each) => each.result)).toEqual(result === undefined ? [] : [result]);
      expect(heard.events).toEqual([]);
      await expectServed(heard);
    },
  );

  test.each([
    ['in the query', { path: GOOD_PATH }],
    [
      'in a header',
      { path: GOOD_PATH.replace('type=docker.io&', ''), headers: { 'X-Registry-Type': 'docker.io' } },
    ],
    ['in both, where the query counts', { headers: { 'X-Registry-Type': 'harbor' } }],
  ])('names its type %s', async (_, sent) => {
    const { server, results } = await listen();
    expect((await ask(server.port, sent)).status).toBe(200);
    expect(results).toEqual([{ type: 'docker.io', result: 'accepted' }]);
  });

  test('with a body of exactly 1 MiB is read', async () => {
    const heard = await listen();
    const body = JSON.stringify({ ...GOOD, filler: '' });
    const filler = 'x'.repeat(MEBIBYTE - body.length);
    expect((await ask(heard.server.port, { body: JSON.stringify({ ...GOOD, filler }) })).status).toBe(200);
  });

  test('is answered by the probe beside it', async () => {
    const { server } = await listen();
    expect(await ask(server.port, { path: '/healthz', method: 'GET' })).toMatchObject({
      status: 200,
      text: 'OK',
    });
  });

  test('never has its secret in a log line', async () => {
    const { server, logged } = await listen();
    const wrong = 'hunter2-of-somebody';
    for (const path of [
      GOOD_PATH,
      `/webhook?type=docker.io&secret=${wrong}`,
      `/webhook?type=x&secret=${wrong}`,
    ])
      await ask(server.port, { path, headers: { authorization: wrong } });
    await ask(server.port, { body: `{"secret":"${wrong}"}` });
    expect(logged.length).toBeGreaterThanOrEqual(4);
    for (const secret of [SECRET, encodeURIComponent(SECRET), wrong])
      expect(logged.join('')).not.toContain(secret);
  });

  test('that is refused again and again is logged once a minute', async () => {
    const { server, logged, results } = await listen();
    for (let sent = 0; sent < 5; sent += 1) await ask(server.port, { path: '/webhook?type=docker.io' });
    expect(results).toHaveLength(5);
    expect(logged.filter((line) => line.includes('was not taken'))).toHaveLength(1);
  });

  test('without a secret is taken where none is required', async () => {
    const { server, events } = await listen({ requireSecret: false, secrets: new Map([['quay.io', 'x']]) });
    expect((await ask(server.port, { path: '/webhook?type=docker.io' })).status).toBe(200);
    expect((await ask(server.port, { path: '/webhook?type=quay.io' })).status).toBe(401);
    expect(events).toHaveLength(1);
  });

  test('beyond the rate is refused at once, and taken when its time has come', async () => {
    let now = 0;
    const heard = await listen({ allowance: createAllowance(60, { now: () => now }) });
    const statuses: unknown[] = [];
    for (let sent = 0; sent < 61; sent += 1) statuses.push((await ask(heard.server.port)).status);
    expect(statuses).toEqual([...Array<number>(60).fill(200), 429]);
    expect((await ask(heard.server.port)).headers['retry-after']).toBe('60');
    // What is refused for another reason takes nothing away.
    expect((await ask(heard.server.port, { path: '/webhook?type=docker.io' })).status).toBe(401);
    now += 60_000;
    await expectServed(heard);
    expect((await ask(heard.server.port)).status).toBe(429);
  });

  test('is answered as the leader answers, when it is passed on', async () => {
    const { server, results } = await listen({
      take: () => Promise.resolve({ status: 503, headers: { 'Retry-After': '2' }, body: 'nobody leads' }),
    });
    expect(await ask(server.port)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(results).toEqual([{ type: 'docker.io', result: 'unavailable' }]);
  });

  test('that meets a defect is answered with 500, and says nothing of it', async () => {
    const { server } = await listen({ take: () => Promise.reject(new Error('secret detail')) });
    expect(await ask(server.port)).toMatchObject({ status: 500, text: 'internal error\n' });
  });
});

describe('senders that hold on to a connection', () => {
  const QUICK: ServerLimits = { headersTimeout: 300, requestTimeout: 600, connections: 20 };

  function hold(port: number, text: string): Promise<Socket> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text, () => resolve(socket)));
      socket.on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
    });
  }

  test.each([
    ['nothing', ''],
    ['half a header', 'POST /webhook?type=docker.io HTTP/1.1\r\nHost: x\r\nX-A'],
    ['half a body', 'POST /webhook?type=docker.io HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a"'],
    [
      'a chunk and no more',
      'POST /webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
    ],
  ])('and send %s are cut off', async (_, text) => {
    const heard = await listen({}, QUICK);
    const socket = await hold(heard.server.port, text);
    await expectServed(heard);
    await vi.waitFor(() => expect(socket.closed).toBe(true), { timeout: 5_000 });
    expect(heard.events).toHaveLength(1);
  });

  test.each([
    ['nothing', ''],
    ['half a body', 'POST /webhook?type=docker.io HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a"'],
  ])('and are too many with %s make room for a good one', async (_, text) => {
    const heard = await listen({}, { headersTimeout: 60_000, requestTimeout: 60_000, connections: 20 });
    const held: Socket[] = [];
    for (let each = 0; each < 60; each += 1) held.push(await hold(heard.server.port, text));
    await expectServed(heard);
    // The oldest went.
    await vi.waitFor(() => expect(held.slice(0, 40).every(({ closed }) => closed)).toBe(true));
    expect(held.slice(45).some(({ closed }) => closed)).toBe(false);
  });

  test('a hundred at once are all served', async () => {
    const heard = await listen();
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(heard.server.port)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(heard.events).toHaveLength(100);
  });
});
