import { getEventListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../src/http/client.ts';
import { HttpFailure } from '../../src/http/failure.ts';
import type { HttpRequest } from '../../src/http/message.ts';
import { authoritiesWith } from '../../src/http/trust.ts';
import { createPrivateCa } from '../helpers/certificates.ts';
import {
  startStandIn,
  type Handler,
  type StandIn,
  type StandInOptions,
} from '../helpers/registry-stand-in.ts';

const CODES = {
  unreachable: 'registry-unreachable',
  tooLarge: 'registry-response-too-large',
  invalid: 'registry-response-invalid',
} as const;

const opened: { close(): void }[] = [];
const started: StandIn[] = [];
const idle = new AbortController();

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

function aClient(options: Partial<HttpClientOptions> = {}): HttpClient {
  const client = createHttpClient({ userAgent: 'lynceus/test', codes: CODES, ...options });
  opened.push(client);
  return client;
}

async function aServer(handler: Handler, options: StandInOptions = {}): Promise<StandIn> {
  const server = await startStandIn(handler, options);
  started.push(server);
  return server;
}

function get(url: string, changes: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url: new URL(url), headers: {}, maxBytes: 1000, ...changes };
}

async function failureOf(promise: Promise<unknown>): Promise<HttpFailure> {
  const error: unknown = await promise.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof HttpFailure) return error;
  throw error;
}

describe('an answer', () => {
  test('comes with its status, headers and bytes, whatever the status', async () => {
    const server = await aServer(() => ({ status: 418, headers: { 'x-one': 'a' }, body: 'short and stout' }));

    const answer = await aClient().send(get(server.url), idle.signal);

    expect([answer.status, answer.headers['x-one'], answer.body.toString()]).toEqual([
      418,
      'a',
      'short and stout',
    ]);
    expect(server.seen[0]?.headers['user-agent']).toBe('lynceus/test');
  });

  test('to HEAD has no body, however long it says it is', async () => {
    const server = await aServer(() => ({
      status: 200,
      headers: { 'content-length': '123456', etag: '"x"' },
    }));

    const answer = await aClient().send(get(server.url, { method: 'HEAD' }), idle.signal);

    expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '123456', 0]);
  });

  test('to HEAD may say how its body would be packed', async () => {
    const server = await aServer(() => ({
      status: 200,
      headers: { 'content-encoding': 'gzip', 'content-length': '99' },
    }));

    expect((await aClient().send(get(server.url, { method: 'HEAD' }), idle.signal)).status).toBe(200);
  });

  test('is unpacked', async () => {
    const server = await aServer(() => ({
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync('{"tags":[]}'),
    }));

    expect((await aClient().send(get(server.url), idle.signal)).body.toString()).toBe('{"tags":[]}');
  });

  test('keeps a header that was sent several times', async () => {
    const server = await aServer(() => ({
      status: 401,
      headers: { 'www-authenticate': ['Basic realm="a"', 'Bearer realm="b"'] },
    }));

    const { headers } = await aClient().send(get(server.url), idle.signal);

    expect(headers['www-authenticate']).toBe('Basic realm="a", Bearer realm="b"');
  });

  test('to POST carries the form', async () => {
    const server = await aServer(({ body }) => ({ status: 200, body: `got ${body}` }));

    const answer = await aClient().send(get(server.url, { method: 'POST', body: 'a=b' }), idle.signal);

    expect(answer.body.toString()).toBe('got a=b');
  });

  test('to POST without a form comes all the same', async () => {
    const server = await aServer(({ method, body }) => ({ status: 200, body: `${method} ${body.length}` }));

    expect((await aClient().send(get(server.url, { method: 'POST' }), idle.signal)).body.toString()).toBe(
      'POST 0',
    );
  });

  test('is asked for over the same connection as the one before', async () => {
    const server = await aServer(() => ({ status: 200, body: 'x' }));
    const client = aClient();

    for (let turn = 0; turn < 3; turn++) await client.send(get(server.url), idle.signal);

    expect(new Set(server.seen.map(({ port }) => port)).size).toBe(1);
  });
});

describe('an answer that is too large', () => {
  test.each([
    ['as it says itself', { status: 200, body: 'x'.repeat(1001) }],
    [
      'without saying so',
      { status: 200, headers: { 'transfer-encoding': 'chunked' }, body: 'x'.repeat(1001) },
    ],
    [
      'once it is unpacked',
      { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync('x'.repeat(1001)) },
    ],
  ])('%s is refused', async (_how, answer) => {
    const server = await aServer(() => answer);

    const failure = await failureOf(aClient().send(get(`${server.url}/v2/a/tags/list?n=7`), idle.signal));

    expect([failure.code, failure.message]).toEqual([
      'registry-response-too-large',
      `${server.url}/v2/a/tags/list?n=… answered with more than 1000 bytes`,
    ]);
  });

  test('is not read to its end: a bomb of 64 MiB is stopped early', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const server = await aServer(() => ({
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: bomb,
    }));
    const before = process.memoryUsage().arrayBuffers;

    const failure = await failureOf(aClient().send(get(server.url, { maxBytes: 1024 * 1024 }), idle.signal));

    expect(failure.kind).toBe('too-large');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });

  test('of exactly the limit is fine', async () => {
    const server = await aServer(() => ({ status: 200, body: 'x'.repeat(1000) }));

    expect((await aClient().send(get(server.url), idle.signal)).body.length).toBe(1000);
  });
});

describe('a failure', () => {
  test.each([
    ['closes the connection at once', { reset: 'at-once' }, 'unreachable'],
    ['closes the connection half-way', { reset: 'half-way' }, 'unreachable'],
    ['says nothing', { hang: 'at-once' }, 'timeout'],
    ['never ends', { hang: 'half-way' }, 'timeout'],
    [
      'sends a damaged archive',
      { status: 200, headers: { 'content-encoding': 'gzip' }, body: 'not gzip' },
      'invalid',
    ],
  ] as const)('is thrown when the server %s', async (_how, answer, kind) => {
    const server = await aServer(() => answer);
    const client = aClient({ timeouts: { response: 500, total: 700 } });

    const failure = await failureOf(client.send(get(server.url), idle.signal));

    expect([failure.kind, failure.message.includes(server.host)]).toEqual([kind, true]);
  });

  test('is thrown when nobody listens', async () => {
    const server = await startStandIn(() => ({ status: 200 }));
    await server.stop();

    const failure = await failureOf(aClient().send(get(server.url), idle.signal));

    expect([failure.code, failure.retryable, failure.message]).toEqual([
      'registry-unreachable',
      true,
      `cannot reach ${server.url}/: connection refused (ECONNREFUSED)`,
    ]);
  });

  test('is thrown when a slow drip outlives the total time', async () => {
    const server = await aServer(() => ({ hang: 'half-way' }));
    const client = aClient({ timeouts: { response: 10_000, total: 200 } });

    expect((await failureOf(client.send(get(server.url), idle.signal))).kind).toBe('timeout');
  });

  test('holds nothing secret: not in its text, its stack, its fields or its cause', async () => {
    const server = await aServer(() => ({ reset: 'at-once' }));
    const headers = { authorization: 'Bearer tok-s3cret', cookie: 'session=s3cret' };

    const failure = await failureOf(
      aClient().send(get(`${server.url}/x?token=s3cret#s3cret`, { headers }), idle.signal),
    );

    const everything = [
      failure.stack,
      JSON.stringify(failure),
      inspect(failure, { depth: 10, showHidden: true }),
      String(failure.cause),
    ].join('\n');
    expect(everything).not.toContain('s3cret');
    expect(failure.message).toContain('/x?token=…');
  });
});

describe('a stop signal', () => {
  test('ends a request that is under way', async () => {
    const server = await aServer(() => ({ hang: 'half-way' }));
    const controller = new AbortController();
    const sent = failureOf(aClient().send(get(server.url), controller.signal));
    await expect.poll(() => server.seen.length).toBe(1);

    controller.abort();

    expect((await sent).code).toBe('aborted');
  });

  test('shared by many requests has no listener left when they are done', async () => {
    const server = await aServer(() => ({ status: 200 }));
    const { signal } = new AbortController();
    const client = aClient();

    await Promise.all(Array.from({ length: 30 }, () => client.send(get(server.url), signal)));

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('that came before keeps the request from being sent', async () => {
    const server = await aServer(() => ({ status: 200 }));

    expect((await failureOf(aClient().send(get(server.url), AbortSignal.abort()))).code).toBe('aborted');
    expect(server.seen).toEqual([]);
  });
});

describe('TLS with a private authority', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-tls-'));
  let ca = '';
  let tls: NonNullable<StandInOptions['tls']>;

  beforeAll(() => {
    ca = createPrivateCa(folder);
    tls = { key: readFileSync(join(folder, 'server.key')), cert: readFileSync(join(folder, 'server.pem')) };
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is refused, with what to do', async () => {
    const server = await aServer(() => ({ status: 200 }), { tls });

    const failure = await failureOf(aClient().send(get(server.url), idle.signal));

    expect([failure.kind, failure.code, failure.retryable]).toEqual([
      'untrusted',
      'registry-unreachable',
      false,
    ]);
    expect(failure.line).toMatch(/unknown authority .*ca_file/);
  });

  test.each([
    ['with the authority named', () => ({ ca })],
    ['with certificates not looked at', () => ({ insecure: true })],
    ['with certificates not looked at, whatever the authority', () => ({ insecure: true, ca: 'no PEM' })],
  ])('works %s', async (_how, options) => {
    const server = await aServer(() => ({ status: 204 }), { tls });

    expect((await aClient(options()).send(get(server.url), idle.signal)).status).toBe(204);
  });

  test('is trusted besides what is trusted anyway', () => {
    const extra = join(folder, 'extra.pem');
    writeFileSync(extra, 'what NODE_EXTRA_CA_CERTS names');
    vi.stubEnv('NODE_EXTRA_CA_CERTS', extra);

    const trusted = authoritiesWith(ca);
    vi.unstubAllEnvs();

    expect(trusted).toEqual(
      expect.arrayContaining([...rootCertificates, ca.trim(), 'what NODE_EXTRA_CA_CERTS names']),
    );
    expect(rootCertificates.length).toBeGreaterThan(50);
  });

  test.each(['', '/nowhere/extra.pem'])('is trusted also when NODE_EXTRA_CA_CERTS is %j', (extra) => {
    vi.stubEnv('NODE_EXTRA_CA_CERTS', extra);

    const trusted = authoritiesWith(ca);
    vi.unstubAllEnvs();

    expect(trusted.length).toBe(rootCertificates.length + 1);
  });

  test('named in vain does not make other servers trusted', async () => {
    const other = mkdtempSync(join(tmpdir(), 'lynceus-tls-'));
    const otherCa = createPrivateCa(other);
    rmSync(other, { recursive: true, force: true });
    const server = await aServer(() => ({ status: 200 }), { tls });

    expect((await failureOf(aClient({ ca: otherCa }).send(get(server.url), idle.signal))).kind).toBe(
      'untrusted',
    );
  });

  test('on a server that speaks plain HTTP is explained', async () => {
    const server = await aServer(() => ({ status: 200 }));

    const failure = await failureOf(aClient().send(get(server.url.replace('http:', 'https:')), idle.signal));

    expect(failure.line).toMatch(/no TLS connection.*plain HTTP needs an apiUrl .* with http:/);
  });

  test('is not left for plain HTTP by a redirect', async () => {
    const plain = await aServer(() => ({ status: 200 }));
    const server = await aServer(() => ({ status: 302, headers: { location: `${plain.url}/x` } }), { tls });

    const failure = await failureOf(aClient({ ca }).send(get(server.url), idle.signal));

    expect([failure.kind, failure.message]).toEqual([
      'invalid',
      `${server.url}/ redirects from https: to http:`,
    ]);
    expect(plain.seen).toEqual([]);
  });
});

describe('a redirect', () => {
  const headers = {
    authorization: 'Bearer s3cret',
    cookie: 'c=1',
    'private-token': 's3cret',
    accept: 'text/plain',
  };

  test('to another host loses the credentials and keeps the rest', async () => {
    const storage = await aServer(() => ({ status: 200, body: 'blob' }));
    const server = await aServer(() => ({
      status: 307,
      headers: { location: `${storage.url}/blob?signature=x` },
    }));

    const answer = await aClient().send(get(server.url, { headers }), idle.signal);

    expect([answer.body.toString(), answer.url.href]).toEqual(['blob', `${storage.url}/blob?signature=x`]);
    expect(storage.seen[0]?.headers).toMatchObject({ accept: 'text/plain' });
    expect(storage.seen[0]?.headers).not.toHaveProperty('authorization');
    expect(storage.seen[0]?.headers).not.toHaveProperty('cookie');
    expect(JSON.stringify(storage.seen[0]?.headers)).not.toContain('s3cret');
  });

  test('within the host keeps the credentials', async () => {
    const server = await aServer(({ target }) =>
      target === '/a' ? { status: 301, headers: { location: 'b' } } : { status: 200 },
    );

    await aClient().send(get(`${server.url}/a`, { headers }), idle.signal);

    expect(server.seen.map(({ target, headers: { authorization } }) => [target, authorization])).toEqual([
      ['/a', 'Bearer s3cret'],
      ['/b', 'Bearer s3cret'],
    ]);
  });

  test('back from another host does not bring the credentials back', async () => {
    let home = '';
    const away = await aServer(() => ({ status: 302, headers: { location: `${home}/end` } }));
    const server = await aServer(({ target }) =>
      target === '/end' ? { status: 200 } : { status: 302, headers: { location: away.url } },
    );
    home = server.url;

    await aClient().send(get(server.url, { headers }), idle.signal);

    expect(server.seen.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  test('in a circle is left after five rounds', async () => {
    const server = await aServer(() => ({ status: 302, headers: { location: '/again' } }));

    const failure = await failureOf(aClient().send(get(server.url), idle.signal));

    expect(failure.message).toMatch(/redirects more than 5 times$/);
    expect(server.seen.length).toBe(6);
  });

  test.each([
    ['http://[', 'redirects to something that is not a URL'],
    ['file:///etc/passwd', 'redirects from http: to file:'],
  ])('to %s is refused', async (location, reason) => {
    const server = await aServer(() => ({ status: 302, headers: { location } }));

    expect((await failureOf(aClient().send(get(server.url), idle.signal))).message).toBe(
      `${server.url}/ ${reason}`,
    );
  });

  test('of a POST is an answer, not an errand', async () => {
    const server = await aServer(() => ({ status: 302, headers: { location: '/x' } }));

    expect((await aClient().send(get(server.url, { method: 'POST', body: 'a=b' }), idle.signal)).status).toBe(
      302,
    );
  });
});
