import { describe, expect, test } from 'vitest';
import { DISCORD_MARKUP } from '../../src/notifiers/discord/markup.ts';
import { discordMessage } from '../../src/notifiers/discord/message.ts';
import type { OutgoingNotice } from '../../src/ports/notifier.ts';
import { json, serve } from '../checks/http-server.ts';
import { errorOf } from '../helpers/thrown.ts';
import { NOON, outgoing, theNotifier } from './a-notice.ts';

interface Expected {
  readonly code?: string;
  readonly message?: RegExp;
  readonly retryable?: boolean;
  readonly retryAfter?: number | undefined;
}

const NEVER = new AbortController().signal;

function message(others: Partial<OutgoingNotice>, notice = {}) {
  return discordMessage(outgoing({ markup: DISCORD_MARKUP }, notice, others));
}

describe('a message to Discord', () => {
  test('is an embed that mentions nobody', () => {
    const { escape, link } = DISCORD_MARKUP;
    const made = message(
      { title: `${escape('shop_a')} fails`, text: `see ${link('@here', 'https://git.example/c')}` },
      { kind: 'failing', severity: 'error' },
    );
    expect(made).toEqual({
      embeds: [
        {
          title: String.raw`shop\_a fails`,
          description: String.raw`see [\@here](https://git.example/c)`,
          color: 0xcf222e,
          timestamp: new Date(NOON).toISOString(),
        },
      ],
      allowed_mentions: { parse: [] },
    });
  });

  test.each([
    ['letters', 'a'.repeat(100_000)],
    ['pairs', '😀'.repeat(50_000)],
    ['escaped signs', DISCORD_MARKUP.escape('*'.repeat(50_000))],
    ['links', `${DISCORD_MARKUP.link('a', 'https://git.example/')} `.repeat(5_000)],
  ])('is no longer than Discord takes it, and says that it is cut: %s', (_name, text) => {
    const [{ title, description = '' }] = message({ title: text, text }).embeds;
    expect(title.length).toBeLessThanOrEqual(256);
    expect(description.length).toBeLessThanOrEqual(4_096);
    expect(description.length).toBeGreaterThan(4_000);
    for (const one of [title, description]) expect(one.endsWith('… (cut)')).toBe(true);
  });

  test('has no description where there is no text', () => {
    expect(message({ text: '\n' }).embeds[0]).not.toHaveProperty('description');
  });
});

describe('a webhook of Discord', () => {
  async function errorFor(status: number, answer: unknown, headers: Readonly<Record<string, string>> = {}) {
    const { url } = await serve((_request, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      json(response, answer, status);
    });
    const notifier = await theNotifier({ discord: { webhookFrom: 'env:URL' } }, { 'env:URL': `${url}/1/t` });
    return await errorOf(notifier.send(outgoing(notifier), NEVER));
  }

  test.each<[number, unknown, Readonly<Record<string, string>>, Expected]>([
    [429, { retry_after: 0.3 }, {}, { code: 'notifier-rate-limited', retryAfter: 1_000 }],
    [429, { retry_after: 64.57, global: true }, { 'retry-after': '65' }, { retryAfter: 65_000 }],
    [
      429,
      'error code: 1015',
      { 'retry-after': '3600' },
      { code: 'notifier-rate-limited', retryAfter: 3_600_000 },
    ],
    [429, { retry_after: 'soon' }, {}, { code: 'notifier-rate-limited', retryAfter: undefined }],
    [404, { code: 10015 }, {}, { code: 'notifier-denied', message: /code 10015, there is no such webhook$/ }],
    [400, { code: 50035 }, {}, { code: 'notifier-failed', retryable: false, message: /code 50035/ }],
    [400, { code: 220001 }, {}, { message: /name a thread as the recipient/ }],
    [400, { code: '<b>' }, {}, { message: /status 400$/ }],
    [200, { id: 1 }, {}, { code: 'notifier-failed', retryable: true }],
    [200, [], {}, { code: 'notifier-failed', retryable: true }],
  ])('says what its answer means: %i %j', async (status, answer, headers, { message: text, ...expected }) => {
    const error = await errorFor(status, answer, headers);
    expect(error).toMatchObject(expected);
    if (text !== undefined) expect(error.message).toMatch(text);
  });

  test('takes the id of a thread for a recipient, and nothing else', async () => {
    const { url, received } = await serve((_request, response) => void response.writeHead(204).end());
    const notifier = await theNotifier({ discord: { webhookFrom: 'env:URL' } }, { 'env:URL': `${url}/1/t` });
    for (const recipient of ['general', '1&wait=false', '', '１２'])
      expect(await errorOf(notifier.send(outgoing(notifier, {}, { recipient }), NEVER))).toMatchObject({
        code: 'notifier-denied',
        retryable: false,
      });
    expect(received).toHaveLength(0);
    await notifier.send(outgoing(notifier, {}, { recipient: '123' }), NEVER);
    expect(received.map(({ path }) => path)).toEqual(['/1/t?wait=true&thread_id=123']);
  });
});
