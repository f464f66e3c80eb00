import { describe, expect, it } from 'vitest';
import type { ServiceKind } from '../../src/settings/notification-service.ts';
import { serve, type HttpServer } from '../checks/http-server.ts';
import { errorOf } from '../helpers/thrown.ts';
import { outgoing, theNotifier } from '../notifiers/a-notice.ts';

const NEVER = new AbortController().signal;

interface KindOfService {
  /** An entry of `notifications.services`, for a server at this URL, and the secrets that it names. */
  readonly at: (url: string) => {
    readonly row: Readonly<Record<string, unknown>>;
    readonly secrets?: Readonly<Record<string, string>>;
  };
  /** What it answers to a notice that it took. */
  readonly receipt?: string;
}

/** For each kind how it is set up: a new one cannot be left out. Mail is not sent by HTTP: test/notifiers/email.test.ts. */
const KINDS: Readonly<Record<Exclude<ServiceKind, 'email'>, KindOfService>> = {
  webhook: { at: (url) => ({ row: { webhook: { url: `${url}/secret-path` } } }) },
  slack: {
    at: (url) => ({
      row: { slack: { webhookFrom: 'env:URL' } },
      secrets: { 'env:URL': `${url}/secret-path` },
    }),
  },
  teams: {
    at: (url) => ({
      row: { teams: { webhookFrom: 'env:URL' } },
      secrets: { 'env:URL': `${url}/secret-path` },
    }),
  },
  discord: {
    at: (url) => ({
      row: { discord: { webhookFrom: 'env:URL' } },
      secrets: { 'env:URL': `${url}/secret-path` },
    }),
    receipt: '{"id":"1"}',
  },
  alertmanager: { at: (url) => ({ row: { alertmanager: { urls: [url] } } }) },
  github: { at: (url) => commitRow('github', url), receipt: '{"id":1}' },
  gitlab: { at: (url) => commitRow('gitlab', url), receipt: '{"id":1}' },
};

/** Statuses alone, which are one request. */
function commitRow(kind: 'github' | 'gitlab', apiUrl: string): ReturnType<KindOfService['at']> {
  const at = { url: 'https://github.com/acme', apiUrl, tokenFrom: 'env:TOKEN', deployments: false };
  return { row: { [kind]: at }, secrets: { 'env:TOKEN': 'a-secret-path' } };
}

/** Texts of tags, registries and people that mean something to one service or another. */
const HOSTILE = [
  '<!channel> <!here> <@U012AB3CD> @everyone @here',
  '[click](https://evil.example) <https://evil.example|here> https://evil.example',
  '<script>alert(1)</script> &amp; <b>',
  '*bold* _it_ ~no~ `code` ```block``` > quote # head',
  'line\r\nBcc: all@evil.example\nline',
  '\u001b[31mred\u001b[0m\u202Eevil\u200B',
  `${'9'.repeat(10_000)}`,
];

describe.each(Object.entries(KINDS))('a service of the kind %s', (_kind, { at, receipt = 'ok' }) => {
  async function notifierAt({ url }: Pick<HttpServer, 'url'>) {
    const { row, secrets } = at(url);
    return await theNotifier(row, secrets);
  }

  it('sends a notice once', async () => {
    const server = await serve((_request, response) => void response.writeHead(200).end(receipt));
    const notifier = await notifierAt(server);
    await notifier.send(outgoing(notifier), NEVER);
    expect(server.received).toHaveLength(1);
    expect(server.received[0]?.body).toContain('shop');
  });

  it.each<[number, Readonly<Record<string, string>>, object]>([
    [401, {}, { code: 'notifier-denied', retryable: false }],
    [403, {}, { code: 'notifier-denied', retryable: false }],
    [404, {}, { code: 'notifier-denied', retryable: false }],
    [400, {}, { code: 'notifier-failed', retryable: false }],
    [429, { 'retry-after': '7' }, { code: 'notifier-rate-limited', retryable: true, retryAfter: 7_000 }],
    [500, {}, { code: 'notifier-failed', retryable: true }],
    [503, { 'retry-after': '30' }, { code: 'notifier-failed', retryable: true, retryAfter: 30_000 }],
  ])('says of a status %i whether the same may succeed later', async (status, headers, expected) => {
    const server = await serve((_request, response) => void response.writeHead(status, headers).end('no'));
    const notifier = await notifierAt(server);
    const error = await errorOf(notifier.send(outgoing(notifier), NEVER));
    expect(error).toMatchObject(expected);
    expect(error.line).not.toContain('secret-path');
    expect(server.received).toHaveLength(1);
  });

  it('says that nobody answers, and not where to', async () => {
    const notifier = await notifierAt({ url: 'http://127.0.0.1:9' });
    const error = await errorOf(notifier.send(outgoing(notifier), NEVER));
    expect(error).toMatchObject({ code: 'notifier-unreachable', retryable: true });
    expect(error.line).not.toContain('secret-path');
  });

  it.each(HOSTILE.map((text) => [text.slice(0, 20), text] as const))(
    'shows %j to the letter',
    async (_name, text) => {
      const server = await serve((_request, response) => void response.writeHead(200).end(receipt));
      const notifier = await notifierAt(server);
      const escaped = notifier.markup.escape(text);
      // eslint-disable-next-line no-control-regex
      expect(escaped).not.toMatch(/[\u0000-\u001f\u202a-\u202e\u2066-\u2069]/);
      await notifier.send(outgoing(notifier, { reason: text }), NEVER);
      expect(server.received).toHaveLength(1);
    },
  );

  it('ends with its signal', async () => {
    const server = await serve(() => undefined);
    const notifier = await notifierAt(server);
    const stop = new AbortController();
    const sent = errorOf(notifier.send(outgoing(notifier), stop.signal));
    stop.abort();
    expect(await sent).toMatchObject({ code: 'aborted' });
  });
});
