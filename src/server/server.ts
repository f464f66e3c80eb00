import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { asLynceusError, errnoOf, LynceusError } from '../errors.ts';
import { createOpenConnections, type OpenConnections } from './open-connections.ts';
import { readBody } from './read-body.ts';
import type { ServerTls } from './tls.ts';

export interface RouteReply {
  readonly status: number;
  /** Plain text without it. */
  readonly contentType?: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RouteRequest {
  /** Names in lower case. */
  readonly headers: IncomingMessage['headers'];
}

export interface PostRequest extends RouteRequest {
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** Address of who has connected. */
  readonly from: string;
}

/** Takes POST only. A larger body is answered with 413. */
export interface PostRoute {
  readonly mostBytes: number;
  readonly post: (request: PostRequest) => RouteReply | Promise<RouteReply>;
}

type GetRoute = (request: RouteRequest) => RouteReply | Promise<RouteReply>;

/** Paths and who answers them; a function takes GET and HEAD only. */
export type Routes = Readonly<Record<string, GetRoute | PostRoute>>;

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
  /** Where it listens, as the configuration names it. */
  readonly setBy?: string | undefined;
  readonly limits?: ServerLimits;
}

/** In milliseconds, and connections. */
export interface ServerLimits {
  /** Until the last header has come, and until TLS is agreed. */
  readonly headersTimeout: number;
  /** Until the whole request has come. */
  readonly requestTimeout: number;
  /** How many connections there may be; beyond it the one that has waited longest is cut. */
  readonly connections: number;
}

export interface RunningServer {
  readonly port: number;
  /** Ends all connections at once, also those that are kept alive or in the middle of an answer. */
  close(): Promise<void>;
}

/** Probes, scrapes and webhooks are small and quick: whatever takes more is cut off. */
const LIMITS: ServerLimits = { headersTimeout: 5_000, requestTimeout: 10_000, connections: 200 };
const OTHER_LIMITS = { keepAliveTimeout: 5_000, maxHeaderSize: 8_192 };

/** A small server for probes, metrics and webhooks. Throws `config-invalid` when the port cannot be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { tls, limits = LIMITS } = options;
  const { headersTimeout, requestTimeout } = limits;
  const connectionsCheckingInterval = Math.min(2_000, headersTimeout);
  const timeouts = { ...OTHER_LIMITS, headersTimeout, requestTimeout, connectionsCheckingInterval };
  const connections = createOpenConnections(limits.connections);
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response, { ...options, connections });
  const server =
    tls === undefined
      ? createServer(timeouts, listener)
      : createTlsServer({ ...timeouts, handshakeTimeout: headersTimeout, ...tls.context }, listener);
  server.on('connection', (socket: Socket) => connections.add(socket));
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

function listen(server: Server, { address, port, setBy }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, { address, port, setBy })));
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

const SET_BY = 'server.healthPort, server.metricsPort or server.address; a port of 0 is off';

function listenError(
  error: Error,
  { address, port, setBy = SET_BY }: Pick<ServerOptions, 'address' | 'port' | 'setBy'>,
): LynceusError {
  const place = `${address === '' ? '*' : address}:${port}`;
  const problem = LISTEN_PROBLEMS[errnoOf(error) ?? ''] ?? error.message;
  return new LynceusError('config-invalid', `cannot listen on ${place}: ${problem}`, {
    cause: error,
    hint: `change ${setBy}`,
  });
}

interface Answering extends Pick<ServerOptions, 'routes' | 'onError'> {
  readonly connections: OpenConnections;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: Answering): Promise<void> {
  const reply = await replyTo(request, options);
  if (reply === undefined) {
    request.socket.destroy();
    return;
  }
  // A body that nobody has read would hold up the next request of the connection.
  if (hasBody(request) && !request.complete) response.setHeader('Connection', 'close');
  response.writeHead(reply.status, {
    'Content-Type': reply.contentType ?? 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(reply.body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...reply.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : reply.body);
}

/** `undefined` when nobody waits for it any more. */
async function replyTo(request: IncomingMessage, options: Answering): Promise<RouteReply | undefined> {
  const { routes, onError } = options;
  const [path = '', query = ''] = request.url?.split(/\?(.*)/s) ?? [];
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) return { status: 404, body: 'not found\n' };
  try {
    if (typeof route !== 'function') return await replyToPost(request, { ...options, route, query });
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return notAllowed('GET, HEAD', 'only GET and HEAD\n');
    return await route({ headers: request.headers });
  } catch (error) {
    onError?.(asLynceusError(error));
    return { status: 500, body: 'internal error\n' };
  }
}

async function replyToPost(
  request: IncomingMessage,
  { route, query, connections }: Answering & { readonly route: PostRoute; readonly query: string },
): Promise<RouteReply | undefined> {
  if (request.method !== 'POST') return notAllowed('POST', 'only POST\n');
  const body = await readBody(request, route.mostBytes);
  if (body === 'cut') return undefined;
  if (body === 'too-large') return { status: 413, body: 'request body too large\n' };
  const answered = connections.answering(request.socket);
  try {
    const from = request.socket.remoteAddress ?? '';
    return await route.post({ headers: request.headers, query: new URLSearchParams(query), body, from });
  } finally {
    answered();
  }
}

function notAllowed(allow: string, body: string): RouteReply {
  return { status: 405, headers: { Allow: allow }, body };
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
