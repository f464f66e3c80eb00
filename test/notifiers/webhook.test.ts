import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { LynceusError } from '../../src/errors.ts';
import { serve, type HttpServer } from '../checks/http-server.ts';
import { errorOf } from '../helpers/thrown.ts';
import { aNotice, outgoing, theNotifier } from './a-notice.ts';

const NEVER = new AbortController().signal;
const SECRET = 'wJ7-signing-secret';

const taking = async (): Promise<HttpServer> =>
  await serve((_request, response) => void response.writeHead(202).end());

/** What arrives when one notice is sent with these settings. */
async function received(
  webhook: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>> = {},
  changes: Parameters<typeof outgoing>[1] = {},
): Promise<HttpServer['received'][number]> {
  const server = await taking();
  const notifier = await theNotifier({ webhook: { url: server.url, ...webhook } }, secrets);
  await notifier.send(outgoing(notifier, changes), NEVER);
  expect(server.received).toHaveLength(1);
  const [request] = server.received;
  if (request === undefined) throw new Error('nothing arrived');
  return request;
}

describe('a signature', () => {
  test.each<[string, Parameters<typeof outgoing>[1]]>([
    ['of plain text', {}],
    ['of letters of all scripts, which are several bytes', { reason: 'Größe 版本 😀' }],
    ['of half a pair of words', { reason: `x\uD83D` }],
    ['of line breaks and quotes', { reason: '"a"\r\n\\b\u2028' }],
    ['of 10 kB', { reason: '9'.repeat(10_000) }],
  ])('is that of the very bytes that arrive: %s', async (_, changes) => {
    const request = await received({ signatureFrom: 'env:KEY' }, { 'env:KEY': SECRET }, changes);
    const expected = createHmac('sha256', SECRET).update(request.body).digest('hex');
    expect(request.headers['x-hub-signature-256']).toBe(`sha256=${expected}`);
    expect(JSON.stringify(request)).not.toContain(SECRET);
  });

  test('is made with the secret of now, and is none without one', async () => {
    const server = await taking();
    const secrets: Record<string, string> = { 'env:KEY': 'first' };
    const notifier = await theNotifier({ webhook: { url: server.url, signatureFrom: 'env:KEY' } }, secrets);
    await notifier.send(outgoing(notifier), NEVER);
    secrets['env:KEY'] = 'second';
    await notifier.send(outgoing(notifier), NEVER);
    const [first, second] = server.received.map(({ headers }) => headers['x-hub-signature-256']);
    const body = server.received[1]?.body ?? '';
    expect(second).toBe(`sha256=${createHmac('sha256', 'second').update(body).digest('hex')}`);
    expect(first).not.toBe(second);
    expect((await received({})).headers).not.toHaveProperty('x-hub-signature-256');
  });

  test('that cannot be made sends nothing', async () => {
    const server = await taking();
    const readSecret = async (): Promise<string> => {
      await Promise.resolve();
      throw new LynceusError('credentials-missing', 'the environment variable KEY is not set');
    };
    const webhook = { url: server.url, signatureFrom: 'env:KEY' };
    const notifier = await theNotifier({ webhook }, {}, { readSecret });
    expect(await errorOf(notifier.send(outgoing(notifier), NEVER))).toMatchObject({
      code: 'credentials-missing',
    });
    expect(server.received).toHaveLength(0);
  });
});

describe('headers', () => {
  test.each<[string, object, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    ['of the settings', { headers: [{ name: 'X-Team', value: 'ops' }] }, {}, { 'x-team': 'ops' }],
    [
      'with a secret',
      { headers: [{ name: 'X-Api-Key', valueFrom: 'env:K' }] },
      { 'env:K': 'k1' },
      { 'x-api-key': 'k1' },
    ],
    ['of a bearer', { tokenFrom: 'env:T' }, { 'env:T': 't1' }, { authorization: 'Bearer t1' }],
    [
      'of a user',
      { usernameFrom: 'env:U', passwordFrom: 'env:P' },
      { 'env:U': 'me', 'env:P': 'pä:ss' },
      { authorization: `Basic ${Buffer.from('me:pä:ss').toString('base64')}` },
    ],
    [
      'that say what it is, whatever the settings say',
      {
        headers: [
          { name: 'Content-Type', value: 'text/html' },
          { name: 'X-Hub-Signature-256', value: 'sha256=0' },
        ],
      },
      {},
      { 'content-type': 'application/cloudevents+json; charset=utf-8' },
    ],
  ])('%s arrive', async (_, webhook, secrets, expected) => {
    expect((await received({ ...webhook }, secrets)).headers).toMatchObject(expected);
  });

  test('that would be two are refused without their secret', async () => {
    const server = await taking();
    const webhook = { url: server.url, headers: [{ name: 'X-Key', valueFrom: 'env:K' }] };
    const notifier = await theNotifier({ webhook }, { 'env:K': 'k1\r\nX-Evil: secret-part' });
    const error = await errorOf(notifier.send(outgoing(notifier), NEVER));
    expect(error).toMatchObject({ code: 'credentials-failed', message: expect.stringContaining('env:K') });
    expect(inspect(error, { depth: 20 })).not.toContain('secret-part');
    expect(server.received).toHaveLength(0);
  });
});

describe('a URL from a secret', () => {
  test.each([
    ['text', 'no-url-but-s3cret'],
    ['another protocol', 'ftp://h.test/s3cret'],
    ['a file', 'file:///s3cret'],
    ['a user name', 'https://s3cret@h.test/'],
    ['a password', 'https://:s3cret@h.test/'],
    ['a host that is none', 'https://s3cret host/'],
  ])('is refused without showing it: %s', async (_, url) => {
    const notifier = await theNotifier({ webhook: { urlFrom: 'env:HOOK' } }, { 'env:HOOK': url });
    const error = await errorOf(notifier.send(outgoing(notifier), NEVER));
    expect(error).toMatchObject({ code: 'credentials-failed', message: expect.stringContaining('env:HOOK') });
    expect(inspect(error, { depth: 20 })).not.toContain('s3cret');
  });

  test.each([
    ['denied', 403, 'notifier-denied'],
    ['limited', 429, 'notifier-rate-limited'],
    ['broken', 502, 'notifier-failed'],
    ['refused', 400, 'notifier-failed'],
    ['moved', 308, 'notifier-failed'],
  ])('is in no error of a server that is %s', async (_, status, code) => {
    const server = await serve(({ path }, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:9${path}/moved` }).end(`no such ${path}`);
    });
    const secrets = { 'env:HOOK': `${server.url}/s3cret?key=s3cret` };
    const notifier = await theNotifier({ webhook: { urlFrom: 'env:HOOK' } }, secrets);
    const error = await errorOf(notifier.send(outgoing(notifier), NEVER));
    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('s3cret');
    expect(server.received).toMatchObject([{ path: '/s3cret?key=s3cret' }]);
  });

  test('may have letters of all scripts, and white space around it', async () => {
    const server = await taking();
    const secrets = { 'env:HOOK': ` ${server.url}/größe/版本\n` };
    const notifier = await theNotifier({ webhook: { urlFrom: 'env:HOOK' } }, secrets);
    await notifier.send(outgoing(notifier), NEVER);
    expect(server.received).toMatchObject([{ method: 'POST', path: encodeURI('/größe/版本') }]);
  });
});

describe('an event', () => {
  test('has the same id however often it is sent, and its source', async () => {
    const server = await taking();
    const notifier = await theNotifier({ webhook: { url: server.url, source: '/clusters/north' } });
    await notifier.send(outgoing(notifier), NEVER);
    await notifier.send(outgoing(notifier), NEVER);
    const events = server.received.map(({ body }) => JSON.parse(body) as object);
    expect(events[0]).toMatchObject({
      specversion: '1.0',
      type: 'lynceus.notice.updated',
      id: aNotice().key,
      source: '/clusters/north',
      subject: 'argocd/shop',
      time: '2026-01-01T12:00:00.000Z',
    });
    expect(events[1]).toEqual(events[0]);
  });
});
