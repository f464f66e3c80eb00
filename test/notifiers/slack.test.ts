import { describe, expect, test } from 'vitest';
import { slackMessage } from '../../src/notifiers/slack/message.ts';
import { SLACK_MARKUP } from '../../src/notifiers/slack/markup.ts';
import type { OutgoingNotice } from '../../src/ports/notifier.ts';
import { json, serve } from '../checks/http-server.ts';
import { errorOf } from '../helpers/thrown.ts';
import { outgoing, theNotifier } from './a-notice.ts';

const NEVER = new AbortController().signal;

function message(others: Partial<OutgoingNotice>, notice = {}) {
  return slackMessage(outgoing({ markup: SLACK_MARKUP }, notice, others));
}

describe('a message to Slack', () => {
  test('is rich text, with a text for notifications beside it', () => {
    const { link, escape } = SLACK_MARKUP;
    const made = message(
      {
        title: `*${escape('shop')}* was updated & <is> well`,
        text: `${escape('1.4.2_a is newer')}\ncommit ${link('0123456', 'https://git.example/c/0123456')}`,
      },
      { severity: 'error' },
    );
    expect(made).toEqual({
      text: 'shop was updated &amp; &lt;is&gt; well',
      mrkdwn: false,
      unfurl_links: false,
      unfurl_media: false,
      blocks: [
        {
          type: 'rich_text',
          elements: [
            {
              type: 'rich_text_section',
              elements: [
                { type: 'emoji', name: 'red_circle' },
                { type: 'text', text: ' ', style: { bold: true } },
                { type: 'text', text: 'shop', style: { bold: true } },
                { type: 'text', text: ' was updated & <is> well', style: { bold: true } },
              ],
            },
          ],
        },
        {
          type: 'rich_text',
          elements: [
            {
              type: 'rich_text_section',
              elements: [
                { type: 'text', text: '1.4.2_a is newer' },
                { type: 'text', text: '\n' },
                { type: 'text', text: 'commit ' },
                { type: 'link', url: 'https://git.example/c/0123456', text: '0123456' },
              ],
            },
          ],
        },
      ],
    });
  });

  test('has one block where there is no text', () => {
    expect(message({ text: ' \n' }).blocks).toHaveLength(1);
  });

  test.each([
    ['letters', 'a'.repeat(100_000)],
    ['letters that JSON writes long', '"'.repeat(100_000)],
    ['lines', 'a\n'.repeat(50_000)],
    ['nothing but lines', `a${'\n'.repeat(50_000)}b`],
    ['styles', '*a* '.repeat(20_000)],
    ['links', `${SLACK_MARKUP.link('a', 'https://git.example/')} `.repeat(5_000)],
  ])('is no larger than Slack takes it, and says that it is cut: %s', (_name, text) => {
    const { blocks } = message({ text });
    expect(JSON.stringify(blocks).length).toBeLessThan(13_000);
    expect(JSON.stringify(blocks)).toContain('… (cut)');
    expect(JSON.stringify(blocks).length).toBeGreaterThan(2_000);
  });

  test.each([
    ['updated', 'info', 'large_blue_circle'],
    ['verified', 'info', 'large_green_circle'],
    ['recovered', 'info', 'large_green_circle'],
    ['failing', 'warning', 'large_yellow_circle'],
    ['rollback-failed', 'error', 'red_circle'],
  ] as const)('has a colour: %s of %s', (kind, severity, name) => {
    expect(message({}, { kind, severity }).blocks[0]?.elements[0].elements[0]).toEqual({
      type: 'emoji',
      name,
    });
  });
});

describe('a bot in Slack', () => {
  async function errorFor(answer: unknown) {
    const { url } = await serve((_request, response) => json(response, answer));
    const notifier = await theNotifier(
      { slack: { tokenFrom: 'env:TOKEN', channel: 'C01', apiUrl: `${url}/` } },
      { 'env:TOKEN': 'xoxb-secret' },
    );
    return await errorOf(notifier.send(outgoing(notifier), NEVER));
  }

  test.each<[string, object]>([
    ['invalid_auth', { code: 'notifier-denied', hint: expect.stringContaining('xoxb-') }],
    ['missing_scope', { code: 'notifier-denied', hint: expect.stringContaining('chat:write') }],
    ['not_in_channel', { code: 'notifier-denied', hint: expect.stringContaining('invite the bot') }],
    ['channel_not_found', { code: 'notifier-denied', retryable: false }],
    ['is_archived', { code: 'notifier-denied', retryable: false }],
    ['ratelimited', { code: 'notifier-rate-limited', retryable: true, retryAfter: 30_000 }],
    ['internal_error', { code: 'notifier-failed', retryable: true }],
    ['msg_too_long', { code: 'notifier-failed', retryable: false }],
    ['a_new_error', { code: 'notifier-failed', retryable: false }],
  ])('says what ok: false means: %s', async (error, expected) => {
    const found = await errorFor({ ok: false, error });
    expect(found).toMatchObject(expected);
    expect(found.message).toBe(`Slack does not post it: ${error}`);
  });

  test.each([
    [{ ok: false }],
    [{ ok: false, error: 'xoxb-secret <script>' }],
    [{ ok: 1 }],
    [[]],
    ['ok'],
    [{ ok: false, error: { a: 1 } }],
  ])('does not repeat what it cannot read: %j', async (answer) => {
    const found = await errorFor(answer);
    expect(found).toMatchObject({ code: 'notifier-failed', retryable: true });
    expect(found.line).toMatch(/^127\.0\.0\.1:\d+ answers with something else than Slack does$/);
  });
});

describe('an incoming webhook of Slack', () => {
  test.each<[number, string, string, object]>([
    [404, 'no_service', 'answers with status 404: no_service', { code: 'notifier-denied' }],
    [410, 'channel_is_archived', 'answers with status 410: channel_is_archived', { code: 'notifier-denied' }],
    [400, 'invalid_payload', 'answers with status 400: invalid_payload', { retryable: false }],
    [500, '<b>down</b>', 'answers with status 500', { retryable: true }],
  ])('says why: %i %s', async (status, body, message, expected) => {
    const { url } = await serve((_request, response) => void response.writeHead(status).end(body));
    const notifier = await theNotifier({ slack: { webhookFrom: 'env:URL' } }, { 'env:URL': ` ${url}/x\n` });
    const found = await errorOf(notifier.send(outgoing(notifier), NEVER));
    expect(found).toMatchObject(expected);
    expect(found.message).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+ ${message}$`));
  });

  test.each([
    [''],
    ['not a url secret'],
    ['http://hooks.slack.com/services/secret'],
    ['https://secret:secret@hooks.slack.com/'],
    ['file:///secret'],
  ])('is not sent to %j, which is not repeated', async (text) => {
    const notifier = await theNotifier({ slack: { webhookFrom: 'env:URL' } }, { 'env:URL': text });
    const found = await errorOf(notifier.send(outgoing(notifier), NEVER));
    expect(found).toMatchObject({ code: 'credentials-failed' });
    expect(found.line).toContain('what env:URL holds is no https URL');
    expect(found.line).not.toContain('secret');
  });
});
