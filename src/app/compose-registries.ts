import type { Config } from '../config/config.ts';
import { createEcrTokens, type AskForToken } from '../credentials/ecr/ecr-tokens.ts';
import { withEcr } from '../credentials/ecr/with-ecr.ts';
import { createRegistryLogins, type RegistryLogins } from '../credentials/registry-logins.ts';
import type { Login, Logins } from '../ports/logins.ts';
import type { Observer } from '../ports/observer.ts';
import { findEndpoint } from '../registries/endpoints.ts';
import { createRegistry, type ClosableRegistry } from '../registries/index.ts';
import { VERSION } from '../version.ts';
import type { ClusterReach } from './reach-cluster.ts';
import type { Surroundings } from './surroundings.ts';

export interface ComposedRegistries {
  readonly registry: ClosableRegistry;
  readonly logins: Logins;
}

/** Registries and their logins; a login that a registry refuses is read again once. */
export function composeRegistries(
  config: Config,
  surroundings: Surroundings,
  { observer, cluster }: { readonly observer: Observer; readonly cluster: ClusterReach | undefined },
): ComposedRegistries {
  const { clock, env } = surroundings;
  const named = createRegistryLogins({
    endpointOf: (repository) => findEndpoint(config.registries, repository),
    dockerConfigFile: config.dockerConfigFile,
    env,
    clock,
    ...(cluster === undefined
      ? {}
      : { readSecret: async (secret, signal) => await (await cluster()).secrets.read(secret, signal) }),
  });
  const logins = telling(withEcr(named, createEcrTokens({ clock, ask: askEcrLazily })), surroundings);
  const registry = createRegistry({
    endpoints: config.registries,
    clock,
    observer,
    userAgent: `lynceus/${VERSION}`,
    renewLogin: (repository, login, signal) => logins.renew(repository, login, signal),
  });
  return { registry, logins };
}

/** Who has no image of ECR does not load the SDK. */
const askEcrLazily: AskForToken = async (registry, signal) =>
  await (await import('../credentials/ecr/ask-ecr.ts')).askEcr(registry, signal);

/** Makes every password known to the log before anybody can write it there. */
function telling(logins: RegistryLogins, { registerSecret = () => undefined }: Surroundings): RegistryLogins {
  const told = <L extends Login | undefined>(login: L): L => {
    if (login?.kind === 'basic') registerSecret(login.password);
    return login;
  };
  return {
    find: async (repository, spec, signal) => told(await logins.find(repository, spec, signal)),
    renew: async (repository, refused, signal) => told(await logins.renew(repository, refused, signal)),
  };
}
