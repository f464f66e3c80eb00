import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { ownLoginAt } from '../own-login-at.ts';
import { createExchangeClients } from '../../../src/credentials/exchange-clients.ts';
import { createGoogleLogins, isGoogleRegistry } from '../../../src/credentials/google/google-logins.ts';
import type { BasicLogin } from '../../../src/credentials/read-login.ts';
import { createAppKey } from '../../helpers/github-stand-in.ts';
import { AUDIENCE, ROBOT, startGoogle, type GoogleStandInOptions } from '../../helpers/google-stand-in.ts';
import { createVirtualClock } from '../../helpers/virtual-clock.ts';

const KEY = createAppKey();
const folder = mkdtempSync(join(tmpdir(), 'lynceus-google-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const IMAGE = { registry: 'europe-docker.pkg.dev', path: 'acme/images/api' };
const { signal } = new AbortController();
const MINUTE = 60_000;

let files = 0;
function aFile(content: unknown): string {
  const path = join(folder, `file-${++files}`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const subject = aFile('subject-s3cret\n');
const subjectInJson = aFile({ id_token: 'subject-s3cret' });

function serviceAccount(url: string, changes: object = {}) {
  return {
    type: 'service_account',
    client_email: ROBOT,
    private_key: KEY.pkcs8,
    private_key_id: 'k1',
    token_uri: `${url}/token`,
    ...changes,
  };
}

function federation(url: string, changes: object = {}) {
  return {
    type: 'external_account',
    audience: AUDIENCE,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${url}/token`,
    credential_source: { file: subject },
    ...changes,
  };
}

function impersonation(url: string, seconds?: number) {
  return {
    service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/${ROBOT}:generateAccessToken`,
    ...(seconds === undefined ? {} : { service_account_impersonation: { token_lifetime_seconds: seconds } }),
  };
}

interface Wish extends Partial<GoogleStandInOptions> {
  /** Content of the key file, given the URL of the stand-in. */
  readonly file?: (url: string) => unknown;
}

async function setUp({ file, ...options }: Wish = {}) {
  const clock = createVirtualClock();
  const server = await startGoogle({
    now: clock.now,
    publicKey: KEY.publicKey,
    subjectToken: () => 'subject-s3cret',
    ...options,
  });
  const clients = createExchangeClients({ userAgent: 'lynceus/test', clock, env: {} });
  onTestFinished(async () => {
    clients.close();
    await server.stop();
  });
  const env = file === undefined ? {} : { GOOGLE_APPLICATION_CREDENTIALS: aFile(file(server.url)) };
  const google = createGoogleLogins({ clients, clock, env, metadataUrl: server.url });
  return { google, server, clock, find: (image = IMAGE) => ownLoginAt(google, image).find(signal) };
}

test.each([
  ['gcr.io', true],
  ['eu.gcr.io', true],
  ['europe-docker.pkg.dev', true],
  ['US-docker.pkg.dev', true],
  ['pkg.dev', false],
  ['a.b.pkg.dev', false],
  ['gcr.io.evil.example', false],
  ['evilgcr.io', false],
  ['evil-gcr.io', false],
  ['gcr.io.', false],
  ['gcr.io:8443', false],
  ['robot@gcr.io', false],
  ['docker.pkg.dev.evil.example', false],
  ['evil-pkg.dev', false],
  ['gcr.io\n', false],
  ['k8s.gcr.io:443', false],
])('%s is a registry of Google: %s', (host, expected) => {
  expect(isGoogleRegistry(host)).toBe(expected);
});

describe('a login to Google', () => {
  const ways: readonly [string, Wish, string, readonly string[]][] = [
    [
      'the key of a service account',
      { file: (url) => serviceAccount(url) },
      `google:service account ${ROBOT}`,
      ['POST /token'],
    ],
    [
      'a federated token',
      { file: (url) => federation(url) },
      'google:workload identity federation',
      ['POST /token'],
    ],
    [
      'one in a field of JSON',
      {
        file: (url) =>
          federation(url, {
            credential_source: {
              file: subjectInJson,
              format: { type: 'json', subject_token_field_name: 'id_token' },
            },
          }),
      },
      'google:workload identity federation',
      ['POST /token'],
    ],
    [
      'one that acts as a service account',
      { file: (url) => federation(url, impersonation(url)) },
      `google:workload identity federation as ${ROBOT}`,
      ['POST /token', `POST /v1/projects/-/serviceAccounts/${ROBOT}:generateAccessToken`],
    ],
    [
      'the metadata server',
      { machine: 'account' },
      'google:service account of this machine',
      ['GET /', 'GET /computeMetadata/v1/instance/service-accounts/default/token'],
    ],
  ];
  test.each(ways)('is had by %s', async (_what, wish, identity, lines) => {
    const { find, server } = await setUp(wish);

    expect(await find()).toMatchObject({
      kind: 'login',
      login: {
        identity,
        username: 'oauth2accesstoken',
        password: server.given.at(-1),
        why: expect.stringMatching(/^nothing named a login, so /) as string,
      },
    });
    expect(server.lines()).toEqual(lines);
  });

  test('is one for all of its registries, and asked for again before it ends', async () => {
    const { find, server, clock } = await setUp({ machine: 'account' });

    const first = await find();
    expect(await find({ registry: 'gcr.io', path: 'acme/api' })).toEqual(first);
    clock.advance(0.8 * 3599 * 1000 - 1000);
    expect(await find()).toEqual(first);
    clock.advance(2000);
    expect(await find()).not.toEqual(first);
    expect(server.given).toHaveLength(2);
  });

  test('that acts as a service account lives as long as the file says', async () => {
    const { find, server, clock } = await setUp({ file: (url) => federation(url, impersonation(url, 1200)) });
    await find();

    clock.advance(14 * MINUTE);
    await find();
    expect(server.given).toHaveLength(2);
    clock.advance(2 * MINUTE);
    await find();
    expect(server.given).toHaveLength(4);
  });

  test('is made anew once when it is refused', async () => {
    const { google, find, server, clock } = await setUp({ machine: 'account' });
    const answer = await find();
    const refused = (answer.kind === 'login' ? answer.login : undefined) as BasicLogin;
    clock.advance(MINUTE);

    const renewed = await Promise.all([1, 2].map(() => ownLoginAt(google, IMAGE).renew(refused, signal)));

    expect(renewed[0]).toEqual(renewed[1]);
    expect(server.given).toHaveLength(2);
  });
});

describe('no login to Google', () => {
  test.each([
    ['in another cloud', 'another cloud', /nobody answers at 127\.0\.0\.1:\d+\)$/],
    ['on a machine without an account', 'no account', /this machine has no service account\)$/],
  ] as const)('is no error %s, and is remembered', async (_what, machine, why) => {
    const { find, server, clock } = await setUp({ machine });

    expect(await find()).toEqual({ kind: 'nothing', why: expect.stringMatching(why) as string });
    const asked = server.seen.length;
    clock.advance(9 * MINUTE);
    await find();
    expect(server.seen).toHaveLength(asked);
  });

  test('is had where nobody answers at all, and that is found out quickly', async () => {
    const clock = createVirtualClock();
    const clients = createExchangeClients({ userAgent: 'lynceus/test', clock, env: {} });
    onTestFinished(() => clients.close());
    const google = createGoogleLogins({ clients, clock, env: {}, metadataUrl: 'http://127.0.0.1:1' });

    expect(await ownLoginAt(google, IMAGE).find(signal)).toMatchObject({ kind: 'nothing' });
    expect(clock.sleeps).toEqual([]);
  });

  const faults: readonly [string, Wish, RegExp, RegExp][] = [
    [
      'a key that Google does not know',
      { file: (url) => serviceAccount(url, { private_key: createAppKey().pkcs8 }) },
      /^Google gave no token to the service account robot@.*: status 400 \(invalid_grant\)$/,
      /clock/,
    ],
    [
      'a key that is none',
      { file: (url) => serviceAccount(url, { private_key: 's3cret' }) },
      /^expected an RSA private key in the key of robot@/,
      /passphrase/,
    ],
    [
      'a token of another cluster',
      { file: (url) => federation(url), subjectToken: () => 'other' },
      /^Google gave no token to the workload identity federation: status 400/,
      /provider/,
    ],
    [
      'no right to act as the service account',
      { file: (url) => federation(url, impersonation(url)), mayImpersonate: false },
      /federation as robot@.*: status 403$/,
      /workloadIdentityUser/,
    ],
    [
      'a federated token that is not there',
      { file: (url) => federation(url, { credential_source: { file: '/nowhere' } }) },
      /\/nowhere \(ENOENT\)$/,
      /credential_source/,
    ],
    [
      'a federated token from a URL',
      { file: (url) => federation(url, { credential_source: { url: 'http://x/' } }) },
      /credential_source has no file/,
      /GOOGLE_APPLICATION_CREDENTIALS/,
    ],
    [
      'a file of another type',
      { file: () => ({ type: 'impersonated_service_account', s3cret: 's3cret' }) },
      /its type is none of/,
      /GOOGLE_APPLICATION_CREDENTIALS/,
    ],
    [
      'a file without a key',
      { file: () => ({ type: 'service_account', client_email: ROBOT }) },
      /private_key is missing$/,
      /GOOGLE_APPLICATION_CREDENTIALS/,
    ],
    [
      'a file that leads elsewhere',
      { file: () => serviceAccount('http://evil.example') },
      /token_uri is not an https URL$/,
      /GOOGLE_APPLICATION_CREDENTIALS/,
    ],
    ['a file that is no JSON', { file: () => 's3cret' }, /it is not JSON$/, /GOOGLE_APPLICATION_CREDENTIALS/],
    [
      'a machine that may not',
      { machine: 'refused' },
      /gave no token for the service account of this machine: status 403$/,
      /workloadIdentityUser/,
    ],
  ];
  test.each(faults)('is an error that says which way was tried: %s', async (_what, wish, message, hint) => {
    const { find, server } = await setUp(wish);

    const error: unknown = await find().catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      code: 'credentials-failed',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
      trail: expect.stringMatching(/^google:.*, nothing named a login, so /) as string,
    });
    const reported = inspect(error, { depth: 20, showHidden: true });
    for (const secret of [...server.given, 's3cret', KEY.pkcs8.slice(60, 90), 'is quoted here'])
      expect(reported).not.toContain(secret);
  });
});
