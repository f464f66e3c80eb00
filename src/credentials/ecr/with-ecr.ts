import { ecrIdentity, readEcrHost, type AwsEntry, type EcrRegistry } from '../../aws/ecr-registry.ts';
import type { ImageRepository } from '../../core/image/reference.ts';
import type { RegistryLogins } from '../registry-logins.ts';
import { withTrail } from '../chosen-login.ts';
import type { EcrTokens } from './ecr-tokens.ts';

export interface EcrLoginOptions {
  readonly tokens: EcrTokens;
  /** The administrator's entry for an image, if there is one. */
  readonly entryOf: (repository: ImageRepository) => AwsEntry | undefined;
}

const WHY = 'nothing named a login, so the AWS identity of this process is used';

/**
 * The same logins, and for images of Amazon ECR for which nobody named one, that of the process's own AWS identity, or
 * of the role that the registry's entry names.
 */
export function withEcr(logins: RegistryLogins, { tokens, entryOf }: EcrLoginOptions): RegistryLogins {
  function registryOf(repository: ImageRepository): EcrRegistry | undefined {
    return readEcrHost(repository.registry, entryOf(repository));
  }

  return {
    async find(repository, spec, signal) {
      const login = await logins.find(repository, spec, signal);
      const registry = login.kind === 'anonymous' ? registryOf(repository) : undefined;
      if (registry === undefined) return login;
      const chosen = { identity: ecrIdentity(registry), why: WHY };
      return { ...(await withTrail(chosen, () => tokens.login(registry, signal))), why: WHY };
    },
    async renew(repository, refused, signal) {
      const registry = refused.identity.startsWith('ecr:') ? registryOf(repository) : undefined;
      if (registry === undefined) return await logins.renew(repository, refused, signal);
      return await tokens.renew(registry, refused, signal);
    },
  };
}
