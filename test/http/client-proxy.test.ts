import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from '../../src/http/client.ts';
import { proxyFor, proxyFromEnvironment, type EnvironmentVariables } from '../../src/http/proxy.ts';
import { createPrivateCa } from '../helpers/certificates.ts';
import { startConnectProxy, type ConnectProxy } from '../helpers/connect-proxy.ts';
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
  const proxies: ConnectProxy[] = [];
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
    for (const proxy of proxies.splice(0)) proxy.stop();
  });

  afterAll(async () => {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A proxy that leads to the registry whatever name it is asked for, and answers CONNECT with `status`. */
  async function aProxy(status = 200): Promise<ConnectProxy> {
    const proxy = await startConnectProxy({ leadsTo: registry.host, status });
    proxies.push(proxy);
    return proxy;
  }

  function get(
    url: string,
    env: EnvironmentVariables,
    options: { readonly ca?: string; readonly insecure?: boolean; readonly connections?: number } = { ca },
  ) {
    const codes = {
      unreachable: 'registry-unreachable',
      tooLarge: 'registry-response-too-large',
      invalid: 'registry-response-invalid',
    } as const;
    const context = options.ca === undefined ? undefined : createSecureContext({ ca: options.ca });
    const client = createHttpClient({
      userAgent: 'test',
      codes,
      proxyFor: proxyFromEnvironment(env),
      timeouts: { connect: 1000 },
      insecure: options.insecure ?? false,
      connections: options.connections ?? 10,
      secureContext: () => context,
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
  });

  test('takes no harm from a connection that fails when its request has been served by another', async () => {
    const release = new Map<string, () => void>();
    const tls = {
      key: readFileSync(join(folder, 'server.key')),
      cert: readFileSync(join(folder, 'server.pem')),
    };
    const server = await startStandIn(
      async ({ target }) => {
        if (target !== '/c') await new Promise<void>((resolve) => release.set(target, resolve));
        return { status: 200, ...(target === '/a' ? { headers: { connection: 'close' } } : {}) };
      },
      { tls },
    );
    const proxy = await startConnectProxy({ leadsTo: server.host, holds: (count) => count > 2 });
    proxies.push(proxy);
    const { client } = get('https://registry.test/', { HTTPS_PROXY: proxy.url }, { ca, connections: 2 });
    const ask = (path: string) =>
      client.send(
        { method: 'GET', url: new URL(path, 'https://registry.test'), headers: {}, maxBytes: 100 },
        signal,
      );

    const answers = ['/a', '/b'].map(ask);
    await expect.poll(() => release.size).toBe(2);
    answers.push(ask('/c'));
    release.get('/a')?.();
    await expect.poll(() => proxy.asked.length).toBe(3);
    release.get('/b')?.();
    await Promise.all(answers);
    proxy.stop();
    await server.stop();

    expect(server.lines().toSorted()).toEqual(['GET /a', 'GET /b', 'GET /c']);
  });

  test('sends the login of the proxy to the proxy alone', async () => {
    const proxy = await aProxy();

    await get('https://registry.test:8443/', { HTTPS_PROXY: `http://us%40er:pa%3Ass@${proxy.host}` }).send();

    expect(proxy.asked).toEqual([`registry.test:8443 Basic ${btoa('us@er:pa:ss')}`]);
    expect(registry.seen.at(-1)?.headers).not.toHaveProperty('proxy-authorization');
  });

  test.each([
    ['an unknown authority', 'https://registry.test/', {}],
    ['another name', 'https://other.test/', undefined],
  ])('does not trust a certificate of %s', async (_whose, url, options) => {
    const proxy = await aProxy();

    await expect(get(url, { HTTPS_PROXY: proxy.host }, options ?? { ca }).send()).rejects.toMatchObject({
      kind: 'untrusted',
    });
  });

  test('trusts anything when insecure is set', async () => {
    const proxy = await aProxy();

    expect(
      (await get('https://other.test/', { HTTPS_PROXY: proxy.host }, { insecure: true }).send()).status,
    ).toBe(200);
  });

  test.each([
    [403, 'refuses (status 403)', false],
    [407, 'wants a login, or another one (status 407)', false],
    [502, 'refuses (status 502)', true],
  ])('says that the proxy refused with %i', async (status, says, retryable) => {
    const proxy = await aProxy(status);

    await expect(
      get('https://registry.test/', { HTTPS_PROXY: `http://u:s3cret@${proxy.host}` }).send(),
    ).rejects.toMatchObject({
      code: 'registry-unreachable',
      line: `cannot reach https://registry.test/: the proxy ${proxy.url} ${says} (see HTTPS_PROXY and NO_PROXY in the environment)`,
      retryable,
    });
  });

  test('says that there is no proxy', async () => {
    const proxy = await aProxy();
    proxy.stop();

    await expect(get('https://registry.test/', { HTTPS_PROXY: proxy.host }).send()).rejects.toMatchObject({
      message: `cannot reach https://registry.test/: the proxy ${proxy.url} cannot be reached: connection refused (ECONNREFUSED)`,
    });
  });

  test('says that what should be a proxy wants TLS, or speaks it in vain', async () => {
    await expect(
      get('https://registry.test/', { HTTPS_PROXY: `http://${registry.host}` }).send(),
    ).rejects.toMatchObject({
      line: expect.stringMatching(/the proxy http:\/\/127.*(?:cannot be reached|refuses).*see HTTPS_PROXY/),
    });
    const proxy = await aProxy();
    await expect(
      get('https://registry.test/', { HTTPS_PROXY: `https://${proxy.host}` }).send(),
    ).rejects.toMatchObject({
      line: expect.stringMatching(/the proxy https:\/\/127.*no TLS connection.*see HTTPS_PROXY/),
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
  });
});
