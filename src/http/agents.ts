import { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Proxy } from './proxy.ts';
import { RetirableAgent } from './retirable-agent.ts';
import { TunnelAgent } from './tunnel-agent.ts';

export interface AgentOptions {
  /** Certificates for TLS; asked before each request. `undefined` is what the process trusts by itself. */
  readonly secureContext: () => SecureContext | undefined;
  /** Takes any certificate of a server. */
  readonly insecure: boolean;
  /** Connections per host. */
  readonly connections: number;
  /** The proxy on the way to a URL; `undefined` to ask directly. */
  readonly proxyFor: (url: URL) => Proxy | undefined;
  /** Milliseconds for reaching a proxy, and for TLS through it. */
  readonly connectTimeout: number;
  /** How names are resolved for direct connections; as Node.js does unless set. */
  readonly lookup?: LookupFunction | undefined;
}

export interface Agents {
  /** The agents for a URL, directly or through the proxy. Throws what `secureContext` and `proxyFor` throw. */
  for(url: URL): { readonly http: HttpAgent; readonly https: HttpsAgent };
  /** Ends connections. */
  destroy(): void;
}

/** Connections to TLS servers that were made with the same certificates. */
interface Pool {
  readonly context: SecureContext | undefined;
  readonly direct: RetirableAgent;
  /** By URL of the proxy. */
  readonly tunnels: Map<string, TunnelAgent>;
}

/**
 * Connections that are kept for the next request. Other certificates begin new ones: those that are in use are not kept
 * any longer then, so that a renewed certificate is in effect with the next request.
 */
export function createAgents(options: AgentOptions): Agents {
  const { secureContext, insecure, connections, proxyFor, connectTimeout, lookup } = options;
  const resolving = lookup === undefined ? {} : { lookup };
  const shared = { keepAlive: true, maxSockets: connections, scheduling: 'lifo', ...resolving } as const;
  const http = new HttpAgent(shared);
  let pool = createPool(undefined);

  function createPool(context: SecureContext | undefined): Pool {
    return { context, direct: new RetirableAgent(tlsOptions(context)), tunnels: new Map() };
  }

  function tlsOptions(context: SecureContext | undefined) {
    const trust = context === undefined ? {} : { secureContext: context };
    return { ...shared, ...trust, rejectUnauthorized: !insecure };
  }

  function currentPool(): Pool {
    const context = secureContext();
    if (context === pool.context) return pool;
    for (const agent of [pool.direct, ...pool.tunnels.values()]) agent.retire();
    pool = createPool(context);
    return pool;
  }

  function through(proxy: Proxy, { context, tunnels }: Pool): TunnelAgent {
    const known = tunnels.get(proxy.url.href);
    if (known !== undefined) return known;
    const agent = new TunnelAgent({ ...tlsOptions(context), proxy, connectTimeout });
    tunnels.set(proxy.url.href, agent);
    return agent;
  }

  return {
    for(url) {
      const current = currentPool();
      const proxy = proxyFor(url);
      return { http, https: proxy === undefined ? current.direct : through(proxy, current) };
    },
    destroy() {
      for (const agent of [http, pool.direct, ...pool.tunnels.values()]) agent.destroy();
    },
  };
}
