import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { asLynceusError, errnoOf, LynceusError } from '../errors.ts';
import { createOpenConnections, type OpenConnections } from './open-connections.ts';
import { readBody } from './read-body.ts';
import {
  compileRoutes,
  type FindRoute,
  type GetRequest,
  type GetRoute,
  type PostRoute,
  type Reply,
  type RouteReply,
  type Routes,
  type StreamReply,
} from './routes.ts';
import { sendReply, sendStream } from './send-reply.ts';
import type { ServerTls } from './tls.ts';

export interface ServerOptions {
  /** Host name or IP address; `''` listens on all, IPv4 and IPv6. */
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly routes: Routes;
  /** Asked before every GET and HEAD, whatever the path: what it answers is the answer. */
  readonly before?: (request: GetRequest) => Reply | undefined | Promise<Reply | undefined>;
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
  /** How many streams there may be, 50 unless given; beyond it they are refused. */
  readonly streams?: number;
}

export interface RunningServer {
  readonly port: number;
  /** Ends all connections at once, also those that are kept alive or in the middle of an answer. */
  close(): Promise<void>;
}

/** Probes, scrapes and webhooks are small and quick: whatever takes more is cut off. */
const LIMITS: ServerLimits = { headersTimeout: 5_000, requestTimeout: 10_000, connections: 200 };
const STREAMS = 50;
const OTHER_LIMITS = { keepAliveTimeout: 5_000, maxHeaderSize: 8_192 };

/** A small server for probes, metrics, webhooks and what is known of images. Throws `config-invalid` when the port cannot be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { tls, limits = LIMITS } = options;
  const { headersTimeout, requestTimeout } = limits;
  const connectionsCheckingInterval = Math.min(2_000, headersTimeout);
  const timeouts = { ...OTHER_LIMITS, headersTimeout, requestTimeout, connectionsCheckingInterval };
  const connections = createOpenConnections(limits.connections);
  const answering: Answering = {
    ...options,
    connections,
    find: compileRoutes(options.routes),
    streams: { open: 0, most: limits.streams ?? STREAMS },
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response, answering);
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

interface Answering extends Pick<ServerOptions, 'before' | 'onError'> {
  readonly connections: OpenConnections;
  readonly find: FindRoute;
  readonly streams: { open: number; readonly most: number };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: Answering): Promise<void> {
  const reply = await replyTo(request, options);
  if (reply === undefined) {
    request.socket.destroy();
    return;
  }
  // A body that nobody has read would hold up the next request of the connection.
  if (hasBody(request) && !request.complete) response.setHeader('Connection', 'close');
  if ('stream' in reply) {
    streamTo(request, response, { ...options, reply });
    return;
  }
  try {
    await sendReply(request, response, reply);
  } catch (error) {
    options.onError?.(asLynceusError(error));
    await sendReply(request, response, INTERNAL);
  }
}

const INTERNAL: RouteReply = { status: 500, body: 'internal error\n' };
const TOO_MANY: RouteReply = {
  status: 503,
  headers: { 'Retry-After': '10' },
  body: 'too many streams are open\n',
};

/** Streams have a limit of their own, so that they never take all connections. */
function streamTo(
  request: IncomingMessage,
  response: ServerResponse,
  { reply, streams, connections }: Answering & { readonly reply: StreamReply },
): void {
  if (streams.open >= streams.most) {
    void sendReply(request, response, TOO_MANY);
    return;
  }
  streams.open += 1;
  const answered = connections.answering(request.socket);
  response.once('close', () => {
    streams.open -= 1;
    answered();
  });
  sendStream(request, response, reply);
}

/** `undefined` when nobody waits for it any more. */
async function replyTo(request: IncomingMessage, options: Answering): Promise<Reply | undefined> {
  const [path = '', query = ''] = request.url?.split(/\?(.*)/s) ?? [];
  const found = options.find(path);
  const { method } = request;
  try {
    if (found !== undefined && found !== 'malformed' && typeof found.route !== 'function')
      return await replyToPost(request, { ...options, route: found.route, query });
    if (method !== 'GET' && method !== 'HEAD')
      return found === undefined ? NOT_FOUND : notAllowed('GET, HEAD', 'only GET and HEAD\n');
    const params = typeof found === 'object' ? found.params : {};
    const at = request.socket.localAddress ?? '';
    const asked: GetRequest = {
      headers: request.headers,
      method,
      path,
      query: new URLSearchParams(query),
      params,
      at,
    };
    const first = await options.before?.(asked);
    if (first !== undefined) return first;
    if (found === undefined) return NOT_FOUND;
    if (found === 'malformed')
      return {
        status: 400,
        body: 'expected a path in which each % begins a percent-encoded byte of UTF-8\n',
      };
    return await (found.route as GetRoute)(asked);
  } catch (error) {
    options.onError?.(asLynceusError(error));
    return INTERNAL;
  }
}

const NOT_FOUND: RouteReply = { status: 404, body: 'not found\n' };

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
