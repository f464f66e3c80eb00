import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as a server took it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Who logged in; `undefined` for nobody. */
  readonly user: string | undefined;
  readonly isEncrypted: boolean;
  /** As it was sent: headers and body. */
  readonly raw: string;
}

export interface SmtpInbox {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** How often somebody connected. */
  readonly connections: () => number;
  stop(): Promise<void>;
}

export interface InboxOptions {
  readonly login?: { readonly username: string; readonly password: string };
  /** What is answered in place of taking a mail for this recipient, such as `550 no such user`; it may change from one mail to the next. */
  readonly refuses?: (step: 'MAIL' | 'RCPT' | 'DATA', address: string) => string | undefined;
  /** The answer to a login that is wrong. */
  readonly loginRefusal?: string;
  readonly server?: SMTPServerOptions;
}

/** A real SMTP server on loopback that keeps what it takes. */
export async function startSmtpInbox({
  login,
  refuses = () => undefined,
  loginRefusal = '535 5.7.8 authentication failed',
  server: options = {},
}: InboxOptions = {}): Promise<SmtpInbox> {
  const mails: ReceivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: login === undefined,
    disableReverseLookup: true,
    closeTimeout: 100,
    ...options,
    onConnect(_session, callback) {
      connections += 1;
      callback();
    },
    onAuth({ username, password }, _session, callback) {
      if (username === login?.username && password === login?.password) callback(null, { user: username });
      else callback(refusalOf(loginRefusal));
    },
    onMailFrom: ({ address }, _session, callback) => callback(errorOf(refuses('MAIL', address))),
    onRcptTo: ({ address }, _session, callback) => callback(errorOf(refuses('RCPT', address))),
    onData(stream, { envelope, user, secure }, callback) {
      void readText(stream).then((raw) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const refused = errorOf(refuses('DATA', from));
        const to = envelope.rcptTo.map(({ address }) => address);
        if (refused === null)
          mails.push({ from, to, user: user as string | undefined, isEncrypted: secure, raw });
        callback(refused);
      });
    },
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

function errorOf(answer: string | undefined): Error | null {
  return answer === undefined ? null : refusalOf(answer);
}

/** `550 no such user` */
function refusalOf(answer: string): Error {
  const [status = '550', ...words] = answer.split(' ');
  return Object.assign(new Error(words.join(' ')), { responseCode: Number(status) });
}

/** A mail taken apart: headers by their names in lower case, and each part of it by its type. */
export interface OpenedMail {
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Readonly<Record<string, string>>;
}

export function openMail({ raw }: Pick<ReceivedMail, 'raw'>): OpenedMail {
  const { headers, body } = cutPart(raw);
  const [, boundary = ''] = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '') ?? [];
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => cutPart(part.replace(/^\r\n/, '').replace(/\r\n$/, '')));
  return {
    headers,
    parts: Object.fromEntries(
      parts.map((part) => [
        (part.headers['content-type'] ?? '').split(';')[0] ?? '',
        decodeBody(part.body, part.headers['content-transfer-encoding']),
      ]),
    ),
  };
}

function cutPart(raw: string): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]/g, ' ')
    .split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())] as const;
  });
  return { headers: Object.fromEntries(headers), body: raw.slice(end + 4) };
}

/** RFC 2047. */
function decodeWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_all, encoding: string, word: string) =>
      encoding.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : decodeBody(word.replaceAll('_', ' '), 'quoted-printable'),
    );
}

function decodeBody(body: string, encoding = '7bit'): string {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8').replaceAll('\r\n', '\n');
    case 'quoted-printable':
      return Buffer.from(
        body
          .replaceAll(/=\r?\n/g, '')
          .replaceAll(/=([0-9A-F]{2})/gi, (_all, hex: string) =>
            String.fromCharCode(Number.parseInt(hex, 16)),
          ),
        'latin1',
      )
        .toString('utf8')
        .replaceAll('\r\n', '\n');
    default:
      return body.replaceAll('\r\n', '\n');
  }
}
