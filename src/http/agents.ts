import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { proxyFor, type Environment } from './proxy.ts';
import { trustAlso } from './trust.ts';
import { TunnelAgent } from './tunnel-agent.ts';

export interface AgentOptions {
  /** PEM of authorities that are trusted besides the system's. */
  readonly ca: string | undefined;
  /** Takes any certificate. */
  readonly insecure: boolean;
  /** Connections per host. */
  readonly connections: number;
  /** Where HTTPS_PROXY and NO_PROXY are read. */
  readonly env: Environment;
  /** Milliseconds for reaching a proxy. */
  readonly connectTimeout: number;
}

export interface Agents {
  /** The agents for a URL, directly or through the proxy. Throws `config-invalid` when the proxy is none. */
  for(url: URL): { readonly http: HttpAgent; readonly https: HttpsAgent };
  /** Ends idle connections. */
  destroy(): void;
}

/** Connections that are kept for the next request, and the certificates they trust. */
export function createAgents({ ca, insecure, connections, env, connectTimeout }: AgentOptions): Agents {
  const shared = { keepAlive: true, maxSockets: connections, scheduling: 'lifo' } as const;
  const trust = ca === undefined || insecure ? {} : { secureContext: trustAlso(ca) };
  const tls = { ...shared, ...trust, rejectUnauthorized: !insecure };
  const http = new HttpAgent(shared);
  const direct = new HttpsAgent(tls);
  const tunnels = new Map<string, TunnelAgent>();

  function through(proxy: URL): TunnelAgent {
    const known = tunnels.get(proxy.href);
    if (known !== undefined) return known;
    const agent = new TunnelAgent({ ...tls, proxy, proxyTimeout: connectTimeout });
    tunnels.set(proxy.href, agent);
    return agent;
  }

  return {
    for(url) {
      const proxy = proxyFor(url, env);
      return { http, https: proxy === undefined ? direct : through(proxy) };
    },
    destroy() {
      for (const agent of [http, direct, ...tunnels.values()]) agent.destroy();
    },
  };
}
