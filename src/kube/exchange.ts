import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { explainNetworkError } from '../http/explain-network-error.ts';
import { HttpFailure, type FailureKind } from '../http/failure.ts';
import { listenToAbort } from '../async/listen-to-abort.ts';
import type { Admission } from './credentials.ts';

/** One request to the API server. */
export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** With its query. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

/** An answer whose body is still to be read. */
export interface OpenAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Chunks of the body. Throws `HttpFailure`. */
  chunks(): AsyncIterable<Buffer>;
  /** Ends the connection, unless the body was read to its end. */
  close(): void;
}

export interface ExchangeOptions {
  readonly server: URL;
  readonly admission: Admission;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** Milliseconds until the first byte of the answer. */
  readonly responseTimeout: number;
  /** Milliseconds without a byte, from then on. */
  readonly idleTimeout: number;
}

const CODES = { unreachable: 'kube-unreachable', tooLarge: 'kube-failed', invalid: 'kube-failed' } as const;

const HINTS: Partial<Record<FailureKind, string>> = {
  untrusted: 'check the certificate authority in the kubeconfig, or ca.crt of the service account',
};

/** Sends a request and answers as soon as the headers are there. Any status is an answer. Throws `HttpFailure`. */
export function openExchange(exchange: Exchange, options: ExchangeOptions): Promise<OpenAnswer> {
  const { server, admission, userAgent, signal } = options;
  if (signal.aborted) return Promise.reject(failed(options, { name: 'AbortError' }));
  const { method, path, contentType, body } = exchange;
  const send = server.protocol === 'https:' ? requestHttps : requestHttp;
  const url = new URL(`${server.pathname.replace(/\/$/, '')}${path}`, server);
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      agent: admission.agent,
      ...(admission.auth === undefined ? {} : { auth: admission.auth }),
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...admission.headers,
        ...(body === undefined
          ? {}
          : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
      },
    });
    const late = setTimeout(() => request.destroy(timeoutError()), options.responseTimeout);
    const release = listenToAbort(signal, () => request.destroy(abortError()));
    request.once('close', release);
    request.on('error', (error) => {
      clearTimeout(late);
      reject(failed(options, error));
    });
    request.once('response', (response) => {
      clearTimeout(late);
      resolve(openAnswer(request, response, options));
    });
    request.end(body);
  });
}

function openAnswer(request: ClientRequest, response: IncomingMessage, options: ExchangeOptions): OpenAnswer {
  request.setTimeout(options.idleTimeout, () => response.destroy(timeoutError()));
  // A connection that nobody reads from any more may break unheard.
  response.on('error', () => undefined);
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    async *chunks() {
      try {
        for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
      } catch (error) {
        throw failed(options, error);
      }
    },
    close() {
      if (!response.complete) response.destroy();
    },
  };
}

/** The beginning of a body as text; what comes after it is not read. */
export async function readBeginning(answer: OpenAnswer, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.chunks()) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBytes) break;
    }
  } finally {
    answer.close();
  }
  return Buffer.concat(chunks, Math.min(size, maxBytes)).toString('utf8');
}

/** The whole body. Throws `HttpFailure` of the kind `too-large` beyond `maxBytes`. */
export async function readAnswer(answer: OpenAnswer, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.chunks()) {
      size += chunk.length;
      if (size > maxBytes)
        throw new HttpFailure('too-large', `the API server answers with more than ${maxBytes} bytes`, {
          codes: CODES,
        });
      chunks.push(chunk);
    }
  } finally {
    answer.close();
  }
  return Buffer.concat(chunks, size);
}

/** Nothing is taken over from the error's own message. */
function failed({ server, signal }: ExchangeOptions, error: unknown): HttpFailure {
  const { name = '', code } = error as { readonly name?: string; readonly code?: string };
  const found = signal.aborted
    ? { kind: 'aborted' as const, text: 'stopped before it was finished' }
    : explainNetworkError(name, code ?? name);
  const what = found.kind === 'invalid' ? 'cannot read the answer of' : 'cannot reach';
  const hint = HINTS[found.kind];
  return new HttpFailure(
    found.kind,
    `${what} the API server ${server.protocol}//${server.host}: ${found.text}`,
    {
      codes: CODES,
      ...(hint === undefined ? {} : { hint }),
    },
  );
}

function timeoutError(): Error {
  return Object.assign(new Error('no answer in time'), { name: 'TimeoutError', code: 'ETIMEDOUT' });
}

function abortError(): Error {
  return Object.assign(new Error('stopped'), { name: 'AbortError' });
}
