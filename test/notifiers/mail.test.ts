import { describe, expect, test } from 'vitest';
import { parseMailAddress } from '../../src/core/notices/mail-address.ts';
import { mailOf } from '../../src/notifiers/email/mail.ts';
import { EMAIL_MARKUP, htmlOf } from '../../src/notifiers/email/markup.ts';
import type { OutgoingNotice } from '../../src/ports/notifier.ts';
import type { Notice } from '../../src/core/notices/notice.ts';
import { outgoing } from './a-notice.ts';

function anOutgoing(notice: Partial<Notice> = {}, others: Partial<OutgoingNotice> = {}): OutgoingNotice {
  return outgoing({ markup: EMAIL_MARKUP }, notice, others);
}

describe('a mail of a notice', () => {
  test('has the same id whenever it is made, and another for another notice', () => {
    const first = mailOf(anOutgoing({ key: 'a' }), 'acme.example');

    expect(first.messageId).toMatch(/^<[0-9a-f]{40}\.lynceus@acme\.example>$/);
    expect(mailOf(anOutgoing({ key: 'a', at: 1 }, { title: 'x' }), 'acme.example').messageId).toBe(
      first.messageId,
    );
    expect(mailOf(anOutgoing({ key: 'b' }), 'acme.example').messageId).not.toBe(first.messageId);
  });

  test('belongs to all others of its condition, and the one that ends it answers them', () => {
    const failing = mailOf(anOutgoing({ kind: 'failing', key: '1', subject: 's' }), 'acme.example');
    const recovered = mailOf(anOutgoing({ kind: 'recovered', key: '2', subject: 's' }), 'acme.example');
    const other = mailOf(anOutgoing({ kind: 'failing', key: '3', subject: 't' }), 'acme.example');

    expect(recovered.references).toBe(failing.references);
    expect(recovered.inReplyTo).toBe(failing.references);
    expect(failing.inReplyTo).toBeUndefined();
    expect(other.references).not.toBe(failing.references);
    expect([failing.messageId, recovered.messageId]).not.toContain(failing.references);
  });

  test.each([
    ['a line break', 'shop\r\nBcc: eve@evil.example', 'shop Bcc: eve@evil.example'],
    ['a line separator', 'shop\u2028Bcc: eve@evil.example', 'shop Bcc: eve@evil.example'],
    ['a turn of the direction', 'shop \u202e1.1', 'shop  1.1'],
    ['an escape sequence', 'shop \u001b[31mred', 'shop  [31mred'],
    ['an encoded word', '=?utf-8?q?shop?=', '= ?utf-8?q?shop?='],
  ])('has a subject of one line where the title has %s', (_what, title, subject) => {
    expect(mailOf(anOutgoing({}, { title }), 'acme.example').subject).toBe(subject);
  });

  test('has a subject that ends somewhere, between two characters', () => {
    const { subject } = mailOf(anOutgoing({}, { title: '😀'.repeat(10_000) }), 'acme.example');

    expect(subject).toBe(`${'😀'.repeat(249)}…`);
  });

  test.each([
    ['shop: updated', 'Test: shop: updated'],
    ['This is a test', 'This is a test'],
  ])('says that it is a test: %s', (title, subject) => {
    expect(mailOf(anOutgoing({}, { title, isTest: true }), 'acme.example').subject).toBe(subject);
  });

  test('names no Application where there is none', () => {
    const { notice, ...outgoing } = anOutgoing();
    const { application: _left, ...others } = notice;

    expect(mailOf({ ...outgoing, notice: others }, 'acme.example').headers).not.toHaveProperty(
      'X-Lynceus-Application',
    );
  });
});

describe('the HTML of a text', () => {
  test.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['<img src=x onerror="a()">', '&lt;img src=x onerror=&quot;a()&quot;&gt;'],
    ['a & b &amp; c', 'a &amp; b &amp;amp; c'],
    ['see javascript:alert(1)', 'see javascript:alert(1)'],
    ['<javascript:alert(1)>', '&lt;javascript:alert(1)&gt;'],
    ['https://evil.example', 'https://evil.example'],
    ['<https://evil.example/"onclick="a()>', '&lt;https://evil.example/&quot;onclick=&quot;a()&gt;'],
    [
      EMAIL_MARKUP.link('commit', 'https://git.example/c/1?a=1&b=2'),
      'commit &lt;<a href="https://git.example/c/1?a=1&amp;b=2" rel="noreferrer">https://git.example/c/1?a=1&amp;b=2</a>&gt;',
    ],
  ])('%s', (text, html) => {
    expect(htmlOf(text)).toContain(`>${html}</div>`);
  });
});

describe('an address of a mail', () => {
  test.each([
    ['jane@acme.example', { address: 'jane@acme.example', domain: 'acme.example' }],
    ['jane+ops@Mail.Acme.Example', { address: 'jane+ops@Mail.Acme.Example', domain: 'mail.acme.example' }],
    ['root@localhost', { address: 'root@localhost', domain: 'localhost' }],
    ['jürgen@münchen.example', { address: 'jürgen@münchen.example', domain: 'münchen.example' }],
    [
      'Jane Doe <jane@acme.example>',
      { name: 'Jane Doe', address: 'jane@acme.example', domain: 'acme.example' },
    ],
  ])('%s', (text, expected) => {
    expect(parseMailAddress(text)).toEqual(expected);
  });

  test.each([
    'jane@',
    '@acme.example',
    'jane@acme..example',
    '.jane@acme.example',
    'jane@-acme.example',
    `${'a'.repeat(65)}@acme.example`,
    `jane@${'a.'.repeat(130)}example`,
    'Jane <jane@acme.example>, Joe <joe@acme.example>',
    'Jane\n<jane@acme.example>',
    '"Doe, Jane" <jane@acme.example>',
    'Jane <jane@acme.example> ',
    'jane@acme.example\n',
  ])('not %j', (text) => {
    expect(parseMailAddress(text)).toBeUndefined();
  });
});
