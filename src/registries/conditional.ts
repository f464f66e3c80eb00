import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { HttpRequest, HttpResponse, Send } from '../http/message.ts';

interface CachedResponse {
  readonly etag: string;
  readonly body: Buffer;
  /** What belongs to the body; headers about the server hold for one answer only. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers that may be asked for again by their entity tag. */
export type ResponseCache = LRUCache<string, CachedResponse>;

const MOST_BYTES = 8 * 1024 * 1024;
const LARGEST_ANSWER = 1024 * 1024;
const OVERHEAD = 500;

const OF_THE_BODY = ['content-type', 'link', 'x-total-count'];

export function createResponseCache(): ResponseCache {
  return new LRUCache({ maxSize: MOST_BYTES });
}

/**
 * The same `Send`, which asks a server that gave an entity tag whether its answer still holds (RFC 9110, section 13.1.2):
 * a 304 costs no bytes, and at GitHub nothing of the quota. Answers are kept by what proves who asks, so that one login
 * never sees what another was shown.
 */
export function conditional(send: Send, answers: ResponseCache): Send {
  return async (request, signal) => {
    if (request.method !== 'GET') return send(request, signal);
    const key = answerKey(request);
    const kept = answers.get(key);
    if (kept === undefined) return keep(await send(request, signal), key, answers);
    const headers = { ...request.headers, 'if-none-match': kept.etag };
    const response = await send({ ...request, headers }, signal);
    if (response.status !== 304) return keep(response, key, answers);
    return { ...response, status: 200, headers: { ...response.headers, ...kept.headers }, body: kept.body };
  };
}

function keep(response: HttpResponse, key: string, answers: ResponseCache): HttpResponse {
  const { status, headers, body } = response;
  const etag = headers['etag'];
  if (status !== 200 || etag === undefined || body.length > LARGEST_ANSWER) {
    answers.delete(key);
    return response;
  }
  const own = Object.entries(headers).filter(([name]) => OF_THE_BODY.includes(name));
  answers.set(key, { etag, body, headers: Object.fromEntries(own) }, { size: body.length + OVERHEAD });
  return response;
}

/** Of the headers that prove who asks only a hash is kept. */
function answerKey({ url, headers }: HttpRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const who = createHash('sha256').update(lines.join('\n')).digest('hex');
  return `${who} ${url.href}`;
}
