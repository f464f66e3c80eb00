import type { RegistryLogins } from '../registry-logins.ts';
import { parseEcrHost } from './ecr-host.ts';
import type { EcrTokens } from './ecr-tokens.ts';

/**
 * The same logins, and for images of Amazon ECR for which nobody named one, that of the process's own AWS identity.
 */
export function withEcr(logins: RegistryLogins, tokens: EcrTokens): RegistryLogins {
  return {
    async find(repository, spec, signal) {
      const login = await logins.find(repository, spec, signal);
      const registry = login.kind === 'anonymous' ? parseEcrHost(repository.registry) : undefined;
      return registry === undefined ? login : await tokens.login(registry, signal);
    },
    async renew(repository, refused, signal) {
      const registry = refused.identity.startsWith('ecr:') ? parseEcrHost(repository.registry) : undefined;
      if (registry === undefined) return await logins.renew(repository, refused, signal);
      return await tokens.renew(registry, refused, signal);
    },
  };
}
