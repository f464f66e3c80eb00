import type { SecureContext } from 'node:tls';
import { AddressRefusal, type AddressRule, type ClientGuard } from './address-guard.ts';
import { createAgents, type AgentOptions, type Agents } from './agents.ts';
import { createGot, explainRefusal, openExchange, type ExchangeContext } from './exchange.ts';
import { HttpFailure, type FailureCodes, type FailureKind } from './failure.ts';
import type { HttpRequest, HttpResponse, Send } from './message.ts';
import { nextStep } from './redirect.ts';
import { proxyFromEnvironment, type Proxy } from './proxy.ts';
import { redactUrl } from './redact-url.ts';
import { authoritiesWith, contextTrusting } from './trust.ts';

/** Milliseconds for one attempt. */
export interface Timeouts {
  /** DNS, TCP and TLS, each. */
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
  /** Instead of `ca`, certificates for TLS that change: read before each request; another value begins new connections. */
  readonly secureContext?: () => SecureContext | undefined;
  /** Takes any certificate of a server. */
  readonly insecure?: boolean;
  /** Connections per host. */
  readonly connections?: number;
  /** The proxy on the way to a URL; by HTTPS_PROXY and NO_PROXY of the process by default. */
  readonly proxyFor?: (url: URL) => Proxy | undefined;
  /** Which hosts are held to which addresses, redirects included; without it none is. */
  readonly guard?: ClientGuard | undefined;
  /** What can be done about a failure, in place of the hints for registries. */
  readonly hints?: Partial<Record<FailureKind, string>>;
  /** How failures name a URL, where its path is a secret; without user information and query by default. */
  readonly nameOf?: (url: URL) => string;
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
 * request's limit, and answers every status: the caller decides what a status means.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { userAgent, codes, insecure = false, connections = 10, nameOf = redactUrl } = options;
  const {
    secureContext = fixedContext(insecure ? undefined : options.ca),
    proxyFor = proxyFromEnvironment(process.env),
  } = options;
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const connectTimeout = timeouts.connect;
  const shared = { secureContext, insecure, connections, proxyFor, connectTimeout };
  const agents = createGuardedAgents(shared, options.guard);
  const hintOfRefused = options.guard?.hint;
  const hints = options.hints === undefined ? {} : { hints: options.hints };
  const context = { got: createGot(userAgent), codes, nameOf, hintOfRefused, ...hints };
  const transport: Transport = { context, agents, timeouts };
  return {
    send: (request, signal) => sendFollowingRedirects(transport, request, signal),
    close: () => agents.destroy(),
  };
}

/** Connections of one rule are not used for hosts of another. Throws `AddressRefusal`. */
function createGuardedAgents(shared: AgentOptions, guard: ClientGuard | undefined): Agents {
  const byRule = new Map<AddressRule | undefined, Agents>();

  return {
    for(url) {
      const rule = guard?.ruleFor(url);
      rule?.checkWritten(url.hostname);
      const agents = byRule.get(rule) ?? createAgents({ ...shared, lookup: rule?.lookup });
      byRule.set(rule, agents);
      return agents.for(url);
    },
    destroy() {
      for (const agents of byRule.values()) agents.destroy();
    },
  };
}

function fixedContext(ca: string | undefined): () => SecureContext | undefined {
  const context = ca === undefined ? undefined : contextTrusting(authoritiesWith(ca));
  return () => context;
}

interface Transport {
  readonly context: ExchangeContext;
  readonly agents: Agents;
  readonly timeouts: Timeouts;
}

async function sendFollowingRedirects(
  transport: Transport,
  first: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  let request = first;
  for (let redirects = 0; ; redirects++) {
    const response = await sendOnce(transport, request, signal);
    const step = nextStep(request, response);
    if (step.kind === 'here') return response;
    const where = transport.context.nameOf(request.url);
    if (step.kind === 'refuse') throw invalid(transport, `${where} ${step.reason}`);
    if (redirects === MOST_REDIRECTS)
      throw invalid(transport, `${where} redirects more than ${MOST_REDIRECTS} times`);
    request = step.request;
  }
}

async function sendOnce(
  { context, agents, timeouts }: Transport,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { maxBytes, ...rest } = request;
  const { connect, response, total } = timeouts;
  const exchange = {
    ...rest,
    agent: agentFor(request.url, agents, context),
    timeouts: { connect, response, idle: response, total },
  };
  const answer = await openExchange(context, exchange, signal);
  const { status, headers } = answer;
  return { status, headers, body: await answer.readAll(maxBytes), url: request.url };
}

function agentFor(url: URL, agents: Agents, context: ExchangeContext): ReturnType<Agents['for']> {
  try {
    return agents.for(url);
  } catch (thrown) {
    throw thrown instanceof AddressRefusal ? explainRefusal(thrown, url, context) : thrown;
  }
}

function invalid({ context: { codes } }: Transport, message: string): HttpFailure {
  return new HttpFailure('invalid', message, { codes });
}
