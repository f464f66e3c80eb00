import { connect, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { SMTPTransportOptions, Transporter, SMTPSentMessageInfo } from 'nodemailer';
import type { SmtpEncryption } from '../../settings/email-service.ts';

export interface SmtpLogin {
  readonly username: string;
  readonly password: string;
}

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly encryption: SmtpEncryption;
  readonly login: SmtpLogin | undefined;
  readonly secureContext: SecureContext | undefined;
  /** Milliseconds for the connection, and for each answer. */
  readonly timeout: number;
}

const LARGEST_ANSWER = 16 * 1024;
const LONGEST_CONNECT = 10_000;

/** For one mail. Ends with the signal. */
export async function createTransporter(
  server: SmtpServer,
  signal: AbortSignal,
): Promise<Transporter<SMTPSentMessageInfo>> {
  const { createTransport } = await import('nodemailer');
  return createTransport(optionsOf(server, signal));
}

function optionsOf(server: SmtpServer, signal: AbortSignal): SMTPTransportOptions {
  const { host, port, encryption, login, secureContext, timeout } = server;
  return {
    host,
    port,
    secure: encryption === 'implicit',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    // A server that offers no login would get the mail without one.
    forceAuth: true,
    ...(login === undefined ? {} : { auth: { user: login.username, pass: login.password } }),
    tls: secureContext === undefined ? {} : { secureContext },
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    socketCloseTimeout: 1_000,
    maxResponseSize: LARGEST_ANSWER,
    // The library has a resolver of its own, which does not know of the names that a cluster or a file of hosts has.
    getSocket: (_options, callback) => openSocket(server, signal, callback),
  };
}

function openSocket(
  { host, port, timeout }: SmtpServer,
  signal: AbortSignal,
  callback: (error: Error | null, found?: { readonly connection: Socket }) => void,
): void {
  const connection = connect({ host, port, signal, autoSelectFamily: true });
  const longest = Math.min(timeout, LONGEST_CONNECT);
  const timer = setTimeout(
    () => connection.destroy(Object.assign(new Error('too late'), { code: 'ETIMEDOUT' })),
    longest,
  );
  const failed = (error: Error): void => {
    clearTimeout(timer);
    callback(error);
  };
  connection.once('error', failed);
  connection.once('connect', () => {
    clearTimeout(timer);
    connection.off('error', failed);
    callback(null, { connection });
  });
}
