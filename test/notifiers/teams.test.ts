import { describe, expect, test } from 'vitest';
import { teamsMessage } from '../../src/notifiers/teams/card.ts';
import { TEAMS_MARKUP } from '../../src/notifiers/teams/markup.ts';
import type { OutgoingNotice } from '../../src/ports/notifier.ts';
import { serve } from '../checks/http-server.ts';
import { errorOf } from '../helpers/thrown.ts';
import { outgoing, theNotifier } from './a-notice.ts';

const NEVER = new AbortController().signal;

function bodyOf(others: Partial<OutgoingNotice>, notice = {}) {
  const message = teamsMessage(outgoing({ markup: TEAMS_MARKUP }, notice, others));
  return { body: message.attachments[0].content.body, size: Buffer.byteLength(JSON.stringify(message)) };
}

describe('a card for Teams', () => {
  test('has a block for each line, and nothing that is read as Markdown', () => {
    const { escape, link } = TEAMS_MARKUP;
    const { body } = bodyOf(
      {
        title: `**${escape('shop')}** fails`,
        text: `${escape('[a](https://evil.example) *b*')}\n\nsee ${link('the commit', 'https://git.example/c')}`,
      },
      { kind: 'failing', severity: 'warning' },
    );
    const heading = { type: 'TextRun', weight: 'Bolder', size: 'Medium', color: 'Warning' };
    expect(body).toEqual([
      {
        type: 'RichTextBlock',
        inlines: [
          { ...heading, text: 'shop' },
          { ...heading, text: ' fails' },
        ],
      },
      {
        type: 'RichTextBlock',
        spacing: 'Medium',
        inlines: [{ type: 'TextRun', text: '[a](https://evil.example) *b*' }],
      },
      {
        type: 'RichTextBlock',
        spacing: 'Medium',
        inlines: [
          { type: 'TextRun', text: 'see ' },
          {
            type: 'TextRun',
            text: 'the commit',
            selectAction: { type: 'Action.OpenUrl', url: 'https://git.example/c' },
          },
        ],
      },
    ]);
  });

  test('shows no date that others wrote', () => {
    const text = TEAMS_MARKUP.escape('{{DATE(2026-01-01T00:00:00Z,SHORT)}} {{{time(x)}}');
    const runs = bodyOf({ text }).body[1]?.inlines ?? [];
    expect(runs.map((run) => run.text)).toEqual([
      '{',
      '{DATE(2026-01-01T00:00:00Z,SHORT)}} {{',
      '{time(x)}}',
    ]);
  });

  test.each([
    ['letters', 'a'.repeat(100_000)],
    ['letters of three bytes', '語'.repeat(100_000)],
    ['letters that JSON writes long', '"'.repeat(100_000)],
    ['lines', 'a\n'.repeat(50_000)],
    ['styles', '**a** '.repeat(20_000)],
    ['links', `${TEAMS_MARKUP.link('a', 'https://git.example/')} `.repeat(5_000)],
  ])('is no larger than Teams takes it, and says that it is cut: %s', (_name, text) => {
    const { body, size } = bodyOf({ text });
    expect(size).toBeLessThan(28 * 1024);
    expect(size).toBeGreaterThan(4_000);
    expect(JSON.stringify(body.at(-1))).toContain('… (cut)');
  });
});

describe('a workflow of Teams', () => {
  test.each([
    ['https://acme.webhook.office.com/webhookb2/secret'],
    ['https://outlook.office.com/webhook/secret'],
  ])('is not a connector of Office 365, which is retired: %s', async (url) => {
    const notifier = await theNotifier({ teams: { webhookFrom: 'env:URL' } }, { 'env:URL': url });
    const error = await errorOf(notifier.send(outgoing(notifier), NEVER));
    expect(error).toMatchObject({ code: 'notifier-denied', retryable: false });
    expect(error.line).toMatch(/what env:URL holds is the URL of an Office 365 connector.*workflow/);
    expect(error.line).not.toContain('secret');
  });

  test('gets the signature in its URL as it was made', async () => {
    const { url, received } = await serve((_request, response) => void response.writeHead(202).end());
    const path =
      '/workflows/a1/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sig=x-Y_z';
    const notifier = await theNotifier({ teams: { webhookFrom: 'env:URL' } }, { 'env:URL': `${url}${path}` });
    await notifier.send(outgoing(notifier), NEVER);
    expect(received.map((one) => one.path)).toEqual([path]);
  });

  test('says by its name what is wrong with it', async () => {
    const { url } = await serve(
      (_request, response) =>
        void response
          .writeHead(400)
          .end('{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"sig=x"}}'),
    );
    const notifier = await theNotifier(
      { teams: { webhookFrom: 'env:URL' } },
      { 'env:URL': `${url}/x?sig=x` },
    );
    const error = await errorOf(notifier.send(outgoing(notifier), NEVER));
    expect(error.message).toMatch(/answers with status 400: WorkflowTriggerIsNotEnabled$/);
  });
});
