import { isHost, isName } from './grammar.ts';
import type { ImageRepository } from './reference.ts';
import { canonicalHost } from './registry-host.ts';

/** A registry, perhaps only the images below the start of a path: `ghcr.io`, `ghcr.io/acme`. */
export interface RegistryPrefix {
  /** As `canonicalHost` spells it. */
  readonly host: string;
  /** `''` is every image. */
  readonly path: string;
}

/**
 * Reads `ghcr.io`, `https://ghcr.io/acme/` or `registry.example.com:5000/team`, in any spelling of the host. `undefined` for
 * anything else, such as a wildcard or a user name.
 */
export function parseRegistryPrefix(text: string): RegistryPrefix | undefined {
  const plain = text
    .trim()
    .replace(/^https:\/\//i, '')
    .replace(/\/+$/, '');
  const slash = plain.indexOf('/');
  const host = slash < 0 ? plain : plain.slice(0, slash);
  const path = slash < 0 ? '' : plain.slice(slash + 1);
  if (!isHost(host) || (path !== '' && !isName(path))) return undefined;
  return { host: canonicalHost(host), path };
}

export function formatRegistryPrefix({ host, path }: RegistryPrefix): string {
  return path === '' ? host : `${host}/${path}`;
}

/** Whether the image lies there, by whole parts of its path: `ghcr.io/acme` has `ghcr.io/acme/api`, not `ghcr.io/acmex/api`. */
export function coversImage({ host, path }: RegistryPrefix, image: ImageRepository): boolean {
  if (canonicalHost(image.registry) !== host) return false;
  return path === '' || `${image.path}/`.startsWith(`${path}/`);
}

/** What an image and those beside it have in common: `ghcr.io/acme` of `ghcr.io/acme/api`. */
export function prefixAround({ registry, path }: ImageRepository): RegistryPrefix {
  const parent = path.split('/').slice(0, -1).join('/');
  return { host: canonicalHost(registry), path: parent === '' ? path : parent };
}
