import { once } from 'node:events';
import { createServer, request as sendHttp, type IncomingHttpHeaders } from 'node:http';
import { request as sendHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { composeStatus, type StatusParts } from '../../src/app/compose-status.ts';
import { openTls } from '../../src/server/tls.ts';
import { createStatusStore } from '../../src/status/status-store.ts';
import { createLog } from '../../src/reporters/log.ts';
import type { AccessReview } from '../../src/server/bearer-access.ts';
import type { RunningServer } from '../../src/server/server.ts';
import { aConfig, REAL_CLOCK } from '../helpers/flow-world.ts';
import { aResult } from '../core/status/results.ts';

const open: RunningServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const log = createLog({ level: 'error', format: 'json', destination: () => undefined });

/** What all replicas see of the Lease. */
interface Lease {
  place: () => string | undefined;
}

interface ReplicaOptions {
  readonly access?: 'open' | 'token';
  readonly hosts?: readonly string[];
  readonly lease?: Lease;
  readonly leads?: boolean;
  readonly image?: string;
}

/** One process, with its own store. */
async function replica({
  access = 'open',
  hosts = [],
  lease = { place: () => undefined },
  leads = true,
  image = 'ghcr.io/acme/api',
}: ReplicaOptions = {}): Promise<RunningServer & { readonly store: ReturnType<typeof createStatusStore> }> {
  const store = createStatusStore({
    clock: REAL_CLOCK,
    version: '1.2.3',
    process: 'p',
    shard: undefined,
    commitPageOf: () => undefined,
  });
  store.wrote([aResult({ image }), aResult({ image, application: { namespace: 'argocd', name: 'other' } })]);
  const leadership: StatusParts['leadership'] = {
    announce: (_, place) => {
      if (leads) lease.place = place;
    },
    leaderPlace: () => Promise.resolve(lease.place()),
  };
  const { server } = aConfig('/nowhere');
  const parts: StatusParts = {
    store,
    leadership,
    leads: () => leads,
    review: ({ token, path }) =>
      Promise.resolve(path === '/lynceus/status' ? (REVIEWS[token] ?? 'unknown') : 'unknown'),
    openTls: () =>
      openTls({ certFile: '', keyFile: '', minVersion: '1.3', maxVersion: '1.3', ciphers: [] }, REAL_CLOCK),
  };
  const config = {
    server: { ...server, address: '127.0.0.1', statusPort: 0, statusAccess: access, statusHosts: [...hosts] },
  };
  const running = await composeStatus(config, { clock: REAL_CLOCK, log }, parts);
  open.push(running);
  return { ...running, store };
}

const REVIEWS: Readonly<Record<string, AccessReview>> = { reader: 'allowed', guest: 'denied' };

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function ask(
  { port }: RunningServer,
  path: string,
  { tls = false, ...headers }: { readonly tls?: boolean } & Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const options = { host: '127.0.0.1', port, path, headers: headers as Record<string, string>, agent: false };
  return new Promise((resolve, reject) => {
    const sent = tls ? sendHttps({ ...options, rejectUnauthorized: false }) : sendHttp(options);
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.end();
  });
}

describe('who may read', () => {
  // prettier-ignore
  test.each([
    ['Bearer reader', 200, undefined],
    ['Bearer guest', 403, 'may not get /lynceus/status'],
    ['Bearer nobody', 401, 'a bearer token'],
    ['Basic cmVhZGVyOng=', 401, 'a bearer token'],
    [undefined, 401, 'a bearer token'],
  ])('with a token: %s is answered with %d', async (authorization, status, detail) => {
    const server = await replica({ access: 'token' });
    for (const path of ['/api/v1/status', '/api/v1/images', '/', '/api/v1/openapi.json', '/api/v1/events'].slice(0, status === 200 ? 4 : 5)) {
      const answer = await ask(server, path, { tls: true, ...(authorization === undefined ? {} : { authorization }) });
      expect([path, answer.status]).toEqual([path, status]);
      if (detail === undefined) continue;
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(answer.text)).toMatchObject({ status, code: 'permission-denied', detail: expect.stringContaining(detail) as string });
    }
  });

  test('a token is never taken without TLS', async () => {
    const server = await replica({ access: 'token' });
    await expect(ask(server, '/api/v1/status', { authorization: 'Bearer reader' })).rejects.toThrow(
      /socket hang up|ECONNRESET/,
    );
  });

  test('with tokens, a process that has no cluster to ask does not start', async () => {
    const { server } = aConfig('/nowhere');
    const parts = {
      store: { reader: {} as never, follow: () => undefined },
      leadership: {} as never,
      leads: () => true,
      review: undefined,
      openTls: () => Promise.reject(new Error('unused')),
    };
    await expect(
      composeStatus({ server: { ...server, statusAccess: 'token' } }, { clock: REAL_CLOCK, log }, parts),
    ).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('server.statusAccess') as string,
    });
  });

  // prettier-ignore
  test.each([
    ['localhost:8090', 200],
    ['LOCALHOST', 200],
    ['lynceus.localhost:1', 200],
    ['127.0.0.1:8090', 200],
    ['[::1]:8090', 200],
    ['10.1.2.3', 200],
    ['status.example', 200],
    ['status.example:443', 200],
    ['evil.example', 421],
    ['localhost.evil.example', 421],
    ['127.0.0.1.evil.example', 421],
  ])('on loopback a browser that was led here as %s is answered with %d', async (host, status) => {
    const server = await replica({ hosts: ['status.example'] });
    expect((await ask(server, '/api/v1/status', { host })).status).toBe(status);
  });
});

describe('several processes', () => {
  test('one that stands by gives the answer of the one that leads', async () => {
    const lease: Lease = { place: () => undefined };
    const leader = await replica({ lease, image: 'ghcr.io/acme/leading' });
    const standby = await replica({ lease, leads: false, image: 'ghcr.io/acme/stale' });
    const [direct, passed] = await Promise.all([
      ask(leader, '/api/v1/images?limit=1'),
      ask(standby, '/api/v1/images?limit=1'),
    ]);
    expect(passed).toMatchObject({ status: 200, text: direct.text });
    expect(passed.text).toContain('ghcr.io/acme/leading');
    expect(passed.headers['etag']).toBe(direct.headers['etag']);
    expect(
      await ask(standby, '/api/v1/images?limit=1', { 'if-none-match': direct.headers['etag'] }),
    ).toMatchObject({ status: 304, text: '' });
    const zipped = await ask(standby, '/api/v1/openapi.json', { 'accept-encoding': 'gzip' });
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-type': 'application/json' });
    expect((await ask(standby, '/api/v1/nothing')).status).toBe(404);
    expect((await ask(standby, '/')).headers['content-type']).toBe('text/html; charset=utf-8');
  });

  test('it passes on who may see what', async () => {
    const lease: Lease = { place: () => undefined };
    await replica({ lease });
    const standby = await replica({ lease, leads: false });
    const confined = await ask(standby, '/api/v1/images', { 'argocd-application-name': 'argocd:other' });
    expect(JSON.parse(confined.text)).toMatchObject({ total: 1, items: [{ application: 'other' }] });
    expect((await ask(standby, '/api/v1/images', { 'argocd-application-name': 'all' })).status).toBe(400);
  });

  test('it passes a token on over TLS, to the certificate of the Lease alone', async () => {
    const lease: Lease = { place: () => undefined };
    await replica({ lease, access: 'token' });
    const standby = await replica({ lease, leads: false, access: 'token' });
    const reader = { tls: true, authorization: 'Bearer reader' };
    expect((await ask(standby, '/api/v1/status', reader)).status).toBe(200);
    expect((await ask(standby, '/api/v1/status', { tls: true })).status).toBe(401);
    const [origin = ''] = lease.place()?.split(' ') ?? [];
    lease.place = () => `${origin} ${'0'.repeat(64)}`;
    const another = await replica({ lease, leads: false, access: 'token' });
    const refused = await ask(another, '/api/v1/status', reader);
    expect(refused.status).toBe(503);
    expect(refused.text).not.toContain('reader');
  });

  test('it shows a token to nobody without TLS, and only what is needed to anybody', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const stranger = createServer(({ headers }, response) => {
      seen.push(headers);
      response.end('{}');
    });
    stranger.listen(0, '127.0.0.1');
    onTestFinished(() => void stranger.close());
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    const standby = await replica({ lease: { place: () => `http://127.0.0.1:${port}` }, leads: false });
    const headers = { authorization: 'Bearer reader', cookie: 'argocd.token=x', accept: 'application/json' };
    expect((await ask(standby, '/api/v1/status', headers)).status).toBe(200);
    expect(seen).toMatchObject([{ accept: 'application/json', 'x-lynceus-passed-on': '1' }]);
    expect(JSON.stringify(seen)).not.toMatch(/reader|argocd\.token/);
  });

  test('it passes events on as they come', async () => {
    const lease: Lease = { place: () => undefined };
    const leader = await replica({ lease });
    const standby = await replica({ lease, leads: false });
    const text = await new Promise<string>((resolve, reject) => {
      let got = '';
      const sent = sendHttp(
        { host: '127.0.0.1', port: standby.port, path: '/api/v1/events', agent: false },
        (response) => {
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            if (got === '') leader.store.wrote([aResult({ alias: 'new' })]);
            got += chunk;
            if (!got.includes('argocd/shop/new')) return;
            response.destroy();
            resolve(got);
          });
        },
      );
      sent.on('error', reject);
      sent.end();
    });
    expect(text).toMatch(/^retry: \d+\nid: p-\d+\nevent: status\n/);
  });

  test.each([
    ['nobody leads', () => undefined, 'nobody says where'],
    ['the leader is gone', () => 'http://127.0.0.1:1', 'http://127.0.0.1:1, gives no answer'],
    ['the Lease says nonsense', () => 'javascript:alert(1)', 'nobody says where'],
  ])('when %s the answer is 503', async (_, place, detail) => {
    const standby = await replica({ lease: { place }, leads: false });
    const answer = await ask(standby, '/api/v1/status');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    const confined = await ask(standby, '/api/v1/status', { 'argocd-application-name': 'argocd:shop' });
    expect([confined.status, confined.text.includes('127.0.0.1')]).toEqual([503, false]);
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 'leader-unreachable',
      detail: expect.stringContaining(detail) as string,
    });
  });

  test('two that each take the other for the leader do not go round in a ring', async () => {
    const lease: Lease = { place: () => undefined };
    const one = await replica({ lease, leads: false });
    lease.place = () => `http://127.0.0.1:${one.port}`;
    await vi.waitFor(async () => {
      const answer = await ask(one, '/api/v1/status');
      expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('does not lead any more')]);
    });
  });
});
