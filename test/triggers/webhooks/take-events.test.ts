import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { X509Certificate } from 'node:crypto';
import { createSelfSignedPair } from '../../../src/server/self-signed.ts';
import { createPushQueue } from '../../../src/triggers/pushes.ts';
import type { ReceivedWebhook } from '../../../src/triggers/webhooks/answer-webhook.ts';
import { formatReplicaPlace, parseReplicaPlace } from '../../../src/core/replica-place.ts';
import type { WebhookEvent } from '../../../src/triggers/webhooks/sender.ts';
import { createTakeEvents } from '../../../src/triggers/webhooks/take-events.ts';
import { collectLog } from '../../helpers/logs.ts';
import { IMPATIENT_CLOCK } from '../../helpers/flow-world.ts';

const PAIR = createSelfSignedPair({ now: Date.now(), days: 1, names: ['localhost'] });
const FINGERPRINT = new X509Certificate(PAIR.cert).fingerprint256.replaceAll(':', '').toLowerCase();

const EVENT: WebhookEvent = {
  kind: 'image',
  repository: { registry: 'ghcr.io', path: 'acme/api' },
  tag: '1.2.3',
};

const RECEIVED: ReceivedWebhook = {
  headers: {
    host: 'updates.example',
    'content-length': '4',
    'transfer-encoding': 'chunked',
    connection: 'keep-alive',
    'x-hub-signature-256': 'sha256=abc',
    'x-several': ['a', 'b'],
  },
  query: new URLSearchParams({ type: 'docker.io', secret: 'k n&o=c/k' }),
  body: Buffer.from('{"ü":1}'),
  from: '10.0.0.9',
};

interface Arrived {
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A process that leads, or another server at its address. */
async function leaderAt(tls: boolean, statuses: readonly number[] = [200]) {
  const arrived: Arrived[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) body += chunk;
    arrived.push({ url: request.url, headers: request.headers, body });
    const status = statuses[arrived.length - 1] ?? statuses.at(-1) ?? 200;
    response.writeHead(status, { 'Retry-After': '7' }).end(`answer ${status}`);
  };
  const server = tls
    ? createHttps(PAIR, (request, response) => void listener(request, response))
    : createHttp((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  return { arrived, place: formatReplicaPlace({ origin, fingerprint: tls ? FINGERPRINT : '' }) };
}

function process(place: () => string | undefined, leads: () => boolean = () => false) {
  const pushes = createPushQueue({ clock: IMPATIENT_CLOCK });
  const { log, lines } = collectLog();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const take = createTakeEvents({
    pushes,
    leads,
    leadership: { leaderPlace: () => Promise.resolve(place()) },
    clock: { ...IMPATIENT_CLOCK, sleep: () => new Promise(setImmediate) },
    log,
    signal: stop.signal,
  });
  return { take, lines, queued: () => pushes.next(AbortSignal.timeout(2_000)) };
}

describe('a process that leads', () => {
  test('looks itself', async () => {
    const { take, queued } = process(
      () => undefined,
      () => true,
    );
    expect(await take([EVENT], RECEIVED)).toBeUndefined();
    expect(await queued()).toEqual([EVENT]);
  });
});

describe('a process that does not lead', () => {
  test.each([true, false])('passes a webhook on as it came; TLS: %s', async (tls) => {
    const { arrived, place } = await leaderAt(tls);
    const { take } = process(() => place);
    expect(await take([EVENT], RECEIVED)).toEqual({
      status: 200,
      headers: { 'Retry-After': '7' },
      body: 'answer 200',
    });
    expect(arrived).toHaveLength(1);
    const [{ url, headers, body } = { url: '', headers: {}, body: '' }] = arrived;
    const sent = new URL(url ?? '', 'http://x');
    expect([sent.pathname, Object.fromEntries(sent.searchParams)]).toEqual([
      '/webhook',
      { type: 'docker.io', secret: 'k n&o=c/k' },
    ]);
    expect(headers).toMatchObject({
      'x-hub-signature-256': 'sha256=abc',
      'x-several': 'a, b',
      'content-length': '8',
    });
    expect(headers.host).not.toBe('updates.example');
    expect(body).toBe('{"ü":1}');
  });

  test('answers what the leader answers', async () => {
    const { place } = await leaderAt(true, [401]);
    const { take } = process(() => place);
    expect(await take([EVENT], RECEIVED)).toMatchObject({ status: 401, body: 'answer 401' });
  });

  test('tells nothing to who has another certificate', async () => {
    const { arrived, place } = await leaderAt(true);
    const { take, lines } = process(() => place.replace(/[0-9a-f]{8}$/, '00000000'));
    expect(await take([EVENT], RECEIVED)).toBeUndefined();
    await vi.waitFor(() => expect(lines.some(({ level }) => level === 'error')).toBe(true), {
      timeout: 10_000,
    });
    expect(arrived).toEqual([]);
    expect(JSON.stringify(lines)).not.toContain('k n&o');
  });

  test('does not pass on what was passed on', async () => {
    const { arrived, place } = await leaderAt(true);
    const { take } = process(() => place);
    const again = { ...RECEIVED, headers: { ...RECEIVED.headers, 'x-lynceus-passed-on': '1' } };
    expect(await take([EVENT], again)).toMatchObject({ status: 503, headers: { 'Retry-After': '2' } });
    expect(arrived).toEqual([]);
  });

  test('keeps a webhook while nobody leads, and looks itself when its turn has come', async () => {
    let leads = false;
    const { take, queued } = process(
      () => undefined,
      () => leads,
    );
    expect(await take([EVENT], RECEIVED)).toBeUndefined();
    leads = true;
    expect(await queued()).toEqual([EVENT]);
  });

  test('keeps a webhook while the leader is away, and passes it on to the next', async () => {
    const { arrived, place } = await leaderAt(true, [503, 503, 200]);
    let at: string | undefined = 'http://127.0.0.1:1';
    const { take } = process(() => at);
    expect(await take([EVENT], RECEIVED)).toBeUndefined();
    at = place;
    await vi.waitFor(() => expect(arrived).toHaveLength(3), { timeout: 5_000 });
  });

  test('says so when nobody leads for a minute', async () => {
    const { take, lines } = process(() => undefined);
    await take([EVENT], RECEIVED);
    await vi.waitFor(() => expect(lines).toMatchObject([{ level: 'error', fields: { events: 1 } }]));
  });

  test('keeps a hundred, and asks for the others again', async () => {
    const { take } = process(() => 'no place');
    const answers = await Promise.all(Array.from({ length: 105 }, () => take([EVENT], RECEIVED)));
    expect(answers.filter((answer) => answer === undefined).length).toBeGreaterThanOrEqual(100);
    expect(answers.at(-1)).toMatchObject({ status: 503, headers: { 'Retry-After': '10' } });
  });
});

describe('the place of a leader', () => {
  const hex = 'ab'.repeat(32);
  test.each([
    ['http://10.1.2.3:8082', { origin: 'http://10.1.2.3:8082', fingerprint: '' }],
    [`https://[fd00::1]:8082 ${hex}`, { origin: 'https://[fd00::1]:8082', fingerprint: hex }],
    ['https://10.1.2.3:8082', undefined],
    [`http://10.1.2.3:8082 ${hex}`, undefined],
    [`https://10.1.2.3:8082/path ${hex}`, undefined],
    [`https://user@10.1.2.3:8082 ${hex}`, undefined],
    [`https://10.1.2.3:8082 ${hex}0`, undefined],
    ['ftp://10.1.2.3', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(parseReplicaPlace(text)).toEqual(expected);
  });
});
