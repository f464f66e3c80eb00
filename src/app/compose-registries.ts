import type { Config } from '../config/config.ts';
import { createRegistryLogins } from '../credentials/registry-logins.ts';
import type { Logins } from '../ports/logins.ts';
import type { Observer } from '../ports/observer.ts';
import { findEndpoint } from '../registries/endpoints.ts';
import { createRegistry, type ClosableRegistry } from '../registries/index.ts';
import { VERSION } from '../version.ts';
import type { Surroundings } from './compose.ts';

export interface ComposedRegistries {
  readonly registry: ClosableRegistry;
  readonly logins: Logins;
}

/** Registries and their logins; a login that a registry refuses is read again once. */
export function composeRegistries(
  config: Config,
  surroundings: Surroundings,
  observer: Observer,
): ComposedRegistries {
  const { clock, env } = surroundings;
  const logins = createRegistryLogins({
    endpointOf: (repository) => findEndpoint(config.registries, repository),
    dockerConfigFile: config.dockerConfigFile,
    env,
    clock,
  });
  const registry = createRegistry({
    endpoints: config.registries,
    clock,
    observer,
    userAgent: `lynceus/${VERSION}`,
    renewLogin: (repository, login, signal) => logins.renew(repository, login, signal),
  });
  return { registry, logins: telling(logins, surroundings) };
}

/** Makes every password known to the log before anybody can write it there. */
function telling(logins: Logins, { registerSecret = () => undefined }: Surroundings): Logins {
  return {
    async find(repository, spec, signal) {
      const login = await logins.find(repository, spec, signal);
      if (login.kind === 'basic') registerSecret(login.password);
      return login;
    },
  };
}
