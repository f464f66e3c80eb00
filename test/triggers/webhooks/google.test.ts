import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHttpClient } from '../../../src/http/client.ts';
import type { WebhookSender } from '../../../src/triggers/webhooks/sender.ts';
import { createGoogleSender } from '../../../src/triggers/webhooks/senders/google.ts';
import { webhookRequest } from '../../contract/webhook-samples.ts';
import { caught, errorOf } from '../../helpers/thrown.ts';

const ACCOUNT = 'push@acme.iam.gserviceaccount.com';
const AUDIENCE = 'https://updates.example/webhook?type=google';
const SECRET = `${ACCOUNT} ${AUDIENCE}`;
const ISSUER = 'https://accounts.google.com';

const codes = {
  unreachable: 'credentials-failed',
  tooLarge: 'credentials-failed',
  invalid: 'credentials-failed',
} as const;
const client = createHttpClient({ userAgent: 'lynceus-test', codes, proxyFor: () => undefined });

/** What Google signs with, and somebody else. */
let own: CryptoKey;
let foreign: CryptoKey;
let otherAlgorithm: CryptoKey;
let published: readonly object[];
let status = 200;
let asked = 0;

const server = createServer((_, response) => {
  asked += 1;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ keys: published }));
});
let keys: string;
let google: WebhookSender;

beforeAll(async () => {
  const [pair, other] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')];
  [own, foreign] = [pair.privateKey, other.privateKey];
  const elliptic = await generateKeyPair('ES256');
  otherAlgorithm = elliptic.privateKey;
  published = [
    { ...(await exportJWK(pair.publicKey)), kid: 'now', alg: 'RS256', use: 'sig' },
    { ...(await exportJWK(elliptic.publicKey)), kid: 'elliptic', alg: 'ES256', use: 'sig' },
  ];
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  keys = `http://127.0.0.1:${(server.address() as AddressInfo).port}/certs`;
});

beforeEach(() => {
  [status, asked] = [200, 0];
  google = createGoogleSender({ send: client.send, keys });
});

afterAll(() => {
  client.close();
  server.close();
});

const seconds = (from: number): number => Math.floor(Date.now() / 1000) + from;

function claims(changed: Readonly<Record<string, unknown>> = {}): JWTPayload {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: '113',
    email: ACCOUNT,
    email_verified: true,
    iat: seconds(-5),
    exp: seconds(3_600),
    ...changed,
  };
}

function signed(payload: JWTPayload, { key = own, kid = 'now' } = {}): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(key);
}

async function passes(token: string, secret = SECRET): Promise<boolean> {
  return google.verify(webhookRequest('{}', { headers: { authorization: `Bearer ${token}` } }), secret);
}

describe('the token of a push of Pub/Sub', () => {
  test('from the right account, for us, counts; its keys are asked for once', async () => {
    expect(await passes(await signed(claims()))).toBe(true);
    expect(await passes(await signed(claims({ iss: 'accounts.google.com' })))).toBe(true);
    expect(await passes(await signed(claims({ aud: [AUDIENCE] })))).toBe(true);
    expect(asked).toBe(1);
  });

  const WRONG: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['another account', { email: 'push@evil.iam.gserviceaccount.com' }],
    ['the account in another case', { email: ACCOUNT.toUpperCase() }],
    ['an account that is not verified', { email_verified: false }],
    ['an account that is verified by a text', { email_verified: 'true' }],
    ['no account', { email: undefined }],
    ['another audience', { aud: 'https://elsewhere.example/webhook' }],
    ['the start of the audience', { aud: AUDIENCE.slice(0, -1) }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'https://accounts.google.com.evil.example' }],
    ['no issuer', { iss: undefined }],
    ['a time that is over', { exp: seconds(-120) }],
    ['no end', { exp: undefined }],
    ['a time that is to come', { nbf: seconds(600) }],
  ];

  test.each(WRONG)('with %s does not', async (_, changed) => {
    expect(await passes(await signed(claims(changed)))).toBe(false);
    expect(await passes(await signed(claims()))).toBe(true);
  });

  test('signed by somebody else does not', async () => {
    expect(await passes(await signed(claims(), { key: foreign }))).toBe(false);
    expect(await passes(await signed(claims(), { key: foreign, kid: 'other' }))).toBe(false);
    expect(await passes(await signed(claims()))).toBe(true);
  });

  test('signed with a public key as a shared secret, or not at all, does not', async () => {
    const shared = new TextEncoder().encode(JSON.stringify(published[0]));
    const confused = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', kid: 'now' })
      .sign(shared);
    expect(await passes(confused)).toBe(false);
    expect(await passes(new UnsecuredJWT(claims()).encode())).toBe(false);
  });

  test('signed with a key of theirs of another algorithm does not', async () => {
    const header = { alg: 'ES256', kid: 'elliptic' };
    const token = await new SignJWT(claims()).setProtectedHeader(header).sign(otherAlgorithm);
    expect(await passes(token)).toBe(false);
  });

  test('with other claims than were signed does not', async () => {
    const [header, , signature] = (
      await signed(claims({ email: 'push@evil.iam.gserviceaccount.com' }))
    ).split('.');
    const payload = Buffer.from(JSON.stringify(claims())).toString('base64url');
    expect(await passes(`${header}.${payload}.${signature}`)).toBe(false);
  });

  test.each(['', 'x', 'a.b', 'a.b.c', '..', 'e30.e30.', `${'e30.'.repeat(50_000)}`])(
    'no token at all: %#',
    async (text) => {
      expect(await passes(text)).toBe(false);
      expect(asked).toBe(0);
    },
  );

  test('what cannot be right asks nobody for keys', async () => {
    expect(
      await passes(await signed(claims({ email: 'push@evil.iam.gserviceaccount.com' }), { key: foreign })),
    ).toBe(false);
    expect(await google.verify(webhookRequest('{}'), SECRET)).toBe(false);
    expect(asked).toBe(0);
  });

  test('counts for nobody where nothing is wanted', async () => {
    expect(await passes(await signed(claims()), '')).toBe(false);
  });

  test.each([ACCOUNT, AUDIENCE, `${AUDIENCE} ${ACCOUNT}`, `${SECRET} more`, 'shared-secret'])(
    'counts for nobody where "%s" is wanted, and the form is named',
    async (secret) => {
      const token = await signed(claims());
      for (const given of [token, secret]) {
        const headers = { authorization: `Bearer ${given}` };
        const request = webhookRequest('{}', { headers, query: `secret=${secret}` });
        const error = caught(() => google.verify(request, secret));
        expect(error.code).toBe('config-invalid');
        expect(error.line).not.toContain(secret);
      }
    },
  );
});

describe('keys that are out of reach', () => {
  test('are no fault of the token, and the next one asks again', async () => {
    status = 503;
    const error = await errorOf(passes(await signed(claims())));
    expect(error.code).toBe('credentials-failed');
    expect(error.message).toContain(keys);
    status = 200;
    expect(await passes(await signed(claims()))).toBe(true);
  });

  test('a server that is not there', async () => {
    google = createGoogleSender({ send: client.send, keys: 'http://127.0.0.1:9/certs' });
    expect((await errorOf(passes(await signed(claims())))).code).toBe('credentials-failed');
  });
});
