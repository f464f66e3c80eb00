import { formatRepository, type ImageRepository } from '../core/image/reference.ts';
import { canonicalHost } from '../core/image/registry-host.ts';
import { LynceusError, type ErrorCode } from '../errors.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import { apiPath, findEndpoint, resolveEndpoint } from './endpoints.ts';
import { knownEndpoint } from './known.ts';

/** Where an image is looked up. */
export interface LookupPlace {
  readonly endpoint: RegistryEndpoint;
  /** Its name there. */
  readonly repository: ImageRepository;
  /** The entry that sent us here, when this is a mirror. */
  readonly mirrorOf: RegistryEndpoint | undefined;
}

/**
 * The place of an image: at its registry, or at the mirror that the registry's entry names. A mirror is a registry like
 * any other, which is reached by its own entry; `docker.io/library/nginx` with the mirror
 * `https://mirror.example.com/hub` is its image `hub/library/nginx`. Mirrors of mirrors are not followed.
 */
export function lookupPlaceOf(
  endpoints: readonly RegistryEndpoint[],
  repository: ImageRepository,
): LookupPlace {
  const endpoint = resolveEndpoint(endpoints, repository);
  if (endpoint.mirror === undefined) return { endpoint, repository, mirrorOf: undefined };
  const { host, origin, pathname } = new URL(endpoint.mirror);
  const start = pathname.replace(/^\/|\/$/g, '');
  const name = apiPath(endpoint, repository);
  const there = { registry: canonicalHost(host), path: start === '' ? name : `${start}/${name}` };
  const own = findEndpoint(endpoints, there) ?? { ...knownEndpoint(there.registry), apiUrl: origin };
  return { endpoint: own, repository: there, mirrorOf: endpoint };
}

const EXPLAINED: ReadonlySet<string> = new Set<ErrorCode>([
  'registry-denied',
  'registry-not-found',
  'registry-unreachable',
  'registry-failed',
]);

/** The same error; when a mirror refuses, has nothing or is out of reach, its hint names what it is the mirror of. */
export function explainMirror(
  thrown: unknown,
  repository: ImageRepository,
  { mirrorOf }: LookupPlace,
): unknown {
  if (mirrorOf === undefined || !(thrown instanceof LynceusError) || !EXPLAINED.has(thrown.code))
    return thrown;
  const { code, message, retryable, trail } = thrown;
  const login =
    code !== 'registry-denied' || mirrorOf.loginToMirror
      ? ''
      : ', where the login for the host of the mirror counts';
  const place = `${formatRepository(repository)} is looked up there by \`mirror\` of the entry ${mirrorOf.name}${login}`;
  // The hint of a refusal is about logins for the registry, which do not count here.
  const first = code === 'registry-unreachable' ? thrown.hint : undefined;
  const hint = first === undefined ? place : `${first}; ${place}`;
  return new LynceusError(code, message, { hint, retryable, ...(trail === undefined ? {} : { trail }) });
}
