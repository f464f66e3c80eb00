import { LRUCache } from 'lru-cache';
import { createFlights } from '../async/flights.ts';
import { createFairSlots, type FairSlots } from '../async/fair-slots.ts';
import { joinKey } from '../core/identity/key.ts';
import type { CheckAccess } from '../core/verification/check-spec.ts';
import { LynceusError } from '../errors.ts';
import { createHttpClient, type HttpClient } from '../http/client.ts';
import { HttpFailure } from '../http/failure.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { Proxy } from '../http/proxy.ts';
import { retrying } from '../http/retrying.ts';
import { accessCertificates, accessHeaders, accessTimeouts, type ReadPlace } from '../http/server-access.ts';
import type { CheckSubject } from '../ports/checks.ts';
import type { Clock } from '../ports/clock.ts';

export interface CheckServersOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly proxyFor: (url: URL) => Proxy | undefined;
  /** The secret at a place such as `env:NAME`. Throws `LynceusError`, without it. */
  readonly readSecret: ReadPlace;
}

/** One request to the server of a check. */
export interface ServerQuestion {
  readonly access: CheckAccess;
  readonly request: Omit<HttpRequest, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };
  /** Whether it may be sent again after a status that passes, because any status but success is no answer. */
  readonly isRepeatable: boolean;
  readonly subject: CheckSubject;
  readonly at: number;
}

/** The servers that checks ask. */
export interface CheckServers {
  /**
   * The answer; of the same question at the same time by any number of Applications, the one answer. Throws `check-unasked` when
   * there is none.
   */
  ask(question: ServerQuestion, signal: AbortSignal): Promise<HttpResponse>;
  close(): void;
}

const CODES = {
  unreachable: 'check-unasked',
  tooLarge: 'check-unasked',
  invalid: 'check-unasked',
} as const;
const HINTS = { untrusted: 'see its certificate, and caFile of the check' };
/** A measurement is made again by the check itself. */
const RETRIES = { attempts: 3, firstDelay: 250, longestDelay: 1_000, longestRetryAfter: 2_000 };
const NO_RETRIES = { ...RETRIES, attempts: 1 };
/** Of the same question at the same time the answer stays the same, so the last ones are kept; what is larger is not. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024;
const LEAST_KEPT_BYTES = 1_024;
/** Requests to one host at the same time. */
const PER_HOST = 5;
/** A host that did not answer so often in a row is left alone for a while. */
const MOST_MISSED = 3;
const LEFT_ALONE_FOR = 15_000;

export function createCheckServers(options: CheckServersOptions): CheckServers {
  const { clock } = options;
  const clients = new Map<string, HttpClient>();
  const hosts = new Map<string, Host>();
  const flights = createFlights<HttpResponse>();
  const answers = new LRUCache<string, HttpResponse>({
    maxSize: MOST_KEPT_BYTES,
    sizeCalculation: ({ body }) => body.length + LEAST_KEPT_BYTES,
  });

  function clientOf(access: CheckAccess): HttpClient {
    const { caFile, clientCertFile, clientKeyFile, timeout } = access;
    const key = joinKey(caFile, clientCertFile, clientKeyFile, `${timeout ?? ''}`);
    const client = clients.get(key) ?? createClient(access, options);
    clients.set(key, client);
    return client;
  }

  function hostOf({ origin }: URL): Host {
    const host = hosts.get(origin) ?? createHost(clock);
    hosts.set(origin, host);
    return host;
  }

  async function send(question: ServerQuestion, signal: AbortSignal): Promise<HttpResponse> {
    const { access, request, isRepeatable, subject } = question;
    const headers = { ...request.headers, ...(await accessHeaders(access, options.readSecret, signal)) };
    const sender = retrying(clientOf(access).send, {
      clock,
      rules: isRepeatable ? RETRIES : NO_RETRIES,
      methods: ['GET', 'HEAD', 'POST'],
    });
    return await hostOf(request.url).run(subject, signal, () => sender({ ...request, headers }, signal));
  }

  return {
    async ask(question, signal) {
      const key = keyOf(question);
      const known = signal.aborted ? undefined : answers.get(key);
      return (
        known ??
        (await flights.join(key, signal, async (own) => {
          const answer = await send(question, own);
          answers.set(key, answer);
          return answer;
        }))
      );
    },
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

/** By the places of secrets, not by the secrets: who names the same place has the same one. */
function keyOf({ access, request, at }: ServerQuestion): string {
  const { tokenFrom, usernameFrom, passwordFrom, headers = [] } = access;
  const { caFile, clientCertFile, clientKeyFile, timeout } = access;
  const sent = headers.flatMap(({ name, value, valueFrom }) => [name, value, valueFrom]);
  const { method, url, body } = request;
  const login = [tokenFrom, usernameFrom, passwordFrom, caFile, clientCertFile, clientKeyFile];
  return joinKey(method, url.href, body, `${at}`, `${timeout ?? ''}`, ...login, ...sent);
}

function createClient(access: CheckAccess, { userAgent, proxyFor }: CheckServersOptions): HttpClient {
  return createHttpClient({
    userAgent,
    codes: CODES,
    hints: HINTS,
    proxyFor,
    secureContext: accessCertificates(access, { code: 'check-unasked', whose: 'the check' }),
    connections: PER_HOST,
    ...accessTimeouts(access),
  });
}

interface Host {
  run(subject: CheckSubject, signal: AbortSignal, send: () => Promise<HttpResponse>): Promise<HttpResponse>;
}

/** Applications of one namespace have no more than half of the requests while others wait. */
function createHost(clock: Pick<Clock, 'now'>): Host {
  const slots: FairSlots = createFairSlots({ concurrency: PER_HOST, share: 0.5 });
  let missed: readonly HttpFailure[] = [];
  let missedAt = 0;

  function leaveAlone(): void {
    const last = missed.at(-1);
    // A clock that was set back must not make it a long while.
    const ago = clock.now() - missedAt;
    if (last === undefined || missed.length < MOST_MISSED || ago < 0 || ago >= LEFT_ALONE_FOR) return;
    throw new LynceusError('check-unasked', `${last.message}; it is asked again in a moment`, {
      hint: last.hint,
    });
  }

  async function sendNow(send: () => Promise<HttpResponse>): Promise<HttpResponse> {
    leaveAlone();
    try {
      const response = await send();
      missed = [];
      return response;
    } catch (thrown) {
      if (thrown instanceof HttpFailure && (thrown.kind === 'unreachable' || thrown.kind === 'timeout')) {
        missed = [...missed, thrown].slice(-MOST_MISSED);
        missedAt = clock.now();
      }
      throw thrown;
    }
  }

  return {
    async run({ application }, signal, send) {
      leaveAlone();
      return await slots.run(application, signal, () => sendNow(send));
    },
  };
}
