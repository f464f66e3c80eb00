import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { ownLoginAt } from '../own-login-at.ts';
import { azureIdentityOf } from '../../../src/credentials/azure/azure-identity.ts';
import { createAzureLogins, parseAcrHost } from '../../../src/credentials/azure/azure-logins.ts';
import { createExchangeClients } from '../../../src/credentials/exchange-clients.ts';
import type { BasicLogin } from '../../../src/credentials/read-login.ts';
import { startAzure, type AzureStandInOptions } from '../../helpers/azure-stand-in.ts';
import { createVirtualClock } from '../../helpers/virtual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-azure-'));
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, 'cluster-s3cret\n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOST = 'acme.azurecr.io';
const IMAGE = { registry: HOST, path: 'acme/api' };
const { signal } = new AbortController();
const MINUTE = 60_000;

const WORKLOAD = {
  AZURE_TENANT_ID: 'a-tenant',
  AZURE_CLIENT_ID: 'a-client',
  AZURE_FEDERATED_TOKEN_FILE: tokenFile,
};

interface Wish extends Partial<AzureStandInOptions> {
  readonly env?: Readonly<Record<string, string>>;
}

async function setUp({ env = {}, ...options }: Wish = {}) {
  const clock = createVirtualClock();
  const server = await startAzure({
    now: clock.now,
    registry: HOST,
    federatedToken: () => 'cluster-s3cret',
    ...options,
  });
  const all = { AZURE_AUTHORITY_HOST: `${server.url}/`, ...env };
  const clients = createExchangeClients({ userAgent: 'lynceus/test', clock, env: {} });
  onTestFinished(async () => {
    clients.close();
    await server.stop();
  });
  const azure = createAzureLogins({
    clients,
    clock,
    env: all,
    apiUrlOf: () => server.url,
    metadataUrl: server.url,
  });
  return { azure, server, clock, find: () => ownLoginAt(azure, IMAGE).find(signal) };
}

test.each([
  ['acme.azurecr.io', 'https://login.microsoftonline.com'],
  ['ACME-x1.azurecr.io', 'https://login.microsoftonline.com'],
  ['acme.azurecr.cn', 'https://login.chinacloudapi.cn'],
  ['acme.azurecr.us', 'https://login.microsoftonline.us'],
  ['azurecr.io', undefined],
  ['a.b.azurecr.io', undefined],
  ['acme.azurecr.io.evil.example', undefined],
  ['acme-azurecr.io', undefined],
  ['acme.azurecr.io.', undefined],
  ['acme.azurecr.io:8443', undefined],
  ['robot@acme.azurecr.io', undefined],
  ['acme.azurecr.io\n', undefined],
  ['-acme.azurecr.io', undefined],
  ['acme.azurecr.io:443', undefined],
  ['mcr.microsoft.com', undefined],
])('the registry %s asks %s', (host, authority) => {
  expect(parseAcrHost(host)?.authority).toBe(authority);
});

describe('the identity in the environment', () => {
  const all = {
    ...WORKLOAD,
    AZURE_CLIENT_SECRET: 's',
    IDENTITY_ENDPOINT: 'http://169.254.129.4:8081/msi/token',
    IDENTITY_HEADER: 'h',
  };

  test.each([
    ['a service principal', all, 'secret'],
    ['else workload identity', { ...all, AZURE_CLIENT_SECRET: '' }, 'workload'],
    ['else an endpoint', { ...all, AZURE_CLIENT_SECRET: '', AZURE_TENANT_ID: '' }, 'endpoint'],
    ['else the machine', { IDENTITY_ENDPOINT: 'http://127.0.0.1/x' }, 'machine'],
  ])('is %s', (_what, env, kind) => {
    expect(azureIdentityOf(env).kind).toBe(kind);
  });

  test.each([
    ['AZURE_AUTHORITY_HOST', { ...WORKLOAD, AZURE_AUTHORITY_HOST: 'http://login.example/' }],
    ['AZURE_TENANT_ID', { ...WORKLOAD, AZURE_TENANT_ID: '../x' }],
    ['IDENTITY_ENDPOINT', { IDENTITY_ENDPOINT: 'http://evil.example/', IDENTITY_HEADER: 'h' }],
  ])('is an error when %s leads elsewhere', (variable, env) => {
    expect(() => azureIdentityOf(env)).toThrow(
      expect.objectContaining({
        code: 'credentials-failed',
        message: expect.stringContaining(variable) as string,
      }) as Error,
    );
  });
});

describe('a login to Azure', () => {
  const ways: readonly [string, Wish, readonly string[], RegExp][] = [
    [
      'workload identity',
      { env: WORKLOAD },
      ['POST /a-tenant/oauth2/v2.0/token'],
      /the workload identity a-client/,
    ],
    [
      'a service principal',
      { env: { ...WORKLOAD, AZURE_CLIENT_SECRET: 'sp-s3cret' }, secret: 'sp-s3cret' },
      ['POST /a-tenant/oauth2/v2.0/token'],
      /the service principal a-client/,
    ],
    [
      'the managed identity of the machine',
      { machine: 'identity' },
      ['GET /metadata', 'GET /metadata'],
      /managed identity of this machine is used/,
    ],
    [
      'a managed identity that is named',
      { machine: 'identity', env: { AZURE_CLIENT_ID: 'a-client' } },
      ['GET /metadata', 'GET /metadata'],
      /with the client id a-client/,
    ],
  ];
  test.each(ways)('is had by %s', async (_what, wish, asked, why) => {
    const { find, server } = await setUp(wish);

    const answer = await find();

    expect(answer).toMatchObject({
      kind: 'login',
      login: {
        identity: `azure:${HOST}`,
        username: '<token>',
        password: server.given[1],
        why: expect.stringMatching(why) as string,
      },
    });
    expect(server.lines().map((line, index) => line.slice(0, asked[index]?.length))).toEqual([
      ...asked,
      'POST /oauth2/exchange',
    ]);
  });

  test('is had by an endpoint of App Service', async () => {
    const { server } = await setUp({ machine: 'identity' });
    const clock = createVirtualClock();
    const clients = createExchangeClients({ userAgent: 'lynceus/test', clock, env: {} });
    onTestFinished(() => clients.close());
    const env = {
      IDENTITY_ENDPOINT: `${server.url}/metadata/identity/oauth2/token`,
      IDENTITY_HEADER: 'h-s3cret',
    };
    const azure = createAzureLogins({ clients, clock, env, apiUrlOf: () => server.url });

    // The stand-in is that of a machine and wants another header: what matters is what is sent.
    await ownLoginAt(azure, IMAGE)
      .find(signal)
      .catch(() => undefined);

    expect(server.seen[0]?.headers['x-identity-header']).toBe('h-s3cret');
    expect(server.seen[0]?.url.searchParams.get('api-version')).toBe('2019-08-01');
  });

  test('is asked for once, and kept for four fifths of its three hours', async () => {
    const { find, server, clock } = await setUp({ env: WORKLOAD });

    const logins = await Promise.all([find(), find(), find()]);
    clock.advance(0.8 * 180 * MINUTE - 2000);
    expect(await find()).toEqual(logins[0]);
    expect(server.seen).toHaveLength(2);
    clock.advance(2000);
    expect(await find()).not.toEqual(logins[0]);
    expect(server.seen).toHaveLength(4);
  });

  test('is made anew once for all when it is refused', async () => {
    const { find, azure, server, clock } = await setUp({ env: WORKLOAD });
    const answer = await find();
    const refused = (answer.kind === 'login' ? answer.login : undefined) as BasicLogin;
    expect(await ownLoginAt(azure, IMAGE).renew(refused, signal)).toBeUndefined();
    clock.advance(MINUTE);

    const renewed = await Promise.all([1, 2].map(() => ownLoginAt(azure, IMAGE).renew(refused, signal)));

    expect(renewed[0]).toEqual(renewed[1]);
    expect(renewed[0]).not.toEqual(answer);
    expect(server.lines().filter((line) => line.includes('exchange'))).toHaveLength(2);
  });

  test('reads the token of the cluster anew each time', async () => {
    let current = 'cluster-s3cret';
    const { find, clock } = await setUp({ env: WORKLOAD, federatedToken: () => current });
    await find();
    current = 'newer-s3cret';
    writeFileSync(tokenFile, current);
    clock.advance(200 * MINUTE);

    expect(await find()).toMatchObject({ kind: 'login' });
    writeFileSync(tokenFile, 'cluster-s3cret\n');
  });
});

describe('no login to Azure', () => {
  test.each([
    ['in another cloud', 'another cloud', /no Azure identity \(.*nobody answers at http/],
    [
      'on a machine without an identity',
      'no identity',
      /no Azure identity \(.*this machine has no managed identity\)/,
    ],
  ] as const)('is no error %s, and is remembered', async (_what, machine, why) => {
    const { find, server, clock } = await setUp({ machine });

    expect(await find()).toEqual({ kind: 'nothing', why: expect.stringMatching(why) as string });
    const asked = server.seen.length;
    clock.advance(9 * MINUTE);
    await find();
    expect(server.seen).toHaveLength(asked);
    clock.advance(2 * MINUTE);
    await find();
    expect(server.seen.length).toBeGreaterThan(asked);
  });

  const faults: readonly [string, Wish, RegExp, RegExp][] = [
    [
      'a token of another cluster',
      { env: WORKLOAD, federatedToken: () => 'other' },
      /^Azure gave no token to the workload identity a-client \(AZURE_FEDERATED_TOKEN_FILE\): status 400 \(invalid_client\) AADSTS70021$/,
      /federated credential/,
    ],
    ['an unknown client', { env: { ...WORKLOAD, AZURE_CLIENT_ID: 'b' } }, /AADSTS700016$/, /AZURE_CLIENT_ID/],
    [
      'a wrong secret',
      { env: { ...WORKLOAD, AZURE_CLIENT_SECRET: 'wrong-s3cret' } },
      /the service principal a-client .* AADSTS7000215$/,
      /AZURE_CLIENT_SECRET/,
    ],
    [
      'no token file',
      { env: { ...WORKLOAD, AZURE_FEDERATED_TOKEN_FILE: '/nowhere' } },
      /\/nowhere \(ENOENT\)$/,
      /azure\.workload\.identity\/use/,
    ],
    [
      'no role on the registry',
      { env: WORKLOAD, mayPull: () => false },
      /^acme\.azurecr\.io gave no login to the workload identity .*: status 401$/,
      /AcrPull/,
    ],
    [
      'a managed identity that is not there',
      { machine: 'no identity', env: { AZURE_CLIENT_ID: 'x' } },
      /the managed identity of this machine with the client id x: status 400/,
      /exists/,
    ],
    [
      'a managed identity outside of Azure',
      { env: { AZURE_CLIENT_ID: 'x' } },
      /nobody answers at/,
      /AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE/,
    ],
  ];
  test.each(faults)('is an error that says which way was tried: %s', async (_what, wish, message, hint) => {
    const { find, server } = await setUp(wish);

    const error: unknown = await find().catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      code: 'credentials-failed',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
      trail: expect.stringMatching(
        /^azure:acme\.azurecr\.io, nothing named a login, so .* is used$/,
      ) as string,
    });
    const reported = inspect(error, { depth: 20, showHidden: true });
    for (const secret of [...server.given, 's3cret', 'is quoted here'])
      expect(reported).not.toContain(secret);
  });

  test('is sent over plain http to anybody else', async () => {
    const { server, clock } = await setUp({ env: WORKLOAD });
    const clients = createExchangeClients({ userAgent: 'lynceus/test', clock, env: {} });
    onTestFinished(() => clients.close());
    const azure = createAzureLogins({
      clients,
      clock,
      env: { ...WORKLOAD, AZURE_AUTHORITY_HOST: server.url },
      apiUrlOf: () => 'http://mirror.example',
    });

    await expect(ownLoginAt(azure, IMAGE).find(signal)).rejects.toMatchObject({
      message: 'a token for acme.azurecr.io is not sent to mirror.example over plain http',
    });
  });
});
