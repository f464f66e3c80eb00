import { clientGuard, type AddressGuard, type ClientGuard } from '../http/address-guard.ts';
import { createHttpClient, type HttpClient, type Timeouts } from '../http/client.ts';
import {
  proxyFromEnvironment,
  type EnvironmentVariables,
  type Proxy,
  type ProxyLogin,
} from '../http/proxy.ts';
import { USUAL_CA_FOLDER } from './authorities.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import type { SecretPlace } from '../settings/secret-place.ts';
import { createTlsContext } from './tls-context.ts';

/** Reads `user:password` for a proxy. Throws `credentials-missing` or `credentials-failed` when it cannot be had. */
export type ReadProxyLogin = (place: SecretPlace) => Promise<ProxyLogin>;

export interface EndpointClientOptions {
  readonly userAgent: string;
  /** Holds a PEM file per API host, for endpoints that name no certificates; `/app/config/tls` unless set. */
  readonly caFolder?: string;
  readonly timeouts?: Partial<Timeouts>;
  /** Where HTTPS_PROXY and NO_PROXY are read; that of the process unless set. */
  readonly env?: EnvironmentVariables;
  /** Without it no login is sent to the proxies of entries. */
  readonly readProxyLogin?: ReadProxyLogin;
  /** Which addresses hosts may have that no entry names; without it any. */
  readonly guard?: AddressGuard;
}

const CODES = {
  unreachable: 'registry-unreachable',
  tooLarge: 'registry-response-too-large',
  invalid: 'registry-response-invalid',
} as const;

/**
 * A client with the settings of an endpoint: its certificates, its proxy, its timeouts. `connections` is the most of them to one host. Throws `config-invalid` when
 * its certificates cannot be used.
 */
export function createEndpointClient(
  endpoint: RegistryEndpoint,
  options: EndpointClientOptions,
  connections: number,
): HttpClient {
  const { userAgent, caFolder = USUAL_CA_FOLDER } = options;
  const secureContext = createTlsContext(endpoint, caFolder);
  // Faults of the configuration are reported before anybody is asked.
  secureContext();
  return createHttpClient({
    userAgent,
    codes: CODES,
    timeouts: timeoutsOf(endpoint, options.timeouts),
    secureContext,
    insecure: endpoint.insecure,
    connections,
    proxyFor: proxyForOf(endpoint, options),
    guard: guardOf(endpoint, options),
  });
}

/** What a registry that an administrator named has on its own host, such as its token server, may be there too. */
function guardOf(
  endpoint: RegistryEndpoint,
  { guard }: Pick<EndpointClientOptions, 'guard'>,
): ClientGuard | undefined {
  if (guard === undefined) return undefined;
  const api = new URL(endpoint.apiUrl);
  const { ruleFor, hint } = clientGuard(guard);
  const isNamed = ruleFor(api) === undefined;
  return {
    ruleFor: (url) => (isNamed && url.hostname === api.hostname ? undefined : ruleFor(url)),
    hint: (url) => (url.host === api.host ? entryHint(endpoint) : hint(url)),
  };
}

function entryHint({ prefix, apiUrl }: RegistryEndpoint): string {
  return `if it is meant, an administrator adds an entry to registries: { name: ${prefix}, prefix: ${prefix}, apiUrl: ${apiUrl} }, with http:// where it has no TLS`;
}

/** A longer `timeout` also is the time for the first byte. */
function timeoutsOf(
  { connectTimeout, timeout }: RegistryEndpoint,
  timeouts: Partial<Timeouts> = {},
): Partial<Timeouts> {
  return {
    ...timeouts,
    ...(connectTimeout === undefined ? {} : { connect: connectTimeout }),
    ...(timeout === undefined ? {} : { response: timeout, total: timeout }),
  };
}

function proxyForOf(
  { proxy }: RegistryEndpoint,
  { env = process.env, readProxyLogin }: EndpointClientOptions,
): (url: URL) => Proxy | undefined {
  switch (proxy.kind) {
    case 'environment':
      return proxyFromEnvironment(env);
    case 'none':
      return () => undefined;
    case 'url': {
      const { url, credentials } = proxy;
      const fixed: Proxy = {
        url: new URL(url),
        hint: 'see proxy and proxy_credentials of its entry',
        login: async () => (credentials === undefined ? undefined : await readProxyLogin?.(credentials)),
      };
      return ({ protocol }) => (protocol === 'https:' ? fixed : undefined);
    }
  }
}
