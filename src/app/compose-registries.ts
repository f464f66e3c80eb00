import { createEcrApi } from '../aws/create-ecr-api.ts';
import type { EcrApi } from '../aws/ecr-api.ts';
import type { Config } from '../config/config.ts';
import { readProxyLogin } from '../credentials/proxy-login.ts';
import type { AddressGuard } from '../http/address-guard.ts';
import { createHttpClient } from '../http/client.ts';
import { isSafeForSecrets } from '../http/loopback.ts';
import { proxyFromEnvironment } from '../http/proxy.ts';
import type { Logins } from '../ports/logins.ts';
import type { Observer } from '../ports/observer.ts';
import type { SightingsStore } from '../ports/sightings.ts';
import { createRegistryCache, type RegistryCache } from '../registries/cache/registry-cache.ts';
import type { ReadProxyLogin } from '../registries/endpoint-client.ts';
import { createAgeStore } from '../registries/cache/age-store.ts';
import { createSightingsStore } from '../registries/cache/sightings.ts';
import { buildRegistry, type ClosableRegistry } from '../registries/build-registry.ts';
import { measured } from '../registries/measured.ts';
import { VERSION } from '../version.ts';
import type { AgeMemory } from './age-memory.ts';
import { composeRegistryLogins } from './compose-registry-logins.ts';
import type { ComposedTokens } from './compose-tokens.ts';
import type { ClusterReach } from './reach-cluster.ts';
import type { Environment } from './environment.ts';

export interface ComposedRegistries {
  readonly registry: ClosableRegistry;
  readonly logins: Logins;
  /** For a login that a person names, not an annotation. */
  readonly unboundLogins: Logins;
  /** The cache of registry facts: loaded before the first request, and saved after each cycle. */
  readonly cache: RegistryCache;
  readonly sightings: SightingsStore;
  readonly ages: AgeMemory;
}

export interface RegistryParts {
  readonly observer: Observer;
  readonly cluster: ClusterReach | undefined;
  readonly tokens: ComposedTokens;
  readonly guard: AddressGuard;
}

/** Registries and their logins; a login that a registry refuses is read again once. */
export function composeRegistries(
  config: Config,
  environment: Environment,
  { observer, cluster, tokens, guard }: RegistryParts,
): ComposedRegistries {
  const { clock, env, log } = environment;
  warnOfPlainLogins(config.registries, log);
  const cache = createRegistryCache({ ...config.cache, clock, log });
  const aws = composeAws(environment, observer);
  const { logins, unbound } = composeRegistryLogins(config, environment, { cluster, tokens, ecr: aws.ecr });
  const registry = buildRegistry({
    endpoints: config.registries,
    limits: config.limits,
    ...(environment.registryLimit === undefined ? {} : { requestsPerSecond: environment.registryLimit }),
    clock,
    observer,
    userAgent: USER_AGENT,
    log: environment.log,
    records: cache.facts,
    env,
    guard,
    readProxyLogin: proxyLoginsOf(environment),
    renewLogin: (repository, login, signal) => logins.renew(repository, login, signal),
    ecr: {
      api: aws.ecr,
      onDenied: (denied) =>
        environment.log.info(
          'tags are listed without digests: this login may not ecr:DescribeImages',
          denied,
        ),
    },
  });
  return {
    registry: {
      ...registry,
      close() {
        registry.close();
        aws.close();
      },
    },
    logins,
    unboundLogins: unbound,
    cache,
    sightings: createSightingsStore(cache.sightings),
    ages: { store: createAgeStore(cache.sightings), facts: new Map() },
  };
}

function proxyLoginsOf({ env, registerSecret }: Environment): ReadProxyLogin {
  return async (place) => {
    const login = await readProxyLogin(place, env);
    registerSecret?.(login.password);
    return login;
  };
}

/** Warns where an `http://` URL permits that a login is sent without TLS. */
function warnOfPlainLogins(registries: Config['registries'], log: Environment['log']): void {
  const message = 'the login of a registry goes over the network without TLS';
  for (const { name, apiUrl, credentials, tokenServers = [] } of registries) {
    if (credentials !== undefined && !isSafeForSecrets(new URL(apiUrl)))
      log.warn(message, { registry: name, apiUrl });
    // Whatever the place of a login is, it goes to these.
    for (const tokenServer of tokenServers)
      if (!isSafeForSecrets(new URL(tokenServer))) log.warn(message, { registry: name, tokenServer });
  }
}

const USER_AGENT = `lynceus/${VERSION}`;

const AWS_CODES = {
  unreachable: 'registry-unreachable',
  tooLarge: 'registry-response-too-large',
  invalid: 'registry-response-invalid',
} as const;

/** The APIs of AWS, each request of which counts as one to the registry it is made for. */
function composeAws(
  { clock, env }: Environment,
  observer: Observer,
): { readonly ecr: EcrApi; readonly close: () => void } {
  const client = createHttpClient({
    userAgent: USER_AGENT,
    codes: AWS_CODES,
    proxyFor: proxyFromEnvironment(env),
  });
  const sendAs = (kind: 'tags' | 'token', registry: string) =>
    measured(client.send, { observer, clock, registry, kind });
  return { ecr: createEcrApi(sendAs), close: () => client.close() };
}
