import { Readable } from 'node:stream';
import { LynceusError } from '../errors.ts';
import type { HttpRequest, Send } from '../http/message.ts';

/** A request as the SDK signs it, as far as its clients of ECR and STS make use of it. */
export interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** What the SDK takes as its `requestHandler`. */
export interface SdkHandler {
  handle(
    request: SdkRequest,
    options?: { readonly abortSignal?: unknown },
  ): Promise<{ readonly response: SdkResponse }>;
}

/** A page of a thousand images is about a megabyte. */
const LARGEST_ANSWER = 32 * 1024 * 1024;

/**
 * Sends what the SDK signed through our own client: with its proxy, time-outs and size caps, and each attempt of the
 * SDK's counted. Nothing else of a request is passed on: its headers hold the session token.
 */
export function createSdkHandler(sendFor: (request: SdkRequest) => Send): SdkHandler {
  return {
    async handle(request, { abortSignal } = {}) {
      const signal = abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal;
      try {
        const { status, headers, body } = await sendFor(request)(toHttpRequest(request), signal);
        return { response: { statusCode: status, headers: { ...headers }, body: Readable.from([body]) } };
      } catch (thrown) {
        throw thrown instanceof LynceusError && thrown.retryable && thrown.code !== 'aborted'
          ? asRetryable(thrown)
          : thrown;
      }
    },
  };
}

function toHttpRequest({
  method,
  protocol,
  hostname,
  port,
  path,
  query,
  headers,
  body,
}: SdkRequest): HttpRequest {
  if (method !== 'GET' && method !== 'POST') throw new TypeError(`no request to AWS is a ${method}`);
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query ?? {}))
    for (const one of [value ?? ''].flat()) url.searchParams.append(name, one);
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const text = textOf(body);
  return {
    method,
    url,
    headers: Object.fromEntries(lowerCase),
    ...(text === undefined ? {} : { body: text }),
    maxBytes: LARGEST_ANSWER,
  };
}

function textOf(body: unknown): string | undefined {
  if (body === undefined || typeof body === 'string') return body;
  // The SDK's own kind of bytes warns whoever takes it for a Buffer.
  if (body instanceof Uint8Array)
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  throw new TypeError('a request to AWS has a body that is no text');
}

/** The SDK tries again by names; this is the one it has for a network that failed. */
function asRetryable(cause: LynceusError): Error {
  return Object.assign(new Error('no answer', { cause }), { name: 'TimeoutError' });
}
