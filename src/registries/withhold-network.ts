import type { ImageRepository } from '../core/image/reference.ts';
import { LynceusError, withTenantMessage, type ErrorCode } from '../errors.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import { findEndpoint } from './endpoints.ts';
import { isKnownRegistry } from './known.ts';

/** What differs between a port that is closed, one that is silent, and one where something else than a registry answers. */
const OF_THE_NETWORK: ReadonlySet<string> = new Set<ErrorCode>([
  'registry-unreachable',
  'registry-failed',
  'registry-response-invalid',
  'registry-response-too-large',
]);

/**
 * The same error, which tells the people of an Application nothing of a host that it alone names: whoever may write an
 * `image-list` could look for open ports with it otherwise.
 */
export function withholdNetwork(
  thrown: unknown,
  endpoints: readonly RegistryEndpoint[],
  repository: ImageRepository,
): unknown {
  if (!(thrown instanceof LynceusError) || !OF_THE_NETWORK.has(thrown.code)) return thrown;
  if (findEndpoint(endpoints, repository) !== undefined || isKnownRegistry(repository.registry))
    return thrown;
  return withTenantMessage(thrown, {
    code: 'registry-unreachable',
    message: `${repository.registry} gives no answer of a registry; the log of Lynceus has the reason`,
  });
}
