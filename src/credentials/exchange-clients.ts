import { joinKey } from '../core/identity/key.ts';
import { LynceusError } from '../errors.ts';
import type { ClientGuard } from '../http/address-guard.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions, type Timeouts } from '../http/client.ts';
import type { HttpRequest, HttpResponse, Send } from '../http/message.ts';
import { guardedProxies, proxyFromEnvironment } from '../http/proxy.ts';
import type { RetryRules } from '../http/retry.ts';
import { retrying } from '../http/retrying.ts';
import type { Clock } from '../ports/clock.ts';
import { readNamedFile } from './read-named-file.ts';

/** How a server that gives out tokens is reached. */
export interface ExchangeRoute {
  /** PEM of authorities that are trusted besides the system's. */
  readonly caFile?: string | undefined;
  /** Instead of the proxy of the process; its URL may hold a login. `except` is a list as in `no_proxy`. */
  readonly proxy?: { readonly url: string; readonly except: string } | undefined;
  /** A Secret may have named the server, so that its address is looked at; absent where the own environment alone does. */
  readonly guarded?: boolean;
}

/** Clients for servers that give out tokens; one for each way to reach them. */
export interface ExchangeClients {
  /** Sends with retries. Throws `credentials-failed` for invalid certificate authorities. */
  by(route?: ExchangeRoute): Promise<Send>;
  /** For a server that is near and answers at once, such as a metadata server; `undefined` when none does. Sent once. */
  probe(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse | undefined>;
  /** Ends idle connections. */
  close(): void;
}

export interface ExchangeClientsOptions {
  readonly userAgent: string;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For servers that are `guarded`; without it none is. */
  readonly guard?: ClientGuard;
}

const CODES = {
  unreachable: 'credentials-failed',
  tooLarge: 'credentials-failed',
  invalid: 'credentials-failed',
} as const;

const TIMEOUTS: Timeouts = { connect: 10_000, response: 20_000, total: 30_000 };

/** A machine that has a metadata server is answered at once. */
const PROBE_TIMEOUTS: Timeouts = { connect: 1_000, response: 1_000, total: 2_000 };

/** A token is wanted now or in the next cycle: waiting for minutes would hold up everything else. */
const RULES: RetryRules = { attempts: 3, firstDelay: 500, longestDelay: 2_000, longestRetryAfter: 10_000 };

/** A repeated request for a token gives a second token, which does no harm. */
const METHODS = ['GET', 'POST'] as const;

export function createExchangeClients({
  userAgent,
  clock,
  env,
  guard,
}: ExchangeClientsOptions): ExchangeClients {
  const clients: HttpClient[] = [];
  const sends = new Map<string, Promise<Send>>();
  let near: HttpClient | undefined;

  function client(options: Pick<HttpClientOptions, 'timeouts' | 'ca' | 'proxyFor' | 'guard'>): HttpClient {
    const created = createHttpClient({ userAgent, codes: CODES, ...options });
    clients.push(created);
    return created;
  }

  async function connect({ caFile, proxy, guarded = false }: ExchangeRoute): Promise<Send> {
    const message = `the authorities in ${caFile} cannot be read`;
    const ca = caFile === undefined ? undefined : await readNamedFile(caFile, { message });
    const own = proxy === undefined ? env : { https_proxy: proxy.url, no_proxy: proxy.except };
    const named = guarded && proxy !== undefined ? guard : undefined;
    const proxyFor = guardedProxies(proxyFromEnvironment(own), named);
    try {
      return retrying(client({ timeouts: TIMEOUTS, ca, proxyFor, guard: guarded ? guard : undefined }).send, {
        clock,
        rules: RULES,
        methods: METHODS,
      });
    } catch {
      // OpenSSL's message may quote the file.
      throw new LynceusError('credentials-failed', `the authorities in ${caFile ?? 'it'} are not PEM`);
    }
  }

  return {
    by(route = {}) {
      const key = routeKey(route);
      const known = sends.get(key);
      if (known !== undefined) return known;
      const created = connect(route);
      sends.set(key, created);
      // A file that is not there yet may be there in the next cycle.
      created.catch(() => sends.delete(key));
      return created;
    },
    async probe(request, signal) {
      near ??= client({ timeouts: PROBE_TIMEOUTS, proxyFor: proxyFromEnvironment(env) });
      try {
        return await near.send(request, signal);
      } catch (error) {
        if (error instanceof LynceusError && error.code === 'aborted') throw error;
        return undefined;
      }
    },
    close() {
      for (const each of clients) each.close();
    },
  };
}

/** Equal for ways that one client can take. */
export function routeKey({ caFile, proxy, guarded = false }: ExchangeRoute): string {
  return joinKey(caFile, proxy?.url, proxy?.except, String(guarded));
}
