import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { asLynceusError, errnoOf, LynceusError } from '../errors.ts';
import type { ServerTls } from './tls.ts';

export interface RouteReply {
  readonly status: number;
  /** Plain text without it. */
  readonly contentType?: string;
  readonly body: string;
}

export interface RouteRequest {
  /** Names in lower case. */
  readonly headers: IncomingMessage['headers'];
}

/** Paths and who answers them; each takes GET and HEAD only. */
export type Routes = Readonly<Record<string, (request: RouteRequest) => RouteReply | Promise<RouteReply>>>;

export interface ServerOptions {
  /** Host name or IP address; `''` listens on all, IPv4 and IPv6. */
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly routes: Routes;
  /** Plain HTTP without it. */
  readonly tls?: ServerTls | undefined;
  /** Called when a route throws; its caller only reads `internal error`. */
  readonly onError?: (error: LynceusError) => void;
}

export interface RunningServer {
  readonly port: number;
  /** Ends all connections at once, also those that are kept alive or in the middle of an answer. */
  close(): Promise<void>;
}

/** Probes and scrapes are small and quick: whatever takes more is cut off. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 8_192,
} as const;
const MOST_CONNECTIONS = 200;

/** A small server for probes and metrics. Throws `config-invalid` when the port cannot be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { tls } = options;
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response, options);
  const server =
    tls === undefined
      ? createServer(LIMITS, listener)
      : createTlsServer({ ...LIMITS, handshakeTimeout: LIMITS.headersTimeout, ...tls.context }, listener);
  server.maxConnections = MOST_CONNECTIONS;
  server.on('clientError', (_, socket) => socket.destroy());
  await listen(server, options);
  server.on('error', (error) => options.onError?.(asLynceusError(error)));
  const unfollow =
    server instanceof TlsServer ? tls?.follow((next) => server.setSecureContext(next)) : undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      unfollow?.();
      return close(server);
    },
  };
}

function listen(server: Server, { address, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, address, port)));
    server.listen({ port, ...(address === '' ? {} : { host: address }) }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'this process may not use that port',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'that name is not known',
};

function listenError(error: Error, address: string, port: number): LynceusError {
  const place = `${address === '' ? '*' : address}:${port}`;
  const problem = LISTEN_PROBLEMS[errnoOf(error) ?? ''] ?? error.message;
  return new LynceusError('config-invalid', `cannot listen on ${place}: ${problem}`, {
    cause: error,
    hint: 'change server.healthPort, server.metricsPort or server.address; a port of 0 is off',
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
): Promise<void> {
  const reply = await replyTo(request, options);
  // A body that nobody reads would hold up the next request of the connection.
  if (hasBody(request)) response.setHeader('Connection', 'close');
  response.writeHead(reply.status, {
    'Content-Type': reply.contentType ?? 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(reply.body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(reply.status === 405 ? { Allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : reply.body);
}

async function replyTo(request: IncomingMessage, { routes, onError }: ServerOptions): Promise<RouteReply> {
  const path = request.url?.split('?')[0] ?? '';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) return { status: 404, body: 'not found\n' };
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, body: 'only GET and HEAD\n' };
  try {
    return await route({ headers: request.headers });
  } catch (error) {
    onError?.(asLynceusError(error));
    return { status: 500, body: 'internal error\n' };
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
