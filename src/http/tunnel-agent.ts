import { request as requestHttp, type ClientRequest, type RequestOptions as PlainOptions } from 'node:http';
import { Agent, request as requestHttps, type AgentOptions, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';

type Connected = (error: Error | null, stream: Duplex) => void;

/** What an error says whose connection through a proxy was refused: `PROXY_407`. */
export const PROXY_REFUSAL = /^PROXY_(\d{3})$/;

export interface TunnelOptions extends AgentOptions {
  readonly proxy: URL;
  /** Milliseconds for reaching the proxy and for its answer. */
  readonly proxyTimeout: number;
}

/** An agent that reaches TLS servers through a proxy (`CONNECT`, RFC 9110, section 9.3.6). The proxy sees no request. */
export class TunnelAgent extends Agent {
  readonly #proxy: URL;
  readonly #proxyTimeout: number;

  constructor({ proxy, proxyTimeout, ...options }: TunnelOptions) {
    super(options);
    this.#proxy = proxy;
    this.#proxyTimeout = proxyTimeout;
  }

  override createConnection(options: RequestOptions, connected?: Connected): undefined {
    const done = once(connected);
    const host = options.host ?? '';
    const target = `${isIP(host) === 6 ? `[${host}]` : host}:${options.port ?? 443}`;
    const request = this.#ask(target);
    request.once('connect', ({ statusCode }: { statusCode?: number }, socket: Socket) => {
      if (statusCode === 200) return done(null, startTls(options, host, socket));
      socket.destroy();
      return done(Object.assign(new Error('refused by the proxy'), { code: `PROXY_${statusCode}` }));
    });
    request.once('error', (error) => done(error));
    request.setTimeout(this.#proxyTimeout, () =>
      request.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
    );
    request.end();
    return undefined;
  }

  #ask(target: string): ClientRequest {
    const { protocol, hostname, port, username, password } = this.#proxy;
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const options: PlainOptions = {
      method: 'CONNECT',
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : port,
      path: target,
      agent: false,
      headers: {
        host: target,
        ...(username === ''
          ? {}
          : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
      },
    };
    return protocol === 'https:' ? requestHttps(options) : requestHttp(options);
  }
}

function startTls(options: RequestOptions, host: string, socket: Socket): Duplex {
  socket.setTimeout(0);
  // An address is no name that a server could choose a certificate by.
  const { secureContext, rejectUnauthorized } = options as {
    secureContext?: never;
    rejectUnauthorized?: boolean;
  };
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return connect({
    socket,
    host,
    ...servername,
    ...(secureContext === undefined ? {} : { secureContext }),
    rejectUnauthorized: rejectUnauthorized ?? true,
  });
}

function once(connected: Connected | undefined): (error: Error | null, stream?: Duplex) => void {
  let called = false;
  return (error, stream) => {
    if (called) return;
    called = true;
    // Node.js takes the error alone; its type wants a stream as well.
    connected?.(error, stream as Duplex);
  };
}
