import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readProxyLogin } from '../../src/credentials/proxy-login.ts';
import type { RegistryEndpoint } from '../../src/settings/registry.ts';
import { createPrivateCa, createSelfSigned, issueCertificate } from '../helpers/certificates.ts';
import { startConnectProxy, type ConnectProxy, type ConnectProxyOptions } from '../helpers/connect-proxy.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { pushTo } from '../helpers/push-image.ts';
import { json, type StandIn } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { ANONYMOUS, aStandIn, askAt, basicLogin, DIGEST_ONLY } from './asking.ts';

const USER = { username: 'lynceus', password: 'pa:ss wörd' };
const LOGIN = basicLogin(USER.username, USER.password);

const DIGEST = `sha256:${'a'.repeat(64)}`;

const folder = mkdtempSync(join(tmpdir(), 'lynceus-networks-'));
const path = (name: string): string => join(folder, name);
let ca = '';

beforeAll(() => {
  ca = createPrivateCa(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A TLS server with `<name>.pem` of the folder, which lets in whom `clientCa` knows. */
function aTlsServer(name = 'server', clientCa?: string): Promise<StandIn> {
  const tls = { key: readFileSync(path(`${name}.key`)), cert: readFileSync(path(`${name}.pem`)) };
  return aStandIn(() => json({ tags: ['1.0'] }), {
    tls: clientCa === undefined ? tls : { ...tls, clientCa },
  });
}

describe('a registry that wants a client certificate', () => {
  let docker: DockerRegistry;

  beforeAll(async () => {
    docker = await startDockerRegistry({ clientCertificates: true });
    await pushTo(docker, 'acme/api', '1.0');
  });

  afterAll(() => docker.stop());

  function clientFiles(): Partial<RegistryEndpoint> {
    return { clientCertFile: docker.client?.certFile, clientKeyFile: docker.client?.keyFile };
  }

  test.each([
    ['', (): Partial<RegistryEndpoint> => ({ caData: docker.ca })],
    [', whatever its own is', (): Partial<RegistryEndpoint> => ({ insecure: true })],
  ])('gets it%s', async (_how, endpoint) => {
    const asking = askAt(docker.url, { endpoint: { ...endpoint(), ...clientFiles() } });

    expect((await asking.listTags()).tags).toEqual(['1.0']);
    expect((await asking.describe('1.0', DIGEST_ONLY)).digest).toMatch(/^sha256:/);
  });

  test('gets it through a proxy as well', async () => {
    const proxy = await aProxy();
    const endpoint = { caData: docker.ca, ...clientFiles(), proxy: through(proxy) };

    expect((await askAt(docker.url, { endpoint }).listTags()).tags).toEqual(['1.0']);
  });

  test.each([
    ['none', () => ({}), /wants (?:a client certificate|one)/],
    [
      'one of another authority',
      () => {
        const { certificateFile, keyFile } = createSelfSigned(folder, 'stranger');
        return { clientCertFile: certificateFile, clientKeyFile: keyFile };
      },
      /refuses the client certificate/,
    ],
  ])('is not reached with %s, and says so', async (_which, files, message) => {
    // Who writes before the refusal is read hears of a broken connection at first.
    const endpoint = { caData: docker.ca, ...files() };

    await expect
      .poll(async () => (await errorOf(askAt(docker.url, { endpoint }).listTags())).line, { timeout: 5000 })
      .toMatch(message);
    const error = await errorOf(askAt(docker.url, { endpoint }).listTags());
    expect(error.code).toBe('registry-unreachable');
  });
});

describe('certificates that are renewed', () => {
  test('are shown from the next request on, over connections of their own', async () => {
    const server = await aTlsServer('server', ca);
    issueCertificate(folder, 'old');
    issueCertificate(folder, 'new');
    for (const end of ['pem', 'key']) renameSync(path(`old.${end}`), path(`mine.${end}`));
    const asking = askAt(server.url, {
      endpoint: { caData: ca, clientCertFile: path('mine.pem'), clientKeyFile: path('mine.key') },
    });

    await asking.listTags();
    await asking.listTags();
    for (const end of ['pem', 'key']) renameSync(path(`new.${end}`), path(`mine.${end}`));
    await asking.listTags();
    await asking.listTags();

    expect(server.seen.map(({ peer }) => peer)).toEqual(['old', 'old', 'new', 'new']);
    expect(new Set(server.seen.map(({ port }) => port)).size).toBe(2);
  });

  test('do not disturb a request that is under way', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const caFile = path('ca-renewed.pem');
    writeFileSync(caFile, ca);
    const tls = { key: readFileSync(path('server.key')), cert: readFileSync(path('server.pem')) };
    const server = await aStandIn(
      async ({ url }) => {
        if (url.pathname.includes('slow')) await held;
        return json({ tags: ['1.0'] });
      },
      { tls },
    );
    const asking = askAt(server.url, { endpoint: { caFile } });

    const slow = asking.listTags(ANONYMOUS, 'acme/slow');
    await expect.poll(() => server.seen.length).toBe(1);
    writeFileSync(caFile, `${ca}\n# renewed\n`);
    await asking.listTags();
    release();

    expect((await slow).tags).toEqual(['1.0']);
  });

  test('are an error while they are broken, and work again when they are whole', async () => {
    const server = await aTlsServer('server', ca);
    issueCertificate(folder, 'mended');
    const whole = readFileSync(path('mended.pem'), 'utf8');
    const asking = askAt(server.url, {
      endpoint: { caData: ca, clientCertFile: path('mended.pem'), clientKeyFile: path('mended.key') },
    });
    await asking.listTags();

    writeFileSync(path('mended.pem'), whole.slice(0, 100));
    expect((await errorOf(asking.listTags())).code).toBe('config-invalid');
    writeFileSync(path('mended.pem'), whole);

    expect((await asking.listTags()).tags).toEqual(['1.0']);
  });
});

describe('a client certificate that cannot be used', () => {
  const rows: readonly (readonly [string, () => readonly [string, string], RegExp])[] = [
    ['without its file', () => ['nowhere.pem', 'server.key'], /client_cert_file of registry a test registry cannot be read: .*nowhere.pem \(ENOENT\)/],
    ['without the file of its key', () => ['server.pem', 'nowhere.key'], /client_key_file of registry a test registry cannot be read: .*nowhere.key \(ENOENT\)/],
    ['that is a key', () => ['server.key', 'server.key'], /client_cert_file of registry a test registry holds no certificate in PEM form: .*server.key/],
    ['that is cut off', () => [aFile('cut.pem', readFileSync(path('server.pem'), 'utf8').slice(0, 200)), 'server.key'], /holds no certificate in PEM form/],
    ['with a certificate for a key', () => ['server.pem', 'server.pem'], /client_key_file of registry a test registry holds no private key in PEM form/],
    ['with a key that is locked', () => ['server.pem', aFile('locked.key', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIC\n-----END ENCRYPTED PRIVATE KEY-----\n')], /is locked with a pass phrase/],
    ['with the key of another', () => ['server.pem', 'authority.key'], /does not belong to its client_cert_file: .*authority.key, .*server.pem.* \(the certificate of the key comes first/],
  ]; // prettier-ignore

  test.each(rows)('%s', async (_how, files, message) => {
    const [cert, key] = files();
    const asking = askAt('https://127.0.0.1:1', {
      endpoint: { caData: ca, clientCertFile: path(cert), clientKeyFile: path(key) },
    });

    const error = await errorOf(asking.listTags());

    expect([error.code, error.line]).toEqual(['config-invalid', expect.stringMatching(message)]);
    expect(error.line).not.toContain('\n');
    expect(asking.requests()).toEqual([]);
  });
});

describe('the certificate of a registry', () => {
  test.each([
    [
      'that has expired',
      { days: -1 },
      'its certificate has expired (CERT_HAS_EXPIRED) (whoever runs it has to renew it)',
    ],
    [
      'for another host',
      { alternativeNames: 'DNS:other.example' },
      'its certificate was made for another host name (ERR_TLS_CERT_ALTNAME_INVALID) (ask it by a name that is in its certificate)',
    ],
  ])('%s is refused', async (_which, options, message) => {
    issueCertificate(folder, 'odd', options);
    const server = await aTlsServer('odd');
    const asking = askAt(server.url, { endpoint: { caData: ca } });

    const error = await errorOf(asking.listTags());

    expect([error.code, error.retryable]).toEqual(['registry-unreachable', false]);
    expect(error.line).toBe(`cannot reach ${server.url}/v2/acme/api/tags/list?n=…: ${message}`);
    expect(asking.requests()).toEqual(['tags 0']);
  });

  test('of an authority of the same name is refused', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'lynceus-networks-'));
    onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
    const server = await aTlsServer();

    const error = await errorOf(
      askAt(server.url, { endpoint: { caData: createPrivateCa(elsewhere) } }).listTags(),
    );

    expect(error.line).toMatch(/its certificate .* \(add the certificate of its authority with ca_file/);
  });
});

describe('a registry behind a proxy', () => {
  let docker: DockerRegistry;

  beforeAll(async () => {
    docker = await startDockerRegistry({ htpasswd: USER, tls: true });
    await pushTo(docker, 'acme/api', '1.0', { auth: USER });
  });

  afterAll(() => docker.stop());

  function ask(endpoint: Partial<RegistryEndpoint>, env: Readonly<Record<string, string>> = {}) {
    return askAt(docker.url, {
      endpoint: { caData: docker.ca, ...endpoint },
      env,
      readProxyLogin: (place) => readProxyLogin(place, env),
    });
  }

  test('is reached through that of its entry, over one connection', async () => {
    const proxy = await aProxy();
    const asking = ask({ proxy: through(proxy) }, { NO_PROXY: '*' });

    expect((await asking.listTags(LOGIN)).tags).toEqual(['1.0']);
    await asking.describe('1.0', DIGEST_ONLY, LOGIN);

    expect(proxy.asked).toEqual([docker.host]);
  });

  test('is reached directly where its entry says so', async () => {
    const proxy = await aProxy();
    const asking = askAt('https://registry.test:1', {
      endpoint: { proxy: { kind: 'none' } },
      env: { HTTPS_PROXY: proxy.url },
      retry: NO_RETRY,
    });

    const { message, hint } = await errorOf(asking.listTags());
    expect([message, hint]).toEqual([
      expect.stringContaining('no such host name'),
      expect.stringContaining('check the spelling of the host'),
    ]);
    expect(proxy.asked).toEqual([]);
  });

  test.each([
    ['an environment variable', { kind: 'env', variable: 'PROXY_LOGIN' } as const],
    ['a file', { kind: 'file', path: join(tmpdir(), 'filled in below') } as const],
  ])('that wants a login gets it from %s, and the registry does not', async (_place, place) => {
    const proxy = await aProxy({ login: USER });
    const text = `${USER.username}:${USER.password}`;
    const credentials =
      place.kind === 'env' ? place : { ...place, path: path(aFile('proxy-login', `${text}\n`)) };
    const asking = ask({ proxy: through(proxy, credentials) }, { PROXY_LOGIN: text });

    expect((await asking.listTags(LOGIN)).tags).toEqual(['1.0']);
    expect(proxy.asked.length).toBe(1);
  });

  test('whose proxy changes its login is reached with the next connection', async () => {
    const login = { ...USER };
    const proxy = await aProxy({ login });
    const file = path(aFile('changing', `${USER.username}:${USER.password}`));
    const asking = ask({ proxy: through(proxy, { kind: 'file', path: file }) });
    login.password = 'another';
    expect((await errorOf(asking.listTags(LOGIN))).message).toContain('status 407');

    writeFileSync(file, `${USER.username}:another`);

    expect((await asking.listTags(LOGIN)).tags).toEqual(['1.0']);
  });

  test.each([
    ['without its login', { status: 407 }, undefined, {}, 'registry-unreachable', /the proxy http:\S+ wants a login, or another one \(status 407\) \(see proxy and proxy_credentials of its entry\)$/],
    ['that allows no such host', { status: 403 }, undefined, {}, 'registry-unreachable', /the proxy http:\S+ refuses \(status 403\)/],
    ['whose login is not there', {}, { kind: 'env', variable: 'PROXY_LOGIN' }, {}, 'credentials-missing', /^the environment variable PROXY_LOGIN, with the login of the proxy, is not set$/],
    ['whose login is none', {}, { kind: 'env', variable: 'PROXY_LOGIN' }, { PROXY_LOGIN: 's3cret' }, 'credentials-failed', /^expected user:password for the proxy in the environment variable PROXY_LOGIN, found something else$/],
    ['whose file is not there', {}, { kind: 'file', path: '/nowhere/login' }, {}, 'credentials-missing', /cannot be read: \/nowhere\/login \(ENOENT\)$/],
  ] as const)('says what is wrong with a proxy %s, at once', async (_which, options, credentials, env, code, message) => {
    const proxy = await aProxy(options);
    const asking = ask({ proxy: through(proxy, credentials) }, env);

    const error = await errorOf(asking.listTags(LOGIN));

    expect([error.code, error.line]).toEqual([code, expect.stringMatching(message)]);
    expect(asking.clock.sleeps).toEqual([]);
  }); // prettier-ignore

  test('says that the proxy is down', async () => {
    const proxy = await aProxy();
    proxy.stop();

    const error = await errorOf(ask({ proxy: through(proxy) }).listTags(LOGIN));

    expect(error.line).toBe(
      `cannot reach ${docker.url}/v2/acme/api/tags/list?n=…: the proxy ${proxy.url} cannot be reached: connection refused (ECONNREFUSED) (see proxy and proxy_credentials of its entry)`,
    );
  });

  test('fetches its tokens through the proxy too', async () => {
    const registry = await startDockerRegistry({ token: { ...USER }, tls: true });
    onTestFinished(() => registry.stop());
    await pushTo(registry, 'acme/api', '2.0', { auth: USER });
    const proxy = await aProxy();
    const asking = askAt(registry.url, { endpoint: { caData: registry.ca, proxy: through(proxy) } });

    expect((await asking.listTags(LOGIN)).tags).toEqual(['2.0']);

    expect([...proxy.asked].toSorted()).toEqual(
      [registry.host, new URL(registry.tokens?.realm ?? '').host].toSorted(),
    );
  });
});

describe('connections', () => {
  test.each([
    ['directly', false],
    ['through a proxy', true],
  ])('are kept: 200 requests %s need no more than are allowed at the same time', async (_way, proxied) => {
    const tls = { key: readFileSync(path('server.key')), cert: readFileSync(path('server.pem')) };
    const headers = { 'docker-content-digest': DIGEST, 'content-length': '7' };
    const server = await aStandIn(() => ({ status: 200, headers }), { tls });
    const proxy = await aProxy();
    const asking = askAt(server.url, {
      endpoint: { caData: ca, concurrency: 4, ...(proxied ? { proxy: through(proxy) } : {}) },
    });

    await Promise.all(Array.from({ length: 200 }, (_, index) => asking.describe(`1.${index}`, DIGEST_ONLY)));

    expect(server.seen.length).toBe(200);
    expect(new Set(server.seen.map(({ port }) => port)).size).toBeLessThanOrEqual(4);
    expect(proxy.asked.length).toBeLessThanOrEqual(proxied ? 4 : 0);
  });
});

describe('the patience of an entry', () => {
  test.each([
    ['timeout', 'at-once', { timeout: 60 }],
    ['timeout', 'half-way', { timeout: 60 }],
  ] as const)('ends with its %s when an answer hangs %s', async (_key, hang, endpoint) => {
    const server = await aStandIn(() => ({ hang }));

    const error = await errorOf(askAt(server.url, { endpoint, retry: NO_RETRY }).listTags());

    expect([error.code, error.message]).toEqual([
      'registry-unreachable',
      expect.stringContaining('no answer in time'),
    ]);
  });

  test('ends with its connectTimeout when a proxy hangs', async () => {
    const proxy = await aSilentServer();

    const error = await errorOf(
      askAt('https://registry.test', {
        endpoint: { connectTimeout: 60, proxy: through({ url: proxy }) },
        retry: NO_RETRY,
      }).listTags(),
    );

    expect(error.message).toContain('no answer in time');
  });
});

const NO_RETRY = { attempts: 1, firstDelay: 0, longestDelay: 0, longestRetryAfter: 0 };

async function aProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const proxy = await startConnectProxy(options);
  onTestFinished(() => proxy.stop());
  return proxy;
}

type UrlProxy = Extract<RegistryEndpoint['proxy'], { kind: 'url' }>;

function through({ url }: Pick<ConnectProxy, 'url'>, credentials?: UrlProxy['credentials']): UrlProxy {
  return { kind: 'url', url, credentials };
}

/** Takes every connection and says nothing. */
async function aSilentServer(): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function aFile(name: string, content: string): string {
  writeFileSync(path(name), content);
  return name;
}
