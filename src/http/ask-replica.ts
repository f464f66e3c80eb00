import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { LynceusError } from '../errors.ts';

/** See `ReplicaPlace`. */
export interface AskedReplica {
  readonly origin: string;
  readonly fingerprint: string;
}

/** Says that a request was passed on, so that nobody passes it on again. */
export const PASSED_ON = 'x-lynceus-passed-on';

/** Headers that belong to one connection (RFC 9110, section 7.6.1), and those that are made anew. */
export const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Sends a request to another process of ours: over TLS only to who has the certificate of the fingerprint. Throws
 * `leader-unreachable`, never with what was sent, when there is no answer.
 */
export function askReplica(
  { origin, fingerprint }: AskedReplica,
  options: RequestOptions,
  body?: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fail = (thrown: Error): void => reject(unreachable(origin, thrown));
    const url = new URL(origin);
    if (fingerprint === '') {
      httpRequest(url, { ...options, agent: false }, resolve)
        .on('error', fail)
        .end(body);
      return;
    }
    const sent = httpsRequest(url, { ...options, agent: false, rejectUnauthorized: false }, resolve);
    sent.on('error', fail);
    // Nothing may be written before it is known who is there.
    sent.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        const found = (socket as TLSSocket).getPeerX509Certificate()?.fingerprint256 ?? '';
        if (plainDigits(found) === fingerprint) sent.end(body);
        else sent.destroy(new Error('its certificate is another than the Lease says'));
      });
    });
  });
}

/** An error that says that the leader at an origin gives no answer. */
export function unreachable(origin: string, thrown: Error): LynceusError {
  return new LynceusError(
    'leader-unreachable',
    `the leader at ${origin} cannot be reached: ${thrown.message}`,
  );
}

/** Node.js writes `AB:CD:…`. */
function plainDigits(found: string): string {
  return found.replaceAll(':', '').toLowerCase();
}
