import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { fetchBytes } from './fetch-bytes.ts';

/** One request as it arrived. */
export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Port it came from: the same one means the same connection. */
  readonly port: number | undefined;
  /** Common name in the certificate that the client showed. */
  readonly peer: string | undefined;
}

export type Answer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body?: string | Buffer;
    }
  /** Closes the connection: before an answer, or after the first bytes of one that promises more. */
  | { readonly reset: 'at-once' | 'half-way' }
  /** Says nothing at all, or begins and never ends. */
  | { readonly hang: 'at-once' | 'half-way' };

export type Handler = (seen: Seen) => Answer | Promise<Answer>;

export interface StandIn {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly url: string;
  readonly seen: readonly Seen[];
  /** `GET /v2/…` of every request so far, in order. */
  readonly lines: () => readonly string[];
  stop(): Promise<void>;
}

export interface StandInOptions {
  readonly tls?: {
    readonly key: string | Buffer;
    readonly cert: string | Buffer;
    /** PEM of the authority of clients: only those who show a certificate of it are let in. */
    readonly clientCa?: string;
  };
}

/** A server that answers what the test says: for what a well-behaved registry never does. */
export async function startStandIn(handler: Handler, { tls }: StandInOptions = {}): Promise<StandIn> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const listener: RequestListener = (request, response) => {
    readRequest(request)
      .then(async (one) => {
        seen.push(one);
        send(response, await handler(one));
      })
      // What a handler throws looks to the client like a server that crashed.
      .catch(() => response.destroy());
  };
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer(
          tls.clientCa === undefined ? tls : { ...tls, ca: tls.clientCa, requestCert: true },
          listener,
        );
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    seen,
    lines: () => seen.map(({ method, target }) => `${method} ${target}`),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function json(content: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(content),
  };
}

export interface PagingOptions {
  /** Tags per page, whatever the client asks for. */
  readonly size: number;
  /** How the next page is named; the OCI specification's own form unless said. */
  readonly link?: (target: string) => string;
}

/** Answers `tags/list` page by page, as `n` and `last` of the OCI distribution specification say. */
export function pagedTags(
  tags: readonly string[],
  { size, link = (target) => `<${target}>; rel="next"` }: PagingOptions,
): Handler {
  return ({ url }) => {
    const last = url.searchParams.get('last');
    const start = last === null ? 0 : tags.indexOf(last) + 1;
    const page = tags.slice(start, start + size);
    const more = start + size < tags.length;
    const target = `${url.pathname}?last=${encodeURIComponent(page.at(-1) ?? '')}&n=${size}`;
    return json({ name: 'acme/api', tags: page }, more ? { link: link(target) } : {});
  };
}

/** Passes a request on to a real registry, its tag list cut into pages when asked to. */
export async function forward(seen: Seen, registryUrl: string): Promise<Answer> {
  const { method, target, body } = seen;
  const headers = Object.fromEntries(
    Object.entries(seen.headers).filter(([name]) => FORWARDED.has(name)),
  ) as Record<string, string>;
  const answer = await fetchBytes(`${registryUrl}${target}`, { method, headers, body });
  const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name));
  return {
    status: answer.status,
    headers: Object.fromEntries(kept) as Record<string, string>,
    body: answer.body,
  };
}

const FORWARDED = new Set(['accept', 'authorization', 'content-type', 'if-none-match']);

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);

async function readRequest(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const target = request.url ?? '/';
  const url = new URL(target, 'http://stand-in');
  return {
    port: request.socket.remotePort,
    peer: peerOf(request.socket),
    method: request.method ?? '',
    target,
    url,
    headers: request.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

function peerOf(socket: Socket): string | undefined {
  const found = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
  return typeof found === 'string' ? found : undefined;
}

function send(response: ServerResponse, answer: Answer): void {
  if ('reset' in answer) {
    if (answer.reset === 'half-way') beginAnswer(response);
    setImmediate(() => response.socket?.resetAndDestroy());
    return;
  }
  if ('hang' in answer) {
    if (answer.hang === 'half-way') beginAnswer(response);
    return;
  }
  response.writeHead(answer.status, { ...answer.headers } as Record<string, string | string[]>);
  response.end(answer.body ?? '');
}

function beginAnswer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"name":"acme/api","tags":["1.0');
}
