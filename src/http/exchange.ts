import { once } from 'node:events';
import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { got, type Got } from 'got';
import { listenToAbort } from '../async/listen-to-abort.ts';
import { errnoOf, LynceusError } from '../errors.ts';
import { AddressRefusal } from './address-guard.ts';
import { addressRefused } from './address-refused.ts';
import { explainNetworkError, explainProxyFailure } from './explain-network-error.ts';
import { HttpFailure, type FailureCodes, type FailureKind } from './failure.ts';
import type { HttpRequest } from './message.ts';
import { isReading } from './redirect.ts';
import { ProxyFailure } from './tunnel-agent.ts';

/** What all exchanges with one kind of server share. */
export interface ExchangeContext {
  readonly got: Got;
  readonly codes: FailureCodes;
  /** How failures name a URL. */
  readonly nameOf: (url: URL) => string;
  /** Instead of the usual hints. */
  readonly hints?: Partial<Record<FailureKind, string>>;
  /** What to write to allow a host whose address was refused. */
  readonly hintOfRefused?: ((url: URL) => string) | undefined;
}

/** Milliseconds; what is not given is not limited. */
export interface ExchangeTimeouts {
  /** DNS, TCP and TLS, each. */
  readonly connect?: number;
  /** From the end of the request to the first byte of the answer. */
  readonly response?: number;
  /** From the very beginning to the first byte of the answer, whatever a proxy or an agent does meanwhile. */
  readonly begin?: number;
  /** Without a byte. */
  readonly idle?: number;
  /** Until the last byte of the answer. */
  readonly total?: number;
}

export interface ExchangeRequest extends Omit<HttpRequest, 'maxBytes'> {
  readonly agent: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly timeouts: ExchangeTimeouts;
}

/** An answer whose body is still to be read. Reading throws `HttpFailure`. */
export interface OpenResponse {
  readonly status: number;
  /** As in `HttpResponse`. */
  readonly headers: Readonly<Record<string, string>>;
  chunks(): AsyncIterable<Buffer>;
  /** The whole body; a failure of the kind `too-large` when it is longer. */
  readAll(maxBytes: number): Promise<Buffer>;
  /** The beginning of the body; what comes after it is not read. */
  readBeginning(maxBytes: number): Promise<Buffer>;
  /** Ends the connection, unless the body was read to its end. */
  close(): void;
}

/** Retries, redirects and statuses are not left to the library: they are decided where they can be seen and tested. */
export function createGot(userAgent: string): Got {
  return got.extend({
    headers: { 'user-agent': userAgent },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
  });
}

/** Sends one request and answers as soon as the headers are there. Any status is an answer. Throws `HttpFailure`. */
export async function openExchange(
  context: ExchangeContext,
  request: ExchangeRequest,
  signal: AbortSignal,
): Promise<OpenResponse> {
  const { url, timeouts } = request;
  if (signal.aborted)
    throw failure(context, 'aborted', `${context.nameOf(url)} was not asked: stopped before`);
  // The library never takes its listener off the signal it is given: this one ends with the request.
  const own = new AbortController();
  const release = listenToAbort(signal, () => own.abort());
  let late = false;
  const timer =
    timeouts.begin === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          own.abort();
        }, timeouts.begin);
  const explain = (error: unknown): LynceusError =>
    explainFailure(context, url, late ? Object.assign(new Error('late'), { name: 'TimeoutError' }) : error);
  const stream = context.got.stream(url, gotOptions(request, own.signal));
  // An error after the last read is of no interest.
  stream.on('error', () => undefined);
  try {
    await once(stream, 'response');
  } catch (error) {
    release();
    throw explain(error);
  } finally {
    clearTimeout(timer);
  }
  return openResponse(stream, { context, url, explain, release });
}

function gotOptions({ method, headers, body, agent, timeouts }: ExchangeRequest, signal: AbortSignal) {
  const { connect, response, idle, total } = timeouts;
  return {
    method,
    headers,
    signal,
    agent,
    timeout: {
      ...(connect === undefined ? {} : { lookup: connect, connect, secureConnect: connect }),
      ...(response === undefined ? {} : { response }),
      ...(idle === undefined ? {} : { socket: idle }),
      ...(total === undefined ? {} : { request: total }),
    },
    // A method that may have a body and has none would be a stream that waits for one.
    ...(isReading(method) ? {} : { body: body ?? '' }),
  };
}

interface Opened {
  readonly context: ExchangeContext;
  readonly url: URL;
  readonly explain: (error: unknown) => LynceusError;
  readonly release: () => void;
}

type GotStream = ReturnType<Got['stream']>;

function openResponse(stream: GotStream, { context, url, explain, release }: Opened): OpenResponse {
  let read = false;

  function close(): void {
    release();
    if (!read) stream.destroy();
  }

  async function* chunks(): AsyncIterable<Buffer> {
    try {
      for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk;
      read = true;
    } catch (error) {
      throw explain(error);
    } finally {
      close();
    }
  }

  return {
    status: stream.response?.statusCode ?? 0,
    headers: joinHeaders(stream.response?.headers ?? {}),
    chunks,
    close,
    async readAll(maxBytes) {
      const parts: Buffer[] = [];
      let size = 0;
      for await (const chunk of chunks()) {
        size += chunk.length;
        if (size > maxBytes)
          throw new HttpFailure(
            'too-large',
            `${context.nameOf(url)} answered with more than ${maxBytes} bytes`,
            { codes: context.codes, mostBytes: maxBytes },
          );
        parts.push(chunk);
      }
      return Buffer.concat(parts, size);
    },
    async readBeginning(maxBytes) {
      const parts: Buffer[] = [];
      let size = 0;
      for await (const chunk of chunks()) {
        parts.push(chunk);
        size += chunk.length;
        if (size >= maxBytes) break;
      }
      return Buffer.concat(parts, Math.min(size, maxBytes));
    },
  };
}

function joinHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')] as const],
  );
  return Object.fromEntries(entries);
}

/** The library's error carries the request's options, the Authorization header among them: it is not kept as a cause. */
function explainFailure(context: ExchangeContext, url: URL, error: unknown): LynceusError {
  const { codes, nameOf, hints } = context;
  const { name, cause } = error instanceof Error ? error : { name: '', cause: undefined };
  // A missing login of a proxy is a LynceusError already.
  if (cause instanceof LynceusError) return cause;
  if (cause instanceof AddressRefusal) return explainRefusal(cause, url, context);
  const { kind, text, hint } =
    cause instanceof ProxyFailure
      ? explainProxyFailure(cause)
      : explainNetworkError(name, errnoOf(error) ?? name);
  const what = kind === 'invalid' ? 'cannot read the answer of' : 'cannot reach';
  return new HttpFailure(kind, `${what} ${nameOf(url)}: ${text}`, {
    codes,
    hint: hints === undefined ? hint : hints[kind],
  });
}

/** The error for a connection that was not made, because of the address it would have gone to. */
export function explainRefusal(
  refusal: AddressRefusal,
  url: URL,
  { nameOf, hintOfRefused }: Pick<ExchangeContext, 'nameOf' | 'hintOfRefused'>,
): LynceusError {
  return addressRefused(nameOf(url), refusal, hintOfRefused?.(url));
}

function failure({ codes }: ExchangeContext, kind: FailureKind, message: string): HttpFailure {
  return new HttpFailure(kind, message, { codes });
}
