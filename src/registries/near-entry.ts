import type { ImageRepository } from '../core/image/reference.ts';
import { canonicalHost, canonicalPrefix } from '../core/image/registry-host.ts';
import { LynceusError, type ErrorCode } from '../errors.ts';
import type { RegistryEndpoint } from '../settings/registry.ts';
import { apiHostKey, findEndpoint } from './endpoints.ts';

type Entry = Pick<RegistryEndpoint, 'name' | 'prefix' | 'apiUrl' | 'isDefault'>;

/**
 * The entry that somebody may have meant for an image that no entry is for, and what keeps it from fitting, as the end of a
 * sentence: `the entry "Corp" almost fits, but its prefix reg.corp has no port`. `undefined` when an entry fits, or none
 * nearly does.
 */
export function nearEntry(entries: readonly Entry[], repository: ImageRepository): string | undefined {
  if (findEndpoint(entries, repository) !== undefined) return undefined;
  for (const nearness of [placeOf, portOf, caseOf]) {
    for (const entry of entries) {
      const why = nearness(entry, repository);
      if (why !== undefined) return `the entry ${JSON.stringify(entry.name)} almost fits, but ${why}`;
    }
  }
  return undefined;
}

/** `reg.corp` for images of `reg.corp:5000`, and the other way round. */
function portOf({ prefix }: Entry, { registry, path }: ImageRepository): string | undefined {
  const [host = '', ...start] = canonicalPrefix(prefix).split('/');
  const image = canonicalHost(registry);
  if (host === '' || host === image || withoutPort(host) !== withoutPort(image)) return undefined;
  if (start.length > 0 && !`${path}/`.startsWith(`${start.join('/')}/`)) return undefined;
  const port = host.slice(withoutPort(host).length);
  if (port === '') return `its prefix ${prefix} has no port, and the image has ${image}`;
  const found = image === withoutPort(image) ? 'no port' : image;
  return `its prefix ${prefix} has the port ${port.slice(1)}, and the image has ${found}`;
}

/** `ghcr.io/Acme` for images of `ghcr.io/acme`: paths keep their case. */
function caseOf({ prefix }: Entry, repository: ImageRepository): string | undefined {
  const image = `${canonicalHost(repository.registry)}/${repository.path}/`.toLowerCase();
  return prefix !== '' && image.startsWith(`${canonicalPrefix(prefix)}/`.toLowerCase())
    ? `its prefix ${prefix} has other upper case letters`
    : undefined;
}

/** An entry for the very registry, of which only the prefix does not fit. */
function placeOf(entry: Entry, repository: ImageRepository): string | undefined {
  const atApi = apiHostOf(entry, repository);
  return atApi === undefined ? undefined : (portOf(entry, repository) ?? caseOf(entry, repository) ?? atApi);
}

/** An entry for the registry's API whose prefix is another host, or none. */
function apiHostOf({ prefix, apiUrl }: Entry, { registry }: ImageRepository): string | undefined {
  if (apiHostKey({ apiUrl }) !== canonicalHost(registry)) return undefined;
  const has =
    prefix === '' ? 'it has no prefix, so it is for images without a host' : `its prefix is ${prefix}`;
  return `only by its api_url ${apiUrl}: ${has}`;
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

const EXPLAINED: ReadonlySet<string> = new Set<ErrorCode>([
  'registry-denied',
  'registry-not-found',
  'registry-unreachable',
  'registry-failed',
  'registry-response-invalid',
]);

/** The same error; its hint names the entry that almost fits, whose login, certificates and address may be missing. */
export function explainNearEntry(
  thrown: unknown,
  entries: readonly Entry[],
  repository: ImageRepository,
): unknown {
  if (!(thrown instanceof LynceusError) || !EXPLAINED.has(thrown.code)) return thrown;
  const near = nearEntry(entries, repository);
  if (near === undefined) return thrown;
  const { code, message, hint, retryable, trail } = thrown;
  return new LynceusError(code, message, {
    hint: hint === undefined ? near : `${near}; ${hint}`,
    retryable,
    ...(trail === undefined ? {} : { trail }),
  });
}
