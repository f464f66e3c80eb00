import { once } from 'node:events';
import { request as send, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { compileRoutes, type GetRequest, type Routes, type StreamReader } from '../../src/server/routes.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/server.ts';

const open: RunningServer[] = [];

async function serve(routes: Routes, options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ address: '127.0.0.1', port: 0, routes, ...options });
  open.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function ask(
  { port }: RunningServer,
  path: string,
  { method = 'GET', ...headers }: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    send({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });
}

const json = (value: unknown) => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(value),
});

describe('paths with parameters', () => {
  const named = (name: string) => () => ({ status: 200, body: name });
  const find = compileRoutes({
    '/': named('root'),
    '/images': named('list'),
    '/images/{namespace}/{application}/{alias}': named('image'),
    '/images/{namespace}/{application}/{alias}/explanation': named('explanation'),
    '/images/argocd/{application}/newest': named('newest'),
    '/api/v1/{rest...}': named('rest'),
    '/api/v1/status': named('status'),
  });

  // prettier-ignore
  test.each([
    ['/', 'root', {}],
    ['/images', 'list', {}],
    ['/images/', undefined, undefined],
    ['/images/argocd/shop/api', 'image', { namespace: 'argocd', application: 'shop', alias: 'api' }],
    ['/images/argocd/shop/newest', 'newest', { application: 'shop' }],
    ['/images/argocd/shop/ghcr.io%2Facme%2Fapi', 'image', { namespace: 'argocd', application: 'shop', alias: 'ghcr.io/acme/api' }],
    ['/images/argocd/shop/%3Cb%3E/explanation', 'explanation', { namespace: 'argocd', application: 'shop', alias: '<b>' }],
    ['/images/argocd//api', undefined, undefined],
    ['/images/argocd/shop/%zz', 'malformed', undefined],
    ['/images/argocd/shop/%ff', 'malformed', undefined],
    ['/api/v1/status', 'status', {}],
    ['/api/v1/nothing/here', 'rest', { rest: 'nothing/here' }],
    ['/api/v1', undefined, undefined],
    ['/constructor', undefined, undefined],
    ['/images/__proto__/x/y', 'image', { namespace: '__proto__', application: 'x', alias: 'y' }],
  ])('%s is %s', async (path, name, params) => {
    const found = find(path);
    if (found === undefined || found === 'malformed') {
      expect(found).toBe(name);
      return;
    }
    const route = found.route as unknown as () => { readonly body: string };
    expect([route().body, { ...found.params }]).toEqual([name, params]);
  });

  test('a route hears of path, query, headers and parameters', async () => {
    const server = await serve({
      '/x/{name}': ({ path, query, params, method, headers, at }: GetRequest) =>
        json({ path, q: query.getAll('q'), params, method, host: headers.host, at }),
    });
    const { body } = await ask(server, '/x/%C3%BC?q=a%20b&q=%3C');
    expect(JSON.parse(body.toString())).toEqual({
      path: '/x/%C3%BC',
      q: ['a b', '<'],
      params: { name: 'ü' },
      method: 'GET',
      host: `127.0.0.1:${server.port}`,
      at: '127.0.0.1',
    });
  });

  test('what cannot be decoded is refused, and the next is served', async () => {
    const server = await serve({ '/x/{name}': ({ params }: GetRequest) => json(params) });
    expect(await ask(server, '/x/%E0%A4%A')).toMatchObject({ status: 400 });
    expect(await ask(server, '/x/y')).toMatchObject({ status: 200 });
  });

  test('what is asked before every route answers for those that are not there, too', async () => {
    const server = await serve(
      { '/x': () => json(1) },
      {
        before: ({ headers }) => (headers['x-key'] === 'right' ? undefined : { status: 401, body: 'who?\n' }),
      },
    );
    expect(await Promise.all(['/x', '/y'].map(async (path) => (await ask(server, path)).status))).toEqual([
      401, 401,
    ]);
    const known = { 'x-key': 'right' };
    expect(
      await Promise.all(['/x', '/y'].map(async (path) => (await ask(server, path, known)).status)),
    ).toEqual([200, 404]);
  });
});

describe('conditional requests', () => {
  // prettier-ignore
  test.each([
    [undefined, 200],
    ['W/"seven"', 304],
    ['"seven"', 304],
    ['"six", W/"seven"', 304],
    ['*', 304],
    ['"six"', 200],
    ['seven', 200],
    ['""', 200],
  ])('If-None-Match: %s is answered %d', async (condition, status) => {
    let made = 0;
    const server = await serve({ '/x': () => ({ status: 200, etag: 'seven', headers: { 'Cache-Control': 'no-cache' }, body: () => `made ${(made += 1)}` }) });
    const answer = await ask(server, '/x', condition === undefined ? {} : { 'if-none-match': condition });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ etag: 'W/"seven"', 'cache-control': 'no-cache' });
    expect([answer.body.toString(), made]).toEqual(status === 304 ? ['', 0] : ['made 1', 1]);
  });

  test('a failure is never taken for what is there already', async () => {
    const server = await serve({ '/x': () => ({ status: 404, etag: 'seven', body: 'no\n' }) });
    expect(await ask(server, '/x', { 'if-none-match': '*' })).toMatchObject({ status: 404 });
  });
});

describe('compression', () => {
  const text = 'ü'.repeat(10_000);
  const bytes = Buffer.from('a{}'.repeat(10_000));
  const routes: Routes = {
    '/json': () => json(text),
    '/small': () => json('small'),
    '/css': () => ({ status: 200, contentType: 'text/css', body: bytes }),
    '/png': () => ({ status: 200, contentType: 'image/png', body: bytes }),
  };

  // prettier-ignore
  test.each([
    ['/json', 'gzip', true],
    ['/json', 'br, GZIP;q=0.5', true],
    ['/json', '*', true],
    ['/json', 'gzip;q=0', false],
    ['/json', 'gzip;q=0, *', false],
    ['/json', 'br', false],
    ['/json', '', false],
    ['/css', 'gzip', true],
    ['/small', 'gzip', false],
    ['/png', 'gzip', false],
  ])('%s for %s', async (path, taken, zips) => {
    const server = await serve(routes);
    const [plain, answer] = await Promise.all([ask(server, path), ask(server, path, { 'accept-encoding': taken })]);
    expect(answer.headers['content-encoding']).toBe(zips ? 'gzip' : undefined);
    expect(zips ? gunzipSync(answer.body) : answer.body).toEqual(plain.body);
    expect(answer.headers['vary']).toBe(['/json', '/css'].includes(path) ? 'Accept-Encoding' : undefined);
    expect(Number(answer.headers['content-length'])).toBe(answer.body.length);
  });
});

describe('streams', () => {
  function streaming(limits = {}): Promise<{ server: RunningServer; readers: StreamReader[] }> {
    const readers: StreamReader[] = [];
    const events = () => ({
      status: 200,
      contentType: 'text/event-stream',
      stream: (reader: StreamReader) => void readers.push(reader),
    });
    return serve(
      { '/events': events, '/x': () => json(1) },
      { limits: { headersTimeout: 5_000, requestTimeout: 5_000, connections: 20, ...limits } },
    ).then((server) => ({ server, readers }));
  }

  function listen(
    { port }: RunningServer,
    method = 'GET',
  ): { socket: Socket; text: () => string; has: (part: string) => Promise<void> } {
    let text = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`${method} /events HTTP/1.1\r\nHost: x\r\n\r\n`),
    );
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => (text += chunk.toString()));
    const has = async (part: string) => {
      while (!text.includes(part)) await once(socket, 'data');
    };
    return { socket, text: () => text, has };
  }

  test('what is written goes out at once, until it is ended', async () => {
    const { server, readers } = await streaming();
    const reader = listen(server);
    await reader.has('text/event-stream');
    readers[0]?.write('data: 1\n\n');
    await reader.has('data: 1');
    readers[0]?.write(Buffer.from('data: 2\n\n'));
    readers[0]?.end();
    await reader.has('data: 2');
    await reader.has('0\r\n\r\n');
    readers[0]?.write('late');
    expect(reader.text()).not.toContain('late');
  });

  test('HEAD has no stream', async () => {
    const { server, readers } = await streaming();
    expect(await ask(server, '/events', { method: 'HEAD' })).toMatchObject({ status: 200 });
    expect(readers).toEqual([]);
  });

  test('there are only so many, and a place is free again when a reader has gone', async () => {
    const { server, readers } = await streaming({ streams: 2 });
    const [first] = [listen(server), listen(server)];
    while (readers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(await ask(server, '/events')).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
    expect(await ask(server, '/x')).toMatchObject({ status: 200 });
    first?.socket.destroy();
    await Promise.race(readers.map(({ gone }) => once(gone, 'abort')));
    const third = listen(server);
    await third.has('200 OK');
  });

  test('a reader that leaves too much unread is cut, and others are not', async () => {
    const { server, readers } = await streaming();
    const good = listen(server);
    const slow = listen(server);
    while (readers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    slow.socket.pause();
    const line = `data: ${'x'.repeat(64 * 1024)}\n\n`;
    const isGone = () => readers.some(({ gone }) => gone.aborted);
    for (let written = 0; !isGone() && written < 1_000; written += 1) {
      for (const reader of readers) reader.write(line);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(readers.filter(({ gone }) => gone.aborted)).toHaveLength(1);
    for (const reader of readers) reader.write('data: still here\n\n');
    await good.has('still here');
  });

  test('too many connections never cut a stream', async () => {
    const { server, readers } = await streaming({ connections: 3 });
    const reader = listen(server);
    await reader.has('200 OK');
    const idle = Array.from({ length: 6 }, () =>
      connect(server.port, '127.0.0.1').on('error', () => undefined),
    );
    expect(await ask(server, '/x')).toMatchObject({ status: 200 });
    readers[0]?.write('data: 1\n\n');
    await reader.has('data: 1');
    for (const socket of idle) socket.destroy();
  });

  test('they end with the server', async () => {
    const { server, readers } = await streaming();
    const reader = listen(server);
    await reader.has('200 OK');
    const ended = once(reader.socket, 'close');
    await server.close();
    await ended;
    expect(readers[0]?.gone.aborted).toBe(true);
  });
});
