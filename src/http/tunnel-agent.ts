import { request as requestHttp, type ClientRequest, type RequestOptions as PlainOptions } from 'node:http';
import { request as requestHttps, type AgentOptions, type RequestOptions } from 'node:https';
import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { AddressRefusal } from './address-guard.ts';
import { errnoOf } from '../errors.ts';
import { basicAuthorization } from './basic-authorization.ts';
import type { Proxy, ProxyLogin } from './proxy.ts';
import { RetirableAgent } from './retirable-agent.ts';

type Connected = (error: Error | null, stream: Duplex) => void;

/** A connection that did not come about because of the proxy, not because of the server behind it. */
export class ProxyFailure extends Error {
  readonly proxy: Proxy;
  /** With which status it refused, or with which error code it could not be reached. */
  readonly reason: number | string;

  constructor(proxy: Proxy, reason: number | string) {
    super('no connection through the proxy');
    this.name = 'ProxyFailure';
    this.proxy = proxy;
    this.reason = reason;
  }
}

export interface TunnelOptions extends AgentOptions {
  readonly proxy: Proxy;
  /** Milliseconds for reaching the proxy, for its answer, and for TLS to the server behind it; each. */
  readonly connectTimeout: number;
}

/** An agent that reaches TLS servers through a proxy (`CONNECT`, RFC 9110, section 9.3.6). The proxy sees no request. */
export class TunnelAgent extends RetirableAgent {
  readonly #proxy: Proxy;
  readonly #connectTimeout: number;

  constructor({ proxy, connectTimeout, ...options }: TunnelOptions) {
    super(options);
    this.#proxy = proxy;
    this.#connectTimeout = connectTimeout;
  }

  override createConnection(options: RequestOptions, connected?: Connected): undefined {
    const done = deliver(connected);
    this.#proxy
      .login()
      .then((login) => this.#connect(options, login, done))
      .catch((error: Error) => done(broken(error)));
    return undefined;
  }

  #connect(options: RequestOptions, login: ProxyLogin | undefined, done: (stream: Duplex) => void): void {
    const host = options.host ?? '';
    const target = `${isIP(host) === 6 ? `[${host}]` : host}:${options.port ?? 443}`;
    const request = this.#ask(target, login);
    request.once('connect', ({ statusCode = 0 }: { statusCode?: number }, socket: Socket) => {
      socket.setTimeout(0);
      if (statusCode === 200) return done(startTls({ options, host, socket, timeout: this.#connectTimeout }));
      socket.destroy();
      return done(broken(new ProxyFailure(this.#proxy, statusCode)));
    });
    request.once('error', (error) =>
      done(
        broken(
          error instanceof AddressRefusal
            ? error
            : new ProxyFailure(this.#proxy, errnoOf(error) ?? error.name),
        ),
      ),
    );
    request.setTimeout(this.#connectTimeout, () => request.destroy(timedOut()));
    request.end();
  }

  #ask(target: string, login: ProxyLogin | undefined): ClientRequest {
    const { rule, url } = this.#proxy;
    const { protocol, hostname, port } = url;
    rule?.checkWritten(hostname);
    const options: PlainOptions = {
      method: 'CONNECT',
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : port,
      path: target,
      agent: false,
      ...(rule === undefined ? {} : { lookup: rule.lookup }),
      headers: {
        host: target,
        ...(login === undefined
          ? {}
          : { 'proxy-authorization': basicAuthorization(login.username, login.password) }),
      },
    };
    return protocol === 'https:' ? requestHttps(options) : requestHttp(options);
  }
}

interface TlsStart {
  readonly options: RequestOptions;
  readonly host: string;
  readonly socket: Socket;
  readonly timeout: number;
}

function startTls({ options, host, socket, timeout }: TlsStart): Duplex {
  const { secureContext, rejectUnauthorized } = options as {
    secureContext?: never;
    rejectUnauthorized?: boolean;
  };
  // An address is no name that a server could choose a certificate by.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const tls = connect({
    socket,
    host,
    ...servername,
    ...(secureContext === undefined ? {} : { secureContext }),
    rejectUnauthorized: rejectUnauthorized ?? true,
  });
  const timer = setTimeout(() => tls.destroy(timedOut()), timeout);
  const stop = (): void => clearTimeout(timer);
  tls.once('secureConnect', stop).once('close', stop);
  return tls;
}

function timedOut(): Error {
  return Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' });
}

/**
 * A connection that fails as soon as a request has it. An error passed to Node.js directly would be thrown where it
 * cannot be caught, when the request that the connection was for has been served by another one meanwhile.
 */
function broken(error: Error): Socket {
  // Writes to a connecting socket wait and do not fail by themselves.
  const socket = Object.assign(new Socket(), { connecting: true });
  setImmediate(() => socket.destroy(error));
  return socket;
}

/** The first one counts. */
function deliver(connected: Connected | undefined): (stream: Duplex) => void {
  let delivered = false;
  return (stream) => {
    if (delivered) return;
    delivered = true;
    connected?.(null, stream);
  };
}
