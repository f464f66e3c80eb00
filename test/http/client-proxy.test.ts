import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from '../../src/http/client.ts';
import { proxyFor, type Environment } from '../../src/http/proxy.ts';
import { createPrivateCa } from '../helpers/certificates.ts';
import { startStandIn, type StandIn } from '../helpers/registry-stand-in.ts';

const PROXY = 'http://proxy.corp:3128';

describe('the proxy for a URL', () => {
  test.each([
    ['https://ghcr.io/v2/', { HTTPS_PROXY: PROXY }, `${PROXY}/`],
    ['https://ghcr.io/v2/', { https_proxy: PROXY }, `${PROXY}/`],
    ['https://ghcr.io/v2/', { HTTPS_PROXY: 'proxy.corp:3128' }, `${PROXY}/`],
    ['https://ghcr.io/v2/', { HTTPS_PROXY: 'https://user:pass@proxy.corp' }, 'https://user:pass@proxy.corp/'],
    ['https://ghcr.io/v2/', { HTTPS_PROXY: '' }, undefined],
    ['https://ghcr.io/v2/', { HTTP_PROXY: PROXY }, undefined],
    ['https://ghcr.io/v2/', {}, undefined],
    ['http://ghcr.io/v2/', { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY }, undefined],
    ['https://localhost:5000/', { HTTPS_PROXY: PROXY }, undefined],
    ['https://127.0.0.1/', { HTTPS_PROXY: PROXY }, undefined],
    ['https://127.1.2.3/', { HTTPS_PROXY: PROXY }, undefined],
    ['https://[::1]/', { HTTPS_PROXY: PROXY }, undefined],
  ])('%s with %j is %s', (url, env, expected) => {
    expect(proxyFor(new URL(url), env)?.href).toBe(expected);
  });

  test.each([
    ['reg.corp', '*', true],
    ['reg.corp', 'reg.corp', true],
    ['reg.corp', 'corp', true],
    ['reg.corp', '.corp', true],
    ['reg.corp', '*.corp', true],
    ['REG.corp', 'other, Reg.Corp ,x', true],
    ['reg.corp', 'reg.corp:443', true],
    ['reg.corp:5000', 'reg.corp:5000', true],
    ['reg.corp.', 'reg.corp', true],
    ['10.1.2.3', '10.0.0.0/8', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['[fd00::1]', 'fd00::/8', true],
    ['[fd00::1]', '[fd00::1]', true],
    ['[fd00::1]', 'fd00::1', true],
    ['corp', '.corp', false],
    ['evilcorp', 'corp', false],
    ['reg.corp.example', 'corp', false],
    ['reg.corp', 'reg.corp:5000', false],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['reg.corp', '10.0.0.0/8', false],
    ['10.1.2.3', '10.0.0.0/99', false],
    ['10.1.2.3', 'x/8', false],
    ['reg.corp', ',, ,', false],
  ])('%s is asked directly with NO_PROXY=%s: %s', (host, noProxy, direct) => {
    expect(
      proxyFor(new URL(`https://${host}/`), { HTTPS_PROXY: PROXY, NO_PROXY: noProxy }) === undefined,
    ).toBe(direct);
    expect(
      proxyFor(new URL(`https://${host}/`), { HTTPS_PROXY: PROXY, no_proxy: noProxy }) === undefined,
    ).toBe(direct);
  });

  test.each(['socks5://u:s3cret@proxy:1080', 'http://', 'http://[s3cret'])(
    '%s is an error that does not repeat it',
    (proxy) => {
      expect(() => proxyFor(new URL('https://ghcr.io/'), { HTTPS_PROXY: proxy })).toThrow(
        /^HTTPS_PROXY is not an http:\/\/ or https:\/\/ URL$/,
      );
    },
  );
});

describe('a client behind a proxy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lynceus-proxy-'));
  const { signal } = new AbortController();
  const clients: HttpClient[] = [];
  let ca = '';
  let registry: StandIn;

  beforeAll(async () => {
    ca = createPrivateCa(folder);
    const tls = {
      key: readFileSync(join(folder, 'server.key')),
      cert: readFileSync(join(folder, 'server.pem')),
    };
    registry = await startStandIn(() => ({ status: 200, body: 'from the registry' }), { tls });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A proxy that leads to the registry whatever name it is asked for, and answers CONNECT with `status`. */
  async function aProxy(status = 200) {
    const asked: string[] = [];
    const sockets = new Set<Socket>();
    const server = createServer();
    server.on('connection', (socket: Socket) => sockets.add(socket));
    server.on('connect', ({ url, headers }, socket) => {
      asked.push(`${url} ${headers['proxy-authorization'] ?? ''}`.trim());
      socket.write(`HTTP/1.1 ${status} x\r\n\r\n`);
      if (status !== 200) return void socket.end();
      const upstream = connect(Number(registry.host.split(':')[1]), '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
      for (const one of [socket, upstream]) one.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const stop = (): void => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
    return { asked, host: `127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
  }

  function get(
    url: string,
    env: Environment,
    options: { readonly ca?: string; readonly insecure?: boolean } = { ca },
  ) {
    const codes = {
      unreachable: 'registry-unreachable',
      tooLarge: 'registry-response-too-large',
      invalid: 'registry-response-invalid',
    } as const;
    const client = createHttpClient({
      userAgent: 'test',
      codes,
      env,
      timeouts: { connect: 1000 },
      ...options,
    });
    clients.push(client);
    const request = {
      method: 'GET',
      url: new URL(url),
      headers: { authorization: 'Bearer s3cret' },
      maxBytes: 100,
    } as const;
    return { client, send: () => client.send(request, signal) };
  }

  test('reaches a registry by its name, over one connection, with TLS to the registry itself', async () => {
    const proxy = await aProxy();
    const { send } = get('https://registry.test/v2/', { HTTPS_PROXY: `http://${proxy.host}` });

    expect((await send()).body.toString()).toBe('from the registry');
    await send();

    expect(proxy.asked).toEqual(['registry.test:443']);
    expect(registry.seen.at(-1)?.headers.host).toBe('registry.test');
    proxy.stop();
  });

  test('tells the proxy, and nobody else, the login of the proxy', async () => {
    const proxy = await aProxy();

    await get('https://registry.test:8443/', { HTTPS_PROXY: `http://us%40er:pa%3Ass@${proxy.host}` }).send();

    expect(proxy.asked).toEqual([`registry.test:8443 Basic ${btoa('us@er:pa:ss')}`]);
    expect(registry.seen.at(-1)?.headers).not.toHaveProperty('proxy-authorization');
    proxy.stop();
  });

  test.each([
    ['an unknown authority', 'https://registry.test/', {}],
    ['another name', 'https://other.test/', undefined],
  ])('does not trust a certificate of %s', async (_whose, url, options) => {
    const proxy = await aProxy();

    await expect(get(url, { HTTPS_PROXY: proxy.host }, options ?? { ca }).send()).rejects.toMatchObject({
      kind: 'untrusted',
    });
    proxy.stop();
  });

  test('trusts anything when told to', async () => {
    const proxy = await aProxy();

    expect(
      (await get('https://other.test/', { HTTPS_PROXY: proxy.host }, { insecure: true }).send()).status,
    ).toBe(200);
    proxy.stop();
  });

  test.each([403, 407, 502])('says that the proxy refused with %i', async (status) => {
    const proxy = await aProxy(status);

    await expect(
      get('https://registry.test/', { HTTPS_PROXY: `http://u:s3cret@${proxy.host}` }).send(),
    ).rejects.toMatchObject({
      code: 'registry-unreachable',
      line: `cannot reach https://registry.test/: the proxy refuses (status ${status}) (see HTTPS_PROXY and NO_PROXY in the environment)`,
    });
    proxy.stop();
  });

  test('says that there is no proxy', async () => {
    const proxy = await aProxy();
    proxy.stop();

    await expect(get('https://registry.test/', { HTTPS_PROXY: proxy.host }).send()).rejects.toMatchObject({
      message: 'cannot reach https://registry.test/: connection refused (ECONNREFUSED)',
    });
  });

  test('says that the setting is none', async () => {
    await expect(
      get('https://registry.test/', { HTTPS_PROXY: 'socks5://proxy' }).send(),
    ).rejects.toMatchObject({ code: 'config-invalid' });
  });

  test('asks directly where NO_PROXY says so', async () => {
    const proxy = await aProxy();

    await expect(
      get('https://registry.test:1/', { HTTPS_PROXY: proxy.host, NO_PROXY: '.test' }).send(),
    ).rejects.toMatchObject({ code: 'registry-unreachable' });
    expect(proxy.asked).toEqual([]);
    proxy.stop();
  });
});
