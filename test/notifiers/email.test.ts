import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createPrivateCa, issueCertificate } from '../helpers/certificates.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { openMail, startSmtpInbox, type InboxOptions, type SmtpInbox } from '../helpers/smtp-inbox.ts';
import { errorOf } from '../helpers/thrown.ts';
import { outgoing, theNotifier } from './a-notice.ts';

const PASSWORD = 'pa$$w0rd of/the+relay=';
const LOGIN = { username: 'lynceus', password: PASSWORD };
const { signal } = new AbortController();

let folder: string;
let certificates: { readonly key: string; readonly cert: string };
let otherName: { readonly key: string; readonly cert: string };
const stops: (() => Promise<void>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lynceus-mail-'));
  createPrivateCa(folder);
  certificates = read('server');
  issueCertificate(folder, 'other', { alternativeNames: 'DNS:mail.elsewhere.example' });
  otherName = read('other');
});

afterAll(() => removeFolder(folder));

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function read(name: string): { readonly key: string; readonly cert: string } {
  const file = (end: string) => readFileSync(join(folder, `${name}.${end}`), 'utf8');
  return { key: file('key'), cert: file('pem') };
}

async function inboxOf(options: InboxOptions = {}): Promise<SmtpInbox> {
  const inbox = await startSmtpInbox({ ...options, server: { ...certificates, ...options.server } });
  stops.push(() => inbox.stop());
  return inbox;
}

/** A server that does with a connection what is said, and nothing else. */
async function rawServer(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

async function notifierFor(port: number, changes: Readonly<Record<string, unknown>> = {}) {
  const email = {
    host: '127.0.0.1',
    port,
    from: 'Lynceus <updates@acme.example>',
    to: ['team@acme.example'],
    caFile: join(folder, 'authority.pem'),
    timeout: '10s',
    ...changes,
  };
  return await theNotifier({ email }, { 'env:USERNAME': LOGIN.username, 'env:PASSWORD': PASSWORD });
}

/** Sends a notice through a server on this port. */
async function send(
  port: number,
  changes: Readonly<Record<string, unknown>> = {},
  others = {},
): Promise<void> {
  const notifier = await notifierFor(port, changes);
  await notifier.send(outgoing(notifier, {}, others), signal);
}

const withLogin = { usernameFrom: 'env:USERNAME', passwordFrom: 'env:PASSWORD' };

describe('a mail arrives', () => {
  test.each<
    [string, InboxOptions, Readonly<Record<string, unknown>>, { user?: string; isEncrypted: boolean }]
  >([
    ['by STARTTLS', {}, {}, { isEncrypted: true }],
    ['by STARTTLS, with a login', { login: LOGIN }, withLogin, { isEncrypted: true, user: 'lynceus' }],
    [
      'by STARTTLS, where the server knows LOGIN alone',
      { login: LOGIN, server: { authMethods: ['LOGIN'] } },
      withLogin,
      { isEncrypted: true, user: 'lynceus' },
    ],
    [
      'by TLS from the first byte',
      { login: LOGIN, server: { secure: true } },
      { encryption: 'implicit', ...withLogin },
      { isEncrypted: true, user: 'lynceus' },
    ],
    [
      'by the name of the host',
      { server: { secure: true } },
      { encryption: 'implicit', host: 'localhost' },
      { isEncrypted: true },
    ],
    ['without TLS, where that is said', {}, { encryption: 'none' }, { isEncrypted: false }],
  ])('%s', async (_how, inboxOptions, options, expected) => {
    const inbox = await inboxOf(inboxOptions);

    await send(inbox.port, options);

    expect(inbox.mails).toEqual([
      expect.objectContaining({ from: 'updates@acme.example', to: ['team@acme.example'], ...expected }),
    ]);
  });

  test('with its two forms, its headers and its sender', async () => {
    const inbox = await inboxOf();

    await send(
      inbox.port,
      {},
      { title: 'shop: Größe geändert', text: 'app: 1.0 to 1.1\n  & <more>\n.\nthe end' },
    );

    const { headers, parts } = openMail(inbox.mails[0] ?? { raw: '' });
    expect(headers).toMatchObject({
      from: 'Lynceus <updates@acme.example>',
      to: 'team@acme.example',
      subject: 'shop: Größe geändert',
      date: 'Thu, 01 Jan 2026 12:00:00 +0000',
      'auto-submitted': 'auto-generated',
      'x-lynceus-kind': 'updated',
      'x-lynceus-severity': 'info',
      'x-lynceus-application': 'argocd/shop',
    });
    expect(parts['text/plain']).toBe('app: 1.0 to 1.1\n  & <more>\n.\nthe end\n');
    expect(parts['text/html']).toContain('app: 1.0 to 1.1\n  &amp; &lt;more&gt;\n.\nthe end');
  });

  test('to whom the notice names, and to nobody else', async () => {
    const inbox = await inboxOf();

    await send(inbox.port, {}, { recipient: 'jane@acme.example' });

    expect(inbox.mails.map(({ to }) => to)).toEqual([['jane@acme.example']]);
  });
});

describe('a mail is refused', () => {
  test.each<
    [
      string,
      InboxOptions,
      Readonly<Record<string, unknown>>,
      { code: string; retryable: boolean; line: RegExp },
    ]
  >([
    [
      'for now, by the recipient',
      { refuses: (step) => (step === 'RCPT' ? '451 greylisted, come again' : undefined) },
      {},
      { code: 'notifier-failed', retryable: true, line: /451.*greylisted/ },
    ],
    [
      'for good, by the recipient',
      { refuses: (step) => (step === 'RCPT' ? '550 no such user' : undefined) },
      {},
      { code: 'notifier-failed', retryable: false, line: /550.*no such user/ },
    ],
    [
      'for now, by the sender',
      { refuses: (step) => (step === 'MAIL' ? '452 out of disc' : undefined) },
      {},
      { code: 'notifier-failed', retryable: true, line: /452/ },
    ],
    [
      'for good, by its content',
      { refuses: (step) => (step === 'DATA' ? '554 looks like spam' : undefined) },
      {},
      { code: 'notifier-failed', retryable: false, line: /554.*spam/ },
    ],
    [
      'without a login',
      { login: LOGIN },
      {},
      { code: 'notifier-denied', retryable: false, line: /530.*usernameFrom/ },
    ],
    [
      'with a wrong password',
      { login: { username: 'lynceus', password: 'another' } },
      withLogin,
      { code: 'notifier-denied', retryable: false, line: /refuses the login: 535/ },
    ],
    [
      'with a login that cannot be looked up now',
      { login: { username: 'lynceus', password: 'another' }, loginRefusal: '454 directory is down' },
      withLogin,
      { code: 'notifier-failed', retryable: true, line: /454/ },
    ],
    [
      'with a login where the server offers none',
      { server: { disabledCommands: ['AUTH'] } },
      withLogin,
      { code: 'notifier-denied', retryable: false, line: /refuses the login/ },
    ],
    [
      'where the server has no STARTTLS',
      { server: { disabledCommands: ['STARTTLS'] } },
      {},
      { code: 'notifier-unreachable', retryable: false, line: /does not begin TLS.*encryption/ },
    ],
    [
      'where the certificate comes from nobody known',
      {},
      { caFile: undefined },
      { code: 'notifier-unreachable', retryable: false, line: /unknown authority.*caFile/ },
    ],
    [
      'where TLS begins at once and nobody said so',
      { server: { secure: true } },
      { timeout: '500ms' },
      { code: 'notifier-unreachable', retryable: true, line: /in time/ },
    ],
    [
      'where TLS should begin at once and does not',
      {},
      { encryption: 'implicit' },
      { code: 'notifier-unreachable', retryable: false, line: /no TLS connection/ },
    ],
  ])('%s', async (_why, inboxOptions, options, { line, ...expected }) => {
    const inbox = await inboxOf(inboxOptions);

    const error = await errorOf(send(inbox.port, options));

    expect({ code: error.code, retryable: error.retryable }).toEqual(expected);
    expect(error.line).toMatch(line);
    expect(error.line).toContain(`127.0.0.1:${inbox.port}`);
    expect(inbox.mails).toEqual([]);
  });

  test('where the certificate is for another name', async () => {
    const inbox = await inboxOf({ server: otherName });

    const error = await errorOf(send(inbox.port));

    expect(error).toMatchObject({ code: 'notifier-unreachable', retryable: false });
    expect(error.line).toContain('another host name');
  });

  test.each<[string, (socket: Socket) => void, { code: string; retryable: boolean }]>([
    ['hangs', () => undefined, { code: 'notifier-unreachable', retryable: true }],
    ['hangs up', (socket) => socket.end(), { code: 'notifier-unreachable', retryable: true }],
    ['breaks off', (socket) => socket.destroy(), { code: 'notifier-unreachable', retryable: true }],
    [
      'speaks HTTP',
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      { code: 'notifier-unreachable', retryable: true },
    ],
    [
      'wants nobody now',
      (socket) => socket.end('421 4.7.0 too many connections\r\n'),
      { code: 'notifier-failed', retryable: true },
    ],
    [
      'wants nobody ever',
      (socket) => socket.end('554 5.7.1 no mail here\r\n'),
      { code: 'notifier-failed', retryable: false },
    ],
    [
      'never ends its greeting',
      (socket) => void setInterval(() => socket.write('220-and on\r\n'), 5).unref(),
      { code: 'notifier-unreachable', retryable: true },
    ],
  ])('by a server that %s', async (_what, onConnection, expected) => {
    const port = await rawServer(onConnection);
    const good = await inboxOf();

    const error = await errorOf(send(port, { timeout: '500ms' }));
    await send(good.port);

    expect({ code: error.code, retryable: error.retryable }).toEqual(expected);
    expect(good.mails).toHaveLength(1);
  });

  test('where nobody listens', async () => {
    const inbox = await startSmtpInbox({ server: certificates });
    await inbox.stop();

    const error = await errorOf(send(inbox.port));

    expect(error).toMatchObject({ code: 'notifier-unreachable', retryable: true });
    expect(error.line).toContain('connection refused');
  });
});

test('no error has the login in it, whatever the server says', async () => {
  const echoes = [PASSWORD, Buffer.from(`\0lynceus\0${PASSWORD}`).toString('base64')];
  const inbox = await inboxOf({
    login: { username: 'lynceus', password: 'another' },
    loginRefusal: `535 you said ${echoes.join(' and ')}`,
  });

  const error = await errorOf(send(inbox.port, withLogin));

  expect(error.line).toContain('535 you said *** and ***');
  expect(error.cause).toBeUndefined();
});

test('a login is not sent where TLS did not begin', async () => {
  const heard: string[] = [];
  const port = await rawServer((socket) => {
    socket.write('220 mail.example ESMTP\r\n');
    socket.on('data', (data) => {
      heard.push(data.toString());
      socket.write(
        data.toString().startsWith('EHLO') ? '250-mail.example\r\n250 AUTH PLAIN\r\n' : '502 no\r\n',
      );
    });
  });

  await errorOf(send(port, withLogin));

  expect(heard.map((line) => line.split(' ')[0]?.trim())).toEqual(['EHLO', 'STARTTLS']);
});

test('a signal ends the sending', async () => {
  const stop = new AbortController();
  const port = await rawServer((socket) => {
    socket.write('220 mail.example ESMTP\r\n');
    stop.abort();
  });

  const notifier = await notifierFor(port);

  const error = await errorOf(notifier.send(outgoing(notifier), stop.signal));

  expect(error.code).toBe('aborted');
});

test('of several recipients only those are written to again who did not take it', async () => {
  let late: string | undefined = '451 come again';
  const inbox = await inboxOf({
    refuses: (step, to) => (step === 'RCPT' && to.startsWith('late') ? late : undefined),
  });
  const notifier = await notifierFor(inbox.port, { to: ['team@acme.example', 'late@acme.example'] });
  const notice = outgoing(notifier);

  const error = await errorOf(notifier.send(notice, signal));
  late = undefined;
  await notifier.send(notice, signal);

  expect(error).toMatchObject({ code: 'notifier-failed', retryable: true });
  expect(inbox.mails.map(({ to }) => to)).toEqual([['team@acme.example'], ['late@acme.example']]);
});

describe('a recipient that is no address', () => {
  test.each([
    '',
    'team',
    'a@acme.example, b@evil.example',
    'a@acme.example;b@evil.example',
    'a@acme.example\r\nBcc: b@evil.example',
    'a@acme.example>\r\nRCPT TO:<b@evil.example',
    'a@acme.example> NOTIFY=SUCCESS',
    '"a b"@acme.example',
    'a@[127.0.0.1]',
    '@evil.example:a@acme.example',
    'a b@acme.example',
    'x@y@acme.example',
  ])('%j', async (recipient) => {
    const inbox = await inboxOf();

    const error = await errorOf(send(inbox.port, {}, { recipient }));

    expect(error).toMatchObject({ code: 'notifier-denied', retryable: false });
    expect(inbox.connections()).toBe(0);
  });
});
