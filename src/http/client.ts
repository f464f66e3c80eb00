import { createSecureContext, type SecureContext } from 'node:tls';
import { got, type Got } from 'got';
import { LynceusError } from '../errors.ts';
import { createAgents, type Agents } from './agents.ts';
import { explainNetworkError, explainProxyFailure } from './explain-network-error.ts';
import { HttpFailure, type FailureCodes, type FailureKind } from './failure.ts';
import { listenToAbort } from '../async/listen-to-abort.ts';
import type { HttpRequest, HttpResponse, Send } from './message.ts';
import { isReading, nextStep } from './redirect.ts';
import { proxyFromEnvironment, type Proxy } from './proxy.ts';
import { redactUrl } from './redact-url.ts';
import { authoritiesWith } from './trust.ts';
import { ProxyFailure } from './tunnel-agent.ts';

/** Milliseconds for one attempt. */
export interface Timeouts {
  /** Name look-up, TCP and TLS, each. */
  readonly connect: number;
  /** Until the first byte of the answer. */
  readonly response: number;
  /** Until the last byte of the answer, redirects not included. */
  readonly total: number;
}

export interface HttpClientOptions {
  readonly userAgent: string;
  readonly codes: FailureCodes;
  readonly timeouts?: Partial<Timeouts>;
  /** PEM of authorities that are trusted besides the system's. */
  readonly ca?: string | undefined;
  /** Instead of `ca`, certificates for TLS that change: asked before each request, and another answer than before begins new connections. */
  readonly secureContext?: () => SecureContext | undefined;
  /** Takes any certificate of a server. */
  readonly insecure?: boolean;
  /** Connections per host. */
  readonly connections?: number;
  /** The proxy on the way to a URL; by HTTPS_PROXY and NO_PROXY of the process unless said. */
  readonly proxyFor?: (url: URL) => Proxy | undefined;
}

export interface HttpClient {
  /** One attempt, redirects followed. */
  readonly send: Send;
  /** Ends idle connections. */
  close(): void;
}

const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, response: 30_000, total: 120_000 };

const MOST_REDIRECTS = 5;

/**
 * A client for one kind of server. It follows redirects without taking credentials elsewhere, stops reading at the
 * request's limit, and answers every status: what a status means is the caller's business.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { userAgent, codes, insecure = false, connections = 10 } = options;
  const {
    secureContext = always(insecure ? undefined : options.ca),
    proxyFor = proxyFromEnvironment(process.env),
  } = options;
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const connectTimeout = timeouts.connect;
  const agents = createAgents({ secureContext, insecure, connections, proxyFor, connectTimeout });
  const transport: Transport = { got: createGot(userAgent, timeouts), agents, codes };
  return {
    send: (request, signal) => sendAlong(transport, request, signal),
    close: () => agents.destroy(),
  };
}

function always(ca: string | undefined): () => SecureContext | undefined {
  const context = ca === undefined ? undefined : createSecureContext({ ca: [...authoritiesWith(ca)] });
  return () => context;
}

interface Transport {
  readonly got: Got;
  readonly agents: Agents;
  readonly codes: FailureCodes;
}

function createGot(userAgent: string, { connect, response, total }: Timeouts): Got {
  return got.extend({
    headers: { 'user-agent': userAgent },
    timeout: { lookup: connect, connect, secureConnect: connect, socket: response, response, request: total },
    // Retries, redirects and statuses are decided here, where they can be seen and tested.
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
  });
}

async function sendAlong(
  transport: Transport,
  first: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  let request = first;
  for (let redirects = 0; ; redirects++) {
    const response = await sendOnce(transport, request, signal);
    const step = nextStep(request, response);
    if (step.kind === 'here') return response;
    const where = redactUrl(request.url);
    if (step.kind === 'refuse') throw fail(transport, 'invalid', `${where} ${step.reason}`);
    if (redirects === MOST_REDIRECTS)
      throw fail(transport, 'invalid', `${where} redirects more than ${MOST_REDIRECTS} times`);
    request = step.request;
  }
}

async function sendOnce(
  transport: Transport,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  if (signal.aborted)
    throw fail(transport, 'aborted', `${redactUrl(request.url)} was not asked: stopped before`);
  const { method, url, headers, body } = request;
  const agent = transport.agents.for(url);
  // The library never takes its listener off the signal it is given: this one ends with the request.
  const own = new AbortController();
  const release = listenToAbort(signal, () => own.abort());
  const stream = transport.got.stream(url, {
    method,
    headers,
    signal: own.signal,
    agent,
    // A method that may have a body and has none would be a stream that waits for one.
    ...(isReading(method) ? {} : { body: body ?? '' }),
  });
  try {
    const read = await readBody(stream, request, transport);
    const { response } = stream;
    if (response === undefined)
      throw fail(transport, 'unreachable', `${redactUrl(url)} ended without an answer`);
    return { status: response.statusCode, headers: joinHeaders(response.headers), body: read, url };
  } catch (error) {
    throw error instanceof HttpFailure ? error : describeFailure(transport, url, error);
  } finally {
    release();
  }
}

async function readBody(
  stream: AsyncIterable<unknown>,
  { url, maxBytes }: HttpRequest,
  transport: Transport,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop destroys the stream and with it the connection.
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > maxBytes)
      throw fail(transport, 'too-large', `${redactUrl(url)} answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
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
function describeFailure(transport: Transport, url: URL, error: unknown): LynceusError {
  const { name, code, cause } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { name: '', code: '', cause: undefined };
  // The login of a proxy that cannot be had says so itself.
  if (cause instanceof LynceusError) return cause;
  const { kind, text, hint } =
    cause instanceof ProxyFailure ? explainProxyFailure(cause) : explainNetworkError(name, code ?? name);
  const what = kind === 'invalid' ? 'cannot read the answer of' : 'cannot reach';
  return new HttpFailure(kind, `${what} ${redactUrl(url)}: ${text}`, { codes: transport.codes, hint });
}

function fail({ codes }: Transport, kind: FailureKind, message: string): HttpFailure {
  return new HttpFailure(kind, message, { codes });
}
