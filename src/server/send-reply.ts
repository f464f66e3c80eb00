import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ReplyBytes, RouteReply, StreamReply } from './routes.ts';

/** Where a smaller body is no fewer packets. */
const WORTH_COMPRESSING = 1_400;
const COMPRESSIBLE = /^(?:text\/|image\/svg|application\/(?:[\w.+-]*\+)?(?:json|xml|javascript))/;

/** So much may lie unread of a stream. */
const MOST_UNREAD = 256 * 1024;
/** How long a reader may take nothing of an answer, in milliseconds. */
const LONGEST_STANDSTILL = 30_000;

const zip = promisify(gzip);
const zipped = new WeakMap<Uint8Array, Promise<Uint8Array>>();

/** Headers of every answer; a reply may have others in their place. */
const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** Sends an answer, compressed where that is taken and pays; without its body where the reader has it, or asks with HEAD. */
export async function sendReply(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType = 'text/plain; charset=utf-8', headers, etag, body }: RouteReply,
): Promise<void> {
  const tagged = etag === undefined ? {} : { ETag: `W/"${etag}"` };
  const common = { ...HEADERS, ...tagged, ...headers };
  if (status === 304 || (status === 200 && etag !== undefined && hasAlready(request, etag))) {
    response.writeHead(304, common).end();
    return;
  }
  const bytes = typeof body === 'function' ? await body() : body;
  const isEncoded = headers?.['Content-Encoding'] !== undefined;
  const mayZip =
    !isEncoded && Buffer.byteLength(bytes) >= WORTH_COMPRESSING && COMPRESSIBLE.test(contentType);
  const zips = mayZip && takesGzip(request);
  const sent = zips ? await compressed(bytes) : bytes;
  cutWhenStill(response);
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(sent),
    ...(mayZip ? { Vary: 'Accept-Encoding' } : {}),
    ...(zips ? { 'Content-Encoding': 'gzip' } : {}),
    ...common,
  });
  response.end(request.method === 'HEAD' ? undefined : sent);
}

/** Sends the headers and hands the rest over. */
export function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType, headers, stream }: StreamReply,
): void {
  response.writeHead(status, { 'Content-Type': contentType, ...HEADERS, ...headers });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  stream({
    gone: gone.signal,
    write(text) {
      if (gone.signal.aborted || response.writableEnded) return;
      response.write(text);
      if (response.writableLength > MOST_UNREAD) response.destroy();
    },
    end() {
      if (response.writableEnded) return;
      cutWhenStill(response);
      response.end();
    },
  });
}

/** RFC 9110, section 13.1.2: the weak comparison. */
function hasAlready({ headers }: IncomingMessage, etag: string): boolean {
  const asked = headers['if-none-match'];
  if (asked === undefined) return false;
  return asked.trim() === '*' || [...asked.matchAll(/(?:W\/)?"([^"]*)"/g)].some(([, one]) => one === etag);
}

/** RFC 9110, section 12.5.3. */
function takesGzip({ headers }: IncomingMessage): boolean {
  const codings = String(headers['accept-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => /^\s*([\w*-]+)\s*(?:;\s*q=([\d.]+))?\s*$/.exec(part));
  const named = codings.find((found) => ['gzip', 'x-gzip'].includes(found?.[1] ?? ''));
  const [, , quality = '1'] = named ?? codings.find((found) => found?.[1] === '*') ?? ['', '', '0'];
  return Number(quality) > 0;
}

async function compressed(bytes: ReplyBytes): Promise<Uint8Array> {
  if (typeof bytes === 'string') return await zip(bytes);
  const before = zipped.get(bytes);
  if (before !== undefined) return await before;
  const made = zip(bytes);
  zipped.set(bytes, made);
  return await made;
}

/** A reader that takes nothing must not keep an answer in memory. */
function cutWhenStill(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null) return;
  const cut = (): void => void socket.destroy();
  socket.setTimeout(LONGEST_STANDSTILL, cut);
  response.once('close', () => socket.removeListener('timeout', cut));
}
