import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainLine } from '../../src/core/quoted.ts';
import type { Notifier, OutgoingNotice } from '../../src/ports/notifier.ts';
import type { ServiceKind } from '../../src/settings/notification-service.ts';
import { createPrivateCa } from '../helpers/certificates.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { errorOf } from '../helpers/thrown.ts';
import { outgoing, theNotifier } from '../notifiers/a-notice.ts';
import { ALERTMANAGER } from '../notifiers/stand-ins/alertmanager.ts';
import { GITHUB, GITLAB } from '../notifiers/stand-ins/commit-hosts.ts';
import { DISCORD } from '../notifiers/stand-ins/discord.ts';
import { EMAIL } from '../notifiers/stand-ins/email.ts';
import type {
  Answer,
  KindOfService,
  Reading,
  ServiceStandIn,
  Tls,
} from '../notifiers/stand-ins/service-stand-in.ts';
import { SLACK_BOT, SLACK_WEBHOOK } from '../notifiers/stand-ins/slack.ts';
import { TEAMS } from '../notifiers/stand-ins/teams.ts';
import { WEBHOOK } from '../notifiers/stand-ins/webhook.ts';

/** For each kind of service how it is set up: a new one cannot be left out. */
const KINDS: Readonly<Record<ServiceKind, Readonly<Record<string, KindOfService>>>> = {
  webhook: { webhook: WEBHOOK },
  slack: { 'incoming webhook of Slack': SLACK_WEBHOOK, 'bot in Slack': SLACK_BOT },
  teams: { 'workflow of Teams': TEAMS },
  discord: { 'webhook of Discord': DISCORD },
  alertmanager: { Alertmanager: ALERTMANAGER },
  email: { 'server of mail': EMAIL },
  github: { 'statuses at GitHub': GITHUB },
  gitlab: { 'statuses at GitLab': GITLAB },
};

/** Texts of tags, registries and people that mean something to one service or another. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['mentions', '<!channel> <!here> <@U012AB3CD> <!subteam^S1> @everyone @here <@&123> <@123> <#123> </do:1>'],
  [
    'links',
    '[click](https://evil.example) <https://evil.example|here> https://evil.example ![x](https://e.example)',
  ],
  ['HTML', '<script>alert(1)</script> <img src=x onerror=y> &amp; &#42; <b> <at>all</at>'],
  ['styles', '*bold* _it_ ~no~ ~~no~~ **b** __u__ ||spoiler|| `code` ```block```'],
  ['a quote', '> quote'],
  ['a heading', '# head'],
  ['a list', '- item'],
  ['a numbered list', '1. item'],
  ['small print', '-# small'],
  ['emoji and times', ':tada: :+1: <:name:123> <t:1618953630:R> {{DATE(2026-01-01T00:00:00Z,SHORT)}}'],
  ['backslashes', String.raw`\*a\* \\*b\\* \<!channel> \[c\](https://evil.example) \\\`d\\\``],
  ['half of it', '<https://evil.example|'],
  ['line breaks', 'line\r\nBcc: all@evil.example\n\n# line\u2028line\u0085line'],
  ['escape sequences', '\u001b[31mred\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007'],
  ['turned text', '\u202Eevil\u202C \u2066x\u2069 \u200Bzero\uFEFF'],
  ['templates', '{{ .Reason }} ${x} {{{y}}} <%= z %>'],
];

const NEVER = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'lynceus-notifiers-'));
let tls: Tls;

beforeAll(() => {
  createPrivateCa(folder);
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
  tls = { key: text('server.key'), cert: text('server.pem'), caFile: join(folder, 'authority.pem') };
});

afterAll(() => removeFolder(folder));

interface Started {
  readonly service: ServiceStandIn;
  readonly notifier: Notifier;
}

/** The only thing that was sent, as the service reads it. */
function readingOf({ sent }: ServiceStandIn): Reading {
  expect(sent).toHaveLength(1);
  const [read] = sent;
  if (read === undefined) throw new Error('nothing was sent');
  return read();
}

/** No secret is in what people or logs get to see of an error. */
function expectNoSecret(error: unknown, { secrets }: ServiceStandIn): void {
  const all = inspect(error, { depth: 20, showHidden: true });
  for (const secret of Object.values(secrets)) {
    const last = secret.split('/').at(-1) ?? secret;
    expect(all).not.toContain(last);
  }
}

const ROWS = Object.values(KINDS).flatMap((kinds) => Object.entries(kinds));

describe.each(ROWS)('%s', (_title, kind) => {
  async function start(withTls?: Tls): Promise<Started> {
    const service = await kind.start(withTls ?? (kind.isByTls === true ? tls : undefined));
    return { service, notifier: await theNotifier(service.row, service.secrets) };
  }

  async function send({ notifier }: Started, others: Partial<OutgoingNotice> = {}): Promise<void> {
    await notifier.send(outgoing(notifier, {}, others), NEVER);
  }

  /** Only what the protocol of the service has is tried. */
  const where = (has: boolean | undefined): typeof it | undefined => (has === true ? it : undefined);

  const can = (...answers: readonly Answer[]): boolean =>
    !answers.some((answer) => kind.never?.includes(answer) === true);

  it('gets a notice once, with the login where it looks for it and nowhere else', async () => {
    const started = await start();
    await send(started);
    const { login, rest, shown } = readingOf(started.service);
    for (const secret of Object.values(started.service.secrets)) {
      const last = secret.split('/').at(-1) ?? '';
      expect(login).toContain(last);
      expect(rest).not.toContain(last);
    }
    expect(shown).toContain('shop was updated');
    if (kind.isMessage !== false) expect(shown).toContain('1.4.2 is newer than 1.4.1');
    expect(shown).not.toMatch(/\btest\b/i);
  });

  where(kind.isMessage !== false)?.('says of a test that it is one', async () => {
    const started = await start();
    await send(started, { isTest: true });
    expect(readingOf(started.service).shown).toMatch(/\btest\b/i);
  });

  const RETRIED: readonly (readonly [Answer, object])[] = [
    ['limited', { code: 'notifier-rate-limited', retryable: true }],
    ['failing', { code: 'notifier-failed', retryable: true }],
    ['cut', { code: 'notifier-unreachable', retryable: true }],
    ['denied', { code: 'notifier-denied', retryable: false }],
    ['refused', { code: 'notifier-failed', retryable: false }],
    ['elsewhere', { code: 'notifier-failed', retryable: false }],
  ];
  it.each(RETRIED.filter(([answer]) => can(answer)))(
    'is served once more after an answer of the kind %s',
    async (answer, expected) => {
      const started = await start();
      started.service.answer(answer);
      const error = await errorOf(send(started));
      expect(error).toMatchObject(expected);
      expect(error.line).toMatch(/^\P{Cc}+$/u);
      expectNoSecret(error, started.service);
      // It is the queue that tries again, and a redirect is never followed with a login.
      const before = kind.isHttp === false ? 0 : 1;
      expect(started.service.sent).toHaveLength(before);
      started.service.answer('done');
      await send(started);
      expect(started.service.sent).toHaveLength(before + 1);
    },
  );

  where(kind.isHttp !== false)?.each<Answer>(['limited', 'failing'])(
    'is left alone for as long as it asks when it is %s',
    async (answer) => {
      const started = await start();
      started.service.answer(answer);
      expect(await errorOf(send(started))).toMatchObject({ retryAfter: 7_000 });
    },
  );

  where(kind.knowsItsReceipt)?.('finds an answer that is not its receipt', async () => {
    const started = await start();
    started.service.answer('garbage');
    const error = await errorOf(send(started));
    expect(error).toMatchObject({ code: 'notifier-failed', retryable: true });
    expect(error.line).not.toContain('log in');
  });

  where(can('silent'))?.('ends with its signal, and serves the next one', async () => {
    const started = await start();
    const { notifier, service } = started;
    service.answer('silent');
    const stop = new AbortController();
    const sending = errorOf(notifier.send(outgoing(notifier), stop.signal));
    setImmediate(() => stop.abort());
    expect(await sending).toMatchObject({ code: 'aborted' });
    service.answer('done');
    const before = service.sent.length;
    await send(started);
    expect(service.sent).toHaveLength(before + 1);
  });

  it('sends nothing when it was stopped before', async () => {
    const { notifier, service } = await start();
    expect(await errorOf(notifier.send(outgoing(notifier), AbortSignal.abort()))).toMatchObject({
      code: 'aborted',
    });
    expect(service.sent).toHaveLength(0);
  });

  it('says that nobody answers, and no secret of where', async () => {
    const { service } = await start();
    // Nobody listens there.
    const gone = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:9');
    const secrets = Object.fromEntries(Object.entries(service.secrets).map(([at, text]) => [at, gone(text)]));
    const row = JSON.parse(gone(JSON.stringify(service.row)).replaceAll(/"port":\d+/g, '"port":9')) as object;
    const notifier = await theNotifier({ ...row }, secrets);
    const error = await errorOf(notifier.send(outgoing(notifier), NEVER));
    expect(error).toMatchObject({ code: 'notifier-unreachable', retryable: true });
    expectNoSecret(error, service);
  });

  it('takes a new secret at once', async () => {
    const started = await start();
    await send(started);
    const { secrets, sent } = started.service;
    for (const [place, secret] of Object.entries(secrets)) secrets[place] = `${secret}2`;
    await send(started);
    const logins = started.service.sent.map((read) => read().login);
    expect(sent.length).toBeLessThanOrEqual(2);
    expect(logins[1]).not.toBe(logins[0]);
    expect(logins[1]).toContain('2');
  });

  it('is trusted by the certificate of its authority, and not without it', async () => {
    const service = await kind.start(tls);
    const trusting = await theNotifier(service.row, service.secrets);
    await trusting.send(outgoing(trusting), NEVER);
    expect(service.sent).toHaveLength(1);
    const [[name, settings] = ['', {}]] = Object.entries(service.row);
    const row = { [name]: { ...(settings as object), caFile: undefined } };
    const doubting = await theNotifier(JSON.parse(JSON.stringify(row)) as object as never, service.secrets);
    const error = await errorOf(doubting.send(outgoing(doubting), NEVER));
    expect(error).toMatchObject({ code: 'notifier-unreachable', retryable: false });
    expectNoSecret(error, service);
    expect(service.sent).toHaveLength(1);
  });

  where(kind.recipient !== undefined)?.(
    'goes to the recipient, or else where it goes by default',
    async () => {
      const started = await start();
      await send(started, kind.recipient === undefined ? {} : { recipient: kind.recipient });
      await send(started);
      const [first, second] = started.service.sent.map((read) => read().recipient);
      expect(first).toBe(kind.recipient);
      expect(second).not.toBe(kind.recipient);
    },
  );

  it('shows to the letter what others wrote', async () => {
    const { notifier, service } = await start();
    const { markup } = notifier;
    const read = async (text: string): Promise<Reading> => {
      const escaped = markup.escape(text);
      const texts = { title: escaped, text: `${escaped}\n${escaped}` };
      await notifier.send(outgoing({ markup }, { reason: text }, texts), NEVER);
      const last = service.sent.at(-1);
      if (last === undefined) throw new Error('nothing was sent');
      return last();
    };
    const { marks: expected } = await read('harmless');
    for (const [name, text] of HOSTILE) {
      const { shown, marks } = await read(text);
      const line = plainLine(text);
      const lines = shown.split('\n').filter((one) => sameLetters(one, line));
      expect(lines.length, `${name}: ${shown}`).toBeGreaterThanOrEqual(kind.isMessage === false ? 1 : 2);
      expect(marks, name).toEqual(expected);
      expect(shown.replaceAll('\n', ''), name).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
    expect(service.sent).toHaveLength(HOSTILE.length + 1);
  });

  where(kind.isMessage !== false)?.('keeps a link to what a reader may follow', async () => {
    const { notifier, service } = await start();
    const { markup } = notifier;
    const texts = [
      markup.link('] > | ) the commit', 'https://git.example/a)b|c>d e?f=[g]'),
      markup.link('no script', 'javascript:alert(1)'),
      markup.link('no file', 'file:///etc/passwd'),
      markup.link('no login', 'https://user:password@git.example/'),
    ];
    await notifier.send(outgoing(notifier, {}, { text: texts.join('\n') }), NEVER);
    const { shown, marks } = readingOf(service);
    expect(shown).toContain('] › | ) the commit'.replace('›', shown.includes('›') ? '›' : '>'));
    expect(marks.join()).not.toMatch(/javascript:|file:|user:password/);
  });

  it.each([
    ['a tag', '9'.repeat(10_000)],
    ['signs', '*_<'.repeat(3_000)],
    ['words of pairs', '😀 '.repeat(3_000)],
  ])('takes what is very long: %s', async (_name, text) => {
    const { notifier, service } = await start();
    const escaped = notifier.markup.escape(text);
    await notifier.send(outgoing(notifier, { reason: text }, { title: escaped, text: escaped }), NEVER);
    const { shown } = readingOf(service);
    expect(shown.includes('…') || sameLetters(shown, plainLine(text))).toBe(true);
    expect(shown).not.toMatch(/\p{Cs}/u);
  });
});

/** Some services write a sign in another way that looks the same. */
function sameLetters(seen: string, line: string): boolean {
  const letters = (text: string): string =>
    text.replaceAll('‹', '<').replaceAll('›', '>').replaceAll('＠', '@').replaceAll(/\s+/g, ' ').trim();
  return letters(seen).includes(letters(line));
}
