import { asLynceusError } from '../errors.ts';
import { createGot, openExchange, type ExchangeContext, type OpenResponse } from '../http/exchange.ts';
import type { HttpRequest, Send } from '../http/message.ts';
import { retrying } from '../http/retrying.ts';
import type { Clock } from '../ports/clock.ts';
import type { Credentials } from './credentials.ts';
import { statusError, type KubeRequest } from './status-error.ts';

/** A request to the API server, as HTTP. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** With its query. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

export interface SenderOptions {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Milliseconds. */
  readonly timeouts: { readonly response: number; readonly idle: number; readonly watchIdle: number };
}

export interface Sender {
  /** The body of a successful answer. */
  send(kube: KubeRequest, request: ApiRequest, signal: AbortSignal): Promise<Buffer>;
  /** One attempt; the caller reads and closes it. */
  openWatch(kube: KubeRequest, request: ApiRequest, signal: AbortSignal): Promise<OpenResponse>;
}

/** Bytes of one page: 500 Applications of 60 KB. */
const LARGEST_PAGE = 32 * 1024 * 1024;

/** Bytes that are read of an answer that is no success. */
const LARGEST_REFUSAL = 64 * 1024;

/** Sends requests with the current login, repeats them as `retrying` does, and turns a refusal into a `LynceusError`. */
export function createSender(options: SenderOptions): Sender {
  const { clock, credentials, timeouts } = options;
  const context = createExchangeContext(options.userAgent);
  const once: Send = async (request, signal) => {
    // A request that must not be sent twice gets a new connection: the server may be closing a kept one.
    const shared = request.method === 'GET';
    const answer = await open(context, { options, request, shared, idle: timeouts.idle }, signal);
    const { status, headers } = answer;
    const body = isSuccess(status)
      ? await answer.readAll(request.maxBytes)
      : await answer.readBeginning(LARGEST_REFUSAL);
    return { status, headers, body, url: request.url };
  };
  // A write that was refused with 429 was not carried out.
  const send = retrying(once, { clock, nothingDone: [429] });
  return {
    async send(kube, request, signal) {
      const answer = await send(toHttp(request, credentials.server), signal).catch((thrown: unknown) => {
        throw asLynceusError(thrown);
      });
      if (isSuccess(answer.status)) return answer.body;
      throw statusError(kube, answer.status, answer.body.toString('utf8'));
    },
    async openWatch(kube, request, signal) {
      const opening = { options, request: toHttp(request, credentials.server), idle: timeouts.watchIdle };
      const answer = await open(context, { ...opening, shared: false }, signal);
      if (answer.status === 200) return answer;
      const body = await answer.readBeginning(LARGEST_REFUSAL);
      throw statusError(kube, answer.status, body.toString('utf8'));
    },
  };
}

function createExchangeContext(userAgent: string): ExchangeContext {
  return {
    // Applications compress well, but the API server pays for it with its own time.
    got: createGot(userAgent).extend({ decompress: false }),
    codes: { unreachable: 'kube-unreachable', tooLarge: 'kube-failed', invalid: 'kube-failed' },
    nameOf: ({ protocol, host }) => `the API server ${protocol}//${host}`,
    hints: {
      untrusted: 'check the certificate authority in the kubeconfig, or ca.crt of the service account',
    },
  };
}

function toHttp({ method, path, contentType, body }: ApiRequest, server: URL): HttpRequest {
  const url = new URL(`${server.pathname.replace(/\/$/, '')}${path}`, server);
  const headers = {
    accept: 'application/json',
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
  };
  return { method, url, headers, maxBytes: LARGEST_PAGE, ...(body === undefined ? {} : { body }) };
}

interface Opening {
  readonly options: SenderOptions;
  readonly request: HttpRequest;
  readonly shared: boolean;
  readonly idle: number;
}

async function open(
  context: ExchangeContext,
  { options, request, shared, idle }: Opening,
  signal: AbortSignal,
): Promise<OpenResponse> {
  const { credentials, timeouts } = options;
  for (let again = false; ; again = true) {
    const { agent, headers } = await credentials.authenticate({ shared });
    const exchange = {
      ...request,
      headers: { ...request.headers, ...headers },
      agent,
      timeouts: { begin: timeouts.response, idle },
    };
    const answer = await openExchange(context, exchange, signal);
    if (answer.status !== 401 || again) return answer;
    // A token may have been exchanged since it was read. A refused request has changed nothing.
    answer.close();
    await credentials.reload();
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
